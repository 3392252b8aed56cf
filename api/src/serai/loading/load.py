"""Loading from beginning to end: found, selected, compatible, imported, staged, put together; each step collects all.

A plug-in with a problem is dropped whole, those that require it wait, and the schema is made of the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from serai.core.customers.contributions import Source, sources
from serai.core.plugin import plugin as core
from serai.graph.compose import Collision, name_collisions
from serai.graph.findings import Problem
from serai.graph.registry import Registry
from serai.graph.resolve import Contribution, resolve
from serai.settings import Settings
from serai_sdk import Plugin
from serai_sdk import Settings as PluginSettings

from .compatible import SDK, incompatibilities
from .configured import configured
from .discover import CORE, Found, discover
from .errors import StartRefused
from .importing import import_plugin, problem_of
from .ordering import ordered
from .ownership import own_problems, owner_of, shared_problems
from .refusal import HINT, refusal_text
from .report import Loaded, LoadReport, Records, State
from .stage import Stage


def load(settings: Settings, *, found: Sequence[Found] | None = None) -> LoadReport:
    """Loads the plug-ins the settings select; ``StartRefused`` lists every problem if one that is required fails."""
    report = examine(settings, found=found)
    if report.failed:
        raise StartRefused(
            refusal_text(report.failed), hint=HINT, data={"plugins": [one.id for one in report.failed]}
        )
    return report


def examine(settings: Settings, *, found: Sequence[Found] | None = None) -> LoadReport:
    """What ``load`` would do, told and not refused; ``found`` are the plug-ins installed (default: looked for)."""
    loading = _Loading(settings, discover() if found is None else found)
    loading.run()
    return loading.report()


@dataclass(slots=True, eq=False)
class _Candidate:
    """A plug-in on its way."""

    id: str
    version: str
    distribution: str
    state: State = "ready"
    found: Found | None = None
    plugin: Plugin | None = None
    settings: PluginSettings | None = None
    records: Records = field(default_factory=Records)
    problems: list[Problem] = field(default_factory=list)
    import_ms: float = 0.0

    def drop(self, state: State, problems: Iterable[Problem]) -> None:
        given = list(problems)
        if given:
            self.state = state
            self.problems += given


class _Loading:
    def __init__(self, settings: Settings, found: Sequence[Found]) -> None:
        self.settings = settings
        self.candidates: dict[str, _Candidate] = {
            CORE: _Candidate(CORE, _version("serai") or "", "serai", plugin=core),
            **{one.id: _Candidate(one.id, one.version, one.distribution, found=one) for one in found},
        }
        self.order: list[str] = []
        self.registry = Registry()
        self.timelines: Sequence[Source] = ()
        self.own: list[Problem] = []

    def run(self) -> None:
        self.select()
        self.check_compatibility()
        for one in self.going():
            self.bring_in(one)
        self.configure()
        self.wait()
        self.put_in_order()
        self.collect()
        self.wait()
        self.put_together()

    def going(self) -> list[_Candidate]:
        """Those that have no problem so far."""
        return [one for one in self.candidates.values() if one.state == "ready"]

    def others(self) -> list[_Candidate]:
        return [one for one in self.going() if one.id != CORE]

    def select(self) -> None:
        wanted = self.settings.plugins
        if wanted is None:
            return
        for one in self.others():
            if one.id not in wanted:
                one.state = "disabled"
        missing = [
            (id, Problem(id, "is selected by the settings, but not installed", self.installed(id)))
            for id in sorted(set(wanted) - set(self.candidates))
        ]
        for id, problem in missing:
            self.candidates[id] = _Candidate(id, "", "")
            self.candidates[id].drop("broken", [problem])

    def installed(self, id: str) -> str:
        """What may have been meant by a name that no plug-in has."""
        known = sorted(one for one in self.candidates if one != CORE)
        close = difflib.get_close_matches(id, known, n=1)
        return f"did you mean {close[0]!r}?" if close else f"installed are: {', '.join(known) or 'none'}"

    def check_compatibility(self) -> None:
        installed = {
            one.distribution: one.version for one in self.candidates.values() if one.found is not None
        }
        sdk = _version(SDK)
        if sdk is not None:
            installed[SDK] = sdk
        for one in self.others():
            if one.found is not None:
                one.drop("broken", one.found.problems)
                one.drop("incompatible", incompatibilities(one.found, installed))

    def bring_in(self, one: _Candidate) -> None:
        if one.found is None:
            return
        imported = import_plugin(one.found)
        one.plugin, one.import_ms = imported.plugin, imported.took_ms
        if imported.problem is not None:
            one.drop("broken", [imported.problem])

    def configure(self) -> None:
        """Give each what is set for it."""
        for id in sorted(set(self.settings.plugin_settings) - set(self.candidates)):
            problem = Problem(
                CORE, f"plugin_settings names {id!r}, which is not installed", self.installed(id)
            )
            self.candidates[CORE].drop("broken", [problem])
        for one in self.others():
            if one.plugin is not None:
                given = self.settings.plugin_settings.get(one.id, {})
                one.settings, problems = configured(one.plugin, given)
                one.drop("broken", problems)

    def wait(self) -> None:
        """Let those wait that require what is not there, and those that require them."""
        changed = True
        while changed:
            changed = False
            for one in self.going():
                problems = [self.missing(one, id) for id in one.plugin.requires] if one.plugin else []
                one.drop("waiting", [problem for problem in problems if problem is not None])
                changed = changed or one.state != "ready"

    def missing(self, one: _Candidate, id: str) -> Problem | None:
        needed = self.candidates.get(id)
        if needed is None:
            return Problem(one.id, f"requires the plug-in {id!r}, which is not installed", f"install {id!r}")
        if needed.state == "ready":
            return None
        hint = f"select it too: {id} in [plugins]" if needed.state == "disabled" else f"mend {id!r} first"
        return Problem(one.id, f"requires the plug-in {id!r}, which is {needed.state}", hint)

    def put_in_order(self) -> None:
        plugins = {one.id: one.plugin for one in self.going() if one.plugin is not None}
        self.order, circles = ordered(plugins)
        for problem in circles:
            self.candidates[problem.plugin].drop("broken", [problem])

    def collect(self) -> None:
        stage = Stage()
        going = [one for one in map(self.candidates.__getitem__, self.order) if one.state == "ready"]
        for one in going:
            if one.plugin is not None:
                one.drop("broken", stage.register(one.plugin))
        for one in going:
            if one.plugin is None or one.state != "ready":
                continue
            one.records, problems = stage.collect(one.plugin, one.version)
            one.drop("broken", problems)
            if not problems:
                self.own += own_problems(one.plugin, one.records)

    def put_together(self) -> None:
        """Make the registry of those that fit together: whoever has a problem goes, until there is none."""
        while True:
            ready = [one for one in map(self.candidates.__getitem__, self.order) if one.state == "ready"]
            plugins = [one.plugin for one in ready if one.plugin is not None]
            problems = [*self.own, *self.resolve(ready, plugins), *unheard(ready)]
            self.own = []
            if not problems:
                return
            self.blame(problems, plugins)
            if self.candidates[CORE].state != "ready":
                return
            self.wait()

    def resolve(self, ready: Sequence[_Candidate], plugins: Sequence[Plugin]) -> list[Problem]:
        try:
            self.registry, problems = resolve(_contributions(ready))
            if not problems:
                problems = [_collided(one, plugins) for one in name_collisions(self.registry)]
            self.timelines, untimely = sources(
                self.registry, {one.id: one.records.graph for one in ready if one.records.graph}
            )
            return [*problems, *untimely, *shared_problems(plugins, self.registry)]
        except Exception as error:  # a plug-in's declarations may be anything; the others go on
            guilty = self.first_raising(ready)
            return [problem_of(guilty, error, "its declarations cannot be read", "look at what stands there")]

    def first_raising(self, ready: Sequence[_Candidate]) -> str:
        """The plug-in without which the declarations before it can be read."""
        for count in range(1, len(ready) + 1):
            try:
                resolve(_contributions(ready[:count]))
            except Exception:  # what was raised is known already: this only finds by whom
                return ready[count - 1].id
        return ready[-1].id

    def blame(self, problems: Iterable[Problem], plugins: Sequence[Plugin]) -> None:
        for problem in problems:
            owner = owner_of(plugins, problem.origin) if problem.origin is not None else None
            guilty = self.candidates.get(owner or problem.plugin, self.candidates[CORE])
            guilty.drop("broken", [problem])

    def report(self) -> LoadReport:
        position = {id: index for index, id in enumerate(self.order)}
        shown = sorted(
            self.candidates.values(),
            key=lambda one: (
                one.state != "ready",
                position.get(one.id, 0) if one.state == "ready" else 0,
                one.id,
            ),
        )
        return LoadReport(
            plugins=tuple(self.loaded(one) for one in shown),
            registry=self.registry,
            timelines=self.timelines,
        )

    def loaded(self, one: _Candidate) -> Loaded:
        wanted = self.settings.plugins
        selected = one.state != "disabled"
        return Loaded(
            id=one.id,
            title=one.plugin.title if one.plugin is not None else "",
            version=one.version,
            distribution=one.distribution,
            state=one.state,
            is_required=selected and (one.id == CORE or wanted is None or wanted.get(one.id) == "required"),
            import_ms=one.import_ms,
            problems=tuple(one.problems),
            plugin=one.plugin,
            settings=one.settings if one.state == "ready" else None,
            records=one.records if one.state == "ready" else Records(),
        )


def _contributions(ready: Sequence[_Candidate]) -> list[Contribution]:
    return [Contribution(one.id, one.records.graph) for one in ready]


def unheard(ready: Sequence[_Candidate]) -> list[Problem]:
    """Follow-ups of events that nobody here declares: they would never run, and nobody would notice."""
    known = sorted({event.name for one in ready for event in one.records.events})
    found: list[Problem] = []
    for one in ready:
        for follow_up in one.records.follow_ups:
            if follow_up.event in known:
                continue
            close = difflib.get_close_matches(follow_up.event, known, n=1, cutoff=0.75)
            found.append(
                Problem(
                    one.id,
                    f"has a follow-up of the event {follow_up.event!r}, which nobody declares",
                    f"did you mean {close[0]!r}?"
                    if close
                    else "declare it in the hook events, or require the plug-in that does",
                    follow_up.origin,
                )
            )
    return found


def _collided(one: Collision, plugins: Sequence[Plugin]) -> Problem:

    origins = [origin for origin in (one.first, one.second) if origin is not None]
    owners = [owner_of(plugins, origin) or CORE for origin in origins]
    guilty = next((index for index in reversed(range(len(origins))) if owners[index] != CORE), None)
    shown = " and ".join(
        "by Serai itself" if owner is None else f"by {owner}" for owner in (one.first, one.second)
    )
    return Problem(
        owners[guilty] if guilty is not None else CORE,
        f"the type {one.name} is made twice: {shown}",
        "rename the type, or the one it is derived from",
        origins[guilty] if guilty is not None else None,
    )


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
