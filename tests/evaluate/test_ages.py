"""Older answers: what is read again directly, and what a reader is told of the rest."""

import dataclasses

import pytest

from logcov.evaluate import ages, places_to_confirm
from logcov.findings import age_in_words
from logcov.inventory import Listing, Reading, Unread
from logcov.policy import Logs
from nimbus import (
    ACCESS,
    REALM,
    SITE,
    TODAY,
    VAULT,
    denied,
    estate,
    judged,
    pipe,
    policies,
    requirement,
    vault,
)
from nimbus import READ as OLD

HOUR = 3600


def aged(inventory, seconds=7 * HOUR, **changes):
    """The inventory, of which every answer is an older one."""
    facts = tuple(
        dataclasses.replace(fact, via="asset-inventory", as_old_as=seconds, **changes)
        if isinstance(fact, Reading)
        else fact
        for fact in inventory.facts
    )
    return dataclasses.replace(inventory, facts=facts)


GOOD = estate(pipe(), vault())
BAD = estate(vault())


def confirm(inventory, *requirements):
    return places_to_confirm(inventory, policies(*(requirements or (requirement(),))), as_of=TODAY)


def warnings(inventory, *requirements):
    return [line for line in judged(inventory, *requirements).warnings if "inventory service" in line]


def test_direct_answers_are_not_read_again():
    assert confirm(BAD) == frozenset()
    assert warnings(GOOD) == []


def test_a_gap_is_read_again_at_its_scope_and_everything_above():
    assert confirm(aged(BAD)) >= {SITE, REALM}


def test_a_gap_at_a_store_is_read_again_there():
    gone = estate(pipe(), vault(exists=False))
    assert VAULT in confirm(aged(gone))


def test_passes_are_read_again_as_far_as_the_sample_goes(monkeypatch):
    assert confirm(aged(GOOD)) >= {SITE, REALM, VAULT}
    monkeypatch.setattr(ages, "SAMPLED", 0)
    assert confirm(aged(GOOD)) == frozenset()


def test_what_no_sink_could_mend_is_read_again_only_where_it_would_be_written():
    asked = requirement(logs=(Logs(pattern=ACCESS.id),))
    facts = tuple(
        dataclasses.replace(fact, readings=())
        if isinstance(fact, Listing) and fact.kind == "nimbus.switch"
        else fact
        for fact in GOOD.facts
    )

    assert confirm(aged(GOOD), asked) >= {SITE, REALM}
    assert REALM not in confirm(aged(dataclasses.replace(GOOD, facts=facts)), asked)


@pytest.mark.parametrize(("kind", "again"), [("unparseable", True), ("access-denied", False)])
def test_of_what_is_unknown_only_what_was_odd_is_read_again(kind, again):
    spot = denied(SITE, hides=(), kind=kind)
    doubtful = estate(pipe(enabled=Unread(spot.id)), vault(), spot)
    assert bool(confirm(aged(doubtful))) is again


def test_passes_and_gaps_that_rest_on_older_answers_are_counted_with_their_age():
    assert warnings(aged(GOOD)) == [
        "1 pass rests on answers of an inventory service, which may be up to 7 hours old."
    ]
    (one,) = warnings(aged(BAD, 900))
    assert one.startswith("1 gap rests on answers of an inventory service, which may be up to 15 minutes old")
    assert one.endswith(", and was not read again directly.")
    (two,) = warnings(aged(BAD), requirement(), requirement(id="test:two"))
    assert two.startswith("2 gaps rest on answers of an inventory service, which may be up to 7 hours old")
    assert two.endswith(", and were not read again directly.")


def test_an_answer_that_was_corrected_is_told():
    direct = Reading(id="direct", call="nimbus:List", place=SITE, at="2026-11-22T08:00:00Z", corrects=OLD)
    inventory = dataclasses.replace(GOOD, facts=(*GOOD.facts, direct))
    assert warnings(inventory) == [
        f"{SITE}: nimbus:List says otherwise than the inventory service; the direct answer counts."
    ]


def test_which_scopes_there_are_decides_nothing_about_one_of_them():
    old = Reading(
        id="tree",
        call="nimbus:Tree",
        place=REALM,
        at="2026-11-22T08:00:00Z",
        via="asset-inventory",
        as_old_as=60,
    )
    listed = Listing(kind="scopes", at=REALM, readings=("tree",))
    inventory = dataclasses.replace(BAD, facts=(old, *BAD.facts, listed))
    assert confirm(inventory) == frozenset()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (36 * HOUR, "36 hours"),
        (HOUR, "1 hour"),
        (900, "15 minutes"),
        (5400, "90 minutes"),
        (20, "a minute"),
        (2 * 86_400 + 1, "3 days"),
    ],
)
def test_ages_are_told_in_words(seconds, words):
    assert age_in_words(seconds) == words
