"""Emitters that only an inventory service names: shown with their age, and never judged."""

import dataclasses

import pytest

from logcov.findings import how_obtained
from logcov.inventory import Emitter, Listing, Reading, Unread
from logcov.policy import Logs, Place, Stores, Terms
from nimbus import EMITTERS, NOW, SITE, denied, estate, judged, pipe, reach, requirement, the_one, vault

NET = Emitter(source="nimbus.traffic", scope=SITE, location="north", resource="net-1", in_use=True)
NETS = Listing(kind="nimbus.net", at=SITE, location="north", readings=("read it",))
DAY = 86_400
HEARD = Reading(
    id="heard",
    call="inventory:Search",
    place=SITE,
    location="north",
    at=NOW,
    via="inventory",
    as_old_as=3 * DAY,
)
OLD_NET = dataclasses.replace(NET, resource="net-9", in_use=Unread("!x"), readings=("heard",))
TAP = pipe("tap", kind="nimbus.tap", location="north")
KEPT = requirement(logs=(Logs(pattern="nimbus.traffic"),), reach=reach())
"""Records of nets reach the vault."""


def shown(assessment):
    return {one.resource: (one.status, one.reason) for one in assessment.findings}


@pytest.mark.parametrize(("ways", "real"), [((TAP,), "covered"), ((), "gap")])
def test_what_only_an_inventory_service_names_is_neither_covered_nor_a_gap(ways, real):
    found = judged(estate(vault(), *ways, HEARD, OLD_NET, denied(SITE), without=(NETS,)), KEPT)

    assert shown(found) == {
        "*": ("unknown", "blind-spot"),
        "net-1": (real, None if real == "covered" else "not-routed"),
        "net-9": ("unknown", "blind-spot"),
    }


@pytest.mark.parametrize("ways", [(TAP,), ()])
def test_a_listing_that_does_not_vouch_for_it_leaves_it_unknown(ways):
    found = judged(estate(vault(), *ways, HEARD, OLD_NET), KEPT)
    assert shown(found)["net-9"] == ("unknown", "blind-spot")


def test_what_an_inventory_service_listed_in_full_is_judged():
    told = dataclasses.replace(NETS, readings=("heard",))
    found = judged(estate(vault(), TAP, HEARD, OLD_NET, told, without=(NETS,)), KEPT)
    assert shown(found)["net-9"] == ("covered", None)


def test_a_scope_that_an_inventory_service_told_of_is_judged():
    told = dataclasses.replace(EMITTERS[0], readings=("heard",))
    found = judged(estate(vault(), pipe(), HEARD, told, without=(EMITTERS[0],)), requirement())
    assert {one.status for one in found.findings if one.scope == told.scope} == {"covered"}


def test_other_logs_do_not_make_it_covered():
    instead = dataclasses.replace(KEPT, instead=(Logs(pattern="nimbus.audit"),))
    taps = pipe("audit", sources=("nimbus.audit",))
    found = judged(estate(vault(), taps, HEARD, OLD_NET, without=(NETS,)), instead)
    assert shown(found)["net-9"][0] == "unknown"


@pytest.mark.parametrize("status", ["gap", "covered"])
def test_it_does_not_count_in_place_of_other_logs(status):
    asked = requirement(instead=(Logs(pattern="nimbus.traffic"),))
    ways = (TAP,) if status == "covered" else ()
    found = judged(estate(vault(), *ways, HEARD, OLD_NET, without=(NETS, NET)), asked)
    assert the_one(found).status == "unknown"


def test_no_store_is_judged_by_what_it_may_bring():
    private = requirement(
        logs=(Logs(pattern="nimbus.traffic"),),
        reach=None,
        stores=Stores(
            named="nimbus:vault/*",
            places=(Place(name="trusted", patterns=("nimbus:vault/*",)),),
            holding="nimbus.traffic",
            terms=Terms(private=True),
        ),
    )
    facts = (vault(private=False), TAP, HEARD)
    assert judged(estate(*facts), private).findings[0].status == "gap"
    heard = judged(estate(*facts, OLD_NET, without=(NETS, NET)), private)
    assert {one.status for one in heard.findings} == {"unknown"}


def test_how_it_was_come_by_and_how_old_that_is_stands_in_finding_evidence_and_population():
    found = judged(
        estate(vault(), TAP, HEARD, OLD_NET, denied(SITE, hides=("nimbus.net",)), without=(NETS,)), KEPT
    )
    (finding,) = [one for one in found.findings if one.resource == "net-9"]

    assert finding.detail.endswith("It is known from inventory, may be 3 days old, and from nothing else.")
    assert ("inventory:Search", "inventory", 3 * DAY) in {
        (one.api, one.via, one.as_old_as) for one in finding.evidence
    }
    (sites,) = [line for line in found.population if line.kind == "site"]
    assert sites.obtained_by == "configuration, 1 resource from inventory, may be 3 days old"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a minute"),
        (59, "a minute"),
        (60, "1 minute"),
        (3_599, "60 minutes"),
        (3_601, "61 minutes"),
        (DAY, "1 day"),
        (DAY + 1, "25 hours"),
    ],
)
def test_ages_are_rounded_up(seconds, words):
    assert how_obtained("x", seconds) == f"from x, may be {words} old"
