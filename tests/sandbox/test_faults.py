import time
from threading import Thread

import pytest

from logcov.errors import SandboxError
from logcov.sandbox.exchange import Call
from logcov.sandbox.faults import KINDS, Fault, Faults, faults_of, wrong_with

SINKS = Call(
    provider="gcp",
    operation="logging.sinks.list",
    place="projects/a",
    method="GET",
    path="/v2/projects/a/sinks",
)


def test_a_fault_hits_the_calls_that_all_its_patterns_fit() -> None:
    assert Fault(fault="denied").hits(SINKS)
    assert Fault(fault="denied", operation="logging.*", place="projects/a").hits(SINKS)
    assert not Fault(fault="denied", operation="logging.*", place="projects/b").hits(SINKS)
    assert Fault(fault="denied", method="GET", path="/v2/*/sinks").hits(SINKS)


def test_a_fault_may_hit_only_so_often_and_only_after_so_many_calls() -> None:
    faults = Faults([Fault(fault="denied", after=1, times=2)])
    assert [faults.meet(SINKS) is not None for _ in range(5)] == [False, True, True, False, False]


def test_the_first_fault_in_force_is_met() -> None:
    first, second = Fault(fault="denied", times=1), Fault(fault="error_500")
    faults = Faults([first, second])
    assert [faults.meet(SINKS), faults.meet(SINKS)] == [first, second]


def test_an_empty_page_stands_in_for_a_first_page_only() -> None:
    following = Call(provider="gcp", operation="logging.sinks.list", page=True)
    assert Fault(fault="empty_page").hits(SINKS)
    assert not Fault(fault="empty_page").hits(following)


def test_replacing_forgets_the_others_and_resetting_brings_back_the_first() -> None:
    own, other = Fault(fault="denied", times=1), Fault(fault="throttled")
    faults = Faults([own])
    assert faults.meet(SINKS) == own
    faults.replace([other])
    assert faults.meet(SINKS) == other
    faults.reset()
    assert faults.current() == (own,)
    assert faults.meet(SINKS) == own


def test_every_pause_ends_when_the_servers_stop() -> None:
    faults = Faults()
    faults.add_latency(60)
    begun = time.monotonic()
    thread = Thread(target=faults.pause)
    thread.start()
    faults.stopping.set()
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_can_be_read(kind: str) -> None:
    assert faults_of([{"fault": kind, "operation": "x", "times": 1}]) == (
        Fault(fault=kind, operation="x", times=1),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("denied", "a fault is a mapping"),
        ({"fault": "denid"}, "'denid' is no fault"),
        ({}, "None is no fault"),
        ({"fault": "denied", "plce": "x"}, "unknown key 'plce'"),
        ({"fault": "denied", "times": -1}, "times must be a whole number"),
        ({"fault": "denied", "times": True}, "times must be a whole number"),
        ({"fault": "denied", "times": 1.5}, "times must be a whole number"),
        ({"fault": "denied", "seconds": "1"}, "seconds must be a number"),
        ({"fault": "denied", "place": 7}, "place must be a text"),
    ],
)
def test_a_wrong_fault_is_told(value: object, says: str) -> None:
    assert says in wrong_with(value)
    with pytest.raises(SandboxError, match=r"faults\.0"):
        faults_of([value])


def test_faults_are_a_list() -> None:
    with pytest.raises(SandboxError, match="faults are a list"):
        faults_of({"fault": "denied"})
