"""The ledger: accounts, transfers, entries, balances, and the rules the database keeps about them."""

# ruff: noqa: E501 (written by the autodetector)

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from serai.core.ledger.models import LedgerOwnerKind, LedgerPhase
from serai.core.migrations import _ledger_sql as sql
from serai_sdk.orm import new_id


class Migration(migrations.Migration):
    dependencies = [("core", "0009_indexes")]
    initial = False

    operations = [
        ops.CreateModel(
            name="LedgerAccount",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("key", fields.CharField(max_length=120)),
                (
                    "owner_kind",
                    fields.CharEnumField(
                        description="PLATFORM: PLATFORM\nCUSTOMER: CUSTOMER\nPROVIDER: PROVIDER\nSTAFF: STAFF",
                        enum_type=LedgerOwnerKind,
                        max_length=12,
                    ),
                ),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "core.Customer",
                        source_field="customer_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="ledger_accounts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "provider",
                    fields.ForeignKeyField(
                        "core.Provider",
                        source_field="provider_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="ledger_accounts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "staff",
                    fields.ForeignKeyField(
                        "core.Staff",
                        source_field="staff_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="ledger_accounts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=40)),
                ("asset", fields.CharField(max_length=16)),
                ("exponent", fields.SmallIntField()),
                ("may_overdraw", fields.BooleanField()),
            ],
            options={
                "table": "core_ledger_account",
                "app": "core",
                "constraints": [
                    UniqueConstraint(fields=("key",), name="core_ledger_account_key"),
                    CheckConstraint(
                        check="\"owner_kind\" in ('PLATFORM', 'CUSTOMER', 'PROVIDER', 'STAFF')",
                        name="core_ledger_account_owner_kind_valid",
                    ),
                    CheckConstraint(
                        check='("owner_kind" = \'CUSTOMER\') = ("customer_id" is not null) and ("owner_kind" = \'PROVIDER\') = ("provider_id" is not null) and ("owner_kind" = \'STAFF\') = ("staff_id" is not null)',
                        name="core_ledger_account_owner_told",
                    ),
                    CheckConstraint(
                        check="\"kind\" ~ '^[a-z][a-z0-9_.]*$'", name="core_ledger_account_kind_valid"
                    ),
                    CheckConstraint(
                        check='"asset" ~ \'^[A-Z][A-Z0-9_]*$\' and "exponent" between 0 and 9',
                        name="core_ledger_account_asset_valid",
                    ),
                ],
                "indexes": [
                    Index(fields=["customer_id", "id"], name="core_ledger_account_customer"),
                    Index(fields=["provider_id", "id"], name="core_ledger_account_provider"),
                    Index(fields=["staff_id", "id"], name="core_ledger_account_staff"),
                ],
                "pk_attr": "id",
                "table_description": "What somebody holds of one asset for one purpose.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LedgerTransfer",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "phase",
                    fields.CharEnumField(
                        description="POSTED: POSTED\nPENDING: PENDING\nPOST: POST\nVOID: VOID\nEXPIRY: EXPIRY",
                        enum_type=LedgerPhase,
                        max_length=8,
                    ),
                ),
                (
                    "resolves",
                    fields.ForeignKeyField(
                        "core.LedgerTransfer",
                        source_field="resolves_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="resolved_by",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "reverses",
                    fields.ForeignKeyField(
                        "core.LedgerTransfer",
                        source_field="reverses_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="reversed_by",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reference", fields.CharField(null=True, max_length=200)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("content", fields.BinaryField()),
                ("actor", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "core_ledger_transfer",
                "app": "core",
                "constraints": [
                    UniqueConstraint(fields=("resolves_id",), name="core_ledger_transfer_resolved_once"),
                    UniqueConstraint(fields=("reverses_id",), name="core_ledger_transfer_reversed_once"),
                    CheckConstraint(
                        check="\"phase\" in ('POSTED', 'PENDING', 'POST', 'VOID', 'EXPIRY')",
                        name="core_ledger_transfer_phase_valid",
                    ),
                    CheckConstraint(
                        check="(\"resolves_id\" is not null) = (\"phase\" in ('POST', 'VOID', 'EXPIRY'))",
                        name="core_ledger_transfer_resolves_valid",
                    ),
                    CheckConstraint(
                        check='"reverses_id" is null or "phase" = \'POSTED\'',
                        name="core_ledger_transfer_reverses_valid",
                    ),
                    CheckConstraint(
                        check='"expires_at" is null or ("phase" = \'PENDING\' and "expires_at" > "at")',
                        name="core_ledger_transfer_expires_valid",
                    ),
                ],
                "indexes": [Index(fields=["at", "id"], name="core_ledger_transfer_at")],
                "pk_attr": "id",
                "table_description": "Something of value moved, promised, or let go.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "transfer",
                    fields.ForeignKeyField(
                        "core.LedgerTransfer",
                        source_field="transfer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="entries",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "core.LedgerAccount",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="entries",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("is_pending", fields.BooleanField()),
                ("amount", fields.BigIntField()),
                ("asset", fields.CharField(max_length=16)),
                ("exponent", fields.SmallIntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "core_ledger_entry",
                "app": "core",
                "constraints": [
                    CheckConstraint(check='"amount" <> 0', name="core_ledger_entry_amount_valid")
                ],
                "indexes": [
                    Index(fields=["transfer_id", "id"], name="core_ledger_entry_transfer"),
                    Index(fields=["account_id", "at", "id"], name="core_ledger_entry_account"),
                ],
                "pk_attr": "id",
                "table_description": "An amount into an account (above zero) or out of it (below), settled or pending.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(sql.TABLES, sql.TABLES_REVERSE),
        ops.RunSQL(sql.RULES, sql.RULES_REVERSE),
        ops.RunSQL(sql.RIGHTS, sql.RIGHTS_REVERSE),
    ]
