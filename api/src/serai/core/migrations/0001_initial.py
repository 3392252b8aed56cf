"""The core's first tables."""

# ruff: noqa: E501 (written by the autodetector)

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from serai.core.customers.models import CustomerKind
from serai.core.demands.models import DemandStatus
from serai.core.migrations import _initial_sql as sql
from serai.core.offers.models import OfferStatus, ServiceUnit
from serai.core.principals.models import PrincipalKind
from serai.core.providers.models import MemberRole, ProviderStatus
from serai.core.scenarios.models import ScenarioStatus
from serai.core.transactions.models import TransactionStatus
from serai_sdk.orm import new_id


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.RunSQL(sql.FUNCTIONS, sql.FUNCTIONS_REVERSE),
        ops.RunSQL(sql.ENGINES, sql.ENGINES_REVERSE),
        ops.CreateModel(
            name="Principal",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("login", fields.CharField(unique=True, max_length=320)),
                ("display_name", fields.TextField(unique=False)),
                (
                    "kind",
                    fields.CharEnumField(
                        default=PrincipalKind.PERSON,
                        description="PERSON: PERSON\nAPP: APP",
                        enum_type=PrincipalKind,
                        max_length=16,
                    ),
                ),
                ("granted", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("is_active", fields.BooleanField(default=True)),
            ],
            options={
                "table": "core_principal",
                "app": "core",
                "constraints": [
                    CheckConstraint(check="\"kind\" in ('PERSON', 'APP')", name="core_principal_kind_valid")
                ],
                "pk_attr": "id",
                "table_description": "Somebody or something that can sign in.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Customer",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("name", fields.TextField(unique=False)),
                (
                    "kind",
                    fields.CharEnumField(
                        default=CustomerKind.PERSON,
                        description="PERSON: PERSON\nCOMPANY: COMPANY",
                        enum_type=CustomerKind,
                        max_length=16,
                    ),
                ),
                ("email", fields.CharField(null=True, max_length=320)),
                ("phone", fields.CharField(null=True, max_length=40)),
                ("attributes", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("locale", fields.CharField(default="en", max_length=35)),
                ("source_channel", fields.CharField(null=True, max_length=100)),
                (
                    "inviter",
                    fields.ForeignKeyField(
                        "core.Customer",
                        source_field="inviter_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="invitees",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "principal",
                    fields.OneToOneField(
                        "core.Principal",
                        source_field="principal_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="customer",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "core_customer",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"kind\" in ('PERSON', 'COMPANY')", name="core_customer_kind_valid"
                    )
                ],
                "indexes": [
                    Index(fields=["inviter_id", "id"], name="core_customer_inviter"),
                    Index(fields=["created_at", "id"], name="core_customer_created"),
                ],
                "pk_attr": "id",
                "table_description": "A person or company with needs.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Provider",
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
                ("name", fields.TextField(unique=False)),
                ("description", fields.TextField(null=True, unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        default=ProviderStatus.APPLIED,
                        description="APPLIED: APPLIED\nIN_REVIEW: IN_REVIEW\nAPPROVED: APPROVED\nSUSPENDED: SUSPENDED\nLEFT: LEFT\nREJECTED: REJECTED",
                        enum_type=ProviderStatus,
                        max_length=16,
                    ),
                ),
                ("contact_email", fields.CharField(null=True, max_length=320)),
                ("contact_phone", fields.CharField(null=True, max_length=40)),
                ("payout_account", fields.CharField(null=True, max_length=64)),
                ("review_note", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "core_provider",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"status\" in ('APPLIED', 'IN_REVIEW', 'APPROVED', 'SUSPENDED', 'LEFT', 'REJECTED')",
                        name="core_provider_status_valid",
                    ),
                    CheckConstraint(
                        check='("place_point_latitude" is null) = ("place_point_longitude" is null) and coalesce("place_point_latitude", 0) between -90 and 90 and coalesce("place_point_longitude", 0) between -180 and 180',
                        name="core_provider_place_valid",
                    ),
                ],
                "indexes": [
                    Index(fields=["status", "id"], name="core_provider_status"),
                    Index(fields=["created_at", "id"], name="core_provider_created"),
                ],
                "pk_attr": "id",
                "table_description": "Whoever brings resources.",
            },
            bases=["Placed"],
        ),
        ops.CreateModel(
            name="ProviderMember",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "provider",
                    fields.ForeignKeyField(
                        "core.Provider",
                        source_field="provider_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="members",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "principal",
                    fields.ForeignKeyField(
                        "core.Principal",
                        source_field="principal_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="memberships",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.TextField(unique=False)),
                ("email", fields.CharField(null=True, max_length=320)),
                (
                    "role",
                    fields.CharEnumField(
                        default=MemberRole.MEMBER,
                        description="OWNER: OWNER\nMANAGER: MANAGER\nMEMBER: MEMBER",
                        enum_type=MemberRole,
                        max_length=16,
                    ),
                ),
            ],
            options={
                "table": "core_provider_member",
                "app": "core",
                "constraints": [
                    UniqueConstraint(
                        fields=("provider_id", "principal_id"), name="core_provider_member_once"
                    ),
                    CheckConstraint(
                        check="\"role\" in ('OWNER', 'MANAGER', 'MEMBER')",
                        name="core_provider_member_role_valid",
                    ),
                ],
                "indexes": [
                    Index(fields=["provider_id", "id"], name="core_provider_member_provider"),
                    Index(fields=["principal_id", "id"], name="core_provider_member_principal"),
                ],
                "pk_attr": "id",
                "table_description": "A person who acts for a provider.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Role",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("name", fields.CharField(unique=True, max_length=40)),
                ("title", fields.TextField(unique=False)),
                ("permissions", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "core_role",
                "app": "core",
                "pk_attr": "id",
                "table_description": "A named set of permissions.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Scenario",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("name", fields.TextField(unique=False)),
                ("slug", fields.CharField(unique=True, max_length=80)),
                ("description", fields.TextField(null=True, unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        default=ScenarioStatus.DRAFT,
                        description="DRAFT: DRAFT\nPUBLISHED: PUBLISHED\nARCHIVED: ARCHIVED",
                        enum_type=ScenarioStatus,
                        max_length=16,
                    ),
                ),
                ("questions", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("success", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "core_scenario",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"status\" in ('DRAFT', 'PUBLISHED', 'ARCHIVED')",
                        name="core_scenario_status_valid",
                    ),
                    CheckConstraint(
                        check="\"slug\" ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="core_scenario_slug_valid"
                    ),
                    CheckConstraint(
                        check="jsonb_typeof(\"questions\") = 'array'", name="core_scenario_questions_listed"
                    ),
                ],
                "indexes": [Index(fields=["status", "id"], name="core_scenario_status")],
                "pk_attr": "id",
                "table_description": "A situation in which a need arises and is served.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Demand",
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
                        related_name="demands",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "scenario",
                    fields.ForeignKeyField(
                        "core.Scenario",
                        source_field="scenario_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="demands",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "awarded_provider",
                    fields.ForeignKeyField(
                        "core.Provider",
                        source_field="awarded_provider_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="awarded_demands",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        default=DemandStatus.OPEN,
                        description="OPEN: OPEN\nPROPOSED: PROPOSED\nAWARDED: AWARDED\nFULFILLED: FULFILLED\nCANCELLED: CANCELLED\nLAPSED: LAPSED",
                        enum_type=DemandStatus,
                        max_length=16,
                    ),
                ),
                ("answers", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("personal_answers", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("budget_minor", fields.BigIntField(null=True)),
                ("budget_currency", fields.CharField(null=True, max_length=3)),
                ("window_start", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("window_end", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("contact_name", fields.TextField(null=True, unique=False)),
                ("contact_email", fields.CharField(null=True, max_length=320)),
                ("contact_phone", fields.CharField(null=True, max_length=40)),
                ("contact_address", fields.TextField(null=True, unique=False)),
                ("note", fields.TextField(null=True, unique=False)),
                ("cancel_reason", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "core_demand",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"status\" in ('OPEN', 'PROPOSED', 'AWARDED', 'FULFILLED', 'CANCELLED', 'LAPSED')",
                        name="core_demand_status_valid",
                    ),
                    CheckConstraint(
                        check='("budget_minor" is null) = ("budget_currency" is null) and coalesce("budget_minor", 0) >= 0 and coalesce("budget_currency", \'EUR\') ~ \'^[A-Z]{3}$\'',
                        name="core_demand_budget_valid",
                    ),
                    CheckConstraint(
                        check='("place_point_latitude" is null) = ("place_point_longitude" is null) and coalesce("place_point_latitude", 0) between -90 and 90 and coalesce("place_point_longitude", 0) between -180 and 180',
                        name="core_demand_place_valid",
                    ),
                    CheckConstraint(check='"window_end" > "window_start"', name="core_demand_window_ordered"),
                    CheckConstraint(
                        check="\"status\" not in ('AWARDED', 'FULFILLED') or \"awarded_provider_id\" is not null",
                        name="core_demand_awarded_to_somebody",
                    ),
                ],
                "indexes": [
                    Index(fields=["customer_id", "id"], name="core_demand_customer"),
                    Index(fields=["scenario_id", "status", "id"], name="core_demand_scenario"),
                    Index(fields=["awarded_provider_id", "id"], name="core_demand_awarded_provider"),
                    Index(fields=["status", "id"], name="core_demand_status"),
                    Index(fields=["created_at", "id"], name="core_demand_created"),
                ],
                "pk_attr": "id",
                "table_description": "One need of one customer in one scenario; answers to personal questions are kept apart.",
            },
            bases=["Placed"],
        ),
        ops.CreateModel(
            name="Offer",
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
                ("kind", fields.CharField(max_length=32)),
                (
                    "provider",
                    fields.ForeignKeyField(
                        "core.Provider",
                        source_field="provider_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="offers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "scenario",
                    fields.ForeignKeyField(
                        "core.Scenario",
                        source_field="scenario_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="offers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("title", fields.TextField(unique=False)),
                ("description", fields.TextField(null=True, unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        default=OfferStatus.DRAFT,
                        description="DRAFT: DRAFT\nPUBLISHED: PUBLISHED\nWITHDRAWN: WITHDRAWN",
                        enum_type=OfferStatus,
                        max_length=16,
                    ),
                ),
                ("from_price_minor", fields.BigIntField(null=True)),
                ("from_price_currency", fields.CharField(null=True, max_length=3)),
                ("published_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "core_offer",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"status\" in ('DRAFT', 'PUBLISHED', 'WITHDRAWN')",
                        name="core_offer_status_valid",
                    ),
                    CheckConstraint(
                        check='("from_price_minor" is null) = ("from_price_currency" is null) and coalesce("from_price_minor", 0) >= 0 and coalesce("from_price_currency", \'EUR\') ~ \'^[A-Z]{3}$\'',
                        name="core_offer_from_price_valid",
                    ),
                    CheckConstraint(
                        check='("place_point_latitude" is null) = ("place_point_longitude" is null) and coalesce("place_point_latitude", 0) between -90 and 90 and coalesce("place_point_longitude", 0) between -180 and 180',
                        name="core_offer_place_valid",
                    ),
                ],
                "indexes": [
                    Index(fields=["provider_id", "id"], name="core_offer_provider"),
                    Index(fields=["scenario_id", "id"], name="core_offer_scenario"),
                    Index(fields=["kind", "status", "id"], name="core_offer_kind"),
                    Index(
                        fields=["from_price_currency", "from_price_minor", "id"], name="core_offer_from_price"
                    ),
                ],
                "pk_attr": "id",
                "table_description": "What a provider can sell; ``kind`` says which detail table has a row of the same id.",
            },
            bases=["Placed"],
        ),
        ops.CreateModel(
            name="ScenarioProvider",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "scenario",
                    fields.ForeignKeyField(
                        "core.Scenario",
                        source_field="scenario_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="servings",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "provider",
                    fields.ForeignKeyField(
                        "core.Provider",
                        source_field="provider_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="servings",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "core_scenario_provider",
                "app": "core",
                "constraints": [
                    UniqueConstraint(
                        fields=("scenario_id", "provider_id"), name="core_scenario_provider_once"
                    )
                ],
                "indexes": [
                    Index(fields=["provider_id", "scenario_id"], name="core_scenario_provider_provider")
                ],
                "pk_attr": "id",
                "table_description": "That a provider serves a scenario.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Service",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "unit",
                    fields.CharEnumField(
                        description="HOUR: HOUR\nVISIT: VISIT\nSESSION: SESSION",
                        enum_type=ServiceUnit,
                        max_length=16,
                    ),
                ),
                ("duration_minutes", fields.IntField(null=True)),
                ("unit_price_minor", fields.BigIntField()),
                ("unit_price_currency", fields.CharField(max_length=3)),
            ],
            options={
                "table": "core_service",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"unit\" in ('HOUR', 'VISIT', 'SESSION')", name="core_service_unit_valid"
                    ),
                    CheckConstraint(
                        check='("unit_price_minor" is null) = ("unit_price_currency" is null) and coalesce("unit_price_minor", 0) >= 0 and coalesce("unit_price_currency", \'EUR\') ~ \'^[A-Z]{3}$\'',
                        name="core_service_unit_price_valid",
                    ),
                    CheckConstraint(
                        check='coalesce("duration_minutes", 1) > 0', name="core_service_duration_valid"
                    ),
                ],
                "pk_attr": "id",
                "table_description": "What an offer of kind ``core_service`` has besides: the detail row has the offer's id.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Staff",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("name", fields.TextField(unique=False)),
                ("email", fields.CharField(null=True, max_length=320)),
                ("is_active", fields.BooleanField(default=True)),
                (
                    "principal",
                    fields.OneToOneField(
                        "core.Principal",
                        source_field="principal_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="staff",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "role",
                    fields.ForeignKeyField(
                        "core.Role",
                        source_field="role_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="holders",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "core_staff",
                "app": "core",
                "indexes": [Index(fields=["role_id", "id"], name="core_staff_role")],
                "pk_attr": "id",
                "table_description": "One of the organisation's own people.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Transaction",
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
                        related_name="transactions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "provider",
                    fields.ForeignKeyField(
                        "core.Provider",
                        source_field="provider_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="transactions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "scenario",
                    fields.ForeignKeyField(
                        "core.Scenario",
                        source_field="scenario_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="transactions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "demand",
                    fields.ForeignKeyField(
                        "core.Demand",
                        source_field="demand_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="transactions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.CharField(unique=True, max_length=32)),
                (
                    "status",
                    fields.CharEnumField(
                        default=TransactionStatus.PLACED,
                        description="PLACED: PLACED\nCONFIRMED: CONFIRMED\nFULFILLED: FULFILLED\nCANCELLED: CANCELLED",
                        enum_type=TransactionStatus,
                        max_length=16,
                    ),
                ),
                ("total_minor", fields.BigIntField()),
                ("total_currency", fields.CharField(max_length=3)),
                ("channel", fields.CharField(max_length=100)),
                ("placed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("fulfilled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("cancelled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("cancel_reason", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "core_transaction",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"status\" in ('PLACED', 'CONFIRMED', 'FULFILLED', 'CANCELLED')",
                        name="core_transaction_status_valid",
                    ),
                    CheckConstraint(
                        check='("total_minor" is null) = ("total_currency" is null) and coalesce("total_minor", 0) >= 0 and coalesce("total_currency", \'EUR\') ~ \'^[A-Z]{3}$\'',
                        name="core_transaction_total_valid",
                    ),
                    CheckConstraint(
                        check='("status" <> \'CONFIRMED\' or "confirmed_at" is not null) and ("status" = \'FULFILLED\') = ("fulfilled_at" is not null) and ("status" = \'CANCELLED\') = ("cancelled_at" is not null)',
                        name="core_transaction_times_fit_status",
                    ),
                ],
                "indexes": [
                    Index(fields=["customer_id", "placed_at", "id"], name="core_transaction_customer"),
                    Index(fields=["provider_id", "placed_at", "id"], name="core_transaction_provider"),
                    Index(fields=["scenario_id", "placed_at", "id"], name="core_transaction_scenario"),
                    Index(fields=["demand_id", "placed_at", "id"], name="core_transaction_demand"),
                    Index(fields=["provider_id", "status"], name="core_transaction_provider_status"),
                    Index(fields=["status", "placed_at", "id"], name="core_transaction_status"),
                    Index(fields=["placed_at", "id"], name="core_transaction_placed"),
                    Index(fields=["created_at", "id"], name="core_transaction_created"),
                    Index(fields=["total_currency", "total_minor", "id"], name="core_transaction_total"),
                ],
                "pk_attr": "id",
                "table_description": "What a customer and a provider agreed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TransactionLine",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "transaction",
                    fields.ForeignKeyField(
                        "core.Transaction",
                        source_field="transaction_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                ("title", fields.TextField(unique=False)),
                ("quantity", fields.IntField()),
                ("unit_price_minor", fields.BigIntField()),
                ("unit_price_currency", fields.CharField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                ("amount_currency", fields.CharField(max_length=3)),
                (
                    "offer",
                    fields.ForeignKeyField(
                        "core.Offer",
                        source_field="offer_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("offer_kind", fields.CharField(null=True, max_length=32)),
                ("snapshot", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "core_transaction_line",
                "app": "core",
                "constraints": [
                    UniqueConstraint(
                        fields=("transaction_id", "position"), name="core_transaction_line_position"
                    ),
                    CheckConstraint(
                        check='("unit_price_minor" is null) = ("unit_price_currency" is null) and coalesce("unit_price_minor", 0) >= 0 and coalesce("unit_price_currency", \'EUR\') ~ \'^[A-Z]{3}$\'',
                        name="core_transaction_line_unit_price_valid",
                    ),
                    CheckConstraint(
                        check='("amount_minor" is null) = ("amount_currency" is null) and coalesce("amount_minor", 0) >= 0 and coalesce("amount_currency", \'EUR\') ~ \'^[A-Z]{3}$\'',
                        name="core_transaction_line_amount_valid",
                    ),
                    CheckConstraint(check='"quantity" > 0', name="core_transaction_line_quantity_positive"),
                    CheckConstraint(
                        check='"amount_minor" = "quantity" * "unit_price_minor" and "amount_currency" = "unit_price_currency"',
                        name="core_transaction_line_amount_exact",
                    ),
                ],
                "indexes": [Index(fields=["offer_id", "id"], name="core_transaction_line_offer")],
                "pk_attr": "id",
                "table_description": "One thing sold in a transaction, as it was then.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(sql.REST, sql.REST_REVERSE),
        ops.RunSQL(sql.ROLES, sql.ROLES_REVERSE),
    ]
