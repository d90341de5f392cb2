"""What is asked, and in what order: the tasks of each wave of a collection."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from logcov.catalogue import Session, directly, observers_for, readers_for, shortcuts_for
from logcov.collect.crew import Task
from logcov.inventory import Destination, Fact, Route, Scope, Unread
from logcov.inventory.file import encoded
from logcov.providers.rows import ReaderRow, ShortcutRow


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


def scope_tasks(sessions: Sequence[tuple[str, Session]]) -> list[Task]:
    """One task for each session: which scopes there are."""
    return [
        Task(provider=provider, place=provider, location=None, hides=(), run=session.scopes)
        for provider, session in sessions
    ]


def observer_tasks(
    sessions: Sequence[tuple[str, Session]],
    found: Sequence[Sequence[Scope]],
    sources: frozenset[str],
    sample: Sample | None = None,
) -> list[Task]:
    """Breadth first: one observer at every place before the next at any, so that no place's own limit is hit.

    Regions of one account stand side by side: calls in flight then spread over many endpoints, whose few
    connections serve all accounts.
    """
    keyed: list[tuple[tuple[int, str, str, str], Task]] = []
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

                    task = Task(
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


def shortcut_tasks(
    sessions: Sequence[tuple[str, Session]],
    targets: Sequence[object],
    found: Sequence[Sequence[Scope]],
    facts: Sequence[Fact],
    sources: frozenset[str],
) -> list[Task]:
    """Inventory services that a target asks for. They know some of what could not be read; one that fails hides nothing.

    What they are asked depends on what could be read, so that no journal has it.
    """
    tasks: list[Task] = []
    for (provider, session), target, scopes in zip(sessions, targets, found, strict=True):
        for row in shortcuts_for(provider, sources, target):

            def run(
                session: Session = session, row: ShortcutRow = row, scopes: Sequence[Scope] = scopes
            ) -> Iterator[Fact]:
                return row.ask(session, scopes, facts, sources)

            tasks.append(Task(provider=provider, place=provider, location=None, hides=(), run=run))
    return tasks


def reader_of(provider: str, destination: str) -> ReaderRow | None:
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


def destination_tasks(
    sessions: Sequence[tuple[str, Session]], facts: Sequence[Fact], done: dict[str, frozenset[str]]
) -> list[Task]:
    """Readers of the destinations that routes lead to, again for those that a new route leads to.

    Whether a writer may write is told with the destination, route by route. `done`: destination → the routes that
    were known when it was read last.
    """
    leading: dict[str, dict[str, Route]] = {}
    for fact in facts:
        if isinstance(fact, Route) and isinstance(fact.to, str):
            leading.setdefault(fact.to, {})[fact.id] = fact
    tasks: list[Task] = []
    for destination in sorted(leading):
        if done.get(destination, frozenset()) >= leading[destination].keys():
            continue
        done[destination] = frozenset(leading[destination])
        routes = [leading[destination][route] for route in sorted(leading[destination])]
        for provider in dict.fromkeys(provider for provider, _ in sessions):
            row = reader_of(provider, destination)
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
                Task(
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
