"""What was audited: the scopes, how they were found, and the emitters that could not be."""

from collections.abc import Iterator

from logcov.coverage import Estate
from logcov.findings import Population, ScopeLine
from logcov.inventory import Emitter, LogSource, Scope, Unread

NOWHERE = "*"
"""The resource of an emitter that stands for those that could not be listed."""


def _is_active(scope: Scope) -> bool:
    return scope.state == "active"


def unreadable_scopes(estate: Estate) -> frozenset[str]:
    """Active scopes at which some listing is missing because a read failed."""
    return frozenset(
        spot.place
        for spot in estate.blind_spots.values()
        if spot.hides and spot.place in estate.scopes and _is_active(estate.scopes[spot.place])
    )


def populations(estate: Estate) -> tuple[Population, ...]:
    """Counts per kind of scope; a scope with a listing that could not be read counts as unreadable, not audited."""
    unreadable = unreadable_scopes(estate)
    lines: list[Population] = []
    audited = [scope for scope in estate.scopes.values() if scope.audited]
    for kind in sorted({scope.kind for scope in audited}):
        scopes = [scope for scope in audited if scope.kind == kind]
        dark = [scope for scope in scopes if scope.id in unreadable or isinstance(scope.state, Unread)]
        idle = [scope for scope in scopes if not _is_active(scope) and not isinstance(scope.state, Unread)]
        lines.append(
            Population(
                provider=scopes[0].provider,
                kind=kind.split(".", 1)[-1],
                discovered=len(scopes),
                audited=len(scopes) - len(dark) - len(idle),
                unreadable=len(dark),
                not_applicable=len(idle),
                obtained_by=", ".join(sorted({scope.obtained_by for scope in scopes})),
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.provider, line.kind)))


def scope_lines(estate: Estate) -> tuple[ScopeLine, ...]:
    """Every audited scope, grouped under the nearest scope above that is not a leaf of its provider's tree."""
    unreadable = unreadable_scopes(estate)
    lines = []
    for scope in sorted(estate.scopes.values(), key=lambda one: one.id):
        if not scope.audited:
            continue
        parent = scope.parent if isinstance(scope.parent, str) else None
        lines.append(
            ScopeLine(
                id=scope.id,
                kind=scope.kind.split(".", 1)[-1],
                name=scope.name,
                parent=parent,
                state=scope.state if isinstance(scope.state, str) else "unread",
                unreadable=scope.id in unreadable or isinstance(scope.state, Unread),
                group=parent or scope.id,
            )
        )
    return tuple(lines)


def _missing(estate: Estate, source: LogSource, scope: Scope) -> Iterator[tuple[Emitter, str]]:
    """Placeholders for emitters at this scope that were not listed, each with its blind spot."""
    known = estate.emitted_at.get((source.id, scope.id), frozenset())
    if isinstance(scope.state, Unread) and not known:
        yield Emitter(source=source.id, scope=scope.id, resource=NOWHERE), scope.state.blind_spot
        return
    if source.per_location:
        if isinstance(scope.locations, Unread) or not scope.locations:
            unread = scope.locations if isinstance(scope.locations, Unread) else None
            blind = unread.blind_spot if unread else estate.never_read("locations", scope.id)
            yield Emitter(source=source.id, scope=scope.id, resource=NOWHERE), blind
            return
        places: list[str | None] = [name for name, enabled in sorted(scope.locations.items()) if enabled]
    else:
        places = [None]
    for location in places:
        if source.emitters:
            if estate.listed(source.emitters, scope.id, location) is None:
                blind = estate.why_unlisted(source.emitters, scope.id, location)
                yield Emitter(source=source.id, scope=scope.id, location=location, resource=NOWHERE), blind
        elif location not in known:
            blind = estate.never_read(f"emitters of {source.id}", scope.id, location)
            yield Emitter(source=source.id, scope=scope.id, location=location, resource=NOWHERE), blind


def unlisted_emitters(estate: Estate, source: LogSource) -> Iterator[tuple[Emitter, str]]:
    """Placeholders for emitters that could not be listed at scopes that are known, each with its blind spot."""
    for scope in sorted(estate.scopes.values(), key=lambda one: one.id):
        if scope.kind in source.scope_kinds and scope.audited:
            yield from _missing(estate, source, scope)


def unlisted_scopes(estate: Estate, source: LogSource) -> Iterator[tuple[Scope, str]]:
    """Containers below which scopes of the source's kinds may exist that nobody listed, each with its blind spot."""
    for scope in sorted(estate.scopes.values(), key=lambda one: one.id):
        if (
            scope.provider == source.provider
            and scope.container
            and estate.listed("scopes", scope.id, None) is None
        ):
            yield scope, estate.why_unlisted("scopes", scope.id, None)
