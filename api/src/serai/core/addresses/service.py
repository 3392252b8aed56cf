"""Adding, changing and removing addresses; of each kind one is the default."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from serai.core.customers.owning import locked_customer, own_or_given
from serai.core.places import Columns, place_columns
from serai.core.refusals import not_found, optional_text
from serai_sdk import UNSET, CallCtx, Place, UserError, check_version

from .models import Address, AddressKind

if TYPE_CHECKING:
    from .mutations import CustomerAddressAddInput, CustomerAddressUpdateInput

MOST = 50

COUNT = """
select count(*) as all, count(*) filter (where kind = $2) as of_kind
from core_customer_address
where customer_id = $1
"""

NO_DEFAULT = """
update core_customer_address
set is_default = false, updated_at = $4, version = version + 1
where customer_id = $1
  and kind = $2
  and id <> $3
  and is_default
"""

REMOVE = "delete from core_customer_address where id = $1"


async def add(ctx: CallCtx, given: CustomerAddressAddInput) -> UUID:
    """Add an address of a customer and return its id."""
    customer = await locked_customer(ctx, own_or_given(ctx, given.customer))
    [there] = await ctx.change.execute(COUNT, customer.id, given.kind.value)
    if there["all"] >= MOST:
        raise UserError("TOO_MANY", f"There are {MOST} addresses; remove one first.", field="customer")
    address = Address(
        id=ctx.new_id(),
        customer_id=customer.id,
        kind=given.kind,
        label=optional_text(given.label),
        recipient=optional_text(given.recipient),
        is_default=given.is_default or there["of_kind"] == 0,
        **_somewhere(given.place),
    )
    await _keep_one_default(ctx, address)
    await ctx.change.add(address)
    await _tell(ctx, "address.added", address)
    return address.id


async def update(ctx: CallCtx, given: CustomerAddressUpdateInput) -> None:
    """Change what was given of an address."""
    address = await _locked(ctx, given.id, given.expected_version)
    if given.kind is not UNSET:
        address.kind = given.kind
    if given.label is not UNSET:
        address.label = optional_text(given.label)
    if given.recipient is not UNSET:
        address.recipient = optional_text(given.recipient)
    if given.place is not UNSET:
        for column, value in _somewhere(given.place).items():
            setattr(address, column, value)
    if given.is_default is not UNSET:
        address.is_default = given.is_default
    await _keep_one_default(ctx, address)
    await ctx.change.save(address)
    await _tell(ctx, "address.updated", address)


async def remove(ctx: CallCtx, id: UUID, *, expected_version: int | None) -> UUID:
    """Remove an address and return whose it was."""
    address = await _locked(ctx, id, expected_version)
    await ctx.change.execute(REMOVE, address.id)
    await _tell(ctx, "address.removed", address)
    return address.customer_id


async def _locked(ctx: CallCtx, id: UUID, expected_version: int | None) -> Address:
    """The address, its customer locked before it: so that no two decide at once which is the default."""
    seen = await Address.get_or_none(id=id)
    if seen is None:
        raise not_found("address", field="id")
    await locked_customer(ctx, seen.customer_id, noun="address", field="id")
    address = await ctx.change.get(Address, id)
    if address is None:
        raise not_found("address", field="id")
    check_version(address, expected_version)
    return address


async def _keep_one_default(ctx: CallCtx, address: Address) -> None:
    if address.is_default:
        values = (address.customer_id, AddressKind(address.kind).value, address.id, ctx.now)
        await ctx.change.execute(NO_DEFAULT, *values)


def _somewhere(place: Place) -> Columns:
    columns = place_columns(place)
    columns["place_address"] = optional_text(columns["place_address"])
    if columns["place_city_code"] is None and columns["place_address"] is None:
        raise UserError("INVALID", "Say at least the city or the address.", field="place")
    return columns


async def _tell(ctx: CallCtx, event: str, address: Address) -> None:
    payload = {"customerId": address.customer_id, "kind": AddressKind(address.kind).value}
    await ctx.change.emit(event, address, payload)
