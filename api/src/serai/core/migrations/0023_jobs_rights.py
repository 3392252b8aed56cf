"""Operators see jobs, and cancel them."""

from tortoise import migrations
from tortoise.migrations import operations as ops

GRANT = """
update core_role
set permissions = permissions || '["jobs:read", "jobs:write"]'
where name = 'operator';
"""

REVOKE = """
update core_role
set permissions = permissions - 'jobs:read' - 'jobs:write';

update core_principal
set granted = granted - 'jobs:read' - 'jobs:write';
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0022_jobs")]
    initial = False

    operations = [ops.RunSQL(GRANT, REVOKE)]
