"""`serai import`: brings in what an organisation already has, from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    pass

__all__ = ["import_"]


def import_(
    noun: Annotated[
        str, typer.Argument(help="What the file holds: customers, providers, offers or transactions.")
    ],
    file: Annotated[
        str,
        typer.Argument(
            help="CSV, JSON lines or Parquet, the first two also packed with gzip; `-` is standard input."
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(help="The system the external ids belong to, such as `erp`.", show_default=False),
    ] = None,
    map: Annotated[
        list[str] | None,
        typer.Option(help='Which column holds which field: "Kundenname=name".', show_default=False),
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="Use the mapping saved under this name.", show_default=False)
    ] = None,
    save_mapping: Annotated[
        str | None, typer.Option(help="Save the mapping under this name.", show_default=False)
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="A column that is not imported.", show_default=False)
    ] = None,
    leave_out_unknown: Annotated[
        bool, typer.Option("--leave-out-unknown", help="Leave out every column nothing is known about.")
    ] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help='What every row has: "currency=EUR".', show_default=False),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(help='What a word stands for: "status:erledigt=FULFILLED".', show_default=False),
    ] = None,
    source_of: Annotated[
        list[str] | None,
        typer.Option(help='The system another field\'s ids belong to: "customer=crm".', show_default=False),
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="csv, jsonl or parquet, if the name does not say.", show_default=False)
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Such as cp1252 or gb18030; else UTF-8.", show_default=False)
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(help="What separates cells, if it is not seen by itself.", show_default=False),
    ] = None,
    date_format: Annotated[
        str | None, typer.Option(help='How dates are written: "%d.%m.%Y". Else ISO 8601.', show_default=False)
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Where times without an offset are of. Else UTC.", show_default=False)
    ] = None,
    decimal_comma: Annotated[
        bool, typer.Option("--decimal-comma", help="Decimals are written 1.250,50.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")
    ] = False,
    skip_errors: Annotated[
        bool,
        typer.Option("--skip-errors", help="Import the rows without problems; else it is all or nothing."),
    ] = False,
    errors: Annotated[
        Path | None, typer.Option(help="A CSV file that all problems are written to.", show_default=False)
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask whether the mapping is right.")
    ] = False,
) -> None:
    """Import customers, providers, offers or transactions from a file. The same file again changes nothing."""
    from .import_asking import Asked, run_import

    asked = Asked(
        noun=noun,
        file=file,
        source=source,
        pairs=_pairs(map, "--map"),
        mapping=mapping,
        save_mapping=save_mapping,
        leave_out=tuple(leave_out or ()),
        leave_out_unknown=leave_out_unknown,
        constants=dict(_split(set_, "--set")),
        values=_values(value),
        sources=dict(_split(source_of, "--source-of")),
        kind=_kind(format),
        encoding=encoding,
        delimiter={"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter),
        date_format=date_format,
        time_zone=_zone(time_zone),
        decimal_comma=decimal_comma,
        dry_run=dry_run,
        skip_errors=skip_errors,
        errors=errors,
        yes=yes,
    )
    result = run_import(asked)
    if result.problems and not result.applied and not asked.skip_errors:
        raise typer.Exit(1)


def _split(texts: list[str] | None, option: str) -> list[tuple[str, str]]:
    found = []
    for text in texts or ():
        name, sign, value = text.rpartition("=") if option == "--map" else text.partition("=")
        if not (sign and name and value):
            raise typer.BadParameter(f'{text!r} is not written "NAME=VALUE"', param_hint=option)
        found.append((name.strip(), value.strip()))
    return found


def _pairs(texts: list[str] | None, option: str) -> tuple[Any, ...]:
    from serai.core.imports.options import Pair

    return tuple(Pair(column=column, field=field) for column, field in _split(texts, option))


def _values(texts: list[str] | None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for left, value in _split(texts, "--value"):
        field, sign, word = left.partition(":")
        if not sign:
            raise typer.BadParameter(f'{left!r} is not written "FIELD:WORD"', param_hint="--value")
        found.setdefault(field, {})[word] = value
    return found


def _kind(name: str | None) -> Any:
    if name not in (None, "csv", "jsonl", "parquet"):
        raise typer.BadParameter("it is csv, jsonl or parquet", param_hint="--format")
    return name


def _zone(name: str | None) -> str | None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        if name is not None:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter(
            "it is an IANA time zone such as Europe/Berlin", param_hint="--time-zone"
        ) from None
    return name
