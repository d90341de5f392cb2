"""Verdicts: of all steps, the one that surely stops the record is named, and of all doubts, those that decide."""

from logcov.inventory import Filter, Keep, Listing, Lock, Unread
from logcov.policy import Logs
from nimbus import (
    READ,
    REALM,
    SITE,
    VAULT,
    denied,
    estate,
    judged,
    only,
    pipe,
    reach,
    requirement,
    switch,
    the_one,
    vault,
)

UNREAD = Unread("!x")


def finding(*facts, **terms):
    return the_one(judged(estate(*facts), requirement(reach=reach(**terms))))


def test_a_gap_is_explained_by_what_is_certain_and_not_by_a_doubt_before_it():
    found = finding(pipe(writer="w"), vault(retained=(Keep(days=1),)), retain=365)

    assert (found.status, found.reason, found.cause) == ("gap", "retention-too-short", VAULT)


def test_an_unknown_is_explained_by_the_path_that_may_work_and_not_by_one_that_surely_does_not():
    broken = pipe("a", enabled=False)
    found = finding(broken, pipe("b", enabled=UNREAD), vault())

    assert (found.status, found.cause) == ("unknown", "nimbus:pipe/b")


def test_only_the_part_of_a_filter_that_decides_is_named():
    odd = Filter(id="f", dialect="gcp.logging", text='textPayload = "ann" OR wobble(insertId)')
    found = finding(pipe(filter="f"), odd, vault())

    assert (found.status, found.reason) == ("unknown", "undecidable-filter")
    assert "wobble" in found.detail


def test_doubts_that_do_not_matter_are_not_named():
    spots = [denied("nimbus:sites/s", call=call) for call in ("a", "b")]
    exempt = switch("exempt", effect="withhold", filter="f", enabled=Unread(spots[0].id))
    written = switch(enabled=Unread(spots[1].id))
    asked = requirement(logs=(Logs(pattern="nimbus.access"),), only={"user": ("ann",)})
    facts = (exempt, written, only('{"user": "ci"}'), pipe(), vault(), *spots)
    assessment = judged(estate(*facts), asked)

    assert the_one(assessment).cause == "b nimbus:sites/s"
    assert "a nimbus" not in the_one(assessment).detail


def test_the_witness_of_a_gap_holds_a_value_in_each_field_that_is_tested_and_never_missing():
    text = '{"user": "*", "verb": ["read", "write"]}'
    found = finding(pipe(filter="f", enabled=False), only(text), vault())

    assert found.reason == "route-disabled"
    assert found.witness is not None
    assert {"user", "verb"} <= found.witness.keys()


def test_a_covered_finding_shows_the_way_of_one_record_that_arrives():
    halves = (
        pipe("r", filter="r"),
        only('{"verb": "read"}', "r"),
        pipe("w", filter="w"),
        only('{"verb": "write"}', "w"),
    )
    found = finding(*halves, vault())

    assert found.status == "covered"
    assert [step.id for step in found.path][1:] in (["nimbus:pipe/r", VAULT], ["nimbus:pipe/w", VAULT])


def test_a_lock_that_is_too_short_says_how_long_it_must_be():
    short = vault(lock=Lock(mode="locked", days=30))

    assert "365 days" in finding(pipe(), short, immutable="locked", retain=365).detail
    assert "at all" in finding(pipe(), vault(lock=Lock(mode="locked", days=0)), immutable="locked").detail


def test_a_record_that_is_perhaps_not_written_and_surely_not_carried_is_not_routed():
    asked = requirement(logs=(Logs(pattern="nimbus.access"),))
    found = the_one(judged(estate(switch(enabled=UNREAD), vault()), asked))

    assert (found.status, found.reason) == ("gap", "not-routed")


def test_a_step_that_may_work_goes_before_a_way_that_nobody_has_seen():
    gone = Listing(kind="nimbus.pipe", at=SITE, readings=(READ,))
    found = the_one(judged(estate(pipe(), vault(usable=UNREAD), without=(gone,))))

    assert (found.status, found.cause) == ("unknown", VAULT)


def test_every_way_that_nobody_has_seen_is_named():
    spots = [denied(place, call=call, hides=("nimbus.pipe",)) for place, call in ((SITE, "a"), (REALM, "b"))]
    gone = tuple(Listing(kind="nimbus.pipe", at=place, readings=(READ,)) for place in (SITE, REALM))
    assessment = judged(estate(pipe("off", enabled=False, to=UNREAD), *spots, without=gone))

    assert the_one(assessment).cause == f"a {SITE}"
    waiting = {spot.call: spot.affects for spot in assessment.blind_spots}
    assert "nimbus.audit" in waiting["a"]
    assert "nimbus.audit" in waiting["b"]
    assert "x" not in waiting
