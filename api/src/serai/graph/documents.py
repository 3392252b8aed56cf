"""Documents seen before: parsed and validated once, their plans kept, all in bounded least-recently-used caches."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)
from graphql.validation import validation_context
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping
from graphql.validation.validate import ValidationAbortedError

from .arguments import VariableUse, variable_use
from .proving import Proving
from .variables import CoerceAll

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

DOCUMENTS_WEIGHT: Final = 4 * 1024 * 1024
"""How many characters of documents are kept parsed; parsed they take some fifty times as many bytes."""
PLANS_WEIGHT: Final = 64 * 1024 * 1024
"""How many characters of SQL are kept in plans."""

MAX_TOKENS: Final = 10_000
MAX_COMMENTS: Final = 1_000
MAX_DEFINITIONS: Final = 200
MAX_ERRORS: Final = 20

# graphql-core stops validating by these, and says that they are to be assigned: a fifth of its own, so that a document
# made for it keeps the event loop for some 0.3 s and not for two.
overlapping.MAX_COMPLEXITY_BUDGET = 100_000
validation_context.MAX_FRAGMENT_WORK = 10_000


class Recent(Generic[K, V]):
    """A mapping that forgets what was not used for longest once it holds too many entries, or too much weight."""

    def __init__(self, limit: int, *, weight_limit: int) -> None:
        self.limit = limit
        self.weight_limit = weight_limit
        self.weight = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value, which counts as used now, or ``None``."""
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, *, weight: int) -> None:
        """Keep a value; what was not used for longest makes room. What alone is too heavy is not kept."""
        known = self._entries.pop(key, None)
        if known is not None:
            self.weight -= known[1]
        if weight > self.weight_limit:
            return
        self._entries[key] = (value, weight)
        self.weight += weight
        while len(self._entries) > self.limit or self.weight > self.weight_limit:
            _, (_, dropped) = self._entries.popitem(last=False)
            self.weight -= dropped


@dataclass(slots=True)
class Operation:
    """One operation of a document, and which of its variables decide its plan; ``coerce`` is made when it is needed."""

    node: OperationDefinitionNode
    use: VariableUse
    name: str | None = field(init=False)
    coerce: CoerceAll | None = None

    def __post_init__(self) -> None:
        self.name = self.node.name.value if self.node.name else None


@dataclass(slots=True)
class Document:
    """A parsed and validated document."""

    node: DocumentNode
    fragments: Mapping[str, FragmentDefinitionNode]
    operations: Mapping[str | None, OperationDefinitionNode]
    _uses: dict[str | None, Operation] = field(default_factory=dict)

    def operation(
        self, name: str | None, schema: GraphQLSchema, mutations: frozenset[str], python: frozenset[str]
    ) -> Operation:
        """The operation of that name, or the only one; ``GraphQLError`` says what else there is."""
        known = self._uses.get(name)
        if known is not None:
            return known
        if name is None and len(self.operations) > 1:
            names = ", ".join(sorted(str(one) for one in self.operations))
            raise GraphQLError(f"The document has several operations: name one of {names} in operationName.")
        key = name if name is not None else next(iter(self.operations), None)
        node = self.operations.get(key)
        if node is None:
            raise GraphQLError(
                f"There is no operation {name!r} in the document."
                if name
                else "The document has no operation."
            )
        found = self._uses.get(key)
        if found is None:
            root = schema.get_root_type(node.operation)
            assert root is not None
            found = Operation(node, variable_use(node, self.fragments, root, frozenset(), mutations | python))
            self._uses[key] = found
        self._uses[name] = found
        return found


def read_document(text: str, proving: Proving, *, hide_suggestions: bool) -> Document | list[GraphQLError]:
    """Parse and validate; the errors if it is not a document of this schema.

    What is kept does not know where in the text it stood: that is two thirds of its memory, and in cycles.
    """
    try:
        node = parse(text, no_location=True, max_lexical_tokens=MAX_TOKENS, max_comments=MAX_COMMENTS)
        if len(node.definitions) > MAX_DEFINITIONS:
            return [
                GraphQLError(
                    f"The document has {len(node.definitions)} definitions, of at most {MAX_DEFINITIONS}."
                )
            ]
        errors = []
        if not proving.proves(node):
            whole = parse(text, max_lexical_tokens=MAX_TOKENS, max_comments=MAX_COMMENTS)
            errors = validate(proving.schema, whole, max_errors=MAX_ERRORS, hide_suggestions=hide_suggestions)
    except GraphQLError as error:
        return [error]
    except (RecursionError, UnicodeError):
        return [GraphQLError("The document is nested too deeply or is not valid Unicode.")]
    if errors:
        return [_explained(one) for one in errors]
    fragments = {one.name.value: one for one in node.definitions if isinstance(one, FragmentDefinitionNode)}
    operations = {
        one.name.value if one.name else None: one
        for one in node.definitions
        if isinstance(one, OperationDefinitionNode)
    }
    return Document(node, fragments, operations)


def _explained(error: GraphQLError) -> GraphQLError:
    """What was too much to be validated, with words for why."""
    if not isinstance(error, ValidationAbortedError) or error.message.startswith("Too many"):
        return error
    return ValidationAbortedError(
        "The document was too much work to validate: too many fragments, or the same field too often in one place.",
        extensions={"hint": "ask for each field once in a place, and for less in one operation"},
    )


def located(text: str, name: str | None) -> OperationDefinitionNode:
    """An operation of a document that was read before, with where in the text it stands: for errors to tell."""
    operations = [one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode)]
    return next(one for one in operations if (one.name.value if one.name else None) == name)
