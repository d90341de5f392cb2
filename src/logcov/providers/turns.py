"""Whose turn it is: the tasks of a wave in their order, but no place has most of the workers while others wait.

A place that answers slowly would else collect all workers, one by one, and everybody would wait for it.
"""

import heapq
import threading
from collections import deque
from collections.abc import Sequence


class Turns:
    """Hands out the numbers of tasks. Safe to share among workers.

    A task whose place has fewer than `share` tasks under way goes first, in the order of the tasks. Where all that wait
    are of busier places, the least busy one goes on: no worker is idle while something waits.
    """

    def __init__(self, places: Sequence[str], share: int) -> None:
        """`places`: that of each task, by its number."""
        self._places = places
        self._share = max(1, share)
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[int]] = {}
        self._under_way: dict[str, int] = {}
        for number, place in enumerate(places):
            self._waiting.setdefault(place, deque()).append(number)
        self._free = [numbers[0] for numbers in self._waiting.values()]
        """The first waiting task of each place that may begin one; the others are in `_busy`."""
        heapq.heapify(self._free)
        self._busy: set[str] = set()

    def take(self) -> int:
        """The next task to begin. To be called once for each task, at most."""
        with self._lock:
            if self._free:
                place = self._places[heapq.heappop(self._free)]
            else:
                place = min(self._busy, key=lambda one: (self._under_way[one], self._waiting[one][0]))
                self._busy.remove(place)
            number = self._waiting[place].popleft()
            self._under_way[place] = self._under_way.get(place, 0) + 1
            self._queue(place)
            return number

    def end(self, number: int) -> None:
        """A task has ended."""
        place = self._places[number]
        with self._lock:
            self._under_way[place] -= 1
            if place in self._busy and self._under_way[place] < self._share:
                self._busy.remove(place)
                self._queue(place)

    def under_way(self) -> dict[str, int]:
        """Place → how many of its tasks have begun and not ended."""
        with self._lock:
            return {place: tasks for place, tasks in self._under_way.items() if tasks}

    def _queue(self, place: str) -> None:
        if not self._waiting[place]:
            return
        if self._under_way[place] < self._share:
            heapq.heappush(self._free, self._waiting[place][0])
        else:
            self._busy.add(place)
