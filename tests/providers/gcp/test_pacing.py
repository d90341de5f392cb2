"""Calls go at full speed until an API says that it is too much; then only those to it wait."""

import time

from logcov.providers.gcp.pacing import FIRST_GAP, LONGEST_GAP, LONGEST_WAIT, Lane, Pace
from providers.gcp.fake_google import Google, error
from providers.gcp.gathering import session_on

ORG = "organizations/123456789012"


def test_calls_wait_only_after_an_api_said_that_it_is_too_much() -> None:
    waited: list[float] = []
    pace = Pace(waited.append, clock=lambda: 100.0)
    for _ in range(3):
        pace.turn("logging")
    assert waited == []
    pace.refused("logging", None)
    for _ in range(2):
        pace.turn("logging")
    assert [round(seconds, 3) for seconds in waited] == [FIRST_GAP, 2 * FIRST_GAP]


def test_other_apis_go_on_unhindered() -> None:
    waited: list[float] = []
    pace = Pace(waited.append, clock=lambda: 100.0)
    pace.refused("logging", 30.0)
    for _ in range(3):
        pace.turn("cloudasset")
    assert waited == []


def test_all_calls_to_an_api_wait_as_long_as_it_asks_for_within_bounds() -> None:
    lane = Lane()
    lane.refused(100.0, 5.0)
    assert lane.wait(100.0) == 5.0
    lane = Lane()
    lane.refused(100.0, 9999.0)
    assert lane.wait(100.0) == LONGEST_WAIT


def test_calls_that_were_refused_together_widen_the_gap_once() -> None:
    lane = Lane()
    for _ in range(16):
        lane.refused(100.0, 5.0)
    assert lane.gap == FIRST_GAP


def test_a_gap_grows_with_refusals_to_a_bound_and_goes_away_with_answers() -> None:
    lane = Lane()
    for moment in range(20):
        lane.refused(1000.0 * moment, None)
    assert lane.gap == LONGEST_GAP
    for _ in range(80):
        lane.answered()
    assert lane.gap == 0.0
    assert lane.wait(1e9) == 0.0


def test_after_a_refusal_the_call_is_made_again_when_the_api_said(google: Google) -> None:
    google.faults[f"/v3/{ORG}"] = [
        error(429, "slow down", reason="RATE_LIMIT_EXCEEDED", headers={"Retry-After": "1"})
    ]
    session = session_on(google.endpoint, attempts=2, quota_project="acme-audit")
    began = time.monotonic()
    assert session.container(ORG).body["name"] == ORG
    assert time.monotonic() - began >= 1.0
    assert {asked.headers["x-goog-user-project"] for asked in google.asked} == {"acme-audit"}
    session.close()
