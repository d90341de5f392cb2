import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from logcov.providers.aws.pacing import AT_ONCE, FIRST_GAP, LONGEST_GAP, Lane, Pace
from logcov.sandbox import aws_answers as answers
from providers.aws.crawl import open_session
from providers.aws.stage import HOME, OTHER, REGION, Stage

KEY = (HOME, REGION, "eks")


def test_calls_wait_only_after_aws_said_that_it_is_too_much() -> None:
    waited: list[float] = []
    pace = Pace(waited.append, clock=lambda: 100.0)
    for _ in range(3):
        with pace.turn(KEY):
            pass
    assert waited == []
    pace.lane(KEY).refused()
    for _ in range(3):
        with pace.turn(KEY):
            pass
    assert [round(seconds, 3) for seconds in waited] == [FIRST_GAP, 2 * FIRST_GAP]


def test_other_places_go_on_unhindered() -> None:
    waited: list[float] = []
    pace = Pace(waited.append, clock=lambda: 100.0)
    pace.lane(KEY).refused()
    for key in ((OTHER, REGION, "eks"), (HOME, "us-east-1", "eks"), (HOME, REGION, "ec2")):
        for _ in range(3):
            with pace.turn(key):
                pass
    assert waited == []


def test_a_gap_grows_with_refusals_to_a_bound_and_goes_away_with_answers() -> None:
    lane = Lane()
    for _ in range(10):
        lane.refused()
    assert lane.gap == LONGEST_GAP
    for _ in range(40):
        lane.answered()
    assert lane.gap == 0.0


def test_so_many_calls_are_in_flight_at_one_place_and_no_more() -> None:
    pace = Pace(lambda _: None)
    inside, most, lock = 0, 0, threading.Lock()
    full = threading.Event()

    def call(_: int) -> None:
        nonlocal inside, most
        with pace.turn(KEY):
            with lock:
                inside += 1
                most = max(most, inside)
                if inside == AT_ONCE:
                    full.set()
            full.wait(5)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(AT_ONCE * 3) as pool:
        list(pool.map(call, range(AT_ONCE * 3)))
    assert most == AT_ONCE


def test_a_throttled_call_is_tried_again_and_its_place_slowed_down(stage: Stage) -> None:
    refusals = 1

    def listed(ask: Any) -> Any:
        nonlocal refusals
        if refusals:
            refusals -= 1
            return answers.error(ask, "ThrottlingException", "Rate exceeded", 400)
        return {"clusters": []}

    stage.tell("eks:ListClusters", listed)
    session = open_session(stage.endpoint)
    place = session.place(HOME, REGION)
    assert place.pages("eks", "ListClusters", "clusters").data == []
    assert session.wire.pace.lane(KEY).gap > 0
    assert session.wire.pace.lane((OTHER, REGION, "eks")).gap == 0
    session.close()
