"""Waves of work: failures that become blind spots, and bugs that do not."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from logcov.collect import Progress
from logcov.collect.crew import Crew, Task
from logcov.errors import ReadFailure
from logcov.inventory import (
    Emitter,
    Ledger,
    Listing,
)
from logcov.providers.calls import Patience

EMITTER = Emitter(source="x", scope="okta:orgs/a")


class Work:
    """A crew of its own, and what it was told."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.patience = Patience()
        self.told: list[Progress] = []
        self.crew = Crew(self.ledger, self.patience, self.told.append)


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work()
    yield made
    made.crew.dismiss()


def task(run: Callable[[], Iterator[Any]], provider: str = "okta", **changes: Any) -> Task:
    facts = {"provider": provider, "place": "okta:orgs/a", "location": None, "hides": ("okta.log_stream",)}
    return Task(**{**facts, "run": run, **changes})


def test_a_wave_gives_what_each_task_found_in_the_order_of_the_tasks(work: Work) -> None:
    emitters = [Emitter(source=str(number), scope="s") for number in range(50)]
    tasks = [task(lambda emitter=emitter: iter([emitter])) for emitter in emitters]

    assert work.crew.wave("reading", tasks) == [[emitter] for emitter in emitters]
    assert sorted(work.crew.facts, key=repr) == sorted(emitters, key=repr)


def test_progress_goes_from_none_to_all(work: Work) -> None:
    work.crew.wave("reading", [task(lambda: iter([])) for _ in range(3)])

    assert (work.told[0].done, work.told[-1].done) == (0, 3)
    assert {(one.phase, one.total) for one in work.told} == {("reading", 3)}


def test_nothing_to_do_is_done_at_once(work: Work) -> None:
    assert work.crew.wave("reading", []) == []


def test_a_failed_read_keeps_the_facts_that_came_before_and_hides_the_listings(work: Work) -> None:
    def observe() -> Iterator[Any]:
        yield EMITTER
        raise ReadFailure(call="okta:list", kind="access-denied", permission="okta.logs.read")
        yield Listing(kind="okta.log_stream", at="okta:orgs/a")

    assert work.crew.wave("reading", [task(observe, location="here")]) == [[EMITTER]]

    (spot,) = work.ledger.blind_spots()
    assert (spot.place, spot.location, spot.call, spot.hides) == (
        "okta:orgs/a",
        "here",
        "okta:list",
        ("okta.log_stream",),
    )
    assert work.crew.facts == [EMITTER]


def test_one_failed_read_does_not_disturb_the_others(work: Work) -> None:
    def failing() -> Iterator[Any]:
        raise ReadFailure(call="okta:list", kind="timeout")
        yield

    assert work.crew.wave("reading", [task(failing), task(lambda: iter([EMITTER]))]) == [[], [EMITTER]]


def test_a_place_that_does_not_answer_does_not_keep_the_others_waiting(work: Work) -> None:
    gate, left, lock = threading.Event(), 60, threading.Lock()

    def slow() -> Iterator[Any]:
        assert gate.wait(30), "the others were never done"
        yield EMITTER

    def quick() -> Iterator[Any]:
        nonlocal left
        with lock:
            left -= 1
            if left == 0:
                gate.set()
        yield EMITTER

    slowly = [task(slow, provider="aws", place="aws:accounts/slow") for _ in range(120)]
    quickly = [task(quick, provider="aws", place=f"aws:accounts/{number % 3}") for number in range(60)]

    assert work.crew.wave("reading", [*slowly, *quickly]) == [[EMITTER]] * 180
    assert work.told[-1].waiting == {}


def test_progress_says_how_much_is_under_way_where(work: Work) -> None:
    gate = threading.Event()

    def slow() -> Iterator[Any]:
        assert gate.wait(30)
        yield EMITTER

    def report(progress: Progress) -> None:
        if progress.waiting:
            work.told.append(progress)
            gate.set()

    crew = Crew(work.ledger, work.patience, report)
    crew.wave("reading", [task(slow, place=place) for place in ("okta:orgs/b", "okta:orgs/a", "okta:orgs/b")])
    crew.dismiss()

    assert list(work.told[0].waiting.items()) == [("okta:orgs/b", 2), ("okta:orgs/a", 1)]


def test_a_bug_ends_the_run(work: Work) -> None:
    def buggy() -> Iterator[Any]:
        yield EMITTER
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        work.crew.wave("reading", [task(buggy)])
    assert work.ledger.blind_spots() == []


def test_after_a_stop_nothing_new_begins(work: Work) -> None:
    work.patience.stop.set()
    asked: list[int] = []

    def observe() -> Iterator[Any]:
        asked.append(1)
        yield EMITTER

    assert work.crew.wave("reading", [task(observe)]) == [[]]
    assert asked == []


def test_stopping_drops_what_waits(work: Work) -> None:
    began, gate = threading.Event(), threading.Event()

    def slow() -> Iterator[Any]:
        began.set()
        gate.wait(10)
        yield EMITTER

    waves = threading.Thread(target=lambda: work.crew.wave("reading", [task(slow)]))
    waves.start()
    assert began.wait(10)
    work.crew.stop()
    gate.set()
    waves.join()

    assert work.patience.stop.is_set()
    assert work.crew.facts == [EMITTER]
