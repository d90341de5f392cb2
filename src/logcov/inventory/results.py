"""What each task of a collection found, so that some can be done again with direct answers only.

Answers of an inventory service may be old. Whoever collects does not judge, so it is told at which places to look again;
there, whatever rests on such answers is read anew, and takes the place of what was found before. Everything else
stays as it is, and costs no call.
"""

import threading
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from logcov.inventory.file import encoded
from logcov.inventory.ledger import Ledger, Noted
from logcov.inventory.records import Fact, Scope


@dataclass(frozen=True, slots=True)
class Found:
    """What a task found at a place, and the blind spots that it noted."""

    place: str
    facts: list[Fact]
    blind_spots: frozenset[str]


def readings_of(fact: Fact) -> tuple[str, ...]:
    """The ids of the readings that a fact names."""
    named: tuple[str, ...] = getattr(fact, "readings", ())
    return named


def _told(facts: Collection[Fact]) -> dict[bytes, Fact]:
    """What the facts say, whoever told it."""
    said: dict[bytes, Fact] = {}
    for fact in facts:
        if not hasattr(fact, "readings"):
            continue
        bare = replace(fact, readings=())  # type: ignore[arg-type]  # each of those has them
        said[encoded(replace(bare, obtained_by="") if isinstance(bare, Scope) else bare)] = fact
    return said


class Results:
    """The results of one collection, by task. Safe to share among threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._unnamed: list[Fact] = []
        self._found: dict[str, Found] = {}
        self._again: frozenset[str] = frozenset()
        self._renewed: dict[str, Found] = {}
        self._wanted: set[str] = set()
        self.differing = 0
        """How many direct answers said otherwise than the older ones whose place they took."""

    def facts(self) -> list[Fact]:
        """All facts of now."""
        with self._lock:
            return [*self._unnamed, *(fact for found in self._found.values() for fact in found.facts)]

    def note(self, task: str, place: str, facts: list[Fact], noted: Noted | None) -> None:
        """What a task found; a `task` without a name is never recalled."""
        spots = frozenset(noted.blind_spots) if noted is not None else frozenset()
        with self._lock:
            if not task:
                self._unnamed += facts
                return
            self._found[task] = Found(place, facts, spots)
            before = self._renewed.pop(task, None)
        if before is not None:
            self.compare(before.facts, facts)

    def recall(self, task: str) -> list[Fact] | None:
        """What the task found before; None if it has to run, for the first time or again."""
        with self._lock:
            self._wanted.add(task)
            known = self._found.get(task)
            return known.facts if known is not None and task not in self._renewed else None

    def directly(self, place: str) -> bool:
        """Whether what has to run at the place takes direct answers only."""
        return place in self._again

    def old(self, facts: Collection[Fact]) -> bool:
        """Whether any of the facts rests on an answer of an inventory service."""
        indirect = self._ledger.indirect()
        return any(not indirect.isdisjoint(readings_of(fact)) for fact in facts)

    # --- once more ------------------------------------------------------------------------------------------

    def begin_again(self, places: frozenset[str], changed: Collection[str] = ()) -> None:
        """From now on, tasks at these places run again if what they found rests on older answers.

        `changed`: places about which direct answers say otherwise: there, everything runs again.
        """
        indirect = self._ledger.indirect()
        with self._lock:
            self._again = places
            self._wanted = set()
            self._renewed = {
                task: found
                for task, found in self._found.items()
                if found.place in changed
                or (
                    found.place in places
                    and any(not indirect.isdisjoint(readings_of(fact)) for fact in found.facts)
                )
            }
            kept = Counter(spot for found in self._found.values() for spot in found.blind_spots)
            kept.subtract(Counter(spot for found in self._renewed.values() for spot in found.blind_spots))
            mended = {
                spot for found in self._renewed.values() for spot in found.blind_spots if not kept[spot]
            }
        # What still cannot be read is noted again.
        self._ledger.forget(mended)

    def end_again(self) -> None:
        """Lets go of what no task asked for any more: readers of destinations to which nothing leads now."""
        with self._lock:
            self._found = {task: found for task, found in self._found.items() if task in self._wanted}

    def replace(self, before: Fact, now: Fact) -> bool:
        """Puts a fact that was read directly in the place of another one; whether it says otherwise."""
        with self._lock:
            self._unnamed = [now if fact is before else fact for fact in self._unnamed]
        return self.compare([before], [now])

    def compare(self, before: Sequence[Fact], now: Sequence[Fact]) -> bool:
        """Whether direct answers say otherwise; their readings then tell what they correct."""
        old, new = _told(before), _told(now)
        if old.keys() == new.keys():
            return False
        indirect = self._ledger.indirect()
        corrected = sorted({one for fact in before for one in readings_of(fact)} & indirect)
        known = {one for fact in before for one in readings_of(fact)} | indirect
        # Of what differs; where something is only gone, of the listing that lacks it.
        telling = [fact for key, fact in new.items() if key not in old] or list(new.values())
        fresh = sorted({one for fact in telling for one in readings_of(fact)} - known)
        for reading in fresh:
            self._ledger.corrected(reading, corrected[0] if corrected else "")
        if fresh:
            with self._lock:
                self.differing += 1
        return True
