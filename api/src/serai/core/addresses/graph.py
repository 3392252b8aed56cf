"""Addresses in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import Graph, Place, column, entity, extend, to_many, to_one

from .access import SEE_ADDRESS
from .models import Address as AddressRow
from .models import AddressKind
from .mutations import MUTATIONS


@entity(AddressRow, prefix="adr", access=SEE_ADDRESS, unindexed="a few rows of each customer, read below it")
class Address:
    """Where a customer lives, works, or wants things sent."""

    customer = to_one("Customer", "Whose it is.")
    kind: AddressKind = column("What it is for.")
    label: str | None = column("What the customer calls it.", personal=True)
    recipient: str | None = column("The name to write on it, if it is not the customer's own.", personal=True)
    place: Place | None = column("Where it is.", personal=True)
    is_default: bool = column("Whether it is the one to use of its kind.")
    created_at: datetime = column("When it was added.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


@extend("Customer")
class CustomerAddresses:
    addresses = to_many(
        "Address", "Where it lives, works, or wants things sent; no provider sees them.", by="customer"
    )


GRAPH = Graph(entities=(Address,), extends=(CustomerAddresses,), mutations=MUTATIONS)
