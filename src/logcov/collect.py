"""Runs observers over scopes and locations, and destination readers over where the routes lead.

The only place that turns an error into a blind spot. Works in waves: scopes; then emitters and hops; then
the destinations that hops name; then the hops onward from those, to a bounded depth. Each provider has its
own bounded pool of workers, and all run at the same time.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from typing import Any

from logcov import __version__
from logcov.catalogue import (
    DESTINATION_KINDS,
    HOP_KINDS,
    SOURCES,
    Session,
    observers_for,
    open_sessions,
    readers_for,
    remedies_for,
    shortcuts_for,
    targets_of,
)
from logcov.config import Config
from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Header, Inventory, Ledger, Route, Scope, Unread, utc_now
from logcov.inventory.file import encoded, ordered
from logcov.inventory.journal import Journal
from logcov.providers.calls import Patience
from logcov.providers.rows import ReaderRow, ShortcutRow
from logcov.providers.turns import Turns

WORKERS: Mapping[str, int] = {"aws": 48, "gcp": 16, "okta": 4, "workspace": 8}
"""Calls in flight per provider. AWS limits per account, region and service; Google per consumer project."""

DEPTH = 6
"""Waves of destinations: a store behind a stream behind a router behind a sink is four."""

LOOK_UP = 0.1
"""Seconds between two looks at the keyboard while waiting for workers."""

SHARE = 4
"""One place may have one in so many workers while tasks of others wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a collection has come, for a display.

    Attributes:
        phase: in words.
        done, total: tasks.
        waiting: place → how many of its tasks are under way; the busiest places first.
    """

    phase: str
    done: int
    total: int
    waiting: Mapping[str, int] = field(default_factory=dict)


Report = Callable[[Progress], None]


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


class _Crew:
    """The workers of one collection, a pool per provider."""

    def __init__(
        self, ledger: Ledger, patience: Patience, report: Report, journal: Journal | None = None
    ) -> None:
        self._journal = journal
        self._ledger = ledger
        self._patience = patience
        self._report = report
        self._lock = threading.Lock()
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self.facts: list[Fact] = []

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
        known = self._journal.done(task.name, self._ledger) if self._journal else None
        if known is not None:
            found = list(known)
        else:
            with self._ledger.noting() as noted:
                try:
                    for fact in task.run():
                        found.append(fact)  # `extend` would lose what came before a failure
                except ReadFailure as failure:
                    self._ledger.blind(failure, task.place, task.location, hides=task.hides)
            if self._journal and task.name and not self._patience.stop.is_set():
                # What ended while the run was being stopped may have been cut short.
                self._journal.note(task.name, found, noted, self._ledger)
        with self._lock:
            self.facts.extend(found)
        return found

    def wave(self, phase: str, tasks: Sequence[_Task]) -> list[list[Fact]]:
        """Runs all tasks and gives what each found.

        Any exception but a failed read is a bug: the first one ends the run.
        """
        self._report(Progress(phase=phase, done=0, total=len(tasks)))
        answers: list[list[Fact]] = [[] for _ in tasks]
        queues: list[Turns] = []
        waiting: set[Future[None]] = set()
        for provider in dict.fromkeys(task.provider for task in tasks):
            numbers = [number for number, task in enumerate(tasks) if task.provider == provider]
            turns = Turns([tasks[number].place for number in numbers], WORKERS[provider] // SHARE)
            queues.append(turns)

            def work(turns: Turns = turns, numbers: Sequence[int] = numbers) -> None:
                # Whose turn it is, is known only when a worker is free.
                turn = turns.take()
                try:
                    answers[numbers[turn]] = self._work(tasks[numbers[turn]])
                finally:
                    turns.end(turn)

            waiting |= {self._pool(provider).submit(work) for _ in numbers}
        while waiting:
            finished, waiting = wait(waiting, timeout=LOOK_UP)
            for future in finished:
                future.result()
            busy = [pair for turns in queues for pair in turns.under_way().items()]
            self._report(
                Progress(
                    phase=phase,
                    done=len(tasks) - len(waiting),
                    total=len(tasks),
                    waiting=dict(sorted(busy, key=lambda pair: (-pair[1], pair[0]))),
                )
            )
        return answers

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

                    task = _Task(
                        provider=provider,
                        place=scope.id,
                        location=location,
                        hides=observer.listings,
                        run=run,
                        name=f"{target} {observer.name} {scope.id} {location or ''}",
                    )
                    keyed.append(((number, scope.id, location or "", observer.name), task))
    return [task for _, task in sorted(keyed, key=lambda pair: pair[0])]


def _shortcut_tasks(
    sessions: Sequence[tuple[str, Session]],
    targets: Sequence[object],
    found: Sequence[Sequence[Scope]],
    facts: Sequence[Fact],
    sources: frozenset[str],
) -> list[_Task]:
    """Inventory services that a target asks for. They know some of what could not be read; one that fails hides nothing.

    What they are asked depends on what could be read, so that no journal has it.
    """
    tasks: list[_Task] = []
    for (provider, session), target, scopes in zip(sessions, targets, found, strict=True):
        for row in shortcuts_for(provider, sources, target):

            def run(
                session: Session = session, row: ShortcutRow = row, scopes: Sequence[Scope] = scopes
            ) -> Iterator[Fact]:
                return row.ask(session, scopes, facts, sources)

            tasks.append(_Task(provider=provider, place=provider, location=None, hides=(), run=run))
    return tasks


def _reader(provider: str, destination: str) -> ReaderRow | None:
    """The provider's reader for a destination id; patterns end with their only `*`."""
    rows = [row for row in readers_for(provider) if destination.startswith(row.pattern.removesuffix("*"))]
    return max(rows, key=lambda row: len(row.pattern), default=None)


def _digest(routes: Sequence[Route]) -> str:
    return hashlib.sha256(b"".join(encoded(route) for route in routes)).hexdigest()[:16]


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

            tasks.append(
                _Task(
                    provider=provider,
                    place=destination,
                    location=None,
                    hides=row.listings,
                    run=run,
                    # Whether writers may write is told route by route.
                    name=f"{row.name} {destination} {_digest(routes)}",
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
) -> Inventory:
    """Reads everything that verdicts about these log sources need.

    With a `journal`, every task is written down as it ends, and those that an earlier run ended are taken from it.
    Scopes are found anew in every run. With a `sample`, only that part is read.

    Never raises for what could not be read: that becomes blind spots. On an interrupt (Ctrl-C) it stops at
    once and gives what it has, with a header that is not `complete`.
    """
    started = utc_now()
    ledger = Ledger()
    patience = patience or Patience()
    crew = _Crew(ledger, patience, report, journal)
    sessions = open_sessions(config, ledger, patience)
    complete = True
    try:
        _collect(crew, sessions, targets_of(config, sessions), sources, sample)
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
    found = list(crew.facts)
    return Inventory(header=header, facts=ordered([*ledger.readings(), *ledger.blind_spots(), *found]))


def _leave(crew: _Crew, sessions: Sequence[tuple[str, Session]]) -> None:
    """Closes the sessions once no worker needs them."""
    crew.dismiss()
    for _, session in sessions:
        session.close()


def _collect(
    crew: _Crew,
    sessions: Sequence[tuple[str, Session]],
    targets: Sequence[object],
    sources: frozenset[str],
    sample: Sample | None = None,
) -> None:
    answers = crew.wave("finding scopes", _scope_tasks(sessions))
    # Observers run with the session that found the scope.
    found = [[fact for fact in answer if isinstance(fact, Scope)] for answer in answers]
    facts = [fact for answer in answers for fact in answer]
    looked_at = [sample.of(scopes) for scopes in found] if sample else found
    for answer in crew.wave("reading what is logged", _observer_tasks(sessions, looked_at, sources, sample)):
        facts += answer
    tasks = _shortcut_tasks(sessions, targets, looked_at, tuple(facts), sources)
    if tasks:
        # What they name is no reason to read anything: it is not added to the facts that are followed.
        crew.wave("asking inventory services", tasks)
    done: dict[str, frozenset[str]] = {}
    for depth in range(DEPTH):
        tasks = _destination_tasks(sessions, facts, done)
        if not tasks:
            return
        phase = "reading destinations" if depth == 0 else "following records onward"
        for answer in crew.wave(phase, tasks):
            facts += answer
