"""How fast one account, region and service is asked: AWS limits calls for each of them by itself.

Nobody knows the limits of all services, and others use up the same ones. So calls begin at full speed, and where AWS
says that it is too much, the next ones to that place are spread out until it is content again (additive increase,
multiplicative decrease). Other places go on unhindered.

Source: EC2 developer guide, "Request throttling"; CloudTrail user guide, "Quotas"; SDK reference, "Retry behavior".
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

AT_ONCE = 8
"""Calls in flight for one account, region and service."""
FIRST_GAP, LONGEST_GAP, SHORTEST_GAP = 0.1, 3.0, 0.02
"""Seconds between the starts of two calls: after the first refusal, at most, and below which there is none."""
RELIEF = 0.8
"""By what a gap shrinks with each call that is answered."""

Key = tuple[str, str, str]
"""Account, region, service."""


@dataclass(slots=True)
class Lane:
    """The calls of one account, region and service. `gap` is in seconds; `free_at` on the clock."""

    slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))
    lock: threading.Lock = field(default_factory=threading.Lock)
    gap: float = 0.0
    free_at: float = 0.0

    def answered(self) -> None:
        """AWS took the call."""
        with self.lock:
            self.gap = self.gap * RELIEF if self.gap * RELIEF >= SHORTEST_GAP else 0.0

    def refused(self) -> None:
        """AWS said that it was too much."""
        with self.lock:
            self.gap = min(LONGEST_GAP, max(FIRST_GAP, self.gap * 2))

    def wait(self, now: float) -> float:
        """The seconds until the next call may start; its place is taken."""
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
        self._lanes: dict[Key, Lane] = {}

    def lane(self, key: Key) -> Lane:
        """The lane of an account, region and service."""
        with self._lock:
            return self._lanes.setdefault(key, Lane())

    @contextmanager
    def turn(self, key: Key) -> Iterator[Lane]:
        """Waits for a turn, and holds it while the call is made."""
        lane = self.lane(key)
        with lane.slots:
            seconds = lane.wait(self._clock())
            if seconds > 0:
                self._sleep(seconds)
            yield lane
