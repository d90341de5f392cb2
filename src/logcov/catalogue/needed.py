"""Which operations an audit of some log sources may call.

Those of finding scopes, of the observers that verdicts about them need, and of the readers of every destination that
their records can be led to.
"""

from collections.abc import Iterable

from logcov.catalogue.rows import (
    DESTINATION_KINDS,
    HOP_KINDS,
    OBSERVERS,
    PROVIDERS,
    READERS,
    SHORTCUTS,
    SOURCES,
)
from logcov.config import GcpTarget
from logcov.providers.gcp.rows import READ_OPERATIONS
from logcov.providers.rows import Operation, ReaderRow, ShortcutRow


def shortcuts_for(provider: str, sources: Iterable[str], target: object) -> tuple[ShortcutRow, ...]:
    """The inventory services that this target asks for, and that know something of these log sources."""
    wanted = set(sources)
    return tuple(
        row
        for row in SHORTCUTS
        if row.provider == provider and wanted & set(row.sources) and row.asked_for(target)
    )


def read_operations(targets: Iterable[object]) -> tuple[Operation, ...]:
    """What Cloud Asset Inventory is asked with, of the Google Cloud targets among these that may ask it.

    A target of projects alone is read directly.
    """
    wide = [one for one in targets if isinstance(one, GcpTarget) and (one.organization or one.folder)]
    modes = dict.fromkeys(one.read for one in wide)
    return tuple(dict.fromkeys(operation for mode in modes for operation in READ_OPERATIONS[mode]))


def operations_for(
    provider: str, sources: Iterable[str], targets: Iterable[object] = ()
) -> tuple[Operation, ...]:
    """The operations that may be called at this provider when these log sources are asked for, by name.

    Every one that a run calls is among them. A few more may be: a hop that leads nobody knows where
    (`leads_to=("*",)`) counts as leading to every destination of its own provider. Inventory services are asked only
    by targets that name them.
    """
    wanted = frozenset(sources)
    found = {operation.call: operation for operation in PROVIDERS[provider]}
    if provider == "gcp":
        found |= {operation.call: operation for operation in read_operations(targets)}
    for observer in OBSERVERS:
        if observer.provider == provider and wanted & set(observer.sources):
            found |= {operation.call: operation for operation in observer.operations}
    for reader in _readers_met(wanted):
        if reader.provider == provider:
            found |= {operation.call: operation for operation in reader.operations}
    for target in targets:
        for shortcut in shortcuts_for(provider, wanted, target):
            found |= {operation.call: operation for operation in shortcut.operations}
    return tuple(found[call] for call in sorted(found))


def _readers_met(wanted: frozenset[str]) -> tuple[ReaderRow, ...]:
    """The readers of destinations that the hops of these log sources lead to, from hop to hop, of all providers."""
    leads_to = {kind.id: kind.leads_to for kind in HOP_KINDS}
    hops = {need for source in SOURCES if source.id in wanted for need in source.needs}
    hops |= {kind for row in OBSERVERS if wanted & set(row.sources) for kind in row.listings}
    while True:
        patterns = {_own(hop, pattern) for hop in hops for pattern in leads_to.get(hop, ())}
        readers = tuple(row for row in READERS if _meets_any(row.pattern, patterns))
        onward = {
            hop for kind in DESTINATION_KINDS if _meets_any(kind.pattern, patterns) for hop in kind.onward
        }
        onward |= {hop for row in readers for hop in row.listings}
        if onward <= hops:
            return readers
        hops |= onward


def _own(hop: str, pattern: str) -> str:
    """The pattern; for "anywhere", every destination of the hop's own provider: readers follow named ones only."""
    return f"{hop.split('.', 1)[0]}:*" if pattern == "*" else pattern


def _meets_any(pattern: str, others: Iterable[str]) -> bool:
    """Whether an id may fit both the pattern and one of the others; each ends with its only `*`, or has none."""
    mine = pattern.removesuffix("*")
    return any(
        mine.startswith(theirs) or theirs.startswith(mine)
        for theirs in (one.removesuffix("*") for one in others)
    )
