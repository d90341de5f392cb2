"""Every log source, hop kind, observer and destination reader that logcov knows, one row each.

The row is the registration: what is not listed here does not exist. Importing this imports no SDK.
"""

from collections.abc import Iterable

from logcov.catalogue.needed import operations_for, shortcuts_for
from logcov.catalogue.rows import (
    DESTINATION_KINDS,
    HOP_KINDS,
    OBSERVERS,
    PROVIDERS,
    READERS,
    REMEDIES,
    SHORTCUTS,
    SOURCES,
)
from logcov.catalogue.sessions import Session, again, directly, open_sessions, targets_of
from logcov.inventory import LogSource, Remedy
from logcov.providers.rows import ObserverRow, Operation, ReaderRow, ShortcutRow

__all__ = [
    "DESTINATION_KINDS",
    "HOP_KINDS",
    "OBSERVERS",
    "PROVIDERS",
    "READERS",
    "REMEDIES",
    "SHORTCUTS",
    "SOURCES",
    "LogSource",
    "ObserverRow",
    "Operation",
    "ReaderRow",
    "Remedy",
    "Session",
    "ShortcutRow",
    "again",
    "directly",
    "observers_for",
    "open_sessions",
    "operations_for",
    "operations_of",
    "readers_for",
    "remedies_for",
    "shortcuts_for",
    "targets_of",
]


def observers_for(provider: str, sources: Iterable[str]) -> tuple[ObserverRow, ...]:
    """The provider's observers that verdicts about these log sources need."""
    wanted = set(sources)
    return tuple(row for row in OBSERVERS if row.provider == provider and wanted & set(row.sources))


def readers_for(provider: str) -> tuple[ReaderRow, ...]:
    """The provider's destination readers."""
    return tuple(row for row in READERS if row.provider == provider)


def remedies_for(providers: Iterable[str]) -> tuple[Remedy, ...]:
    """What would close gaps of these providers."""
    return tuple(row for provider in dict.fromkeys(providers) for row in REMEDIES.get(provider, ()))


def operations_of(provider: str) -> tuple[Operation, ...]:
    """Every operation that logcov may call at this provider, by name; all of them only read."""
    rows: list[ObserverRow | ReaderRow | ShortcutRow] = [
        *(row for row in OBSERVERS if row.provider == provider),
        *(row for row in READERS if row.provider == provider),
        *(row for row in SHORTCUTS if row.provider == provider),
    ]
    found = {operation.call: operation for row in rows for operation in row.operations}
    found |= {operation.call: operation for operation in PROVIDERS[provider]}
    return tuple(found[call] for call in sorted(found))
