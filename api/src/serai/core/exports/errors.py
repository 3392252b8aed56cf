"""Why an export is not made, and why its file is not given out."""

from __future__ import annotations

from serai.errors import SeraiError


class ExportFailed(SeraiError):
    """The file cannot be written."""

    code = "EXPORT_FAILED"


class NotFetchable(SeraiError):
    """There is no file to be fetched; ``status`` is what HTTP says."""

    code = "EXPORT_NOT_FOUND"
    status = 404


class NotYours(NotFetchable):
    """The file was made with rights that who asks for it does not hold."""

    code = "FORBIDDEN"
    status = 403


class NotReady(NotFetchable):
    """It is not done yet."""

    code = "EXPORT_NOT_READY"
    status = 409


class Gone(NotFetchable):
    """Its file is not kept any more, or there never will be one."""

    code = "EXPORT_GONE"
    status = 410


class Elsewhere(NotFetchable):
    """Its file is not in the folder this process looks into."""

    code = "EXPORT_ELSEWHERE"
    status = 503
