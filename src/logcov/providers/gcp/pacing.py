"""How fast one of Google's APIs is asked: it limits the reads per minute of the project that pays for them.

The quota project (`quota_project`, or else the one that the credentials belong to) has a quota of its own for each
API, and others spend from the same. So calls begin at full speed; where an API says that it is too much, the next ones
to it wait as long as it asks for, and are spread out until it is content again (additive increase, multiplicative
decrease). Other APIs go on unhindered.
Sources: https://cloud.google.com/docs/quotas/overview and https://cloud.google.com/asset-inventory/docs/quota.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

FIRST_GAP, LONGEST_GAP, SHORTEST_GAP = 0.05, 2.0, 0.01
"""Seconds between the starts of two calls: after the first refusal, at most, and below which there is none."""
LONGEST_WAIT = 60.0
"""Seconds that an API may make all calls to it wait at once."""
RELIEF = 0.9
"""By what a gap shrinks with each call that is answered."""


@dataclass(slots=True)
class Lane:
    """The calls of one API. `gap` is in seconds; `free_at` on the clock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    gap: float = 0.0
    free_at: float = 0.0

    def answered(self) -> None:
        """The API took the call."""
        if self.gap:
            with self.lock:
                self.gap = self.gap * RELIEF if self.gap * RELIEF >= SHORTEST_GAP else 0.0

    def refused(self, now: float, wait: float | None) -> None:
        """The API said that it was too much, and asked for a wait in seconds, if it did.

        Calls that were in flight together are refused together; only the first of them widens the gap.
        """
        with self.lock:
            if self.free_at <= now + self.gap:
                self.gap = min(LONGEST_GAP, max(FIRST_GAP, self.gap * 2))
            self.free_at = max(self.free_at, now + min(LONGEST_WAIT, wait or self.gap))

    def wait(self, now: float) -> float:
        """The seconds until the next call may start; its place is taken."""
        if not self.gap and self.free_at <= now:
            return 0.0
        with self.lock:
            start = max(now, self.free_at)
            self.free_at = start + self.gap
            return start - now


class Pace:
    """The lanes of one target. Safe to share among threads."""

    def __init__(self, sleep: Callable[[float], object], clock: Callable[[], float] = time.monotonic) -> None:
        """`sleep` is asked to wait, and may return early when the run is being stopped."""
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._lanes: dict[str, Lane] = {}

    def turn(self, api: str) -> Lane:
        """Waits until the API may be asked."""
        with self._lock:
            lane = self._lanes.setdefault(api, Lane())
        seconds = lane.wait(self._clock())
        if seconds > 0:
            self._sleep(seconds)
        return lane

    def refused(self, api: str, wait: float | None) -> None:
        """Notes that the API said that it was too much."""
        with self._lock:
            lane = self._lanes.setdefault(api, Lane())
        lane.refused(self._clock(), wait)
