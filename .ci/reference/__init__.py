"""The pages of `docs/reference/` that say what the code says: made anew by `make gen`, compared by `make check`."""

from __future__ import annotations

from serai.app import assemble
from serai.loading import examine
from serai.settings import Settings

from . import checks, commands, schema, settings

__all__ = ["FOLDER", "pages"]

FOLDER = "docs/reference"
NOTE = "<!-- Written by `make gen`; what it says is said in the code. -->\n\n"


def pages() -> dict[str, str]:
    """Every page of the reference by its path below the root."""
    found = Settings()
    plugins = examine(found).ready
    written = {
        "settings.md": settings.page(plugins),
        "cli.md": commands.page(plugins),
        **{f"schema/{name}.md": text for name, text in schema.pages(assemble(found))},
        **{f"checks/{name}.md": text for name, text in checks.pages()},
    }
    return {f"{FOLDER}/{name}": NOTE + text.strip() + "\n" for name, text in sorted(written.items())}
