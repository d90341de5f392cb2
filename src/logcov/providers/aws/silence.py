"""Places that give no answer: asked again now and then only, so that they take no time from all others.

A call that nobody answers takes a minute, and there are thousands of calls. So what gave no answer at all to calls of two
minutes is let alone: one service of an account and region by itself; a region of an account, or an account, once two
services of it are silent. Calls to it fail at once, as timeouts that say why. Every two minutes one call is let through,
and any answer, a refusal too, ends the silence. Other accounts, and other regions, are asked as before.

Only a call that got no answer makes silent: time in which nothing was asked does not count.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from logcov.errors import ReadFailure
from logcov.providers.aws.pacing import Key

SILENT = "silent"
"""The code of calls that were not made."""
SERVICES = 2
"""So many services must be silent before an account or a region is: one alone may be shut out by a firewall."""


@dataclass(slots=True)
class _Hush:
    """What is known of one place.

    `since`: when the oldest call began that was not answered, nor any after it. `services`: those of its services that
    are silent. `asked`: when it was found to be silent, or asked again after that; None: it is not silent.
    """

    since: float | None = None
    heard: float = float("-inf")
    services: set[str] = field(default_factory=set)
    asked: float | None = None


class Silence:
    """The silent places of one target. Safe to share among threads; times are on one clock, in seconds."""

    def __init__(self, limit: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._places: dict[tuple[str, ...], _Hush] = {}

    def ask(self, key: Key, call: str) -> None:
        """Says whether a call may be made.

        Raises:
            ReadFailure: its place is silent, and it is not yet time to ask again.
        """
        now = self._clock()
        silent: list[_Hush] = []
        with self._lock:
            for place in _within(key):
                known = self._places.get(place)
                if known is None or known.asked is None:
                    continue
                if now - known.asked < self._limit:
                    why = f"not asked: {_named(place)} gave no answer for {self._limit:g} seconds"
                    raise ReadFailure(call=call, kind="timeout", code=SILENT, detail=why)
                silent.append(known)
            for known in silent:
                known.asked = now

    def answered(self, key: Key) -> None:
        """An answer came, or a refusal."""
        now = self._clock()
        with self._lock:
            for place in _within(key):
                known = self._places.setdefault(place, _Hush())
                known.since, known.heard, known.asked = None, now, None
                known.services.clear()

    def unanswered(self, key: Key, began: float) -> None:
        """No answer came to a call that began at this time."""
        now = self._clock()
        with self._lock:
            known = [self._places.setdefault(place, _Hush()) for place in _within(key)]
            since = [max(began, one.heard) if one.since is None else one.since for one in known]
            for one, start, least in zip(known, since, (SERVICES, SERVICES, 1), strict=True):
                one.since = start
                if now - since[-1] >= self._limit:
                    one.services.add(key[2])
                if one.asked is None and len(one.services) >= least and now - start >= self._limit:
                    # Silent from now on: nobody asks again at once.
                    one.asked = now


def _within(key: Key) -> Iterator[tuple[str, ...]]:
    yield key[:1]
    yield key[:2]
    yield key


def _named(place: tuple[str, ...]) -> str:
    account, region, service = (*place, "", "")[:3]
    whose = f"account {account}" if account else "the caller's account"
    return " ".join(
        part for part in (service, f"in {whose}" if service else whose, region and f"in {region}") if part
    )
