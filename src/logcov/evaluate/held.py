"""What rests in a store: every way by which records come there, and every way that nobody could see.

A store is a destination that is an end. Records rest in it if any of them may arrive by any way; whether they
do is certain, possible, or refuted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from logcov.coverage import Arrival, Estate, known_fields, ways
from logcov.evaluate.asking import any_asked
from logcov.evaluate.population import cut_off, unlisted_emitters, unlisted_scopes
from logcov.inventory import Emitter, LogSource, Unread
from logcov.policy import Logs
from logcov.selection.decide import Decision, decide, domains_of
from logcov.selection.predicate import FALSE, TRUE, Predicate, all_of, any_of, glob_matches, substitute

Sure = Literal["yes", "perhaps", "no"]


@dataclass(frozen=True)
class Inflow:
    """One way by which records of one emitter come to a store.

    Attributes:
        brings: which of the records in question arrive, doubts included.
        perhaps: why it is not known whether the emitter counts at all; empty if it does.
    """

    source: LogSource
    emitter: Emitter
    arrival: Arrival
    brings: Predicate
    perhaps: str = ""

    @cached_property
    def decision(self) -> Decision:
        """What arrives, put as what would be lost if nothing did: `lost` is a record that certainly arrives."""
        return decide(self.brings, FALSE, domains_of(self.source))

    @property
    def sure(self) -> Sure:
        """Whether any record arrives."""
        if self.decision.verdict == "ALL":
            return "no"
        return "yes" if self.decision.lost is not None and not self.perhaps else "perhaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """Ways that might exist for records of the log source `source`.

    They come from `scope`; None: from places that nobody listed.
    """

    source: str
    scope: str | None
    leads_to: tuple[str, ...]
    blind_spot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Store → the ways by which records may come there, sure or not; and the ways that nobody could see."""

    inflows: Mapping[str, tuple[Inflow, ...]]
    unseen: tuple[Unseen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An emitter and which of its records are in question. `word`: those that somebody vouches to be written."""

    source: LogSource
    emitter: Emitter
    required: Predicate
    perhaps: str = ""
    word: Predicate = FALSE


def _there(estate: Estate, emitter: Emitter) -> Predicate:
    """Whether the emitter is there; doubt where only an inventory service names it."""
    if estate.hearsay(emitter) is None:
        return TRUE
    return estate.doubt(estate.why_hearsay(emitter), f"{emitter.resource} of {emitter.source} is there")


def _active(estate: Estate, emitter: Emitter) -> Predicate:
    """Whether the emitter's scope is active; doubt where that could not be read."""
    scope = estate.scopes.get(emitter.scope)
    if scope is None or not isinstance(scope.state, Unread):
        return TRUE
    return estate.doubt(scope.state.blind_spot, f"state of {scope.id}")


def _matches(patterns: Sequence[str], destination: str) -> bool:
    return any(glob_matches(pattern, destination) for pattern in patterns)


def holdings(estate: Estate, patterns: tuple[str, ...], asked: Iterable[Asked]) -> Holdings:
    """What rests in the stores that fit the patterns, of the records in question."""
    inflows: dict[str, list[Inflow]] = {}
    unseen: dict[Unseen, None] = {}
    for one in asked:
        source, emitter = one.source, one.emitter
        found = ways(estate, source, emitter)
        written = all_of(
            substitute(one.required, known_fields(source, emitter)),
            any_of(found.generated, one.word),
            _active(estate, emitter),
            _there(estate, emitter),
        )
        for arrival in found.arrivals:
            store = arrival.destination
            if not store.end or not _matches(patterns, store.id):
                continue
            brings = all_of(written, arrival.test)
            inflow = Inflow(source, emitter, arrival, brings, one.perhaps)
            if inflow.sure != "no":
                inflows.setdefault(store.id, []).append(inflow)
        for possible in found.possible:
            if not estate.may_reach(possible.leads_to, patterns):
                continue
            brings = all_of(written, possible.test)
            if decide(brings, FALSE, domains_of(source)).verdict != "ALL":
                hidden = Unseen(
                    source=source.id,
                    scope=emitter.scope,
                    leads_to=possible.leads_to,
                    blind_spot=possible.blind_spot,
                )
                unseen[hidden] = None
    return Holdings(
        inflows={store: tuple(found) for store, found in sorted(inflows.items())}, unseen=tuple(unseen)
    )


def nobody_listed(
    estate: Estate, source: LogSource, patterns: tuple[str, ...]
) -> Iterator[tuple[Unseen, Emitter]]:
    """What emitters that could not be listed may bring to such stores; and a stand-in for those emitters."""
    leads_to = tuple(
        dict.fromkeys(pattern for kind in source.needs for pattern in estate.hop_kind(kind).leads_to)
    )
    if not estate.may_reach(leads_to, patterns):
        return
    for emitter, blind in unlisted_emitters(estate, source):
        yield Unseen(source=source.id, scope=emitter.scope, leads_to=leads_to, blind_spot=blind), emitter
    for unlisted in unlisted_scopes(estate, source):
        below = Emitter(source=source.id, scope=unlisted.container.id, resource="*")
        yield Unseen(source=source.id, scope=None, leads_to=leads_to, blind_spot=unlisted.blind_spot), below
    for rest, blind in cut_off(estate, source):
        yield Unseen(source=source.id, scope=None, leads_to=leads_to, blind_spot=blind), rest


def holdings_of(estate: Estate, patterns: tuple[str, ...], items: tuple[Logs, ...]) -> Holdings:
    """What rests of these log sources, from anywhere, in the stores that fit the patterns: found once."""
    key = ("holdings", repr((patterns, items)))
    known: Holdings | None = estate.memo.get(key)
    if known is not None:
        return known
    asked: list[Asked] = []
    beyond: list[Unseen] = []
    for name in sorted(estate.sources):
        source = estate.sources[name]
        required = any_asked(source, items)
        if required is None:
            continue
        asked += [
            Asked(source=source, emitter=emitter, required=required)
            for emitter in estate.emitters_by_source.get(name, ())
            if not emitter.not_applicable
        ]
        beyond += [unseen for unseen, _ in nobody_listed(estate, source, patterns)]
    seen = holdings(estate, patterns, asked)
    found = Holdings(inflows=seen.inflows, unseen=tuple(dict.fromkeys((*seen.unseen, *beyond))))
    estate.memo[key] = found
    return found


def holds(estate: Estate, store: str, patterns: tuple[str, ...], items: tuple[Logs, ...]) -> Sure:
    """Whether records of these log sources rest in the store."""
    found = holdings_of(estate, patterns, items)
    inflows = found.inflows.get(store, ())
    if any(inflow.sure == "yes" for inflow in inflows):
        return "yes"
    if inflows or any(estate.may_reach(one.leads_to, (store,)) for one in found.unseen):
        return "perhaps"
    return "no"
