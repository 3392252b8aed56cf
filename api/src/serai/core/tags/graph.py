"""Tags in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import Graph, column, connection, count_of, entity, extend, lookup, to_many, to_one

from .access import SEE_TAG
from .models import CustomerTag as CustomerTagRow
from .models import Tag as TagRow
from .mutations import MUTATIONS


@entity(TagRow, prefix="tag", access=SEE_TAG, unindexed="a few dozen rows")
class Tag:
    """A word the organisation sorts its customers by; only its staff sees it."""

    name: str = column("The word, unique without regard to case.")
    description: str | None = column("When to use it.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")

    customers = to_many("CustomerTag", "The customers that have it.", by="tag")
    customer_count: int = count_of("customers", "How many customers have it.")


@entity(CustomerTagRow, prefix="ctg", access=SEE_TAG, unindexed="read below its customer or tag")
class CustomerTag:
    """That a customer has a tag."""

    customer = to_one("Customer", "Who has it.")
    tag = to_one("Tag", "The tag.")
    created_at: datetime = column("Since when.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


@extend("Customer")
class CustomerTags:
    tags = to_many("CustomerTag", "What the organisation sorts it by; for its staff only.", by="customer")


GRAPH = Graph(
    entities=(Tag, CustomerTag),
    extends=(CustomerTags,),
    queries=(
        connection("tags", "Tag", "All tags."),
        lookup("tag", "Tag", "One tag by its id."),
    ),
    mutations=MUTATIONS,
)
