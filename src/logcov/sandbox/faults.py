"""Faults: what goes wrong with which calls, from the world file or set at run time.

A fault says which calls it hits (patterns in which `*` matches any run of characters) and what happens to
them. Which bytes a denial or a throttled call is answered with is the provider's own matter: see
`google_errors`, `okta_errors` and the AWS half.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from logcov.errors import SandboxError
from logcov.sandbox.exchange import Call

FaultKind = Literal[
    "denied",
    "scp_denied",
    "api_disabled",
    "region_disabled",
    "throttled",
    "error_500",
    "timeout",
    "cut_off",
    "invalid_json",
    "empty_page",
    "slow",
    "expired_token",
]
"""What can go wrong.

`denied`: refused, with the permission named. `scp_denied`: AWS, by a service control policy. `api_disabled`:
Google, SERVICE_DISABLED; Okta, the feature is not part of the subscription. `region_disabled`: AWS.
`throttled`: too many requests, with `retry_after` seconds in the headers or without any.
`error_500`: the provider's own fault. `timeout`: no answer for `seconds` (an hour, if not said), then the
connection closes. `cut_off`: half of the answer's body, then the connection closes. `invalid_json`: a whole answer
that does not parse. `empty_page`: a first page without items that names a next one, which holds what the first
should have. `slow`: the right answer after `seconds`. `expired_token`: the credentials are no longer good.
"""

KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        fault: what.
        provider, operation, place, location, method, path: patterns of the calls that it hits; see `Call`.
        times: only the first so many matching calls; None: all of them.
        after: matching calls that go well first: with 3, the fourth is the first to fail.
        seconds: how long `slow` and `timeout` take.
        retry_after: seconds that a throttled caller is told to wait; None: no header tells.
        permission: named by `denied` in the place of the operation's own.
    """

    fault: FaultKind
    provider: str = "*"
    operation: str = "*"
    place: str = "*"
    location: str = "*"
    method: str = "*"
    path: str = "*"
    times: int | None = None
    after: int = 0
    seconds: float | None = None
    retry_after: int | None = None
    permission: str | None = None

    def hits(self, call: Call) -> bool:
        """Whether all patterns fit this call. An empty page can only stand in for a first one."""
        if self.fault == "empty_page" and call.page:
            return False
        return all(
            fnmatchcase(value, pattern)
            for value, pattern in (
                (call.provider, self.provider),
                (call.operation, self.operation),
                (call.place, self.place),
                (call.location, self.location),
                (call.method, self.method),
                (call.path, self.path),
            )
        )


_NUMBERS = frozenset({"times", "after", "seconds", "retry_after"})


def wrong_with(value: Any) -> str:
    """What is wrong with a fault as the world file and the control endpoint spell it; empty if nothing is."""
    known = [each.name for each in fields(Fault)]
    if not isinstance(value, Mapping):
        return f"a fault is a mapping, not {type(value).__name__}"
    for key, given in value.items():
        if key not in known:
            return f"unknown key {key!r}; known keys: {', '.join(known)}"
        if key in _NUMBERS:
            whole = key != "seconds"
            number = isinstance(given, int if whole else int | float) and not isinstance(given, bool)
            if not number or given < 0:
                return f"{key} must be a {'whole ' if whole else ''}number, 0 or more, not {given!r}"
        elif not isinstance(given, str):
            return f"{key} must be a text, not {given!r}"
    if value.get("fault") not in KINDS:
        return f"{value.get('fault')!r} is no fault that can be injected; known faults: {', '.join(KINDS)}"
    return ""


def faults_of(values: Any) -> tuple[Fault, ...]:
    """Reads a list of faults.

    Raises:
        SandboxError: it is no list, or one of them is wrong; says which, and what.
    """
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        raise SandboxError(f"faults are a list, not {type(values).__name__}")
    for index, value in enumerate(values):
        if message := wrong_with(value):
            raise SandboxError(f"faults.{index}: {message}")
    return tuple(Fault(**value) for value in values)


class Faults:
    """The faults in force, how often each was met, and the latency of every answer. Safe between threads."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._first = tuple(faults)
        self._faults = self._first
        self._met = [0] * len(self._faults)
        self._latency = 0.0
        self.stopping = threading.Event()
        """Set when the servers stop: ends every `timeout`, `slow` and latency at once."""

    def replace(self, faults: Sequence[Fault]) -> None:
        """From now on, these and no others."""
        with self._lock:
            self._faults = tuple(faults)
            self._met = [0] * len(self._faults)

    def reset(self) -> None:
        """Back to the world's own faults, none of them met yet, and no latency."""
        with self._lock:
            self._faults = self._first
            self._met = [0] * len(self._faults)
            self._latency = 0.0

    def current(self) -> tuple[Fault, ...]:
        """The faults in force."""
        with self._lock:
            return self._faults

    def add_latency(self, seconds: float) -> None:
        """From now on, every answer takes this much longer."""
        with self._lock:
            self._latency = seconds

    def pause(self) -> None:
        """Waits for as long as answers take; ends early when the servers stop."""
        with self._lock:
            seconds = self._latency
        if seconds:
            self.stopping.wait(seconds)

    def meet(self, call: Call) -> Fault | None:
        """The fault that this call meets, or None. Counts: `times` and `after` are about calls that asked here."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if not fault.hits(call):
                    continue
                self._met[index] += 1
                nth = self._met[index]
                if nth > fault.after and (fault.times is None or nth <= fault.after + fault.times):
                    return fault
        return None
