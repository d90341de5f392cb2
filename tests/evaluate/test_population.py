"""The population: what was found, what could not be listed, and findings that stand for the rest."""

import dataclasses

import pytest

from logcov.findings import exit_code
from logcov.inventory import Emitter, Listing, Unread
from logcov.policy import Clause, Logs
from nimbus import (
    EMITTERS,
    REALM,
    SITE,
    TRAFFIC,
    denied,
    estate,
    exemption,
    judged,
    pipe,
    policies,
    realm,
    requirement,
    site,
    the_one,
    vault,
    with_header,
)

UNREAD = Unread("!x")
EVERYWHERE = requirement(where=())
AUDIT_HERE = Emitter(source="nimbus.audit", scope=SITE, fields={"place": SITE})
NET = Emitter(source="nimbus.traffic", scope=SITE, location="north", resource="net-1", in_use=True)
NETS = Listing(kind="nimbus.net", at=SITE, location="north", readings=("read it",))
TRAFFIC_ASKED = requirement(logs=(Logs(pattern="nimbus.traffic"),))


def places(assessment):
    return [(one.scope, one.location, one.resource, one.status) for one in assessment.findings]


# --- Emitters that could not be listed -------------------------------------------------------------------------


def test_emitters_that_were_not_listed_stand_beside_those_that_were_found():
    found = judged(estate(vault(), without=(NETS,)), TRAFFIC_ASKED)

    assert places(found) == [(SITE, "north", "*", "unknown"), (SITE, "north", "net-1", "gap")]


def test_no_placeholder_stands_for_a_location_that_is_disabled():
    both = (realm(), site(locations={"north": True, "south": True}))

    assert places(judged(estate(vault(), scopes=both), TRAFFIC_ASKED))[1:] == [
        (SITE, "south", "*", "unknown")
    ]
    assert len(places(judged(estate(vault()), TRAFFIC_ASKED))) == 1


@pytest.mark.parametrize("locations", [UNREAD, {}])
def test_a_site_whose_locations_nobody_knows_is_unknown_as_a_whole(locations):
    found = judged(
        estate(vault(), scopes=(realm(), site(locations=locations)), without=(NET,)), TRAFFIC_ASKED
    )

    assert places(found) == [(SITE, None, "*", "unknown")]


def test_each_location_writes_for_itself_where_the_location_is_the_emitter():
    source = dataclasses.replace(TRAFFIC, emitters="", needs=())
    inventory = with_header(
        estate(scopes=(realm(), site(locations={"north": True, "south": True}))), sources=(source,)
    )

    assert places(judged(inventory, TRAFFIC_ASKED)) == [
        (SITE, "north", "net-1", "gap"),
        (SITE, "south", "*", "unknown"),
    ]


def test_a_closed_site_without_emitters_does_not_vanish():
    inventory = estate(pipe(), vault(), scopes=(realm(), site(state="closed")), without=(AUDIT_HERE,))

    assert places(judged(inventory)) == [(SITE, None, "*", "unknown")]


# --- Whether a site is active ----------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", [(pipe(), vault()), (vault(),), ()])
def test_a_site_that_may_be_closed_is_neither_covered_nor_a_gap(facts):
    inventory = estate(*facts, scopes=(realm(), site(state=UNREAD)))
    finding = the_one(judged(inventory))

    assert (finding.status, finding.reason, finding.cause) == ("unknown", "blind-spot", SITE)
    assert "whether nimbus:sites/s is active could not be read" in finding.detail


def test_a_site_that_may_be_closed_and_of_which_nothing_was_found_is_unknown():
    inventory = estate(scopes=(realm(), site(state=UNREAD)), without=(AUDIT_HERE,))

    assert places(judged(inventory)) == [(SITE, None, "*", "unknown")]


def test_what_is_said_to_be_closed_stays_so_only_if_that_was_read():
    closed = Emitter(source="nimbus.audit", scope=SITE, not_applicable="the site is closed")

    def status(state):
        inventory = estate(closed, scopes=(realm(), site(state=state)), without=(AUDIT_HERE,))
        return the_one(judged(inventory)).status

    assert status("closed") == "not-applicable"
    assert status(UNREAD) == "unknown"


# --- Scopes that could not be listed ----------------------------------------------------------------------------


def test_every_container_whose_children_were_not_listed_has_a_finding():
    inner = realm(id="nimbus:realms/inner", parent=REALM)
    inventory = estate(scopes=(realm(), inner, site()), without=(Listing(kind="scopes", at=REALM),))
    found = {(one.scope, one.resource) for one in judged(inventory, EVERYWHERE).findings}

    assert {(REALM, "*"), ("nimbus:realms/inner", "*")} <= found


def test_a_container_of_another_provider_hides_nothing_of_this_one():
    other = realm(id="stratus:top", provider="stratus", kind="stratus.top")
    inventory = estate(pipe(), vault(), scopes=(realm(), other, site()))

    assert the_one(judged(inventory)).status == "covered"


def test_own_emitters_and_children_that_are_both_unlisted_are_one_finding_that_no_narrow_exemption_hides():
    audit_here = Emitter(source="nimbus.audit", scope=REALM)
    inventory = estate(without=(Listing(kind="scopes", at=REALM), audit_here))
    asked = requirement(where=(Clause(scopes=(REALM, "nimbus:sites/new")),))

    def status(where):
        accepted = exemption(where=where, accepts=frozenset({"unknown"}))
        return the_one(judged(inventory, asked, exemptions=(accepted,))).status

    assert status((Clause(scopes=(REALM,)),)) == "unknown"
    assert status((Clause(under=(REALM,)),)) == "exempt"
    assert status(()) == "exempt"


# --- Inventories that end early ------------------------------------------------------------------------------------


def ends_early(inventory):
    yield dataclasses.replace(inventory, cut_short=True)
    yield with_header(inventory, complete=False)


@pytest.mark.parametrize("number", [0, 1])
def test_an_inventory_that_ends_early_is_never_wholly_covered(number):
    whole = estate(pipe(), vault())
    inventory = list(ends_early(whole))[number]

    assert exit_code(judged(whole)) == 0
    assert exit_code(judged(inventory)) == 11
    assert (REALM, None, "*", "unknown") in places(judged(inventory))


@pytest.mark.parametrize("number", [0, 1])
def test_not_even_the_top_need_be_left(number):
    nothing = dataclasses.replace(estate(), facts=())
    inventory = list(ends_early(nothing))[number]

    assert places(judged(inventory)) == [("nimbus:unread", None, "*", "unknown")]


def test_an_exemption_from_what_may_be_missing_must_be_from_everything():
    cut = dataclasses.replace(estate(pipe(), vault()), cut_short=True)
    accepts = frozenset({"unknown"})
    narrow = exemption(where=(Clause(scopes=(REALM,)),), accepts=accepts)
    wide = exemption(accepts=accepts)

    assert exit_code(judged(cut, exemptions=(narrow,))) == 11
    assert exit_code(judged(cut, exemptions=(wide,))) == 0


def test_a_provider_that_was_to_be_audited_and_of_which_nothing_is_there_is_unknown():
    nothing = dataclasses.replace(estate(), facts=())
    asked = with_header(nothing, targets=({"provider": "nimbus", "target": "r"},))

    assert places(judged(asked)) == [("nimbus:unread", None, "*", "unknown")]
    assert places(judged(with_header(nothing, targets=({"provider": "stratus"},)))) == []


# --- Counts -------------------------------------------------------------------------------------------------------


def test_scopes_are_counted_by_what_became_of_them():
    scopes = (
        realm(),
        site(),
        site(id="nimbus:sites/closed", state="closed"),
        site(id="nimbus:sites/open", state=UNREAD),
        site(id="nimbus:sites/dark", obtained_by="nimbus:ListSites"),
    )
    spot = denied("nimbus:sites/dark", hides=("nimbus.pipe",))
    value = denied(SITE, call="nimbus:GetValue")
    closed = denied("nimbus:sites/closed", hides=("nimbus.pipe",))
    assessment = judged(estate(spot, value, closed, scopes=scopes))

    (line,) = [line for line in assessment.population if line.kind == "site"]
    assert (line.discovered, line.audited, line.unreadable, line.not_applicable) == (4, 1, 2, 1)
    assert line.obtained_by == "configuration, nimbus:ListSites"
    shown = {one.id: (one.state, one.unreadable, one.group) for one in assessment.scopes}
    assert shown["nimbus:sites/open"] == ("unread", True, REALM)
    assert shown["nimbus:sites/dark"] == ("active", True, REALM)
    assert shown[SITE] == ("active", False, REALM)
    assert shown[REALM] == ("active", False, REALM)


def test_a_scope_that_still_works_is_audited_or_unreadable_whatever_its_state():
    scopes = (
        realm(),
        site(state="closing", works=True),
        site(id="nimbus:sites/dark", state="closing", works=True),
    )
    spot = denied("nimbus:sites/dark", hides=("nimbus.pipe",))
    assessment = judged(estate(spot, scopes=scopes))

    (line,) = [line for line in assessment.population if line.kind == "site"]
    assert (line.discovered, line.audited, line.unreadable, line.not_applicable) == (2, 1, 1, 0)
    shown = {one.id: (one.state, one.unreadable) for one in assessment.scopes}
    assert (shown[SITE], shown["nimbus:sites/dark"]) == (("closing", False), ("closing", True))


def test_blind_spots_name_what_waits_for_them():
    scopes_hidden = denied(REALM, hides=("scopes",))
    nets_hidden = denied(SITE, call="nimbus:ListNets", hides=("nimbus.net",))
    elsewhere = denied("nimbus:nowhere", hides=("scopes", "other"))
    assessment = judged(estate(pipe(), vault(), scopes_hidden, nets_hidden, elsewhere))

    affects = {spot.call + " " + spot.scope: spot.affects for spot in assessment.blind_spots}
    assert affects == {
        f"nimbus:List {REALM}": ("nimbus.access", "nimbus.audit", "nimbus.traffic"),
        f"nimbus:ListNets {SITE}": ("nimbus.traffic",),
        "nimbus:List nimbus:nowhere": (),
    }


def test_matched_counts_findings_and_not_questions():
    twice = requirement(
        logs=(Logs(pattern="nimbus.audit", only={"user": ("a",)}), Logs(pattern="*", only={"user": ("b",)}))
    )
    assessment = judged(estate(pipe(), vault()), twice)

    assert assessment.requirements[0].matched == len(assessment.findings)
    assert policies(twice).requirements == (twice,)


# --- Ancestors of what is audited -------------------------------------------------------------------------------


def test_of_an_ancestor_that_is_not_audited_only_its_configuration_counts():
    above = realm(container=False, audited=False)
    here = [one for one in EMITTERS if one.scope == REALM]
    assessment = judged(
        estate(pipe(origin=REALM, descends=True), vault(), scopes=(above, site()), without=tuple(here)),
        requirement(where=()),
    )

    assert [(one.scope, one.status) for one in assessment.findings] == [(SITE, "covered")]
    assert "realm" not in [line.kind for line in assessment.population]
    assert REALM not in [line.id for line in assessment.scopes]


@pytest.mark.parametrize("locations", [{}, {"north": True}, UNREAD])
def test_a_dormant_site_needs_no_listing_of_what_it_does_not_write(locations):
    idle = Emitter(source="nimbus.traffic", scope=SITE, not_applicable="the service is off")
    scopes = (realm(), site(locations=locations))
    inventory = estate(idle, without=(NET, NETS), scopes=scopes)

    assert places(judged(inventory, TRAFFIC_ASKED)) == [(SITE, None, None, "not-applicable")]


def test_a_resource_that_writes_nothing_does_not_make_its_site_dormant():
    idle = Emitter(source="nimbus.traffic", scope=SITE, resource="net-2", not_applicable="deleted")
    inventory = estate(idle, without=(NET, NETS))

    assert places(judged(inventory, TRAFFIC_ASKED)) == [
        (SITE, None, "net-2", "not-applicable"),
        (SITE, "north", "*", "unknown"),
    ]


# --- Kinds that are listed apart -------------------------------------------------------------------------------

TILLS = {"nimbus.till": "nimbus:till/*"}
"""Tills stand right below the realm, and another list tells of them."""
TILL = "nimbus:till/one"
TILLS_LISTED = Listing(kind="nimbus.till", at=REALM, readings=("read it",))


def _tills(*facts, **asked):
    """The places in doubt, where audit records may come from tills, too."""
    inventory = estate(*facts, scopes=(realm(apart=TILLS), site()))
    kinds = tuple(
        dataclasses.replace(row, scope_kinds=(*row.scope_kinds, "nimbus.till"))
        if row.id == "nimbus.audit"
        else row
        for row in inventory.header.sources
    )
    found = judged(with_header(inventory, sources=kinds), requirement(**{"where": (), **asked}))
    return [place for place in places(found) if place[2] == "*"]


def test_scopes_that_are_listed_apart_are_in_doubt_without_that_listing_and_only_they():
    assert _tills() == [(REALM, None, "*", "unknown")]
    assert _tills(TILLS_LISTED) == []
    assert _tills(logs=(Logs(pattern="nimbus.access"),)) == []


@pytest.mark.parametrize(
    ("clause", "doubt"),
    [
        (Clause(scopes=("nimbus:till/o*",)), True),
        (Clause(scopes=(TILL,)), True),
        (Clause(scopes=("nimbus:site/*",)), False),
        (Clause(under=(REALM,)), True),
        (Clause(under=(TILL,)), True),
        (Clause(under=(SITE,)), False),
        (Clause(labels={"env": ("prod",)}), False),
        (Clause(excepting=(Clause(scopes=("nimbus:till/*",)),)), False),
        (Clause(excepting=(Clause(scopes=("nimbus:till/two",)),)), True),
        (Clause(excepting=(Clause(scopes=("nimbus:till/*",), locations=("north",)),)), True),
    ],
)
def test_they_are_in_doubt_only_where_one_of_them_could_be_selected(clause, doubt):
    assert bool(_tills(where=(clause,))) is doubt


def test_who_refused_to_list_them_is_named():
    refused = denied(REALM, "nimbus:ListTills", hides=("nimbus.till",))
    inventory = estate(refused, scopes=(realm(apart=TILLS), site()), without=EMITTERS)
    audit = dataclasses.replace(inventory.header.sources[0], scope_kinds=("nimbus.till",))
    found = the_one(judged(with_header(inventory, sources=(audit,)), EVERYWHERE))

    assert (found.status, found.resource) == ("unknown", "*")
    assert "nimbus:ListTills" in found.remediation


def test_of_two_who_tell_of_a_scope_it_is_enough_that_one_knows_what_is_listed_apart():
    scopes = (realm(), realm(apart=TILLS), site())
    audit = dataclasses.replace(estate().header.sources[0], scope_kinds=("nimbus.till",))
    inventory = with_header(estate(scopes=scopes, without=EMITTERS), sources=(audit,))

    assert places(judged(inventory, EVERYWHERE)) == [(REALM, None, "*", "unknown")]
