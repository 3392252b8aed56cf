"""Customers that are people: addresses, consents, tags, notes; what is known of personal columns."""

# ruff: noqa: E501 (written by the autodetector)

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from serai.core.addresses.models import AddressKind
from serai.core.migrations import _people_sql as sql
from serai.core.migrations._phones import fill_numbers, leave
from serai_sdk.orm import new_id


class Migration(migrations.Migration):
    dependencies = [("core", "0005_proposals")]
    initial = False

    operations = [
        ops.AddField("Customer", "phone_e164", fields.CharField(null=True, max_length=16)),
        ops.AddIndex("Customer", Index(fields=["phone_e164", "id"], name="core_customer_phone")),
        ops.RunPython(fill_numbers, leave),
        ops.CreateModel(
            name="Address",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("place_point_latitude", fields.FloatField(null=True)),
                ("place_point_longitude", fields.FloatField(null=True)),
                ("place_city_code", fields.CharField(null=True, max_length=5)),
                ("place_address", fields.TextField(null=True, unique=False)),
                ("place_time_zone", fields.CharField(null=True, max_length=64)),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "core.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="addresses",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        default=AddressKind.HOME,
                        description="HOME: HOME\nWORK: WORK\nBILLING: BILLING\nSHIPPING: SHIPPING\nOTHER: OTHER",
                        enum_type=AddressKind,
                        max_length=16,
                    ),
                ),
                ("label", fields.TextField(null=True, unique=False)),
                ("recipient", fields.TextField(null=True, unique=False)),
                ("is_default", fields.BooleanField(default=False)),
            ],
            options={
                "table": "core_customer_address",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"kind\" in ('HOME', 'WORK', 'BILLING', 'SHIPPING', 'OTHER')",
                        name="core_customer_address_kind_valid",
                    ),
                    CheckConstraint(
                        check='("place_point_latitude" is null) = ("place_point_longitude" is null) and coalesce("place_point_latitude", 0) between -90 and 90 and coalesce("place_point_longitude", 0) between -180 and 180',
                        name="core_customer_address_place_valid",
                    ),
                ],
                "indexes": [Index(fields=["customer_id", "id"], name="core_customer_address_customer")],
                "pk_attr": "id",
                "table_description": "Where a customer lives, works, or wants things sent; the migration allows one default of each kind.",
            },
            bases=["Placed"],
        ),
        ops.CreateModel(
            name="Consent",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "core.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="consents",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("purpose", fields.CharField(max_length=64)),
                ("text_version", fields.CharField(max_length=64)),
                ("locale", fields.CharField(null=True, max_length=35)),
                ("granted", fields.BooleanField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("source", fields.CharField(null=True, max_length=200)),
                ("is_current", fields.BooleanField(default=True)),
            ],
            options={
                "table": "core_customer_consent",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"purpose\" ~ '^[a-z][a-z0-9_.-]*$'",
                        name="core_customer_consent_purpose_named",
                    )
                ],
                "indexes": [
                    Index(fields=["customer_id", "purpose", "at"], name="core_customer_consent_customer"),
                    Index(fields=["purpose", "granted", "customer_id"], name="core_customer_consent_purpose"),
                ],
                "pk_attr": "id",
                "table_description": "That a customer agreed to something, or took it back; of each purpose the latest row is the current one.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CustomerNote",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "core.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "author",
                    fields.ForeignKeyField(
                        "core.Staff",
                        source_field="author_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
            ],
            options={
                "table": "core_customer_note",
                "app": "core",
                "indexes": [
                    Index(fields=["customer_id", "created_at", "id"], name="core_customer_note_customer"),
                    Index(fields=["author_id", "id"], name="core_customer_note_author"),
                ],
                "pk_attr": "id",
                "table_description": "What somebody of the staff noted down about a customer.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tag",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("name", fields.CharField(max_length=80)),
                ("description", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "core_tag",
                "app": "core",
                "pk_attr": "id",
                "table_description": "A word to sort customers by; the migration makes it unique without regard to case.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CustomerTag",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "core.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="tags",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "tag",
                    fields.ForeignKeyField(
                        "core.Tag",
                        source_field="tag_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="customers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "core_customer_tag",
                "app": "core",
                "constraints": [
                    UniqueConstraint(fields=("customer_id", "tag_id"), name="core_customer_tag_once")
                ],
                "indexes": [Index(fields=["tag_id", "customer_id"], name="core_customer_tag_tag")],
                "pk_attr": "id",
                "table_description": "That a customer has a tag.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Customer",
            options={
                "table": "core_customer",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"kind\" in ('PERSON', 'COMPANY')", name="core_customer_kind_valid"
                    ),
                    CheckConstraint(
                        check='"name" is not null or "forgotten_at" is not null', name="core_customer_named"
                    ),
                ],
                "indexes": [
                    Index(fields=["inviter_id", "id"], name="core_customer_inviter"),
                    Index(fields=["created_at", "id"], name="core_customer_created"),
                    Index(fields=["phone_e164", "id"], name="core_customer_phone"),
                    Index(fields=["account_manager_id", "id"], name="core_customer_account_manager"),
                ],
                "pk_attr": "id",
                "table_description": "A person or company with needs; one that was forgotten keeps its row, empty.",
            },
        ),
        ops.AlterField(
            model_name="Customer",
            name="name",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Customer",
            name="account_manager",
            field=fields.ForeignKeyField(
                "core.Staff",
                source_field="account_manager_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="accounts",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Customer",
            name="forgotten_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="Customer",
            index=Index(fields=["account_manager_id", "id"], name="core_customer_account_manager"),
        ),
        ops.AddConstraint(
            model_name="Customer",
            constraint=CheckConstraint(
                check='"name" is not null or "forgotten_at" is not null', name="core_customer_named"
            ),
        ),
        ops.RunSQL(sql.UNIQUE, sql.UNIQUE_REVERSE),
        ops.RunSQL(sql.PERSONAL, sql.PERSONAL_REVERSE),
        ops.RunSQL(sql.ROLES, sql.ROLES_REVERSE),
    ]
