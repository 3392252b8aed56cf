"""The columns of a ``Place``: a mixin for tables whose rows are somewhere."""

from __future__ import annotations

from serai_sdk.orm import Model, fields


class Placed(Model):
    """A table with a ``place``; the place is null if all its columns are."""

    place_point_latitude = fields.FloatField(null=True)
    place_point_longitude = fields.FloatField(null=True)
    place_city_code = fields.CharField(5, null=True)
    place_address: str | None = fields.TextField(null=True)
    place_time_zone = fields.CharField(64, null=True)

    class Meta:
        abstract = True
