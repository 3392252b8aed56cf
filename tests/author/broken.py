"""A plug-in for each numbered check that it must not pass: the one of the template, with something done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from serai_sdk.template import names_of, render

PACKAGE = "src/acme_loyalty"
GRAPH, PLUGIN, SERVICE = f"{PACKAGE}/graph.py", f"{PACKAGE}/plugin.py", f"{PACKAGE}/service.py"
MODELS, MIGRATION = f"{PACKAGE}/models.py", f"{PACKAGE}/migrations/0001_initial.py"
SETTINGS, EVENTS, ACCESS = f"{PACKAGE}/settings.py", f"{PACKAGE}/events.py", f"{PACKAGE}/access.py"
PROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Broken:
    """What is another text in which files (``None``: the whole file is gone), and all that the check then says."""

    says: Sequence[str]
    texts: Sequence[tuple[str, str, str]] = ()
    gone: Sequence[str] = field(default=())

    def write(self, folder: Path) -> None:
        """The plug-in, in a folder."""
        files: dict[str, str] = dict(render(names_of("acme-loyalty"), "fields"))
        for path, before, after in self.texts:
            assert before in files[path], f"{path} has no {before!r}"
            files[path] = files[path].replace(before, after)
        for path, text in files.items():
            if path not in self.gone:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)


def batched(body: str, *, more: str = "") -> Sequence[tuple[str, str, str]]:
    """A Python field of customers with that body."""
    head = "    async def loyalty_luck(ctx, parents) -> list[int | None]:\n"
    made = f'    @batched("Luck.", needs=(){more})\n{head}{body}'
    return (
        (GRAPH, "    arg,\n", "    arg,\n    batched,\n"),
        (GRAPH, "@input\nclass", f"{made}\n\n@input\nclass"),
    )


def hook(text: str) -> tuple[str, str, str]:
    """Another hook of the plug-in."""
    return (PLUGIN, "\n\nplugin = ", f"\n    @hookimpl\n{text}\n\nplugin = ")


SUM = """    loyalty_points: int | None = sum_of(
        "loyalty_entries",
        "points",
        "How many points they have.",
    )
"""
DELETED = "delete from loyalty_entry\n"

BROKEN: Mapping[str, Broken] = {
    "P01": Broken(
        ["its plug-in is called 'Loyalty', which cannot be an id"],
        [(PROJECT, 'loyalty = "acme', 'Loyalty = "acme')],
    ),
    "P02": Broken(
        [
            "it does not say from which version of the SDK on: serai-sdk",
            "it does not say up to which version of the SDK: serai-sdk",
        ],
        [(PROJECT, '["serai-sdk>=1.0,<2"]', '["serai-sdk"]')],
    ),
    "P03": Broken(
        ["it requires serai", "it holds back pydantic: pydantic==2.12.0"],
        [(PROJECT, '["serai-sdk>=1.0,<2"]', '["serai-sdk>=1.0,<2", "serai", "pydantic==2.12.0"]')],
    ),
    "P04": Broken(["its metadata have no readme"], [(PROJECT, 'readme = "README.md"\n', "")]),
    "P05": Broken(["there is no acme_loyalty/py.typed"], gone=[f"{PACKAGE}/py.typed"]),
    "P06": Broken(
        ["it imports serai.viewers", "it imports tortoise"],
        [(SERVICE, "from serai_sdk", "import tortoise\nfrom serai.viewers import SYSTEM\nfrom serai_sdk")],
    ),
    "P07": Broken(
        ["it cannot be imported: ValueError: no water"],
        [(ACCESS, "PERMISSIONS:", 'raise ValueError("no water")\nPERMISSIONS:')],
    ),
    "P08": Broken(
        [
            "its import writes the file /dev/null",
            "its import starts a program",
            "its import starts the thread ticking",
        ],
        [
            (
                EVENTS,
                "GIVEN:",
                "import subprocess, threading\nsubprocess.run(['true'])\nopen('/dev/null', 'w').close()\n"
                "threading.Thread(target=threading.Event().wait, args=(3,), name='ticking', daemon=True).start()\n"
                "GIVEN:",
            )
        ],
    ),
    "S01": Broken(["its setting keep_days has no default"], [(SETTINGS, "setting(730, ", "setting(")]),
    "S02": Broken(
        ["its setting api_key is a plain text"],
        [(SETTINGS, "    keep_days", '    api_key: str = setting("", description="A key.")\n    keep_days')],
    ),
    "G01": Broken(
        ["Customer.loyaltyEntries goes by LoyaltyEntry.nobody, which is not a to-one link"],
        [(GRAPH, 'by="customer"', 'by="nobody"'), (GRAPH, SUM, "")],
    ),
    "G02": Broken(
        ["adds Customer.loyaltyPoints, which is declared non-null"],
        [(GRAPH, "loyalty_points: int | None", "loyalty_points: int")],
    ),
    "G03": Broken(
        [
            "declares the permission points:read, which is not its own",
            "declares the event points.given, which is not its own",
        ],
        [
            (ACCESS, 'name="loyalty:read"', 'name="points:read"'),
            (EVENTS, '"loyalty.given"', '"points.given"'),
        ],
    ),
    "G04": Broken(
        ["claims Booking, which begins with the id of the plug-in booking"],
        [(PLUGIN, '    title = "Loyalty"\n', '    title = "Loyalty"\n    claims = ("Booking",)\n')],
    ),
    "G05": Broken(
        ["LoyaltyGiveInput(points:) is not described", "loyalty.given.points is not described"],
        [
            (GRAPH, '"How many; fewer than none take some."', '""'),
            (EVENTS, '"how many; fewer than none were lost"', '""'),
        ],
    ),
    "G06": Broken(
        ["Customer.loyaltyLuck answers a list of rows without a bound"],
        batched("        return [[] for _ in parents]\n", more=', entity="LoyaltyEntry", many=True'),
    ),
    "G07": Broken(
        ["loyaltyGive may be called by anybody"],
        [(GRAPH, "access=access.GIVES", "access=anyone()"), (GRAPH, "    arg,\n", "    anyone,\n    arg,\n")],
    ),
    "G08": Broken(
        ["the code NO_POINT is raised, and no mutation declares it"],
        [(GRAPH, 'UserError("NO_POINTS"', 'UserError("NO_POINT"')],
    ),
    "E01": Broken(
        ["it emits loyalty.gave, which it does not declare"],
        [(SERVICE, 'emit("loyalty.given"', 'emit("loyalty.gave"')],
    ),
    "E02": Broken(
        ["the payload of loyalty.given has customerEmail, which looks personal"],
        [(EVENTS, "payload={", 'payload={"customerEmail": "whom to tell", ')],
    ),
    "E03": Broken(
        ["loyalty.reward waits for transaction.fulfiled, which nobody declares"],
        [(SERVICE, '"transaction.fulfilled"', '"transaction.fulfiled"')],
    ),
    "D01": Broken(
        ["the table points_entry of Entry does not begin with its id"],
        [(MODELS, 'table = "loyalty_entry"', 'table = "points_entry"')],
    ),
    "D02": Broken(
        ["the migration 0001_initial speaks of core_customer, and depends on no migration of core"],
        [(MIGRATION, '[("core", "0001_initial")]', "[]")],
    ),
    "D03": Broken(
        ['The migration loyalty.0001_initial failed: relation "core_customers" does not exist'],
        [(MIGRATION, "core_customer (id)", "core_customers (id)")],
    ),
    "D04": Broken(
        ["taken back, they leave loyalty_sum"],
        [
            (
                MIGRATION,
                'TIES = """\n',
                'TIES = """\ncreate function loyalty_sum() returns integer language sql as \'select 1\';\n',
            )
        ],
    ),
    "D05": Broken(
        ["no migration says this of the models: Add field note to Entry"],
        [(MODELS, "    reason =", "    note = fields.TextField(null=True)\n    reason =")],
    ),
    "D06": Broken(
        ["the foreign key loyalty_entry.customer_id has no index"],
        [
            (MODELS, '("customer_id", "created_at", "id")', '("points", "created_at", "id")'),
            (MIGRATION, '["customer_id", "created_at", "id"]', '["points", "created_at", "id"]'),
        ],
    ),
    "R01": Broken(
        ["Customer.loyaltyLuck does not answer: ValueError: no luck"],
        batched("        raise ValueError('no luck')\n"),
    ),
    "R02": Broken(
        ["Customer.loyaltyLuck takes 2 statements for one row, and 21 for 20"],
        batched("        return [(await ctx.fetch('select 7 as luck'))[0]['luck'] for _ in parents]\n"),
    ),
    "R03": Broken(
        ['the job loyalty.forget fails: OperationalError: relation "loyalty_entries" does not exist'],
        [(SERVICE, DELETED, DELETED.replace("entry", "entries"))],
    ),
    "R04": Broken(
        ["its demo data cannot be built: ValueError: nothing to show"],
        [
            (PLUGIN, "import EventType", "import Demo, EventType"),
            hook(
                "    def demo(self) -> Demo:\n"
                "        async def build(ctx):\n            raise ValueError('nothing to show')\n\n"
                "        return Demo(build=build)\n"
            ),
        ],
    ),
    "O01": Broken(
        ["loaded again, it declares something else"],
        [
            (PLUGIN, "class Loyalty", "from itertools import count\n\nCOUNT = count()\n\n\nclass Loyalty"),
            hook(
                "    def commands(self):\n        return Command(name=f'c{next(COUNT)}', help='Count.', run=None)\n"
            ),
            (PLUGIN, "import EventType", "import Command, EventType"),
        ],
    ),
    "O02": Broken(
        ["without it, the graph is another than before it was imported"],
        [
            (
                PLUGIN,
                "class Loyalty",
                "import sys\nfrom dataclasses import replace\n\n"
                "Customer = sys.modules['serai.core.customers.graph'].Customer\n"
                "Customer.__serai_entity__ = replace(Customer.__serai_entity__, description='Has points.')\n\n\n"
                "class Loyalty",
            )
        ],
    ),
}
