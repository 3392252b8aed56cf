"""Workers hear of a job that is to be tried again: the queue's own trigger tells of new and of ended ones only."""

from tortoise import migrations
from tortoise.migrations import operations as ops

HEARD = """
CREATE FUNCTION core_fn_pgqueuer_again() RETURNS TRIGGER AS $$
BEGIN
    PERFORM pg_notify(
        'core_ch_pgqueuer',
        json_build_object(
            'channel', 'core_ch_pgqueuer',
            'operation', 'update',
            'sent_at', now(),
            'table', TG_TABLE_NAME,
            'type', 'table_changed_event'
        )::text
    );
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER core_tg_pgqueuer_again
AFTER UPDATE ON core_pgqueuer
FOR EACH ROW
WHEN (OLD.status <> 'queued' AND NEW.status = 'queued')
EXECUTE FUNCTION core_fn_pgqueuer_again();
"""

UNHEARD = """
DROP TRIGGER core_tg_pgqueuer_again ON core_pgqueuer;
DROP FUNCTION core_fn_pgqueuer_again;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0033_capacity_past")]
    initial = False

    operations = [ops.RunSQL(HEARD, UNHEARD)]
