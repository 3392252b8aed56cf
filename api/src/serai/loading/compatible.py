"""Whether a plug-in fits: its requirements, which pip knows too, read from metadata before anything is imported."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from serai.graph.findings import Problem

from .discover import Found, header

SDK: Final = "serai-sdk"


def incompatibilities(found: Found, installed: Mapping[str, str]) -> list[Problem]:
    """What does not fit; ``installed`` holds the versions of the SDK and of the other plug-ins by distribution."""
    versions = {canonicalize_name(name): version for name, version in installed.items()}
    return [*_python(found), *_requirements(found, versions)]


def _python(found: Found) -> Iterator[Problem]:
    wanted = header(found.metadata, "Requires-Python")
    if wanted is None:
        return
    running = platform.python_version()
    try:
        fits = SpecifierSet(wanted).contains(running, prereleases=True)
    except InvalidSpecifier:
        yield Problem(
            found.id, f"{_name(found)} has a Requires-Python that cannot be read: {wanted!r}", _REBUILD
        )
        return
    if not fits:
        yield Problem(
            found.id,
            f"{_name(found)} needs Python {wanted}, and this is {running}",
            f"install a version of {found.distribution} for this Python, or run Serai on another",
        )


def _requirements(found: Found, versions: Mapping[NormalizedName, str]) -> Iterator[Problem]:
    names_sdk = False
    for text in found.metadata.requires or ():
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            yield Problem(
                found.id, f"{_name(found)} has a requirement that cannot be read: {text!r}", _REBUILD
            )
            continue
        name = canonicalize_name(wanted.name)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        names_sdk = names_sdk or name == SDK
        if name in versions and not wanted.specifier.contains(versions[name], prereleases=True):
            yield Problem(
                found.id,
                f"{_name(found)} needs {wanted.name} {wanted.specifier}, and {versions[name]} is installed",
                f"install a version of {found.distribution} made for {wanted.name} {versions[name]}",
            )
    if not names_sdk:
        yield Problem(
            found.id,
            f"{_name(found)} does not say which {SDK} it is made for",
            f'add it to its pyproject.toml: dependencies = ["{SDK}>=1.0,<2"]',
        )


_REBUILD: Final = "mend its pyproject.toml and build it again"


def _name(found: Found) -> str:
    return f"{found.distribution} {found.version}"
