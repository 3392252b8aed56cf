"""The table of pages."""

from serai_sdk.orm import Model, fields


class Page(Model):
    customer_id = fields.UUIDField()
    about_type = fields.TextField(null=True)
    about_id = fields.UUIDField(null=True)
    written_at = fields.DatetimeField(null=True)
    text = fields.TextField()
    details = fields.JSONField(default=dict)

    class Meta:
        table = "diary_page"
