"""Runs observers over scopes and locations, and destination readers over where the routes lead.

The only place that turns an error into a blind spot. Works in waves: scopes; then emitters and hops; then
the destinations that hops name; then the hops onward from those, to a bounded depth. Each provider has its
own bounded pool of workers, and all run at the same time.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from typing import Any

from logcov import __version__
from logcov.catalogue import (
    DESTINATION_KINDS,
    HOP_KINDS,
    SOURCES,
    Session,
    again,
    directly,
    observers_for,
    open_sessions,
    readers_for,
    remedies_for,
)
from logcov.config import Config
from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Header, Inventory, Ledger, Route, Scope, Unread, utc_now
from logcov.inventory.file import encoded, ordered
from logcov.inventory.journal import Journal
from logcov.inventory.ledger import Noted
from logcov.inventory.results import Results
from logcov.providers.calls import Patience
from logcov.providers.rows import ReaderRow

WORKERS: Mapping[str, int] = {"aws": 48, "gcp": 16, "okta": 4, "workspace": 8}
"""Calls in flight per provider. AWS limits per account, region and service; Google per consumer project."""

DEPTH = 6
"""Waves of destinations: a store behind a stream behind a router behind a sink is four."""

LOOK_UP = 0.1
"""Seconds between two looks at the keyboard while waiting for workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a collection has come, for a display. `phase` is in words."""

    phase: str
    done: int
    total: int


Report = Callable[[Progress], None]

SecondLook = Callable[[Inventory], frozenset[str]]
"""Gives the ids of scopes and destinations where direct answers are wanted in the stead of an inventory service's."""


def no_report(progress: Progress) -> None:
    """Reports nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A part of what there is, for a look at what may be read. What is left out has no listings: nothing is judged by it.

    Attributes:
        scopes: how many scopes of one kind each target's observers run over: active ones first, then by id.
        whole: the kinds of scopes of which none is left out.
        locations: how many of a scope's enabled locations, by name.
    """

    scopes: int = 10
    whole: frozenset[str] = frozenset({"aws.account"})
    locations: int = 1

    def of(self, found: Sequence[Scope]) -> list[Scope]:
        """The scopes of one target that are looked at."""
        kept: dict[str, int] = {}
        chosen: list[Scope] = []
        for scope in sorted(found, key=lambda one: (one.state != "active", one.id)):
            kept[scope.kind] = kept.get(scope.kind, 0) + 1
            if scope.kind in self.whole or kept[scope.kind] <= self.scopes:
                chosen.append(scope)
        return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One observer at one place, or one reader at one destination.

    `hides`: the listings that are missing at the place (and location) if it fails.
    """

    provider: str
    place: str
    location: str | None
    hides: tuple[str, ...]
    run: Callable[[], Iterator[Fact]]
    name: str = ""
    """What tells it apart in a journal; empty for what every run does anew."""
    run_directly: Callable[[], Iterator[Fact]] | None = None
    """The same with direct answers only; None where it is the same anyway."""


class _Crew:
    """The workers of one collection, a pool per provider."""

    def __init__(
        self, ledger: Ledger, patience: Patience, report: Report, journal: Journal | None = None
    ) -> None:
        self._journal = journal
        self._ledger = ledger
        self._patience = patience
        self._report = report
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self.results = Results(ledger)

    def _pool(self, provider: str) -> ThreadPoolExecutor:
        if provider not in self._pools:
            self._pools[provider] = ThreadPoolExecutor(
                WORKERS[provider], thread_name_prefix=f"logcov-{provider}"
            )
        return self._pools[provider]

    def _work(self, task: _Task) -> list[Fact]:
        """Runs a task to its end or its first failed read; the facts that it gave before that stay."""
        found: list[Fact] = []
        if self._patience.stop.is_set():
            return found
        recalled = self.results.recall(task.name)
        if recalled is not None:
            return recalled
        directly = self.results.directly(task.place)
        run = task.run_directly if directly and task.run_directly is not None else task.run
        known = self._journal.done(task.name, self._ledger) if self._journal and not directly else None
        noted: Noted | None = None
        if known is not None:
            found = list(known)
        else:
            with self._ledger.noting() as noted:
                try:
                    for fact in run():
                        found.append(fact)  # `extend` would lose what came before a failure
                except ReadFailure as failure:
                    self._ledger.blind(failure, task.place, task.location, hides=task.hides)
            if self._journal and task.name and not directly and not self._patience.stop.is_set():
                # What ended while the run was being stopped may have been cut short.
                self._journal.note(task.name, found, noted, self._ledger)
        self.results.note(task.name, task.place, found, noted)
        return found

    def wave(self, phase: str, tasks: Sequence[_Task]) -> list[list[Fact]]:
        """Runs all tasks and gives what each found.

        Any exception but a failed read is a bug: the first one ends the run.
        """
        self._report(Progress(phase=phase, done=0, total=len(tasks)))
        futures: list[Future[list[Fact]]] = [
            self._pool(task.provider).submit(self._work, task) for task in tasks
        ]
        waiting = set(futures)
        while waiting:
            finished, waiting = wait(waiting, timeout=LOOK_UP)
            for future in finished:
                future.result()
            self._report(Progress(phase=phase, done=len(futures) - len(waiting), total=len(futures)))
        return [future.result() for future in futures]

    @property
    def facts(self) -> list[Fact]:
        """Everything that was found so far."""
        return self.results.facts()

    def stop(self) -> None:
        """Lets nothing new begin."""
        self._patience.stop.set()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def dismiss(self) -> None:
        """Waits for the workers to go home."""
        for pool in self._pools.values():
            pool.shutdown(wait=True)


def _scope_tasks(sessions: Sequence[tuple[str, Session]]) -> list[_Task]:
    return [
        _Task(provider=provider, place=provider, location=None, hides=(), run=session.scopes)
        for provider, session in sessions
    ]


def _observer_tasks(
    sessions: Sequence[tuple[str, Session]],
    found: Sequence[Sequence[Scope]],
    sources: frozenset[str],
    sample: Sample | None = None,
) -> list[_Task]:
    """Breadth first: one observer at every place before the next at any, so that no place's own limit is hit.

    Regions of one account stand side by side: calls in flight then spread over many endpoints, whose few
    connections serve all accounts.
    """
    keyed: list[tuple[tuple[int, str, str, str], _Task]] = []
    for target, ((provider, session), scopes) in enumerate(zip(sessions, found, strict=True)):
        for number, observer in enumerate(observers_for(provider, sources)):
            for scope in scopes:
                if scope.kind not in observer.scope_kinds:
                    continue
                locations: list[str | None] = [None]
                if observer.per_location:
                    if isinstance(scope.locations, Unread):
                        continue
                    locations = [name for name, enabled in sorted(scope.locations.items()) if enabled]
                    locations = locations[: sample.locations] if sample else locations
                for location in locations:

                    def run(
                        session: Session = session,
                        observe: Callable[..., Iterator[Fact]] = observer.observe,
                        scope: Scope = scope,
                        location: str | None = location,
                    ) -> Iterator[Fact]:
                        return observe(session.at(scope, location), scope, location)

                    def run_directly(
                        session: Session = session,
                        run: Callable[[Session], Iterator[Fact]] = run,
                    ) -> Iterator[Fact]:
                        return run(directly(session))

                    task = _Task(
                        provider=provider,
                        place=scope.id,
                        location=location,
                        hides=observer.listings,
                        run=run,
                        name=f"{target} {observer.name} {scope.id} {location or ''}",
                        run_directly=run_directly,
                    )
                    keyed.append(((number, scope.id, location or "", observer.name), task))
    return [task for _, task in sorted(keyed, key=lambda pair: pair[0])]


def _reader(provider: str, destination: str) -> ReaderRow | None:
    """The provider's reader for a destination id; patterns end with their only `*`."""
    rows = [row for row in readers_for(provider) if destination.startswith(row.pattern.removesuffix("*"))]
    return max(rows, key=lambda row: len(row.pattern), default=None)


def _digest(routes: Sequence[Route]) -> str:
    """What tells routes from others. Who told of them makes no difference to where they lead."""
    told = (encoded(replace(route, readings=())) for route in routes)
    return hashlib.sha256(b"".join(told)).hexdigest()[:16]


def _known(facts: Sequence[Fact]) -> bool:
    return any(isinstance(fact, Destination) and not isinstance(fact.exists, Unread) for fact in facts)


def _read_with_any(
    row: ReaderRow, sessions: Sequence[Session], destination: str, routes: Sequence[Route]
) -> Iterator[Fact]:
    """Reads a destination with whichever session may: the first that can tell whether it exists."""
    first: list[Fact] = []
    for session in sessions:
        facts = list(row.read(session, destination, routes))
        if _known(facts):
            yield from facts
            return
        first = first or facts
    yield from first


def _destination_tasks(
    sessions: Sequence[tuple[str, Session]], facts: Sequence[Fact], done: dict[str, frozenset[str]]
) -> list[_Task]:
    """Readers of the destinations that routes lead to, again for those that a new route leads to.

    Whether a writer may write is told with the destination, route by route. `done`: destination → the routes that
    were known when it was read last.
    """
    leading: dict[str, dict[str, Route]] = {}
    for fact in facts:
        if isinstance(fact, Route) and isinstance(fact.to, str):
            leading.setdefault(fact.to, {})[fact.id] = fact
    tasks: list[_Task] = []
    for destination in sorted(leading):
        if done.get(destination, frozenset()) >= leading[destination].keys():
            continue
        done[destination] = frozenset(leading[destination])
        routes = [leading[destination][route] for route in sorted(leading[destination])]
        for provider in dict.fromkeys(provider for provider, _ in sessions):
            row = _reader(provider, destination)
            if row is None:
                continue
            able = [session for name, session in sessions if name == provider]

            def run(
                row: ReaderRow = row,
                able: Sequence[Session] = able,
                destination: str = destination,
                routes: Sequence[Route] = routes,
            ) -> Iterator[Fact]:
                return _read_with_any(row, able, destination, routes)

            def run_directly(
                able: Sequence[Session] = able, run: Callable[..., Iterator[Fact]] = run
            ) -> Iterator[Fact]:
                return run(able=[directly(session) for session in able])

            tasks.append(
                _Task(
                    provider=provider,
                    place=destination,
                    location=None,
                    hides=row.listings,
                    run=run,
                    # Whether writers may write is told route by route.
                    name=f"{row.name} {destination} {_digest(routes)}",
                    run_directly=run_directly,
                )
            )
    return tasks


def shown_targets(config: Config) -> tuple[Mapping[str, str], ...]:
    """What was asked to be audited, without anything that could be secret."""
    lines: list[Mapping[str, str]] = []
    for gcp in config.gcp:
        what = gcp.organization or gcp.folder or ", ".join(gcp.projects)
        lines.append({"provider": "gcp", "target": what})
    for aws in config.aws:
        what = "organization" if aws.organization else ", ".join(aws.accounts) or "the caller's account"
        lines.append({"provider": "aws", "target": what})
    lines += [{"provider": "okta", "target": okta.org_url} for okta in config.okta]
    lines += [{"provider": "workspace", "target": one.customer} for one in config.workspace]
    return tuple(lines)


def question(config: Config, sources: frozenset[str]) -> Mapping[str, object]:
    """What a collection asks, and as whom: two that ask the same may share a journal. Secrets are in no config.

    Where a server on loopback listens does not matter.
    """
    kinds: tuple[Sequence[Any], ...] = (config.gcp, config.aws, config.okta, config.workspace)
    targets = [{**asdict(target), "endpoint": bool(target.endpoint)} for kind in kinds for target in kind]
    return {"tool": __version__, "targets": targets, "sources": sorted(sources)}


def collect(
    config: Config,
    sources: frozenset[str],
    *,
    report: Report = no_report,
    patience: Patience | None = None,
    journal: Journal | None = None,
    sample: Sample | None = None,
    second_look: SecondLook | None = None,
) -> Inventory:
    """Reads everything that verdicts about these log sources need.

    With a `journal`, every task is written down as it ends, and those that an earlier run ended are taken from it.
    Scopes are found anew in every run. With a `sample`, only that part is read. Where answers of an inventory service
    stood in for direct ones, `second_look` says which places to read again directly.

    Never raises for what could not be read: that becomes blind spots. On an interrupt (Ctrl-C) it stops at
    once and gives what it has, with a header that is not `complete`.
    """
    started = utc_now()
    ledger = Ledger()
    patience = patience or Patience()
    crew = _Crew(ledger, patience, report, journal)
    sessions = open_sessions(config, ledger, patience)
    complete = True

    def inventory(*, complete: bool) -> Inventory:
        header = Header(
            tool=f"logcov {__version__}",
            started_at=started,
            finished_at=utc_now(),
            targets=shown_targets(config),
            identities=ledger.identities(),
            sources=SOURCES,
            hop_kinds=HOP_KINDS,
            destination_kinds=DESTINATION_KINDS,
            remedies=remedies_for(provider for provider, _ in sessions),
            complete=complete,
        )
        # Facts first: after an interrupt workers may still note readings, but no fact may lack its own.
        found = crew.facts
        return Inventory(header=header, facts=ordered([*ledger.readings(), *ledger.blind_spots(), *found]))

    try:
        answers = _collect(crew, sessions, sources, sample)
        if second_look is not None and ledger.indirect():
            _look_again(
                crew, sessions, answers, sources, sample, lambda: second_look(inventory(complete=True))
            )
    except KeyboardInterrupt:
        complete = False
        crew.stop()
        # Answers may still be on their way: nobody waits for them, but somebody tidies up.
        threading.Thread(target=_leave, args=(crew, sessions), daemon=True).start()
    except BaseException:
        crew.stop()
        threading.Thread(target=_leave, args=(crew, sessions), daemon=True).start()
        raise
    else:
        _leave(crew, sessions)
    return inventory(complete=complete)


def _leave(crew: _Crew, sessions: Sequence[tuple[str, Session]]) -> None:
    """Closes the sessions once no worker needs them."""
    crew.dismiss()
    for _, session in sessions:
        session.close()


def _collect(
    crew: _Crew,
    sessions: Sequence[tuple[str, Session]],
    sources: frozenset[str],
    sample: Sample | None = None,
) -> list[list[Fact]]:
    """Reads everything, and gives what was found of the scopes of each session."""
    answers = crew.wave("finding scopes", _scope_tasks(sessions))
    _follow(crew, sessions, answers, sources, sample)
    return answers


def _follow(
    crew: _Crew,
    sessions: Sequence[tuple[str, Session]],
    answers: Sequence[Sequence[Fact]],
    sources: frozenset[str],
    sample: Sample | None,
) -> None:
    # Observers run with the session that found the scope.
    found = [[fact for fact in answer if isinstance(fact, Scope)] for answer in answers]
    facts = [fact for answer in answers for fact in answer]
    looked_at = [sample.of(scopes) for scopes in found] if sample else found
    for answer in crew.wave("reading what is logged", _observer_tasks(sessions, looked_at, sources, sample)):
        facts += answer
    done: dict[str, frozenset[str]] = {}
    for depth in range(DEPTH):
        tasks = _destination_tasks(sessions, facts, done)
        if not tasks:
            return
        phase = "reading destinations" if depth == 0 else "following records onward"
        for answer in crew.wave(phase, tasks):
            facts += answer


def _look_again(
    crew: _Crew,
    sessions: Sequence[tuple[str, Session]],
    answers: Sequence[list[Fact]],
    sources: frozenset[str],
    sample: Sample | None,
    wanted: Callable[[], frozenset[str]],
) -> None:
    """Reads directly at the places that are wanted, until no answer says otherwise than the one whose place it takes."""
    places: frozenset[str] = frozenset()
    while more := wanted() - places:
        places |= more
        before = crew.results.differing
        crew.results.begin_again(places)
        changed = _scopes_again(crew, sessions, answers, more)
        crew.results.begin_again(places, changed)
        _follow(crew, sessions, answers, sources, sample)
        crew.results.end_again()
        if crew.results.differing == before:
            return


def _scopes_again(
    crew: _Crew,
    sessions: Sequence[tuple[str, Session]],
    answers: Sequence[list[Fact]],
    places: frozenset[str],
) -> set[str]:
    """Puts the scopes at these places, as direct answers tell of them, into `answers`; gives those that have changed."""
    told: list[tuple[list[Fact], Scope, _Task]] = []
    for number, ((provider, session), facts) in enumerate(zip(sessions, answers, strict=True)):
        for scope in facts:
            if isinstance(scope, Scope) and scope.id in places and crew.results.old([scope]):

                def run(session: Session = session, scope: Scope = scope) -> Iterator[Fact]:
                    yield again(directly(session), scope)

                task = _Task(
                    provider=provider,
                    place=scope.id,
                    location=None,
                    hides=(),
                    run=run,
                    name=f"again {number} {scope.id}",
                )
                told.append((facts, scope, task))
    changed: set[str] = set()
    found = crew.wave("reading scopes again", [task for _, _, task in told])
    for (facts, before, _), (now,) in zip(told, found, strict=True):
        facts[facts.index(before)] = now
        if crew.results.replace(before, now):
            changed.add(before.id)
    return changed
