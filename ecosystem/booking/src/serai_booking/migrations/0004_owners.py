"""Stays that are resources of capacity belong to the providers of their offers."""

from __future__ import annotations

from serai_sdk.orm import Migration as BaseMigration
from serai_sdk.orm import RunSQL

OWN = """
update core_capacity_resource r
set provider_id = o.provider_id
from core_offer o
where o.id = r.id
  and r.kind = 'booking.stay'
  and r.provider_id is null;
"""


class Migration(BaseMigration):
    initial = False
    dependencies = [("booking", "0003_cancelled"), ("core", "0032_capacity_graph")]

    operations = [RunSQL(OWN, "select 1")]
