"""Tables of the ledger that the graph shows. Only the engine writes them, and the database holds it to the rules."""

from __future__ import annotations

from uuid import UUID

from serai.core.constraints import condition, one_of
from serai.core.customers.models import Customer
from serai.core.providers.models import Provider
from serai.core.staff.models import Staff
from serai_sdk.orm import Index, Model, StrEnum, TortoiseModel, UniqueConstraint, fields, new_id


class LedgerOwnerKind(StrEnum):
    """Whose an account is."""

    PLATFORM = "PLATFORM"
    CUSTOMER = "CUSTOMER"
    PROVIDER = "PROVIDER"
    STAFF = "STAFF"


class LedgerPhase(StrEnum):
    """What a transfer does."""

    POSTED = "POSTED"
    PENDING = "PENDING"
    POST = "POST"
    VOID = "VOID"
    EXPIRY = "EXPIRY"


class LedgerAccount(Model):
    """What somebody holds of one asset for one purpose."""

    key = fields.CharField(120)
    owner_kind = fields.CharEnumField(LedgerOwnerKind, max_length=12)
    customer: fields.ForeignKeyNullableRelation[Customer] = fields.ForeignKeyField(
        "core.Customer", related_name="ledger_accounts", null=True, on_delete=fields.RESTRICT
    )
    customer_id: UUID | None
    provider: fields.ForeignKeyNullableRelation[Provider] = fields.ForeignKeyField(
        "core.Provider", related_name="ledger_accounts", null=True, on_delete=fields.RESTRICT
    )
    provider_id: UUID | None
    staff: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "core.Staff", related_name="ledger_accounts", null=True, on_delete=fields.RESTRICT
    )
    staff_id: UUID | None
    kind = fields.CharField(40)
    asset = fields.CharField(16)
    exponent = fields.SmallIntField()
    may_overdraw = fields.BooleanField()

    class Meta:
        table = "core_ledger_account"
        indexes = (
            Index(fields=("customer_id", "id"), name="core_ledger_account_customer"),
            Index(fields=("provider_id", "id"), name="core_ledger_account_provider"),
            Index(fields=("staff_id", "id"), name="core_ledger_account_staff"),
        )
        constraints = (
            UniqueConstraint(fields=("key",), name="core_ledger_account_key"),
            one_of("core_ledger_account", "owner_kind", LedgerOwnerKind),
            condition(
                "core_ledger_account",
                "owner_told",
                '("owner_kind" = \'CUSTOMER\') = ("customer_id" is not null) '
                'and ("owner_kind" = \'PROVIDER\') = ("provider_id" is not null) '
                'and ("owner_kind" = \'STAFF\') = ("staff_id" is not null)',
            ),
            condition("core_ledger_account", "kind_valid", "\"kind\" ~ '^[a-z][a-z0-9_.]*$'"),
            condition(
                "core_ledger_account",
                "asset_valid",
                '"asset" ~ \'^[A-Z][A-Z0-9_]*$\' and "exponent" between 0 and 9',
            ),
        )


class LedgerTransfer(TortoiseModel):
    """Something of value moved, promised, or let go."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    phase = fields.CharEnumField(LedgerPhase, max_length=8)
    resolves: fields.ForeignKeyNullableRelation[LedgerTransfer] = fields.ForeignKeyField(
        "core.LedgerTransfer", related_name="resolved_by", null=True, on_delete=fields.RESTRICT
    )
    resolves_id: UUID | None
    reverses: fields.ForeignKeyNullableRelation[LedgerTransfer] = fields.ForeignKeyField(
        "core.LedgerTransfer", related_name="reversed_by", null=True, on_delete=fields.RESTRICT
    )
    reverses_id: UUID | None
    reference = fields.CharField(200, null=True)
    expires_at = fields.DatetimeField(null=True)
    content = fields.BinaryField()
    actor: fields.Field[dict[str, str]] = fields.JSONField()
    at = fields.DatetimeField()

    class Meta:
        table = "core_ledger_transfer"
        indexes = (Index(fields=("at", "id"), name="core_ledger_transfer_at"),)
        constraints = (
            UniqueConstraint(fields=("resolves_id",), name="core_ledger_transfer_resolved_once"),
            UniqueConstraint(fields=("reverses_id",), name="core_ledger_transfer_reversed_once"),
            one_of("core_ledger_transfer", "phase", LedgerPhase),
            condition(
                "core_ledger_transfer",
                "resolves_valid",
                "(\"resolves_id\" is not null) = (\"phase\" in ('POST', 'VOID', 'EXPIRY'))",
            ),
            condition(
                "core_ledger_transfer", "reverses_valid", '"reverses_id" is null or "phase" = \'POSTED\''
            ),
            condition(
                "core_ledger_transfer",
                "expires_valid",
                '"expires_at" is null or ("phase" = \'PENDING\' and "expires_at" > "at")',
            ),
        )


class LedgerEntry(TortoiseModel):
    """An amount into an account (above zero) or out of it (below), settled or pending."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    transfer: fields.ForeignKeyRelation[LedgerTransfer] = fields.ForeignKeyField(
        "core.LedgerTransfer", related_name="entries", on_delete=fields.RESTRICT
    )
    transfer_id: UUID
    account: fields.ForeignKeyRelation[LedgerAccount] = fields.ForeignKeyField(
        "core.LedgerAccount", related_name="entries", on_delete=fields.RESTRICT
    )
    account_id: UUID
    is_pending = fields.BooleanField()
    amount = fields.BigIntField()
    asset = fields.CharField(16)
    exponent = fields.SmallIntField()
    at = fields.DatetimeField()

    class Meta:
        table = "core_ledger_entry"
        indexes = (
            Index(fields=("transfer_id", "id"), name="core_ledger_entry_transfer"),
            Index(fields=("account_id", "at", "id"), name="core_ledger_entry_account"),
        )
        constraints = (condition("core_ledger_entry", "amount_valid", '"amount" <> 0'),)
