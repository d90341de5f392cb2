"""What an audit could not read, taken from a sampled inventory: who was let in where, and what is missing at which place.

Nothing is judged. A read that no API offers (`not-observable`) is not missing: nothing would mend it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from logcov.errors import BlindKind
from logcov.inventory import BlindSpot, Inventory, Reading, Scope, Unread
from logcov.report.plain import writable

SCHEMA = "logcov.doctor/v1"

NOT_MISSING: frozenset[BlindKind] = frozenset({"not-observable"})

ASSUME = "sts:AssumeRole"

_LISTINGS = {"scopes": "which scopes there are", "activity": "whether there was anything to record"}

_REMEDIES: Mapping[BlindKind, str] = {
    "access-denied": "Grant {what}.",
    "scp-denied": "A service control policy denies it: no IAM policy mends that. Exempt the role in the service "
    "control policy, or leave this place or region out of what is audited.",
    "api-disabled": "Enable the API there.",
    "region-disabled": "Leave the region out of `regions`, or enable it.",
    "throttled": "The provider asked to wait for longer than this run did: try again later.",
    "timeout": "There was no answer in time: check the network and proxies, and try again.",
    "server-error": "Check the network, proxies and the address in logcov.yaml, and try again.",
    "unparseable": "The answer was not whole or not understood: try again, then report it.",
    "not-entitled": "The subscription, edition or kind of account does not offer this.",
    "credentials": "Mend the credentials that this target names or takes from the environment.",
    "cut-off": "The run ended before: try again.",
}
_NO_ROLE = (
    "Make the role there; its trust policy must name the caller (and the external id, if one is configured), and the "
    "caller must be allowed sts:AssumeRole on it."
)
_ITS_OWN = "If it is another account's or project's, its own policy must allow it, too."


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A call that the audit may make, the permission that it takes, and what is read with it."""

    provider: str
    call: str
    permission: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A read that failed.

    Attributes:
        kind: why it failed.
        permission: what would allow it, where that was the reason.
        locations: in which locations; empty where there are none.
        why: what is read with it.
        hides: what cannot be listed without it, in words.
        sources: the log sources asked for whose verdicts stay unknown there.
        detail: the provider's own words, from one of the places.
        remedy: what to do about it.
    """

    call: str
    kind: BlindKind
    permission: str
    locations: tuple[str, ...]
    why: str
    hides: tuple[str, ...]
    sources: tuple[str, ...]
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A scope or destination; `name` is a person's word for it, or empty."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Places of one kind at which the same is missing."""

    kind: str
    places: tuple[Spot, ...]
    lacks: tuple[Lack, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How many scopes of a kind there are, how many answered anything, and at how many something is missing.

    `located`: of how many the locations (regions) are known; None where this kind has none.
    """

    kind: str
    found: int
    located: int | None
    answered: int
    lacking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """An identity, and at how many scopes it was answered. The scope's own number in it is shown as `*`."""

    provider: str
    identity: str
    scopes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """Everything that was found out.

    Attributes:
        tried, needed: how many of the calls that the audit may make were made here.
        untried: the others: nothing that could be read called for them.
        untold: reads that no API offers, so that nobody can mend them.
    """

    askers: tuple[Asker, ...]
    looked: tuple[Looked, ...]
    missing: tuple[Missing, ...]
    tried: int
    needed: int
    untried: tuple[Need, ...]
    untold: int


def examine(inventory: Inventory, sources: frozenset[str], needs: Sequence[Need]) -> Checkup:
    """What the inventory of a sample shows of access.

    Args:
        inventory: of what was looked at.
        sources: the log sources that are asked for.
        needs: the calls that auditing them may take, of the providers that are configured.
    """
    scopes = {fact.id: fact for fact in inventory.facts if isinstance(fact, Scope)}
    readings = [fact for fact in inventory.facts if isinstance(fact, Reading)]
    blind = [fact for fact in inventory.facts if isinstance(fact, BlindSpot)]
    spots = [spot for spot in blind if spot.kind not in NOT_MISSING]
    made = {reading.call for reading in readings} | {spot.call for spot in spots}
    return Checkup(
        askers=_askers(readings, scopes, {one.principal for one in inventory.header.identities}),
        looked=_looked(inventory, sources, readings, spots, scopes),
        missing=_missing(spots, scopes, _Words(inventory, sources, needs)),
        tried=sum(need.call in made for need in needs),
        needed=len(needs),
        untried=tuple(need for need in needs if need.call not in made),
        untold=len(blind) - len(spots),
    )


def _askers(
    readings: Iterable[Reading], scopes: Mapping[str, Scope], own: Collection[str]
) -> tuple[Asker, ...]:
    """`own`: the identities that the targets' credentials are by themselves."""
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for reading in readings:
        scope = scopes.get(reading.place)
        if scope and reading.identity and reading.call != ASSUME:
            identity = reading.identity
            if identity not in own:
                identity = identity.replace(scope.id.rpartition("/")[2], "*")
            places[scope.provider, identity].add(scope.id)
    return tuple(
        Asker(provider=provider, identity=identity, scopes=len(places[provider, identity]))
        for provider, identity in sorted(places)
    )


def _looked(
    inventory: Inventory,
    sources: frozenset[str],
    readings: Iterable[Reading],
    spots: Iterable[BlindSpot],
    scopes: Mapping[str, Scope],
) -> tuple[Looked, ...]:
    wanted = [source for source in inventory.header.sources if source.id in sources]
    writing = {kind for source in wanted for kind in source.scope_kinds}
    answered = {reading.place for reading in readings}
    lacking = {spot.place for spot in spots}
    found = Counter(scope.kind for scope in scopes.values())
    return tuple(
        Looked(
            kind=kind,
            found=found[kind],
            located=_located([scope for scope in scopes.values() if scope.kind == kind]),
            answered=sum(scope.kind == kind and scope.id in answered for scope in scopes.values()),
            lacking=sum(scope.kind == kind and scope.id in lacking for scope in scopes.values()),
        )
        for kind in sorted(found)
        if kind in writing
    )


def _located(scopes: Sequence[Scope]) -> int | None:
    if not any(scope.locations for scope in scopes):
        return None
    return sum(bool(scope.locations) and not isinstance(scope.locations, Unread) for scope in scopes)


class _Words:
    """What blind spots mean, in words."""

    def __init__(self, inventory: Inventory, sources: frozenset[str], needs: Iterable[Need]) -> None:
        header = inventory.header
        self._why = {need.call: need.why for need in needs}
        self._titles = {kind.id: kind.title for kind in header.hop_kinds}
        self._wanted = [source for source in header.sources if source.id in sources]
        self.destinations = {kind.pattern.removesuffix("*"): kind.id for kind in header.destination_kinds}

    def lack(self, spots: Sequence[BlindSpot], *, foreign: bool) -> Lack:
        """One call that failed for one reason, once or several times; `foreign`: at what may be somebody else's."""
        first = spots[0]
        hides = sorted({kind for spot in spots for kind in spot.hides})
        return Lack(
            call=first.call,
            kind=first.kind,
            permission=first.permission,
            locations=tuple(sorted({spot.location for spot in spots if spot.location})),
            why=self._why.get(first.call, ""),
            hides=tuple(self._hidden(kind) for kind in hides),
            sources=tuple(
                source.id
                for source in self._wanted
                if any(kind in {*source.needs, source.emitters} for kind in hides)
            ),
            detail=next((spot.detail for spot in spots if spot.detail), ""),
            remedy=_remedy(first) + (f" {_ITS_OWN}" if foreign and first.kind == "access-denied" else ""),
        )

    def _hidden(self, kind: str) -> str:
        """What a missing listing hides: hops of a kind, or the resources that write records."""
        return _LISTINGS.get(kind) or self._titles.get(kind) or f"which {kind} there are"


def _remedy(spot: BlindSpot) -> str:
    if spot.call == ASSUME and spot.kind == "access-denied":
        return _NO_ROLE
    return _REMEDIES.get(spot.kind, "").format(what=spot.permission or f"what {spot.call} takes")


def _missing(spots: Iterable[BlindSpot], scopes: Mapping[str, Scope], words: _Words) -> tuple[Missing, ...]:
    at: dict[str, dict[tuple[str, BlindKind, str], list[BlindSpot]]] = defaultdict(lambda: defaultdict(list))
    for spot in spots:
        at[spot.place][spot.call, spot.kind, spot.permission].append(spot)
    groups: dict[tuple[str, tuple[tuple[str, BlindKind, str], ...]], list[str]] = defaultdict(list)
    for place in sorted(at):
        kind = scopes[place].kind if place in scopes else _destination_kind(place, words.destinations)
        groups[kind, tuple(sorted(at[place]))].append(place)
    found = [
        Missing(
            kind=kind,
            places=tuple(Spot(id=one, name=scopes[one].name if one in scopes else "") for one in places),
            lacks=tuple(
                words.lack(
                    [spot for place in places for spot in at[place][key]], foreign=places[0] not in scopes
                )
                for key in keys
            ),
        )
        for (kind, keys), places in groups.items()
    ]
    # Scopes before destinations: what is missing there hides more.
    return tuple(
        sorted(found, key=lambda one: (one.places[0].id not in scopes, -len(one.places), one.places[0].id))
    )


def _destination_kind(place: str, kinds: Mapping[str, str]) -> str:
    fitting = [prefix for prefix in kinds if place.startswith(prefix)]
    return kinds[max(fitting, key=len)] if fitting else place.partition("/")[0]


def as_json(found: Checkup) -> str:
    """The checkup for programs."""
    told: dict[str, Any] = {"schema": SCHEMA, **asdict(found)}
    return writable(json.dumps(told, indent=2, ensure_ascii=False)) + "\n"
