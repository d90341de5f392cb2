"""A second look: what rests on an inventory service's older answers is read directly where somebody wants it.

Collecting does not judge. So whoever started it says at which places, as often as an answer said otherwise.
"""

from collections.abc import Callable, Iterator, Sequence

from logcov.catalogue import Session, again, directly
from logcov.collect.crew import Crew, Task
from logcov.inventory import Fact, Inventory, Scope

SecondLook = Callable[[Inventory], frozenset[str]]
"""Gives the ids of scopes and destinations where direct answers are wanted in the stead of an inventory service's."""


def look_again(
    crew: Crew,
    sessions: Sequence[tuple[str, Session]],
    answers: Sequence[list[Fact]],
    wanted: Callable[[], frozenset[str]],
    follow: Callable[[], object],
) -> None:
    """Reads directly at the places that are wanted, until no answer says otherwise than the one whose place it takes.

    `answers`: what was found of the scopes of each session; those that are read again take their place in it.
    `follow`: reads everything from there on; what is not to be read again is only recalled.
    """
    places: frozenset[str] = frozenset()
    while more := wanted() - places:
        places |= more
        before = crew.results.differing
        crew.results.begin_again(places)
        changed = _scopes_again(crew, sessions, answers, more)
        crew.results.begin_again(places, changed)
        follow()
        crew.results.end_again()
        if crew.results.differing == before:
            return


def _scopes_again(
    crew: Crew,
    sessions: Sequence[tuple[str, Session]],
    answers: Sequence[list[Fact]],
    places: frozenset[str],
) -> set[str]:
    """Puts the scopes at these places, as direct answers tell of them, into `answers`; gives those that have changed."""
    told: list[tuple[list[Fact], Scope, Task]] = []
    for number, ((provider, session), facts) in enumerate(zip(sessions, answers, strict=True)):
        for scope in facts:
            if isinstance(scope, Scope) and scope.id in places and crew.results.old([scope]):

                def run(session: Session = session, scope: Scope = scope) -> Iterator[Fact]:
                    yield again(directly(session), scope)

                task = Task(
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
