"""Hops that other kinds of hops take records away from, and places that keep nothing."""

import dataclasses

import pytest

from logcov.inventory import Destination, DestinationKind, HopKind, Inventory, Listing, Route, Unread
from nimbus import (
    AUDIT,
    DESTINATIONS,
    HOPS,
    REALM,
    SITE,
    denied,
    estate,
    judged,
    pipe,
    reach,
    requirement,
    the_one,
    with_header,
)

BELL = "nimbus:bell/b"
GAUGE = HopKind(
    id="nimbus.gauge",
    title="gauges",
    effects=("carry",),
    origins=("nimbus.site",),
    leads_to=("nimbus:bell/*",),
    intercepted_by=("nimbus.pipe",),
)
BELLS = DestinationKind(id="nimbus.bell", title="bells", pattern="nimbus:bell/*", hears=True, keeps=False)
RINGS = requirement(reach=reach("nimbus:bell/*"))
LISTED = Listing(kind="nimbus.gauge", at=SITE)


def gauge(**changes) -> Route:
    facts = {"id": "nimbus:gauge/g", "kind": "nimbus.gauge", "setting": "nimbus:gauge/g", "effect": "carry"}
    return Route(**{**facts, "origin": SITE, "to": BELL, **changes})


def belled(*facts, without=()) -> Inventory:
    """A site whose records a gauge takes to a bell."""
    bell = Destination(id=BELL, kind="nimbus.bell", end=False, owner=SITE)
    return with_header(
        estate(bell, *facts, without=without),
        sources=(dataclasses.replace(AUDIT, needs=(*AUDIT.needs, "nimbus.gauge")),),
        hop_kinds=(*HOPS, GAUGE),
        destination_kinds=(*DESTINATIONS, BELLS),
    )


def above(**changes) -> Route:
    return pipe(
        "above", **{"origin": REALM, "descends": True, "intercepts": True, "to": "nimbus:vault/x", **changes}
    )


def test_a_hop_leads_to_those_who_hear():
    assert the_one(judged(belled(gauge(), LISTED), RINGS)).status == "covered"


def test_a_hop_loses_what_a_hop_of_another_kind_intercepts_above_it():
    finding = the_one(judged(belled(gauge(), above(), LISTED), RINGS))
    assert (finding.status, finding.reason, finding.cause) == ("gap", "intercepted", "nimbus:pipe/above")


@pytest.mark.parametrize("field", ["intercepts", "descends", "enabled"])
def test_whether_it_loses_them_may_not_be_known(field):
    facts = (gauge(), above(**{field: Unread("!x")}), denied(REALM, id="!x"), LISTED)
    assert the_one(judged(belled(*facts), RINGS)).status == "unknown"


def test_an_immune_hop_loses_nothing():
    assert the_one(judged(belled(gauge(immune=True), above(), LISTED), RINGS)).status == "covered"


def test_hops_above_that_nobody_listed_may_intercept():
    unlisted = [one for one in estate().facts if isinstance(one, Listing) and one.kind == "nimbus.pipe"]
    above_only = tuple(one for one in unlisted if one.at == REALM)
    assert the_one(judged(belled(gauge(), LISTED, without=above_only), RINGS)).status == "unknown"


def test_hops_to_a_bell_that_nobody_listed_matter_to_who_asks_for_bells():
    assert the_one(judged(belled(), RINGS)).status == "unknown"
    assert the_one(judged(belled(LISTED), RINGS)).status == "gap"


@pytest.mark.parametrize("wanted", ["*", "nimbus:*", "nimbus:vault/*"])
def test_and_to_nobody_who_asks_for_stores(wanted):
    assert the_one(judged(belled(), requirement(reach=reach(wanted)))).status == "gap"
