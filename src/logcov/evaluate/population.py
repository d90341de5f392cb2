"""What was audited: the scopes, how they were found, and the emitters that could not be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from logcov.coverage import Estate
from logcov.findings import Population, ScopeLine, how_obtained
from logcov.inventory import Emitter, LogSource, Scope, Unread
from logcov.selection.predicate import glob_matches

NOWHERE = "*"
"""The resource of an emitter that stands for those that could not be listed."""


def _is_active(scope: Scope) -> bool:
    return scope.state == "active" if scope.works is None else scope.works


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
    heard = _heard_of(estate)
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
                obtained_by=", ".join(
                    [*sorted({scope.obtained_by for scope in scopes}), *heard.get(kind, ())]
                ),
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.provider, line.kind)))


def _heard_of(estate: Estate) -> Mapping[str, list[str]]:
    """Kind of scope → what else named resources at such scopes, how many, and how old that may be."""
    told: dict[tuple[str, str], tuple[set[tuple[str, str | None, str | None]], int]] = {}
    for emitter in estate.emitters:
        scope, reading = estate.scopes.get(emitter.scope), estate.hearsay(emitter)
        if reading is None or scope is None:
            continue
        resources, oldest = told.get((scope.kind, reading.via), (set(), 0))
        resources.add((emitter.scope, emitter.location, emitter.resource))
        told[scope.kind, reading.via] = resources, max(oldest, reading.as_old_as)
    lines: dict[str, list[str]] = {}
    for (kind, via), (resources, oldest) in sorted(told.items()):
        number = f"{len(resources):,} resource{'s' if len(resources) > 1 else ''}"
        lines.setdefault(kind, []).append(f"{number} {how_obtained(via, oldest)}")
    return lines


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


def _dormant(estate: Estate, source: LogSource, scope: Scope) -> bool:
    """Whether the scope says of itself that it writes no such records anywhere, so that nobody need list them."""
    told = estate.emitters_of.get((source.id, scope.id), ())
    return (
        bool(told)
        and isinstance(scope.state, str)
        and all(one.not_applicable and (one.location, one.resource) == (None, None) for one in told)
    )


def _missing(estate: Estate, source: LogSource, scope: Scope) -> Iterator[tuple[Emitter, str]]:
    """Placeholders for emitters at this scope that were not listed, each with its blind spot."""
    known = estate.emitted_at.get((source.id, scope.id), frozenset())
    if isinstance(scope.state, Unread) and not known:
        yield Emitter(source=source.id, scope=scope.id, resource=NOWHERE), scope.state.blind_spot
        return
    if _dormant(estate, source, scope):
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


def unlisted_emitters(
    estate: Estate, source: LogSource, at: str | None = None
) -> Iterator[tuple[Emitter, str]]:
    """Placeholders for emitters that could not be listed at scopes that are known, each with its blind spot.

    `at` asks of one scope only.
    """
    if at is None:
        scopes = sorted(estate.scopes.values(), key=lambda one: one.id)
    else:
        scopes = [estate.scopes[at]] if at in estate.scopes else []
    for scope in scopes:
        if scope.kind in source.scope_kinds and scope.audited:
            yield from _missing(estate, source, scope)


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A container below which there may be scopes that nobody listed, and the blind spot that hides them.

    `ids`: the pattern of their ids, where they are of a kind that is listed apart; empty: they may be any.
    """

    container: Scope
    blind_spot: str
    ids: str = ""


def unlisted_scopes(estate: Estate, source: LogSource) -> Iterator[Unlisted]:
    """Containers below which scopes of the source's kinds may exist that nobody listed."""
    for scope in sorted(estate.scopes.values(), key=lambda one: one.id):
        if scope.provider != source.provider:
            continue
        if scope.container and estate.listed("scopes", scope.id, None) is None:
            yield Unlisted(scope, estate.why_unlisted("scopes", scope.id, None))
        for kind, ids in sorted(scope.apart.items()):
            if kind in source.scope_kinds and estate.listed(kind, scope.id, None) is None:
                yield Unlisted(scope, estate.why_unlisted(kind, scope.id, None), ids)


def cut_off(estate: Estate, source: LogSource) -> Iterator[tuple[Emitter, str]]:
    """For an inventory that ends early: a placeholder at each top scope, since anything may be missing, and its blind spot.

    Likewise for a provider that was to be audited, and of which no scope is there.
    """
    inventory = estate.inventory
    scopes = [scope for scope in estate.scopes.values() if scope.provider == source.provider]
    asked = any(target.get("provider") == source.provider for target in inventory.header.targets)
    if not inventory.cut_short and inventory.header.complete and (scopes or not asked):
        return
    tops = [scope.id for scope in scopes if not isinstance(scope.parent, str)]
    for top in sorted(tops) or [f"{source.provider}:unread"]:
        emitter = Emitter(source=source.id, scope=top, resource=NOWHERE)
        yield emitter, estate.never_read("the rest of the inventory", top)


def homes(estate: Estate, patterns: Iterable[str]) -> tuple[str, ...]:
    """The scopes at the top of what was audited below which the owner of such destinations is, whoever it is.

    The first of them depends on no value that could be unread, as long as only one is: it is where a store stands
    that nobody audited owns.
    """
    providers = {pattern.split(":", 1)[0] for pattern in patterns}
    tops: list[tuple[bool, str, str]] = []
    for scope in estate.scopes.values():
        above = estate.scopes.get(scope.parent) if isinstance(scope.parent, str) else None
        if scope.audited and (above is None or not above.audited):
            tops.append((scope.parent is not None and above is None, scope.id, scope.provider))
    own = [top for top in tops if any(glob_matches(provider, top[2]) for provider in providers)]
    named = tuple(scope for _, scope, _ in sorted(own or tops))
    return named or tuple(f"{provider}:unread" for provider in sorted(providers))
