"""Registering and changing customers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from tortoise.exceptions import IntegrityError

from serai.core.phones import e164
from serai.core.refusals import not_found, optional_text, refuse, text
from serai.settings import Settings
from serai_sdk import JSON, UNSET, CallCtx, Unset, UserError, check_version
from serai_sdk.orm import violated_constraint

from .models import Customer, CustomerKind

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
LOCALE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")

TAKEN = """
select id
from core_customer
where lower(email collate "C") = lower($1::text collate "C")
  and id <> $2
"""


def email(value: str | None, *, field: str = "email") -> str | None:
    """A mail address without space around it; ``UserError`` if it cannot be one."""
    stripped = optional_text(value)
    if stripped is not None and (len(stripped) > 320 or not ADDRESS.fullmatch(stripped)):
        raise UserError("INVALID", "This is not a mail address.", field=field)
    return stripped


def locale(value: str) -> str:
    """A BCP 47 tag; ``UserError`` if it cannot be one."""
    if len(value) > 35 or not LOCALE.fullmatch(value):
        raise UserError("INVALID", "This is not a BCP 47 language tag such as de-CH.", field="locale")
    return value


def attributes(value: JSON | None) -> dict[str, Any]:
    """A JSON object."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UserError("INVALID", "Attributes are a JSON object.", field="attributes")
    return dict(cast(Mapping[str, Any], value))


async def register(
    ctx: CallCtx,
    *,
    name: str,
    kind: CustomerKind,
    email_address: str | None,
    phone: str | None,
    attributes_given: JSON | None,
    locale_tag: str,
    source_channel: str | None,
    inviter_id: UUID | None,
) -> UUID:
    """Register a customer and return its id."""
    if inviter_id is not None and not await Customer.exists(id=inviter_id, forgotten_at=None):
        raise not_found("customer", field="inviter")
    customer = Customer(
        id=ctx.new_id(),
        name=text(name, field="name"),
        kind=kind,
        email=email(email_address),
        phone=optional_text(phone),
        phone_e164=e164(phone, locale=locale_tag, default=ctx.settings(Settings).default_region),
        attributes=attributes(attributes_given),
        locale=locale(locale_tag),
        source_channel=optional_text(source_channel),
        inviter_id=inviter_id,
    )
    await _check_free(ctx, customer)
    try:
        await ctx.change.add(customer)
    except IntegrityError as error:
        raise _taken(error) from error
    await ctx.change.emit(
        "customer.registered",
        customer,
        {"kind": kind.value, "sourceChannel": customer.source_channel, "inviterId": inviter_id},
    )
    return customer.id


async def update(
    ctx: CallCtx,
    customer_id: UUID,
    *,
    expected_version: int | None,
    name: str | Unset,
    kind: CustomerKind | Unset,
    email_address: str | Unset | None,
    phone: str | Unset | None,
    attributes_given: JSON | Unset,
    locale_tag: str | Unset,
) -> None:
    """Change what was given of a customer's profile; a customer changes its own, staff anybody's."""
    customer = await ctx.change.get(Customer, customer_id)
    if customer is None or customer.forgotten_at is not None:
        raise not_found("customer", field="id")
    if ctx.viewer.customer_id != customer_id and "customers:write" not in ctx.viewer.permissions:
        await refuse(ctx, "Customer", customer_id)
    check_version(customer, expected_version)
    if name is not UNSET:
        customer.name = text(name, field="name")
    if kind is not UNSET:
        customer.kind = kind
    if email_address is not UNSET:
        customer.email = email(email_address)
        await _check_free(ctx, customer)
    if phone is not UNSET:
        customer.phone = optional_text(phone)
    if attributes_given is not UNSET:
        customer.attributes = attributes(attributes_given)
    if locale_tag is not UNSET:
        customer.locale = locale(locale_tag)
    customer.phone_e164 = e164(
        customer.phone, locale=customer.locale, default=ctx.settings(Settings).default_region
    )
    try:
        await ctx.change.save(customer)
    except IntegrityError as error:
        raise _taken(error) from error
    await ctx.change.emit("customer.updated", customer)


async def _check_free(ctx: CallCtx, customer: Customer) -> None:
    if customer.email is not None and await ctx.change.execute(TAKEN, customer.email, customer.id):
        raise _email_taken()


def _taken(error: IntegrityError) -> Exception:
    return _email_taken() if violated_constraint(error) == "core_customer_email" else error


def _email_taken() -> UserError:
    return UserError("EMAIL_TAKEN", "Another customer has this mail address.", field="email")
