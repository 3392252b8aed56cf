"""What loading raises."""

from __future__ import annotations

from serai.errors import ConfigurationError


class StartRefused(ConfigurationError):
    """A plug-in that is required cannot be loaded; the message lists everything that has to be mended."""

    code = "START_REFUSED"
