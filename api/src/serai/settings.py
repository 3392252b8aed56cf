"""How Serai is set up: environment (`SERAI_...`), then `.env`, then `serai.toml`, then the defaults below."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

from .errors import ConfigurationError
from .redaction import MASK, know_settings

__all__ = [
    "Setting",
    "Settings",
    "load_settings",
    "masked_url",
    "plugin_settings_table",
    "plugin_variable",
    "settings_table",
]

ENV_PREFIX = "SERAI_"
TOML_NAME = "serai.toml"
DOTENV_NAME = ".env"
PLUGIN_VARIABLE = re.compile(r"^serai_([a-z][a-z0-9]{1,23})__([a-z0-9_]+)$", re.IGNORECASE)
POSTGRES_SCHEMES = ("postgresql", "postgres")
REDIS_SCHEMES = ("redis", "rediss", "unix")


class Settings(BaseSettings):
    """Everything that can be set, typed and described; make one with `load_settings`."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL 18 or newer, as postgresql://user:password@host/database. Unset: an embedded server.",
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Valkey or Redis, as redis://, rediss:// or unix://. Unset: an embedded server.",
    )
    data_dir: Path = Field(
        Path(".serai"),
        description="Where embedded servers and the signing key live; relative to the folder of serai.toml.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    workers: int = Field(
        1,
        ge=1,
        le=64,
        description="How many processes answer on the port; each has its own pools and caches.",
    )
    environment: Literal["development", "production"] = Field(
        "development", description="Development shows the IDE, plans and demo tokens; production does not."
    )
    plugins: dict[str, Literal["required", "optional"]] | None = Field(
        None,
        description="Which plug-ins to load and whether a start may succeed without. Unset: all that are installed.",
    )
    plugin_settings: dict[str, dict[str, Any]] = Field(
        {},
        description="Settings of plug-ins, by plug-in and name; in the environment also SERAI_<PLUG-IN>__<NAME> each.",
    )
    pool_size: int = Field(10, ge=1, le=1000, description="Connections for reads, per process.")
    orm_pool_size: int = Field(5, ge=1, le=1000, description="Connections for changes, per process.")
    pool_timeout_s: float = Field(5.0, gt=0, le=300, description="How long a request waits for a connection.")
    jobs: bool = Field(
        True, description="Whether `serai run` does jobs too; `serai worker` does them in a process apart."
    )
    jobs_at_once: int = Field(10, ge=2, le=1000, description="How many jobs a worker does at a time.")
    job_lost_after_s: float = Field(
        30.0,
        ge=1,
        le=3600,
        description="After how many seconds without a sign of its worker a job is begun by another.",
    )
    webhooks: bool = Field(
        True,
        description="Whether workers call webhooks; false for a copy of a database whose receivers are the real ones.",
    )
    webhook_timeout_s: float = Field(
        15.0, gt=0, le=60, description="How long a receiver of webhooks may take to answer."
    )
    webhook_allowed: tuple[str, ...] = Field(
        (),
        description="Where webhooks may go besides the open internet, as host:port: receivers of your own network.",
    )
    export_space_mb: int = Field(
        5_000, ge=1, description="How many megabytes files of exports may take, all together."
    )
    row_budget: int = Field(10_000, ge=1, description="How many rows one operation may ask for.")
    field_timeout_s: float = Field(
        5.0,
        gt=0,
        le=300,
        description="How long a field that a plug-in answers in Python may take; longer, and it is null with an error.",
    )
    federation: bool = Field(
        False,
        description="Whether the graph is a subgraph of Apollo Federation 2: serves `_service` and `_entities`.",
    )
    plan_cache_size: int = Field(1_000, ge=1, description="How many plans are kept, per process.")
    slow_statement_ms: int = Field(
        500,
        ge=0,
        description="Statements of reads that take longer are logged, each once a minute; 0 logs none.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    log_format: Literal["console", "json"] = Field("console", description="How it is logged.")
    default_region: str | None = Field(
        None,
        description="Where telephone numbers without a country code are dialled, as an ISO 3166 code such as DE.",
    )
    token_audience: str = Field("serai", min_length=1, description="The audience a bearer token must name.")
    shutdown_grace_s: int = Field(
        10, ge=0, le=600, description="How long requests in flight may take once a stop was asked for."
    )

    @field_validator("default_region")
    @classmethod
    def _is_region(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not re.fullmatch(r"[A-Za-z]{2}", value):
            raise ValueError("must be an ISO 3166 code of two letters, such as DE")
        return value.upper()

    @field_validator("database_url", "redis_url", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        return _of_scheme(value, POSTGRES_SCHEMES)

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr | None) -> SecretStr | None:
        return _of_scheme(value, REDIS_SCHEMES)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as `serai config show` prints it; a secret's value is masked."""

    name: str
    value: str
    origin: str
    description: str


def load_settings(root: Path | None = None, **overrides: Any) -> Settings:
    """Reads the settings of the folder `root` (default: the working directory).

    `overrides` come first, then the environment, then `.env`, then `serai.toml`. Paths are made absolute against
    `root`. Raises `ConfigurationError` naming each value that cannot be right, and where it was found.
    """
    root = (root or Path.cwd()).resolve()
    origins = _read_origins(root)
    values: dict[str, Any] = {}
    for _, found in reversed(origins):
        values |= {**found, "plugin_settings": _merged(values, found)}
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise _mistakes(error, origins) from None
    know_settings(settings)
    return settings.model_copy(update={"data_dir": root / settings.data_dir})


def settings_table(settings: Settings, root: Path | None = None) -> list[Setting]:
    """Every setting with its value (secrets masked), where it came from, and what it is for."""
    origins = _read_origins((root or Path.cwd()).resolve())
    return [
        Setting(
            name=name,
            value=_shown(getattr(settings, name)),
            origin=next((origin for origin, found in origins if name in found), "default"),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def plugin_settings_table(
    declared: Mapping[str, tuple[type[BaseModel], BaseModel | None]], root: Path | None = None
) -> list[Setting]:
    """The same for plug-ins, whose classes of settings are given by id, and instances where the values are right."""
    origins = [
        (place, found.get("plugin_settings", {}))
        for place, found in _read_origins((root or Path.cwd()).resolve())
    ]
    return [
        Setting(
            name=f"{id}.{name}",
            value=_shown(getattr(values, name)) if values is not None else "not right",
            origin=next((place for place, found in origins if name in found.get(id, {})), "default"),
            description=field.description or "",
        )
        for id, (kind, values) in sorted(declared.items())
        for name, field in kind.model_fields.items()
    ]


def masked_url(url: str) -> str:
    """The part of a URL that is no secret: scheme, host, port and path."""
    parts = urlsplit(url)
    secret = f"{MASK}@" if "@" in parts.netloc else ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{secret}{host}{parts.path}{'?***' if parts.query else ''}"


def _read_origins(root: Path) -> list[tuple[str, dict[str, Any]]]:
    """What each place says, the strongest first."""
    dotenv = root / DOTENV_NAME
    return [
        ("environment", _read_variables(EnvSettingsSource(Settings, env_prefix=ENV_PREFIX))),
        (
            DOTENV_NAME,
            _read_variables(DotEnvSettingsSource(Settings, env_file=dotenv, env_prefix=ENV_PREFIX)),
        ),
        (TOML_NAME, _read_toml(root / TOML_NAME)),
    ]


def _read_variables(source: EnvSettingsSource) -> dict[str, Any]:
    """What variables say, those of single settings of plug-ins included."""
    found = source()
    single = _of_plugins(source.env_vars)
    if single:
        found["plugin_settings"] = _merged(found, {"plugin_settings": single})
    return found


def plugin_variable(plugin: str, name: str) -> str:
    """The environment variable of a plug-in's setting."""
    return f"{ENV_PREFIX}{plugin.upper()}__{name.upper()}"


def _of_plugins(variables: Mapping[str, str | None]) -> dict[str, Any]:
    """What variables of the environment say of plug-ins."""
    found: dict[str, Any] = {}
    for variable, value in variables.items():
        told = PLUGIN_VARIABLE.match(variable)
        if told is not None and value is not None:
            found.setdefault(told[1].lower(), {})[told[2].lower()] = value
    return found


def _merged(weaker: Mapping[str, Any], stronger: Mapping[str, Any]) -> Any:
    """The settings of plug-ins of both, one by one; anything that is no table of tables is left to be complained of."""
    below, above = weaker.get("plugin_settings", {}), stronger.get("plugin_settings", {})
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above or below
    tables = {**below, **above}
    for id in below.keys() & above.keys():
        if isinstance(below[id], dict) and isinstance(above[id], dict):
            tables[id] = {**below[id], **above[id]}
    return tables


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{TOML_NAME} is not valid TOML: {error}", data={"path": str(path)}
        ) from None
    unknown = [name for name in found if name not in Settings.model_fields]
    if unknown:
        raise ConfigurationError(
            f"{TOML_NAME} sets what does not exist: " + ", ".join(unknown),
            hint=_suggestion(unknown[0]),
            data={"path": str(path), "unknown": unknown},
        )
    return found


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, Settings.model_fields, n=1)
    return f"Did you mean `{close[0]}`?" if close else "`serai config show` lists every setting."


def _mistakes(error: ValidationError, origins: list[tuple[str, dict[str, Any]]]) -> ConfigurationError:
    lines = []
    for mistake in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(mistake["loc"][0]) if mistake["loc"] else "settings"
        origin = next((place for place, found in origins if name in found), "argument")
        shown = f"{ENV_PREFIX}{name.upper()}" if origin in ("environment", DOTENV_NAME) else name
        lines.append(f"{shown} ({origin}): {mistake['msg'].removeprefix('Value error, ')}")
    return ConfigurationError(
        "The settings are not right: " + "; ".join(lines), hint="`serai config show` lists every setting."
    )


def _of_scheme(value: SecretStr | None, schemes: tuple[str, ...]) -> SecretStr | None:
    if value is not None and urlsplit(value.get_secret_value()).scheme not in schemes:
        raise ValueError("must be a URL that begins with " + ", ".join(f"{scheme}://" for scheme in schemes))
    return value


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            text = value.get_secret_value()
            return masked_url(text) if "://" in text else MASK if text else ""
        case dict():
            return ", ".join(f"{name}={kind}" for name, kind in value.items())
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)
