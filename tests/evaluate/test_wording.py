"""Words: the sentence, the record's way, the evidence, and what would mend it."""

import dataclasses

import pytest

from logcov.inventory import Activity, Admission, Destination, Emitter, Keep, Listing, Reading
from logcov.policy import Leg, Logs, Place, Reach
from nimbus import (
    NOW,
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


def finding(*facts, asked=None, **more):
    return the_one(judged(estate(*facts, **more), *([asked] if asked else [])))


# --- The way of the record ------------------------------------------------------------------------------------


def says(found):
    return [(step.kind, step.id, step.says.split(":")[0]) for step in found.path]


def test_a_covered_record_is_followed_to_where_it_rests():
    assert says(finding(pipe(), vault())) == [
        ("emitter", SITE, "writes records of nimbus.audit"),
        ("route", "nimbus:pipe/p", "lets it through to nimbus"),
        ("destination", VAULT, "holds it"),
    ]


def test_a_lost_record_is_followed_to_the_step_where_it_stops():
    off = finding(pipe(enabled=False), vault())
    missing = finding(pipe(), vault(exists=False))
    short = finding(pipe(), vault(retained=(Keep(days=1),)), asked=requirement(reach=reach(retain=2)))
    astray = finding(pipe(), vault(), asked=requirement(reach=reach("nimbus:vault/w")))

    assert says(off)[-1] == ("route", "nimbus:pipe/p", "stops here (route-disabled)")
    assert says(missing)[-2:] == [
        ("route", "nimbus:pipe/p", "lets it through to nimbus"),
        ("destination", VAULT, "stops here (destination-missing)"),
    ]
    assert says(short)[-1] == ("destination", VAULT, "does not satisfy the policy (retention-too-short)")
    assert says(astray)[-1] == ("destination", VAULT, "holds it, but is not a place that the policy accepts")


def test_a_record_that_nobody_writes_has_no_way():
    asked = requirement(logs=(Logs(pattern="nimbus.access"),))

    assert [step[0] for step in says(finding(pipe(), vault(), asked=asked))] == ["emitter"]
    assert says(finding(switch(), pipe(), vault(), asked=asked))[1] == (
        "route",
        "nimbus:switch/on",
        "has it written",
    )


def test_the_furthest_step_is_shown_and_of_equals_the_first():
    written_off = (
        pipe("a", enabled=False),
        pipe("b", to="nimbus:vault/w"),
        vault(),
        vault(id="nimbus:vault/w", exists=False),
    )

    assert finding(*written_off).cause == "nimbus:vault/w"
    assert finding(pipe("b", enabled=False), pipe("a", enabled=False), vault()).cause == "nimbus:pipe/a"


# --- Evidence ----------------------------------------------------------------------------------------------------


def test_evidence_is_what_the_deciding_answers_said():
    found = finding(pipe(enabled=False), vault())

    assert [(one.api, one.at, one.value) for one in found.evidence] == [
        ("nimbus:ReadAll", NOW, {"name": "p"}),
    ]


def test_what_absence_rests_on_is_evidence_too():
    found = finding(vault())

    assert [(one.api, dict(one.value)) for one in found.evidence] == [("nimbus:ReadAll", {})]


def test_a_destination_shows_what_was_read_of_it_and_its_emitter_too():
    emitter = Emitter(source="nimbus.audit", scope=SITE, fields={"place": SITE})
    readings = [Reading(id=name, call=f"nimbus:{name}", place=REALM, at=NOW) for name in ("store", "list")]
    there = vault(raw={"days": 1}, readings=("store",))
    found = finding(
        pipe(), there, *readings, dataclasses.replace(emitter, readings=("list",)), without=(emitter,)
    )

    assert [(one.api, dict(one.value)) for one in found.evidence] == [
        ("nimbus:ReadAll", {"name": "p"}),
        ("nimbus:store", {"days": 1}),
        ("nimbus:list", {}),
    ]


def test_the_fields_of_an_answer_replace_its_bare_mention():
    reading = Reading(id="store", call="nimbus:store", place=REALM, at=NOW)
    there = vault(readings=("store",), raw={"days": 1})
    found = finding(pipe(readings=("store",), raw={}), there, reading)

    assert [(one.api, dict(one.value)) for one in found.evidence] == [("nimbus:store", {"days": 1})]


def test_a_reading_that_is_lost_is_no_evidence():
    reading = Reading(id=READ, call="nimbus:ReadAll", place=REALM, at=NOW)

    assert finding(pipe(), vault(), without=(reading,)).evidence == ()


def test_a_place_that_nobody_read_gives_no_evidence():
    found = finding(pipe(to="nimbus:vault/unread"), asked=requirement(reach=reach("nimbus:vault/w")))

    assert (found.status, found.reason) == ("gap", "wrong-destination")
    assert [one.value for one in found.evidence] == [{"name": "p"}]


# --- Sentences and fixes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "terms"),
    [
        ((vault(),), {}),
        ((pipe(filter="f"), only('{"verb": "write"}'), vault()), {}),
        ((pipe(enabled=False), vault()), {}),
        ((pipe(), vault(exists=False)), {}),
        ((pipe(), vault(usable=False)), {}),
        ((pipe(), vault(retained=(Keep(days=1),))), {"retain": 365}),
        ((pipe(), vault(lock=False)), {"immutable": "locked"}),
        ((pipe(), vault(private=False)), {"private": True}),
        (
            (pipe(writer="w@x"), Admission(route="nimbus:pipe/p", destination=VAULT, allowed=False), vault()),
            {},
        ),
    ],
)
def test_a_gap_names_its_cause_and_what_would_mend_it(facts, terms):
    found = finding(*facts, asked=requirement(reach=reach(**terms)))

    assert found.status == "gap"
    assert found.detail.endswith(".")
    assert found.cause in {SITE, VAULT, "nimbus:pipe/p"}
    assert found.remediation is not None
    assert found.remediation.endswith(".")
    assert "{" not in found.remediation


def test_a_writer_is_named_with_the_place_that_refuses_it():
    found = finding(
        pipe(writer="w@x"), Admission(route="nimbus:pipe/p", destination=VAULT, allowed=False), vault()
    )

    assert "w@x" in found.remediation
    assert VAULT in found.remediation


def test_the_writer_that_is_named_is_that_of_the_hop_that_is_refused():
    relay = "nimbus:relay/r"
    found = finding(
        pipe(writer="first@x", to=relay),
        Admission(route="nimbus:pipe/p", destination=relay, allowed=False),
        Destination(id=relay, kind="nimbus.relay", end=False),
        pipe("spout", kind="nimbus.spout", origin=relay, writer="second@x"),
        Admission(route="nimbus:pipe/spout", destination=VAULT, allowed=True),
        vault(),
    )

    assert found.reason == "writer-denied"
    assert "first@x" in found.remediation
    assert "second@x" not in found.remediation


def test_what_only_several_ways_cover_together_is_not_said_of_one():
    halves = (
        pipe("r", filter="r", since="2026-01-01T00:00:00Z"),
        only('{"verb": "read"}', "r"),
        pipe("w", filter="w", since="2026-10-01T00:00:00Z"),
        only('{"verb": "write"}', "w"),
        vault(since="2025-01-01T00:00:00Z"),
    )
    found = finding(*halves)

    assert found.status == "covered"
    assert "Every record reaches" not in found.detail
    assert found.effective_since is None
    assert finding(*halves, asked=requirement(only={"verb": ("write",)})).detail.startswith(
        f"Every record reaches {VAULT}"
    )


def test_what_only_one_leg_shows_is_not_said_of_all():
    where = (Place(name="one", patterns=(VAULT,)), Place(name="two", patterns=("nimbus:vault/w",)))
    legs = tuple(Leg(to=place.name, places=(place,)) for place in where)
    facts = (
        pipe(since="2026-01-01T00:00:00Z"),
        pipe("w", to="nimbus:vault/w", since="2026-10-01T00:00:00Z"),
        vault(since="2025-01-01T00:00:00Z"),
        vault(id="nimbus:vault/w", since="2025-01-01T00:00:00Z"),
    )
    found = finding(*facts, asked=requirement(reach=Reach(mode="all", legs=legs)))

    assert (found.status, found.effective_since) == ("covered", None)
    assert "Every record reaches" not in found.detail


def test_records_are_in_effect_covered_no_longer_than_they_are_written():
    asked = requirement(logs=(Logs(pattern="nimbus.access"),))
    rest = (pipe(since="2026-01-01T00:00:00Z"), vault(since="2025-01-01T00:00:00Z"))

    assert finding(switch(since=None), *rest, asked=asked).effective_since is None
    assert finding(switch(since=NOW), *rest, asked=asked).effective_since == NOW


def test_a_witness_holds_only_what_is_the_same_everywhere_or_was_tested():
    found = finding(pipe(filter="f"), only('{"verb": "write"}'), vault())

    assert found.witness == {"place": SITE, "verb": "read"}
    assert "verb=read" in found.detail
    assert "place=" not in found.detail


def test_an_unknown_says_what_would_let_it_be_known():
    gone = Listing(kind="nimbus.pipe", at=SITE, readings=(READ,))
    spot = denied(SITE, call="nimbus:ListPipes", hides=("nimbus.pipe",))
    found = finding(spot, without=(gone,))

    assert "nimbus:ListPipes" in found.remediation
    assert found.cause == f"nimbus:ListPipes {SITE}"
    assert finding(without=(gone,)).remediation is None


def test_when_records_were_last_seen_is_part_of_the_evidence():
    seen = Activity(source="nimbus.audit", scope=SITE, at="2026-11-22T07:00:00Z", readings=(READ,))
    elsewhere = Activity(source="nimbus.audit", scope=SITE, location="north", at=NOW, readings=(READ,))
    found = finding(pipe(readings=()), vault(readings=()), seen, elsewhere)

    assert [dict(one.value) for one in found.evidence] == [{"newestRecordSeen": "2026-11-22T07:00:00Z"}]
