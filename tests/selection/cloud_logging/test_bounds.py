"""No filter takes long: what it costs is counted in calls of functions and returns, which are the same on any machine.

A second is worth some eight million of them, and as many megabytes as are allowed here are a small part of any machine.
"""

import random
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from logcov.inventory.records import Exclusion, Filter
from logcov.selection.cloud_logging import lints
from logcov.selection.explain import FilterResult, filter_results
from selection_rows import AUDIT, FLOWS

MOST_CALLS = 8_000_000
MOST_BYTES = 100_000_000
FIELDS = (
    "protoPayload.serviceName",
    "protoPayload.methodName",
    "resource.type",
    "labels.k",
    "jsonPayload.a",
    "trace",
)


class TooManyCallsError(BaseException):
    """The work has no end, or none that anyone waits for."""


@contextmanager
def bounded() -> Iterator[Callable[[], int]]:
    """Ends the work once it made too many calls; tells how many there were."""
    calls = count()
    made = 0

    def note(frame: Any, event: str, argument: Any) -> None:
        nonlocal made
        made = next(calls)
        if made > MOST_CALLS:
            raise TooManyCallsError

    sys.setprofile(note)
    try:
        yield lambda: made
    finally:
        sys.setprofile(None)


def judged(text: str, *excluded: str, source: Any = AUDIT) -> FilterResult:
    taken = tuple(Exclusion(name=f"e{at}", text=one) for at, one in enumerate(excluded))
    sink = Filter(id="f", dialect="gcp.logging", text=text, exclusions=taken)
    (found,) = filter_results(sink, (source,), scope="projects/acme")
    return found


def formula(dice: random.Random, size: int) -> str:
    if size <= 1:
        value = f"{dice.choice('abcd')}{dice.choice('abcd')}{dice.randint(0, 99)}"
        return (
            f'{dice.choice(("", "NOT "))}{dice.choice(FIELDS)}{dice.choice(("=", "!=", ":", "=~"))}"{value}"'
        )
    parts = dice.randint(2, 4)
    return "(" + dice.choice((" AND ", " OR ")).join(formula(dice, size // parts) for _ in range(parts)) + ")"


def holes(pigeons: int) -> str:
    """Pigeons that do not fit into their holes: nothing satisfies it, and no short proof says so."""
    each = [" OR ".join(f"labels.p{at}=h{hole}" for hole in range(pigeons - 1)) for at in range(pigeons)]
    never = [
        f"(NOT labels.p{at}=h{hole} OR NOT labels.p{other}=h{hole})"
        for hole in range(pigeons - 1)
        for at in range(pigeons)
        for other in range(at)
    ]
    return " AND ".join([*each, *never])


def clauses(dice: random.Random, fields: int, number: int) -> str:
    """As many clauses of three as make it hardest to tell."""
    return " AND ".join(
        " OR ".join(f"{dice.choice(('', '-'))}labels.p{dice.randrange(fields)}=v" for _ in range(3))
        for _ in range(number)
    )


def words(dice: random.Random, number: int) -> str:
    """Texts of two letters that overlap in every way."""
    parts = [f'{dice.choice(("", "NOT "))}trace:"{"".join(dice.choices("ab", k=6))}"' for _ in range(number)]
    return " AND ".join(parts)


DICE = random.Random(1)
HARD = {
    "a formula": formula(DICE, 500),
    "pigeons": holes(9),
    "clauses": clauses(DICE, 90, 385),
    "words": words(DICE, 600),
    "values that are excluded": " AND ".join(f'jsonPayload.a!="v{at}"' for at in range(800)),
    "patterns": " OR ".join(f'protoPayload.methodName=~"a{at}.*b[a-z]+"' for at in range(400)),
    "a pattern that backtracks": f'trace=~"({"(a+)+" * 10}|a?{"a?" * 200})+$"',
    "a pattern as long as can be": 'trace=~"' + "a.*" * 6_600 + '"',
    "a pattern of sets": 'trace=~"' + "[a-z]" * 3_990 + '"',
    "a pattern of groups": 'trace=~"' + "(" * 9_900 + "a" + ")" * 9_900 + '"',
    "a pattern of alternatives": 'trace=~"' + "(a|b)" * 3_990 + '"',
    "braces": 'trace=~"' + "a{" * 9_900 + '"',
    "repetitions": 'trace=~"' + "(a{60})" * 200 + '"',
    "brackets": "(" * 9_990 + "trace=a" + ")" * 9_990,
    "brackets that never end": "(" * 20_000,
    "nots": "NOT " * 4_990 + "trace=a",
    "minus signs": "-" * 19_980 + "trace=a",
    "depth": "(trace=a OR NOT " * 99 + "trace=b" + ")" * 99,
    "NULs": "trace=" + "\x00" * 19_000,
    "NULs in a string": 'trace="' + "\x00" * 19_000 + '"',
    "signs of every kind": 'trace="' + "".join(map(chr, range(0xA0, 0x4CC0))) + '"',
    "marks upon marks": 'trace:"' + "e" + "\u0301" * 19_000 + '"',
    "halves of signs": 'trace="' + "\ud800" * 19_000 + '"',
    "a text that grows when it is folded": 'trace:"' + "\ufdfa" * 19_000 + '"',
    "numbers": "httpRequest.status=" + "9" * 19_000,
    "more than is allowed": "trace=a " * 4_000,
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD.keys())
@pytest.mark.parametrize("source", [AUDIT, FLOWS], ids=["audit", "flows"])
def test_a_filter_is_decided_or_left_open_with_a_reason_in_bounded_work(text: str, source: Any) -> None:
    with bounded() as calls:
        found = judged(text, source=source)
        lints(text)
    assert calls() < MOST_CALLS
    assert found.because
    assert found.verdict in {"ALL", "SOME", "NONE", "UNKNOWN"}


def test_fifty_exclusions_are_decided_in_bounded_work() -> None:
    dice = random.Random(2)
    taken = [f'protoPayload.methodName="m{at}" AND ({formula(dice, 10)})' for at in range(49)]
    with bounded():
        found = judged(formula(dice, 400)[:20_000], *taken, "")
        plain = judged("", *(f'protoPayload.methodName="m{at}"' for at in range(50)))
    assert found.verdict in {"NONE", "UNKNOWN"}
    assert plain.verdict == "SOME"
    assert len(plain.decides) == 1


def test_fifty_exclusions_as_long_as_can_be_are_decided_in_bounded_work() -> None:
    dice = random.Random(3)
    longest = [" OR ".join(f'trace="{at}-{dice.random()}"' for _ in range(600)) for at in range(50)]
    with bounded():
        found = judged("", *longest)
    assert found.verdict in {"SOME", "UNKNOWN"}


def test_what_cannot_be_told_in_time_is_unknown_and_says_so() -> None:
    found = judged(HARD["pigeons"])
    assert found.verdict == "UNKNOWN"
    assert "steps" in found.because


@pytest.mark.parametrize(
    "name",
    ["a formula", "brackets that never end", "a pattern of alternatives", "marks upon marks", "patterns"],
)
def test_no_filter_exhausts_memory(name: str) -> None:
    tracemalloc.start()
    try:
        judged(HARD[name] + " ")
        lints(HARD[name] + " ")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_BYTES
