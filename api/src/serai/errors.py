"""What can go wrong in Serai: each error says what happened, what to do about it, and what with.

SeraiError
  ConfigurationError      the settings, the machine or the plug-ins must change before a start can succeed (exit 78)
    AlreadyRunning        another run holds this data directory
    UnsupportedDatabase   the database is of a version or an encoding Serai does not run on
  CompileBusy             too many documents that were not seen before: this one comes again
  StorageError            the database did not do what was asked
    BackupError           a backup cannot be written, read or put back
    DatabaseUnavailable   nobody answers at its address
    MigrationError        a migration cannot be applied, or does not say what it needs
    PoolTimeout           all connections were busy for too long
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = [
    "AlreadyRunning",
    "BackupError",
    "CompileBusy",
    "ConfigurationError",
    "DatabaseUnavailable",
    "MigrationError",
    "PoolTimeout",
    "SeraiError",
    "StorageError",
    "UnsupportedDatabase",
]


class SeraiError(Exception):
    """Anything Serai itself raises: `message` is what happened, `hint` what to do, `data` what with.

    `code` is what a client sees in `extensions.code`; `exit_code` is what the command line ends with.
    """

    code: ClassVar[str] = "INTERNAL"
    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, *, hint: str | None = None, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.data: dict[str, Any] = dict(data or {})


class ConfigurationError(SeraiError):
    """Something outside the program must change before a start can succeed; EX_CONFIG of sysexits."""

    code = "CONFIGURATION"
    exit_code = 78


class AlreadyRunning(ConfigurationError):
    """Another run holds this data directory."""

    code = "ALREADY_RUNNING"


class UnsupportedDatabase(ConfigurationError):
    """The database is of a version or an encoding Serai does not run on."""

    code = "UNSUPPORTED_DATABASE"


class CompileBusy(SeraiError):
    """Too many documents that were not seen before are waiting: this one comes again; nothing was executed.

    ``data["retry_after_s"]`` says when, in seconds.
    """

    code = "COMPILE_BUSY"


class StorageError(SeraiError):
    """The database did not do what was asked of it."""

    code = "STORAGE"


class BackupError(StorageError):
    """A backup cannot be written, read or put back."""

    code = "BACKUP"


class DatabaseUnavailable(StorageError):
    """Nobody answers at the database's address, or it does not let us in."""

    code = "UNAVAILABLE"


class MigrationError(StorageError):
    """A migration cannot be applied, or does not say what it needs."""

    code = "MIGRATION"


class PoolTimeout(StorageError):
    """All connections were busy for longer than a request may wait."""

    code = "OVERLOADED"
