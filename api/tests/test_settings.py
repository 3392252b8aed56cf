"""Settings: where values come from, what is refused and how it is said, what is masked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from serai.errors import ConfigurationError
from serai.settings import Settings, load_settings, masked_url, plugin_settings_table, settings_table
from serai_sdk import Secret, setting
from serai_sdk import Settings as PluginSettings


class SpaSettings(PluginSettings):
    """Baths."""

    hours: int = setting(8, description="How long it is open.")
    host: str = setting("", description="Where the boiler answers.")
    key: Secret = setting(Secret(""), description="What the boiler asks for.")
    days: list[str] = setting((), description="When it is open.")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SERAI_"):
            monkeypatch.delenv(name)


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.database_url is None
    assert settings.data_dir == tmp_path / ".serai"
    assert (settings.host, settings.port, settings.environment) == ("127.0.0.1", 8000, "development")


def test_environment_beats_dotenv_beats_toml_beats_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "serai.toml").write_text("port = 1\npool_size = 1\nrow_budget = 1\n")
    (tmp_path / ".env").write_text("SERAI_PORT=2\nSERAI_POOL_SIZE=2\n")
    monkeypatch.setenv("SERAI_PORT", "3")
    settings = load_settings(tmp_path)
    assert (settings.port, settings.pool_size, settings.row_budget, settings.orm_pool_size) == (3, 2, 1, 5)
    origins = {setting.name: setting.origin for setting in settings_table(settings, tmp_path)}
    assert origins["port"] == "environment"
    assert origins["pool_size"] == ".env"
    assert origins["row_budget"] == "serai.toml"
    assert origins["orm_pool_size"] == "default"


def test_an_argument_beats_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_PORT", "3")
    assert load_settings(tmp_path, port=4).port == 4
    assert load_settings(tmp_path, port=None).port == 3


def test_an_unknown_key_in_toml_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "serai.toml").write_text('databse_url = "postgresql://localhost/x"\n')
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert "databse_url" in caught.value.message
    assert caught.value.hint == "Did you mean `database_url`?"
    assert caught.value.exit_code == 78


def test_toml_that_does_not_parse_is_refused(tmp_path: Path) -> None:
    (tmp_path / "serai.toml").write_text("port = \n")
    with pytest.raises(ConfigurationError, match="not valid TOML"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SERAI_PORT", "many", "SERAI_PORT (environment)"),
        ("SERAI_PORT", "70000", "SERAI_PORT (environment)"),
        ("SERAI_ENVIRONMENT", "staging", "SERAI_ENVIRONMENT (environment)"),
        ("SERAI_DATABASE_URL", "mysql://host/db", "must be a URL that begins with postgresql://"),
        ("SERAI_REDIS_URL", "http://host", "must be a URL that begins with redis://"),
    ],
)
def test_a_wrong_value_is_refused_naming_its_place(
    name: str, value: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert said in caught.value.message


def test_a_refusal_never_repeats_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_DATABASE_URL", "mysql://user:hunter2@host/db")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}{caught.value.data}"


def test_an_empty_url_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_DATABASE_URL", "")
    assert load_settings(tmp_path).database_url is None


def test_plugins_come_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "serai.toml").write_text('[plugins]\nbooking = "required"\n')
    assert load_settings(tmp_path).plugins == {"booking": "required"}


def test_the_table_shows_no_secret(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, database_url="postgresql://user:hunter2@host:5432/db?password=hunter2")
    shown = "".join(f"{setting}" for setting in settings_table(settings, tmp_path))
    assert "hunter2" not in shown + repr(settings)
    assert "postgresql://***@host:5432/db?***" in shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://host/db", "postgresql://host/db"),
        ("postgresql://postgres@/serai?host=/run", "postgresql://***@/serai?***"),
        ("redis://:secret@host:6379/0", "redis://***@host:6379/0"),
        ("unix:///run/valkey.sock", "unix:///run/valkey.sock"),
    ],
)
def test_masked_url_keeps_what_is_no_secret(url: str, shown: str) -> None:
    assert masked_url(url) == shown


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_setting_of_a_plugin_is_found_where_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "serai.toml").write_text("[plugin_settings.spa]\nhours = 1\nhost = 'a'\ndays = ['sat']\n")
    (tmp_path / ".env").write_text("SERAI_SPA__HOURS=2\nSERAI_SPA__HOST=b\n")
    monkeypatch.setenv("SERAI_SPA__HOURS", "3")
    monkeypatch.setenv("SERAI_GYM__WEIGHT", "20")
    assert load_settings(tmp_path).plugin_settings == {
        "spa": {"hours": "3", "host": "b", "days": ["sat"]},
        "gym": {"weight": "20"},
    }
    declared = {"spa": (SpaSettings, SpaSettings(hours=3, host="b", key="planted-secret", days=["sat"]))}
    told = {one.name: (one.value, one.origin) for one in plugin_settings_table(declared, tmp_path)}
    assert told == {
        "spa.hours": ("3", "environment"),
        "spa.host": ("b", ".env"),
        "spa.key": ("***", "default"),
        "spa.days": ("['sat']", "serai.toml"),
    }


@pytest.mark.parametrize("text", ["plugin_settings = 1", "[plugin_settings]\nspa = 1"])
def test_settings_of_plugins_are_tables(tmp_path: Path, text: str) -> None:
    (tmp_path / "serai.toml").write_text(text)
    with pytest.raises(
        ConfigurationError, match=r"plugin_settings \(serai\.toml\): Input should be a valid dict"
    ):
        load_settings(tmp_path)
