"""What every client needs around a call: retries outside the SDK, a budget for them, and one answer for many askers."""

import random
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from logcov.errors import BlindKind, ReadFailure

T = TypeVar("T")

FIRST_WAIT = 0.4
LONGEST_WAIT = 60.0
LONGEST_ANSWER, LONGEST_SILENCE = 60.0, 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a client's `classify` makes of an exception.

    Attributes:
        kind: why the read failed.
        code: the provider's own error code.
        detail: the provider's words, without anything secret.
        permission: what would mend it, or empty.
        retry: the same call may well succeed a moment later.
        wait: the seconds that the provider asks for, if it does.
    """

    kind: BlindKind
    code: str = ""
    detail: str = ""
    permission: str = ""
    retry: bool = False
    wait: float | None = None


@dataclass(slots=True)
class Patience:
    """How much waiting one target may cost in all: shared by its threads.

    Attributes:
        attempts: tries of one call, the first included.
        budget: seconds of waiting that all calls together may spend; when it is gone, nothing is tried again.
        stop: set when the run is being interrupted; ends every wait at once.
        longest_wait: the longest single wait in seconds, whatever the provider asks for.
        longest_answer: how many seconds one answer may take.
        longest_silence: after so many seconds without any answer, a place counts as silent and is let alone.
    """

    attempts: int = 5
    budget: float = 600.0
    longest_wait: float = LONGEST_WAIT
    longest_answer: float = LONGEST_ANSWER
    longest_silence: float = LONGEST_SILENCE
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, seconds: float) -> bool:
        """Waits, and says whether to go on: False once the budget is spent or the run is being stopped."""
        with self._lock:
            if self.budget < seconds:
                return False
            self.budget -= seconds
        return not self.stop.wait(seconds)

    def pause(self, seconds: float) -> None:
        """Waits before a call that comes too early; no longer than one wait may be, and not once the budget is spent."""
        pause = min(seconds, self.longest_wait)
        if self.budget >= pause:
            self.stop.wait(pause)


def attempt(
    operation: Callable[[], T],
    *,
    call: str,
    classify: Callable[[Exception], Refusal | None],
    patience: Patience,
    draw: Callable[[], float] = random.random,
) -> T:
    """Runs one API call, again where that makes sense, with full jitter.

    `classify` is pure: exception in, `Refusal` out, or None for an exception that is not the provider's
    doing: that one is a bug and goes on up.

    Raises:
        ReadFailure: when the call failed for good.
    """
    tries = 0
    while True:
        tries += 1
        try:
            return operation()
        except Exception as error:
            refusal = classify(error)
            if refusal is None:
                raise
            failure = ReadFailure(
                call=call,
                kind=refusal.kind,
                permission=refusal.permission,
                code=refusal.code,
                detail=refusal.detail,
            )
            if not refusal.retry or tries >= patience.attempts:
                raise failure from error
            ceiling = min(patience.longest_wait, FIRST_WAIT * 2.0 ** (tries - 1))
            seconds = (
                min(patience.longest_wait, refusal.wait) if refusal.wait is not None else ceiling * draw()
            )
            if not patience.wait(seconds):
                raise failure from error


class Once:
    """Answers by key: each is asked for once, and everybody who needs it gets the same, failures included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doors: dict[Hashable, threading.Lock] = {}
        self._answers: dict[Hashable, Any] = {}
        self._failures: dict[Hashable, ReadFailure] = {}

    def get(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer to `key`, from `ask` the first time.

        Raises:
            ReadFailure: the one that the first asking ended with.
        """
        with self._lock:
            door = self._doors.setdefault(key, threading.Lock())
        with door:
            if key in self._failures:
                # Each raise would add its frames to those of all before, and keep what they hold alive.
                raise self._failures[key].with_traceback(None)
            if key not in self._answers:
                try:
                    self._answers[key] = ask()
                except ReadFailure as failure:
                    self._failures[key] = failure
                    raise
            answer: T = self._answers[key]
            return answer
