"""The ledger: readings and blind spots have ids of what was asked, whoever asks, however often."""

import threading

from logcov.errors import ReadFailure
from logcov.inventory import Identity, Ledger, Unread

PLACE = "aws:accounts/1"


def failure(**changes):
    facts = {
        "call": "cloudtrail:DescribeTrails",
        "kind": "access-denied",
        "permission": "cloudtrail:DescribeTrails",
    }
    return ReadFailure(**{**facts, **changes})


def test_a_reading_is_named_after_what_was_asked():
    ledger = Ledger()

    key = ledger.read("cloudtrail:GetTrailStatus", PLACE, "eu-west-1", subject="main", identity="me", pages=2)

    (reading,) = ledger.readings()
    assert key == reading.id == "cloudtrail:GetTrailStatus aws:accounts/1 eu-west-1 main"
    assert (reading.identity, reading.pages, reading.via) == ("me", 2, "direct")
    assert reading.at.endswith("Z")


def test_the_first_of_two_equal_readings_stays():
    ledger = Ledger()
    ledger.read("s3:ListBuckets", PLACE, pages=1)
    ledger.read("s3:ListBuckets", PLACE, pages=7)

    assert [reading.pages for reading in ledger.readings()] == [1]


def test_a_blind_spot_gives_what_stands_in_for_the_value():
    ledger = Ledger()

    unread = ledger.blind(failure(detail="no"), PLACE, "eu-west-1", subject="main", hides=("aws.trail",))

    (spot,) = ledger.blind_spots()
    assert unread == Unread(spot.id)
    assert spot.id == "!cloudtrail:DescribeTrails aws:accounts/1 eu-west-1 main"
    assert (spot.kind, spot.permission, spot.detail, spot.hides) == (
        "access-denied",
        "cloudtrail:DescribeTrails",
        "no",
        ("aws.trail",),
    )


def test_what_one_failure_hides_adds_up():
    ledger = Ledger()
    ledger.blind(failure(), PLACE, hides=("b",))
    ledger.blind(failure(), PLACE, hides=("a",))
    ledger.blind(failure(), PLACE)

    assert [spot.hides for spot in ledger.blind_spots()] == [("a", "b")]


def test_everybody_is_named_once_in_order():
    ledger = Ledger()
    for who in ("b", "a", "b"):
        ledger.identify("aws", who)

    assert ledger.identities() == (
        Identity(provider="aws", principal="a"),
        Identity(provider="aws", principal="b"),
    )


def test_many_threads_lose_nothing():
    ledger = Ledger()

    def work(number):
        for index in range(100):
            ledger.read("call", f"place {index}")
            ledger.blind(failure(), PLACE, hides=(f"{number}.{index}",))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ledger.readings()) == 100
    assert len(ledger.blind_spots()[0].hides) == 800
