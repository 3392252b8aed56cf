"""P: what a plug-in is installed as, and what its import does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from email.message import Message
from typing import Final, cast

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from serai.loading.discover import header
from serai_sdk.plugin import ID

from .check import Finding, Tier, check
from .subject import NotThere, Subject

OURS: Final = frozenset(("serai", "serai-testkit"))
BROUGHT: Final = frozenset(("pluggy", "pydantic", "strawberry-graphql", "tortoise-orm"))
"""What the SDK brings, in the versions it goes with."""

FORBIDDEN: Final = {
    "serai": "import the same from serai_sdk; what it does not offer, Serai may change at any time",
    "serai_testkit": "the test kit is for tests: it is not there where the plug-in runs",
    "strawberry": "use the words of serai_sdk: what they mean outlives the library behind them",
    "tortoise": "import it from serai_sdk.orm",
}


@check("P01", Tier.BRONZE)
def entry_point(subject: Subject) -> Iterator[Finding]:
    """The distribution announces one plug-in, under its id.

    Serai finds plug-ins by the entry points of the group `serai.plugins`, without importing anything. The name of the
    entry point is the plug-in's id: tables, types, permissions, events, settings and commands begin with it, so it is
    2 to 24 small letters and digits. A distribution is one plug-in, so that it can be installed, switched off and
    removed by itself.

    ```text
    [project.entry-points."serai.plugins"]
    loyalty = "acme_loyalty.plugin:plugin"
    ```

    Its value is an instance of a subclass of `serai_sdk.Plugin` whose `id` is the same.
    """
    entries = subject.entries
    if len(entries) != 1:
        names = ", ".join(one.name for one in entries) or "none"
        yield Finding(
            f"it announces {len(entries)} plug-ins: {names}",
            'announce one in pyproject.toml, in [project.entry-points."serai.plugins"]',
        )
    for one in entries:
        if not ID.fullmatch(one.name) or one.name == "core":
            yield Finding(
                f"its plug-in is called {one.name!r}, which cannot be an id",
                "use 2 to 24 small letters and digits, a letter first, and not `core`",
            )
        if not re.fullmatch(r"[\w.]+:\w+", one.value):
            yield Finding(
                f"its entry point is {one.value!r}, which names no instance",
                "name the module and the instance in it, such as acme_loyalty.plugin:plugin",
            )


@check("P02", Tier.BRONZE)
def made_for(subject: Subject) -> Iterator[Finding]:
    """It says which versions of the SDK it is made for, from one on and below the next major one.

    The SDK is the contract, and has a slow version of its own; versions of Serai do not matter to a plug-in. A floor
    says what the plug-in needs; a cap at the next major version says up to where the contract holds. pip refuses what
    does not fit, and Serai does before it imports anything. An exact version fits one SDK only, and breaks with the
    next small release.

    ```text
    dependencies = ["serai-sdk>=1.0,<2"]
    ```
    """
    wanted = [one for one in subject.requirements() if canonicalize_name(one.name) == "serai-sdk"]
    mend = 'write it like dependencies = ["serai-sdk>=1.0,<2"]'
    if not wanted:
        yield Finding("it does not require serai-sdk", mend)
    for one in wanted:
        operators = {spec.operator for spec in one.specifier}
        if operators & {"==", "==="} and not any("*" in spec.version for spec in one.specifier):
            yield Finding(f"it fits one version of the SDK only: {one}", mend)
            continue
        if not operators & {">=", ">", "~=", "=="}:
            yield Finding(f"it does not say from which version of the SDK on: {one}", mend)
        if not operators & {"<", "<=", "~=", "=="}:
            yield Finding(f"it does not say up to which version of the SDK: {one}", mend)


@check("P03", Tier.BRONZE)
def requirements(subject: Subject) -> Iterator[Finding]:
    """It neither requires Serai, nor holds back what the SDK brings.

    A plug-in that requires `serai` is tied to the versions of a program whose inside is not promised; one that caps or
    pins pydantic, Strawberry, Tortoise or pluggy decides for the whole platform, and two of them cannot be installed
    together. Require `serai-sdk`, and let it bring the rest. What only tests need, such as `serai-testkit`, belongs
    into an extra:

    ```text
    dependencies = ["serai-sdk>=1.0,<2", "httpx>=0.28"]

    [project.optional-dependencies]
    test = ["serai-testkit>=1.0,<2"]
    ```
    """
    for text in subject.staged.distribution.requires or ():
        try:
            list(subject.requirements())
        except InvalidRequirement:
            yield Finding(f"it has a requirement that cannot be read: {text!r}", "mend it in pyproject.toml")
            return
    for one in subject.requirements():
        name = canonicalize_name(one.name)
        if name in OURS:
            yield Finding(
                f"it requires {one.name}", "require serai-sdk alone; put what tests need into an extra"
            )
        held = [spec for spec in one.specifier if spec.operator in ("==", "===", "<", "<=", "~=")]
        if name in BROUGHT and held:
            yield Finding(f"it holds back {one.name}: {one}", "leave it to serai-sdk, which brings it")


@check("P04", Tier.SILVER)
def said_of_itself(subject: Subject) -> Iterator[Finding]:
    """Its metadata say what it is, whose it is, and under which licence.

    Whoever installs a plug-in puts somebody else's code beside customers' data: a summary, a README, a licence, an
    author and the versions of Python it runs on are the least to be known of it.

    ```text
    [project]
    description = "Points that customers get for what they buy"
    readme = "README.md"
    license = "MIT"
    license-files = ["LICENSE"]
    authors = [{ name = "Acme" }]
    requires-python = ">=3.11"
    ```
    """
    distribution = subject.staged.distribution
    body = header(distribution, "Description") or str(cast("Message", distribution.metadata).get_payload())
    said = {
        "description": header(distribution, "Summary"),
        "readme": body.strip(),
        "license": header(distribution, "License-Expression") or header(distribution, "License"),
        "license-files": header(distribution, "License-File"),
        "authors": header(distribution, "Author") or header(distribution, "Author-email"),
        "requires-python": header(distribution, "Requires-Python"),
    }
    for name, value in said.items():
        if not value:
            yield Finding(f"its metadata have no {name}", f"set `{name}` in [project] of pyproject.toml")


@check("P05", Tier.SILVER)
def contents(subject: Subject) -> Iterator[Finding]:
    """It installs one package, with `py.typed`, and nothing beside it.

    What stands at the top of a wheel is put beside everybody else's packages: a folder `tests` there is imported by
    whoever imports `tests`. `py.typed` says to type checkers that the package is typed: without it, plug-ins that build
    on yours are checked against nothing.

    ```text
    [tool.hatch.build.targets.wheel]
    packages = ["src/acme_loyalty"]
    ```
    """
    package = subject.package
    if f"{package}/py.typed" not in subject.staged.files:
        yield Finding(f"there is no {package}/py.typed", "put an empty file of that name into the package")
    if subject.staged.is_wheel:
        for top in sorted({one.partition("/")[0] for one in subject.staged.files} - {package}):
            yield Finding(f"it installs {top} beside its package", "keep it out of the wheel")


@check("P06", Tier.BRONZE)
def imports(subject: Subject) -> Iterator[Finding]:
    """It imports the SDK, and neither Serai nor the libraries behind it.

    All that is promised is in `serai_sdk`. What a plug-in takes from `serai` works until the next release; what it
    takes from Strawberry or Tortoise by itself ties it to how Serai is made today. Where something is missing in the
    SDK, ask for it: the core's own plug-in has nothing more.
    """
    for place, node in subject.nodes():
        for name in _imported(node):
            top = name.partition(".")[0]
            if top in FORBIDDEN:
                yield Finding(f"it imports {name}", FORBIDDEN[top], place)


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [one.name for one in node.names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case ast.Call(args=[ast.Constant(value=str(name)), *_]) if _called(node) == "import_module":
            return [name]
    return []


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


@check("P07", Tier.BRONZE, limit_s=10)
def can_be_imported(subject: Subject) -> Iterator[Finding]:
    """It can be imported, within ten seconds.

    All plug-ins are imported before Serai answers anything, in each of its processes: one that waits for a server, or
    computes for long, holds up the start of all of them. A plug-in that cannot be imported is left out whole. What
    takes time is done when it is needed, or by a job.
    """
    try:
        subject.imported  # noqa: B018 - importing is what is looked at
    except NotThere:
        if subject.import_problem is None:
            raise
        module = subject.entry.value.partition(":")[0]
        yield Finding(
            f"it cannot be imported: {subject.import_problem}",
            f"see the whole trace with: python -c 'import {module}'",
        )


@check("P08", Tier.SILVER)
def import_does_nothing(subject: Subject) -> Iterator[Finding]:
    """Its import declares, and does nothing else.

    `serai plugin list`, a schema for the front-end, a test: all import every plug-in. One that opens connections,
    starts threads or programs, or writes files when it is imported does so each time, in every process, and nobody
    closes what it opened. So a module holds declarations and functions; functions do the work.
    """
    subject.imported  # noqa: B018 - what it did is noted when it is imported
    for did in subject.did:
        yield Finding(f"its import {did}", "do it in a function that is called when it is needed")
