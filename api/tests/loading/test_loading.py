"""What comes of loading: states, order, records, and a schema that does not depend on who came first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from graphql import GraphQLObjectType
from typer.testing import CliRunner

from serai.cli import app
from serai.graph.compose import compose
from serai.loading import LoadReport, StartRefused, examine, load
from serai.settings import Settings
from serai_sdk import Secret

from .conftest import Site

SPA = """
from datetime import datetime

from serai_sdk import (
    EventType, Graph, Permission, Plugin, Storage, column, connection, count_of, entity, extend, hookimpl, permission,
    sql, to_many, to_one,
)
from serai_sdk.orm import Model, fields


class Treatment(Model):
    customer_id = fields.UUIDField()
    minutes = fields.IntField()

    class Meta:
        table = "spa_treatment"


@entity(Treatment, prefix="trt", access=permission("spa:read"))
class SpaTreatment:
    "What was done to somebody."

    customer = to_one("Customer", "Whom it was done to.")
    minutes: int = column("How long it took.")


@extend("Customer")
class CustomerSpa:
    treatments = to_many("SpaTreatment", "What was done to them.", by="customer")
    treatment_count: int | None = count_of("treatments", "How much was done to them.")


class Spa(Plugin):
    "Baths and treatments."

    id = "spa"
    title = "Baths"

    @hookimpl
    def graph(self):
        yield Graph(entities=(SpaTreatment,))
        yield Graph(extends=(CustomerSpa,), queries=(connection("treatments", "SpaTreatment", "All."),))

    @hookimpl
    def storage(self):
        return Storage(models=("serai_spa.plugin",), migrations="serai_spa")

    @hookimpl
    def permissions(self):
        return Permission(name="spa:read", title="See treatments")

    @hookimpl
    def events(self):
        return [EventType(name="spa.done", version=1, description="Somebody was treated.")]


plugin = Spa()
"""

BROKEN = "raise ValueError('no water')\n"


def plain(id: str, **attributes: object) -> str:
    """A plug-in that does nothing."""
    lines = "".join(f"    {key} = {value!r}\n" for key, value in attributes.items())
    return f"from serai_sdk import Plugin\n\nclass It(Plugin):\n    id = {id!r}\n{lines}\nplugin = It()\n"


def states(report: LoadReport) -> dict[str, str]:
    return {one.id: one.state for one in report.plugins}


def test_core_alone_is_ready(site: Site) -> None:
    report = site.load()
    assert states(report) == {"core": "ready"}
    assert "Customer" in report.registry.entities
    assert report.plugin("core") is not None


def test_a_plugin_brings_all_of_its_records_stamped_with_its_origin(site: Site) -> None:
    site.install("spa", SPA)
    report = site.load()
    spa = report.plugin("spa")
    assert spa is not None
    assert (spa.state, spa.version, spa.distribution, spa.title) == ("ready", "1.2.3", "serai-spa", "Baths")
    assert (spa.reason, spa.hint) == (None, None)
    assert [len(spa.records.graph), len(spa.records.storage)] == [2, 1]
    origins = [
        report.registry.entities["SpaTreatment"].origin,
        report.registry.entities["Customer"].fields["treatments"].origin,
        report.registry.queries["treatments"].origin,
        spa.records.permissions[0].origin,
        spa.records.events[0].origin,
    ]
    assert {(one.plugin, one.version, Path(one.file).name) for one in origins} == {
        ("spa", "1.2.3", "plugin.py")
    }
    assert report.registry.entities["Customer"].fields["name"].origin.plugin == "core"
    assert len({one.line for one in origins}) == 5


def test_declared_classes_stay_as_their_author_made_them(site: Site) -> None:
    site.install("spa", SPA)
    spa = site.load().plugin("spa")
    assert spa is not None
    assert spa.plugin is not None
    module = __import__(type(spa.plugin).__module__, fromlist=["SpaTreatment"])
    assert module.SpaTreatment.__serai_entity__.origin.plugin == ""


def test_what_a_plugin_adds_is_in_the_schema(site: Site) -> None:
    site.install("spa", SPA)
    core = compose(site.load().registry).core
    customer = core.type_map["Customer"]
    assert isinstance(customer, GraphQLObjectType)
    assert str(customer.fields["treatmentCount"].type) == "Int"
    assert str(customer.fields["treatments"].type) == "SpaTreatmentConnection"


def test_order_of_installation_does_not_show(site: Site) -> None:
    site.install("spa", SPA)
    site.install("gym", plain("gym"))
    settings = Settings.model_validate({})
    found = site.found()
    forward = compose(examine(settings, found=found).registry).sdl
    assert compose(examine(settings, found=found[::-1]).registry).sdl == forward


def test_an_optional_plugin_that_fails_is_told_and_left_out(site: Site) -> None:
    site.install("spa", BROKEN)
    site.install("gym", plain("gym"))
    report = site.load(spa="optional", gym="required")
    assert states(report) == {"core": "ready", "gym": "ready", "spa": "broken"}
    spa = report.plugin("spa")
    assert spa is not None
    assert spa.reason == "cannot be imported: ValueError: no water"
    assert spa.hint is not None
    assert spa.import_ms > 0


def test_a_plugin_that_fails_is_dropped_whole(site: Site) -> None:
    site.install("spa", SPA.replace('by="customer"', 'by="nobody"'))
    report = site.load(spa="optional")
    assert states(report) == {"core": "ready", "spa": "broken"}
    assert "SpaTreatment" not in report.registry.entities
    assert "treatmentCount" not in report.registry.entities["Customer"].fields
    assert "treatments" not in report.registry.queries
    spa = report.plugin("spa")
    assert spa is not None
    assert spa.records.permissions == ()


def test_those_that_require_a_failed_one_wait_and_their_dependants_too(site: Site) -> None:
    site.install("spa", SPA.replace('by="customer"', 'by="nobody"'))
    site.install("gym", plain("gym", requires=("spa",)))
    site.install("zen", plain("zen", requires=("gym",)))
    site.install("bath", plain("bath", after=("spa",)))
    report = site.load(spa="optional", gym="optional", zen="optional", bath="required")
    assert states(report) == {
        "core": "ready", "bath": "ready", "gym": "waiting", "spa": "broken", "zen": "waiting",
    }  # fmt: skip


def test_a_required_plugin_that_waits_stops_the_start(site: Site) -> None:
    site.install("spa", BROKEN)
    site.install("gym", plain("gym", requires=("spa",)))
    with pytest.raises(StartRefused, match=r"gym 1\.2\.3 is waiting") as caught:
        site.load(spa="optional", gym="required")
    assert caught.value.data == {"plugins": ["gym"]}
    assert "no water" not in caught.value.message


def test_what_the_settings_do_not_select_is_not_imported(site: Site) -> None:
    site.install("spa", BROKEN)
    site.install("gym", plain("gym"))
    report = site.load(gym="required")
    assert states(report) == {"core": "ready", "gym": "ready", "spa": "disabled"}
    spa = report.plugin("spa")
    assert spa is not None
    assert spa.reason == "not selected by the settings"
    assert spa.plugin is None


def test_what_is_selected_but_not_installed_stops_the_start(site: Site) -> None:
    site.install("gym", plain("gym"))
    with pytest.raises(StartRefused, match="is selected by the settings, but not installed") as caught:
        site.load(gyn="required")
    assert "did you mean 'gym'?" in caught.value.message


def test_plugins_come_after_what_they_require_and_by_id_otherwise(site: Site) -> None:
    site.install("a1", plain("a1", requires=("z9",)))
    site.install("b2", plain("b2"))
    site.install("c3", plain("c3", before=("b2",)))
    site.install("d4", plain("d4", after=("missing",)))
    site.install("z9", plain("z9"))
    assert [one.id for one in site.load().ready] == ["core", "c3", "b2", "d4", "z9", "a1"]


def test_a_type_must_carry_the_id_or_be_claimed(site: Site) -> None:
    unclaimed = SPA.replace("SpaTreatment", "Cure")
    site.install("spa", unclaimed)
    with pytest.raises(
        StartRefused, match="declares the type Cure, which neither begins with Spa nor is claimed"
    ):
        site.load()


def test_a_claim_makes_a_type_one_s_own(site: Site) -> None:
    claimed = SPA.replace("SpaTreatment", "Cure").replace('title = "Baths"', 'claims = ("Cure",)')
    site.install("spa", claimed)
    assert "Cure" in site.load().registry.entities


def test_a_name_that_serai_derives_cannot_be_taken(site: Site) -> None:
    taken = SPA.replace("SpaTreatment", "CustomerEdge").replace(
        'title = "Baths"', 'claims = ("CustomerEdge",)'
    )
    site.install("spa", taken)
    with pytest.raises(
        StartRefused, match=r"the type CustomerEdge is made twice: by core .* and by spa 1\.2\.3"
    ):
        site.load()


def test_list_shows_every_plugin(site: Site) -> None:
    site.install("spa", BROKEN)
    result = CliRunner().invoke(app, ["plugin", "list"])
    assert result.exit_code == 0, result.output
    assert "spa" in result.stdout
    assert "broken" in result.stdout
    assert "cannot be imported: ValueError: no water" in result.stdout


def test_list_prints_json_with_every_problem(site: Site) -> None:
    site.install("spa", SPA.replace('by="customer"', 'by="nobody"').replace('"spa.done"', '"done"'))
    result = CliRunner().invoke(app, ["plugin", "list", "--json"])
    assert result.exit_code == 0, result.output
    spa = next(one for one in json.loads(result.stdout) if one["id"] == "spa")
    assert (spa["state"], spa["required"], spa["version"]) == ("broken", True, "1.2.3")
    assert [one["message"] for one in spa["problems"]] == [
        "declares the event done, which is not its own",
        "Customer.treatments goes by SpaTreatment.nobody, which is not a to-one link",
        "Customer.treatmentCount counts over 'treatments', which is not a to-many link of Customer",
    ]
    assert all(one["at"].startswith(str(site.folder)) for one in spa["problems"])


def test_a_plugin_made_for_another_version_of_a_plugin_is_incompatible(site: Site) -> None:
    site.install("spa", plain("spa"))
    site.install("gym", "# Requires-Dist: serai-spa>=2\n" + plain("gym"))
    gym = site.examine().plugin("gym")
    assert gym is not None
    assert gym.state == "incompatible"
    assert gym.problems[0].message == "serai-gym 1.2.3 needs serai-spa >=2, and 1.2.3 is installed"


def test_a_requirement_under_a_marker_that_holds_counts(site: Site) -> None:
    wanted = 'serai-sdk>=1.0,<2; python_version >= "3"'
    site.install("spa", f"# Requires-Dist: {wanted}\n" + plain("spa"))
    assert states(site.load()) == {"core": "ready", "spa": "ready"}


SAUNA = """
from serai_sdk import Command, Plugin, Secret, Settings, hookimpl, setting


class SaunaSettings(Settings):
    "Heat."

    degrees: int = setting(90, description="How hot it is.")
    days: list[str] = setting(["sat"], description="When it is open.")
    key: Secret = setting(Secret(""), description="What the stove asks for.")


class Sauna(Plugin):
    "Heat."

    id = "sauna"
    settings = SaunaSettings


plugin = Sauna()
"""


def test_what_is_set_for_a_plugin_reaches_it_typed(site: Site) -> None:
    site.install("sauna", SAUNA)
    given = {"degrees": "80", "days": '["sat", "sun"]', "key": "planted-secret"}
    report = load(Settings(plugin_settings={"sauna": given}), found=site.found())
    sauna = report.plugin("sauna")
    assert sauna is not None
    assert sauna.settings is not None
    assert sauna.settings.model_dump() == {
        "degrees": 80,
        "days": ["sat", "sun"],
        "key": Secret("planted-secret"),
    }
    assert "planted-secret" not in repr(report)


def test_an_optional_plugin_that_is_not_set_up_right_is_left_out(site: Site) -> None:
    site.install("sauna", SAUNA)
    settings = Settings(plugins={"sauna": "optional"}, plugin_settings={"sauna": {"degrees": "hot"}})
    report = load(settings, found=site.found())
    assert [(one.id, one.state) for one in report.plugins] == [("core", "ready"), ("sauna", "broken")]
    assert report.plugin("sauna").reason == (
        "its setting degrees is not right: Input should be a valid integer, unable to parse string as an integer"
    )


def test_what_a_plugin_says_is_told_without_its_secrets(site: Site) -> None:
    hook = "\n    @hookimpl\n    def commands(self):\n        raise RuntimeError('no stove for planted-5ecret')\n"
    site.install(
        "sauna", SAUNA.replace("    settings = SaunaSettings\n", f"    settings = SaunaSettings\n{hook}")
    )
    settings = Settings(plugins={"sauna": "optional"}, plugin_settings={"sauna": {"key": "planted-5ecret"}})
    report = load(settings, found=site.found())
    assert report.plugin("sauna").reason == "its hook 'commands' failed: RuntimeError: no stove for ***"


def told(*words: str) -> tuple[int, str]:
    ended = CliRunner().invoke(app, ["plugin", *words], env={"COLUMNS": "200"})
    return ended.exit_code, ended.output


def test_a_part_of_the_graph_says_who_declared_it_and_who_may_see_it() -> None:
    code, text = told("explain", "Provider.stays")
    assert code == 0
    first, declared, rule = text.splitlines()
    assert first.startswith("Provider.stays: ")
    assert declared.startswith("  declared by booking ")
    assert "serai_booking/graph.py:" in declared
    assert rule.startswith("  for you if ")
    assert told("explain", "bookingPlace")[1].startswith("Mutation.bookingPlace: ")


def test_a_part_that_is_not_there_is_answered_by_what_may_be_meant() -> None:
    code, text = told("explain", "Customer.bookins")
    assert code == 2
    assert "did you mean Customer.bookings" in text


def test_the_difference_of_a_plugin_is_all_it_declares() -> None:
    code, text = told("diff", "booking")
    assert code == 0
    lines = text.splitlines()
    assert "+ type Booking implements Node {" in lines
    assert [line for line in lines if line.startswith("-")] == []
    customer = lines.index("  Customer:")
    assert '+   """Stays they booked."""' in lines[customer : lines.index("", customer)]
    assert any(line.startswith("+ permission booking:read") for line in lines)
    assert "+ tables of serai_booking.models" in lines
    assert told("diff", "boking") == (2, told("diff", "boking")[1])
    assert "there are booking" in told("diff", "boking")[1]
