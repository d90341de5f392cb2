"""Paths: relays, circles, aliases, interception, and hops of which nobody has heard."""

import dataclasses
from itertools import pairwise

import pytest

from logcov.coverage.paths import DEPTH
from logcov.inventory import (
    Admission,
    Alias,
    Delivery,
    Destination,
    DestinationKind,
    Emitter,
    Exclusion,
    Filter,
    HopKind,
    Listing,
    Unread,
)
from logcov.policy import Logs
from nimbus import (
    AUDIT,
    DESTINATIONS,
    HOPS,
    READ,
    REALM,
    SITE,
    TRAFFIC,
    VAULT,
    denied,
    estate,
    judged,
    only,
    pipe,
    reach,
    realm,
    requirement,
    site,
    switch,
    the_one,
    vault,
    with_header,
)

# --- From relay to relay ------------------------------------------------------------------------------------


def relay(name, **changes):
    return Destination(**{"id": f"nimbus:relay/{name}", "kind": "nimbus.relay", "end": False, **changes})


def spout(start, to, **changes):
    name = f"{start}-{to.rpartition('/')[2]}"
    return pipe(name, **{"kind": "nimbus.spout", "origin": f"nimbus:relay/{start}", "to": to, **changes})


def spouts_listed(*names):
    return tuple(Listing(kind="nimbus.spout", at=f"nimbus:relay/{name}", readings=(READ,)) for name in names)


def chain(length):
    """A pipe, and from relay to relay so many spouts, the last into the vault."""
    names = [f"n{number}" for number in range(length)]
    return (
        pipe(to="nimbus:relay/n0"),
        *(relay(name) for name in names),
        *(spout(one, f"nimbus:relay/{two}") for one, two in pairwise(names)),
        spout(names[-1], VAULT),
        *spouts_listed(*names),
        vault(),
    )


def test_a_path_may_be_as_long_as_the_bound():
    finding = the_one(judged(estate(*chain(DEPTH - 1))))

    assert finding.status == "covered"
    assert len(finding.path) == DEPTH + 2


def test_a_path_that_is_cut_short_leaves_doubt_and_no_gap():
    finding = the_one(judged(estate(*chain(DEPTH))))

    assert (finding.status, finding.reason) == ("unknown", "blind-spot")


def test_a_path_that_ends_at_the_bound_is_still_a_gap():
    facts = [fact for fact in chain(DEPTH - 1) if fact != vault()]
    finding = the_one(judged(estate(*facts, vault(exists=False))))

    assert (finding.status, finding.reason) == ("gap", "destination-missing")


def test_circles_end():
    facts = (
        pipe(to="nimbus:relay/a"),
        relay("a"),
        relay("b"),
        spout("a", "nimbus:relay/b"),
        spout("b", "nimbus:relay/a"),
        *spouts_listed("a", "b"),
    )

    assert the_one(judged(estate(*facts, vault()))).status == "gap"
    assert the_one(judged(estate(*facts, spout("b", VAULT), vault()))).status == "covered"


def test_a_circle_that_changes_a_field_may_open_a_way():
    facts = (
        pipe(to="nimbus:relay/a"),
        relay("a"),
        relay("b"),
        spout("a", "nimbus:relay/b"),
        spout("b", "nimbus:relay/a", sets={"note": "seen"}),
        spout("a", VAULT, filter="f"),
        only('{"note": "seen"}'),
        *spouts_listed("a", "b"),
        vault(),
    )

    assert the_one(judged(estate(*facts))).status == "covered"


def test_a_thicket_of_relays_ends_in_doubt_and_soon():
    names = [f"n{number}" for number in range(12)]
    facts = (
        pipe(to="nimbus:relay/n0"),
        *(relay(name) for name in names),
        *(spout(one, f"nimbus:relay/{two}") for one in names for two in names if one != two),
        *spouts_listed(*names),
    )

    assert the_one(judged(estate(*facts, vault()))).status == "unknown"


def test_a_relay_that_was_listed_and_hands_nothing_on_loses_what_it_gets():
    finding = the_one(judged(estate(pipe(to="nimbus:relay/r"), relay("r"), vault())))

    assert (finding.status, finding.reason) == ("gap", "wrong-destination")


def test_a_place_of_an_unknown_kind_may_lead_anywhere():
    there = Destination(id="stratus:box/1", kind="stratus.box", owner=REALM)
    finding = the_one(judged(estate(pipe(to="stratus:box/1"), there, vault())))

    assert (finding.status, finding.reason) == ("unknown", "blind-spot")


def test_only_hops_that_carry_lead_on_and_only_for_their_own_sources_and_dimensions():
    facts = (pipe(to="nimbus:relay/r"), relay("r"), vault())
    for changes in (
        {"effect": "generate"},
        {"sources": ("nimbus.traffic",)},
        {"dimensions": {"part": "1"}},
        {"enabled": False},
        {"to": None},
    ):
        spouted = dataclasses.replace(spout("r", VAULT), **changes)

        assert the_one(judged(estate(*facts, spouted))).status == "gap"


# --- Ways that might exist -------------------------------------------------------------------------------------


def test_an_unread_destination_leads_only_where_hops_of_its_kind_can():
    tap = pipe("t", kind="nimbus.tap", location="north", resource="net-1", to=Unread("!x"))
    traffic = {"logs": (Logs(pattern="nimbus.traffic"),)}

    into_vault = the_one(judged(estate(tap, vault()), requirement(**traffic)))
    into_relay = the_one(judged(estate(tap), requirement(**traffic, reach=reach("nimbus:relay/*"))))

    assert (into_vault.status, into_vault.reason) == ("unknown", "blind-spot")
    assert (into_relay.status, into_relay.reason) == ("gap", "not-routed")


def test_an_unread_destination_of_a_hop_that_is_off_leads_nowhere():
    assert the_one(judged(estate(pipe(to=Unread("!x"), enabled=False)))).status == "gap"


def test_what_might_come_to_a_relay_might_go_where_its_known_hops_lead():
    elsewhere = reach("stratus:box/*")
    gone = Listing(kind="nimbus.pipe", at=SITE, readings=(READ,))
    odd = spout("r", "stratus:box/1", kind="odd")
    unread, nothing = (dataclasses.replace(odd, to=to) for to in (Unread("!x"), None))

    def status(*facts):
        return the_one(judged(estate(*facts, without=(gone,)), requirement(reach=elsewhere))).status

    assert status(relay("r")) == "gap"
    assert status(relay("r"), nothing) == "gap"
    assert status(relay("r"), odd) == "unknown"
    assert status(relay("r"), unread) == "unknown"


def test_what_might_come_to_an_alias_might_go_where_hops_of_its_scope_lead():
    gone = Listing(kind="nimbus.pipe", at=SITE, readings=(READ,))
    shared = site(id="nimbus:sites/t", aliases=(Alias(id="nimbus:vault/shared"),))
    far = HopKind(
        id="nimbus.far",
        title="far",
        effects=("carry",),
        origins=("nimbus.site",),
        leads_to=("stratus:box/*",),
    )
    inventory = with_header(estate(scopes=(realm(), site(), shared), without=(gone,)), hop_kinds=(*HOPS, far))
    without = with_header(estate(without=(gone,)), hop_kinds=(*HOPS, far))
    asked = requirement(reach=reach("stratus:box/*"))

    assert the_one(judged(inventory, asked)).status == "unknown"
    assert the_one(judged(without, asked)).status == "gap"


def test_an_unread_parent_leaves_everything_above_in_doubt():
    scopes = (realm(), site(parent=Unread("!x")))

    assert the_one(judged(estate(pipe(), vault(), scopes=scopes))).status == "unknown"
    assert the_one(judged(estate(vault(), scopes=scopes))).status == "unknown"
    assert the_one(judged(estate(pipe(immune=True), vault(), scopes=scopes))).status == "covered"


# --- Kinds of hops that have no row ------------------------------------------------------------------------------


def test_a_hop_of_an_unknown_kind_may_be_intercepted_where_nobody_listed_them():
    odd = pipe(kind="odd")
    listed = Listing(kind="odd", at=REALM)

    assert the_one(judged(estate(odd, vault()))).status == "unknown"
    assert the_one(judged(estate(odd, vault(), listed))).status == "covered"


def test_a_hop_of_a_kind_that_acts_on_other_log_sources_takes_none_of_its_records():
    def said(*sources):
        kinds = tuple(
            dataclasses.replace(kind, sources=sources) if kind.id == "nimbus.tap" else kind for kind in HOPS
        )
        tap = pipe("tap", kind="nimbus.tap")
        return the_one(judged(with_header(estate(tap, vault()), hop_kinds=kinds))).status

    assert said("nimbus.traffic") == "gap"
    assert said("nimbus.*") == "covered"


def test_a_hop_of_an_unknown_kind_that_intercepts_is_heeded():
    above = pipe("above", kind="odd", origin=REALM, descends=True, intercepts=True, to="nimbus:vault/other")
    finding = the_one(
        judged(
            estate(pipe(kind="odd"), above, vault(), Listing(kind="odd", at=REALM)),
            requirement(reach=reach(VAULT)),
        )
    )

    assert (finding.status, finding.reason, finding.cause) == ("gap", "intercepted", "nimbus:pipe/above")


def test_a_hop_that_intercepts_although_its_kind_should_not_is_heeded():
    kinds = tuple(
        dataclasses.replace(kind, intercepts=False) if kind.id == "nimbus.pipe" else kind for kind in HOPS
    )
    above = pipe("above", origin=REALM, descends=True, intercepts=True, to="nimbus:vault/other")
    inventory = with_header(estate(pipe(), above, vault()), hop_kinds=kinds)

    assert the_one(judged(inventory, requirement(reach=reach(VAULT)))).reason == "intercepted"


def test_a_needed_kind_without_a_row_must_be_listed_all_the_same():
    source = dataclasses.replace(AUDIT, needs=("nimbus.pipe", "odd"))
    inventory = with_header(estate(vault()), sources=(source,))
    listed = dataclasses.replace(
        inventory, facts=(*inventory.facts, Listing(kind="odd", at=SITE), Listing(kind="odd", at=REALM))
    )

    assert the_one(judged(inventory)).status == "unknown"
    assert the_one(judged(listed)).status == "gap"


def test_an_onward_kind_without_a_row_must_be_listed_all_the_same():
    rows = tuple(dataclasses.replace(row, onward=("odd",)) for row in DESTINATIONS)
    inventory = with_header(estate(pipe(to="nimbus:relay/r"), relay("r"), vault()), destination_kinds=rows)

    assert the_one(judged(inventory)).status == "unknown"


# --- Interception ----------------------------------------------------------------------------------------------------


def above(**changes):
    facts = {"origin": REALM, "descends": True, "intercepts": True, "to": VAULT}
    return pipe("above", **{**facts, **changes})


def test_an_interceptor_whose_filter_was_not_read_proves_nothing_with_or_without_the_hops_below():
    # It may select and exclude a record again: then it neither carries it on nor, perhaps, leaves it to others.
    for unread in (Unread("!x"), "lost"):
        finding = the_one(judged(estate(pipe(), above(filter=unread), vault())))

        assert (finding.status, finding.reason) == ("unknown", "blind-spot")


@pytest.mark.parametrize("field", ["intercepts", "descends", "enabled"])
def test_an_interceptor_that_may_or_may_not_act_is_no_proof_where_it_leads_astray(field):
    asked = requirement(reach=reach(VAULT))
    astray = above(to="nimbus:vault/other", **{field: Unread("!x")})

    assert the_one(judged(estate(pipe(), astray, vault()), asked)).status == "unknown"


def test_an_interceptor_takes_nothing_if_it_is_off_or_only_for_its_own_place():
    asked = requirement(reach=reach(VAULT))
    for changes in (
        {"enabled": False},
        {"descends": False},
        {"sources": ("other.*",)},
        {"effect": "generate"},
    ):
        astray = above(to="nimbus:vault/other", **changes)

        assert the_one(judged(estate(pipe(), astray, vault()), asked)).status == "covered"


def test_interceptors_do_not_take_from_hops_at_their_own_place():
    asked = requirement(reach=reach(VAULT))
    facts = (above(to="nimbus:vault/other"), pipe("beside", origin=REALM, descends=True), vault())

    assert the_one(judged(estate(*facts), asked)).status == "covered"


def test_an_interceptor_of_another_location_or_resource_takes_nothing_here():
    asked = requirement(reach=reach(VAULT), logs=(Logs(pattern="nimbus.traffic"),))
    tap = pipe("t", kind="nimbus.tap", location="north", resource="net-1")
    for changes in ({"location": "south"}, {"resource": "net-2"}, {"dimensions": {"part": "1"}}):
        astray = above(kind="nimbus.tap", to="nimbus:vault/other", **changes)

        assert the_one(judged(estate(tap, astray, vault()), asked)).status == "covered"
    taken = above(kind="nimbus.tap", to="nimbus:vault/other", location="north", resource="net-1")
    assert the_one(judged(estate(tap, taken, vault()), asked)).reason == "intercepted"


# --- Aliases ---------------------------------------------------------------------------------------------------------------

ALIAS = "stratus:shared/1"
TOP = "stratus:orgs/top"
ORG = "stratus:orgs/1"
DUCT = HopKind(
    id="stratus.duct",
    title="ducts",
    effects=("carry",),
    origins=("stratus.org",),
    descends=True,
    leads_to=("nimbus:vault/*",),
    intercepts=True,
)
SHARING = DestinationKind(
    id="stratus.shared", title="shared", pattern="stratus:shared/*", onward=("stratus.duct",)
)


def org(scope_id=ORG, **changes):
    facts = {
        "id": scope_id,
        "kind": "stratus.org",
        "provider": "stratus",
        "aliases": (Alias(id=ALIAS, sets={"verb": "write"}),) if scope_id == ORG else (),
        "locations": {"up": True, "down": False},
    }
    return site(**{"parent": TOP if scope_id == ORG else None, **facts, **changes})


def duct(name="d", **changes):
    return pipe(name, **{"kind": "stratus.duct", "origin": ORG, **changes})


SHARED = pipe("share", to=ALIAS)
DUCTS = (Listing(kind="stratus.duct", at=ORG), Listing(kind="stratus.duct", at=TOP))


def joined(*facts, scopes=None, kinds=(DUCT,), listings=DUCTS, **changes):
    inventory = estate(
        *facts, *listings, vault(), scopes=(realm(), site(), *(scopes or (org(), org(TOP)))), **changes
    )
    return with_header(inventory, hop_kinds=(*HOPS, *kinds), destination_kinds=(*DESTINATIONS, SHARING))


def verdict(*facts, **more):
    finding = the_one(judged(joined(*facts, **more)))
    return finding.status, finding.reason


def test_records_that_arrive_under_an_alias_meet_the_hops_of_its_scope():
    assert verdict(SHARED, duct()) == ("covered", None)
    assert verdict(SHARED) == ("gap", "not-routed")
    assert verdict(SHARED, duct(to=None)) == ("gap", "not-routed")


def test_what_an_alias_sets_is_what_filters_behind_it_see():
    writes, reads = only('{"verb": "write"}'), only('{"verb": "read"}')

    assert verdict(SHARED, duct(filter="f"), writes) == ("covered", None)
    assert verdict(SHARED, duct(filter="f"), reads)[0] == "gap"


def test_the_hops_above_an_aliased_scope_act_on_what_arrives_there():
    assert verdict(SHARED, duct(origin=TOP, descends=True)) == ("covered", None)
    assert verdict(SHARED, duct(origin=TOP, descends=False))[0] == "gap"


def test_a_hop_above_an_aliased_scope_may_take_what_arrives_there():
    astray = duct("above", origin=TOP, descends=True, intercepts=True, to="nimbus:vault/none")

    assert verdict(SHARED, duct(), astray, vault(id="nimbus:vault/none", exists=False))[0] == "gap"
    assert verdict(SHARED, duct(), listings=DUCTS[:1]) == ("unknown", "blind-spot")


def test_unlisted_hops_of_an_aliased_scope_may_carry_what_arrives_there():
    spot = denied(ORG, call="stratus:ListDucts", hides=("stratus.duct",))

    assert verdict(SHARED, spot, listings=DUCTS[1:]) == ("unknown", "blind-spot")
    assert verdict(listings=()) == ("gap", "not-routed")


def test_unlisted_hops_that_act_on_other_log_sources_carry_nothing_that_arrives_there():
    feed = dataclasses.replace(DUCT, id="stratus.feed", sources=("stratus.*",))

    assert verdict(SHARED, kinds=(DUCT, feed)) == ("gap", "not-routed")
    assert verdict(SHARED, kinds=(DUCT, dataclasses.replace(feed, sources=("*",)))) == (
        "unknown",
        "blind-spot",
    )


def test_records_that_never_set_out_never_arrive():
    off = pipe("share", to=ALIAS, enabled=False)

    assert verdict(off, duct()) == ("gap", "route-disabled")
    assert verdict(off, listings=())[0] == "gap"


@pytest.mark.parametrize(
    ("changes", "facts", "reason"),
    [
        (
            {"writer": "w"},
            (Admission(route="nimbus:pipe/share", destination=ALIAS, allowed=False),),
            "writer-denied",
        ),
        ({"delivery": Delivery(last_error="AccessDenied")}, (), "delivery-failing"),
        ({}, (Destination(id=ALIAS, kind="stratus.shared", end=False, exists=False),), "destination-missing"),
    ],
)
def test_an_alias_is_entered_like_any_destination(changes, facts, reason):
    assert verdict(dataclasses.replace(SHARED, **changes), duct(), *facts) == ("gap", reason)


def test_an_admission_to_an_alias_that_was_not_read_is_doubt():
    assert verdict(dataclasses.replace(SHARED, writer="w"), duct()) == ("unknown", "blind-spot")


def test_an_alias_that_two_scopes_claim_leads_to_nobody_knows_which():
    twin = org("stratus:orgs/2", parent=None, aliases=(Alias(id=ALIAS),))
    listings = (*DUCTS, Listing(kind="stratus.duct", at="stratus:orgs/2"))

    def claimed(*facts):
        return verdict(*facts, scopes=(org(), org(TOP), twin), listings=listings)

    assert claimed(SHARED, duct()) == ("unknown", "blind-spot")
    assert claimed(SHARED)[0] == "gap"


def test_an_alias_that_nobody_carries_may_lead_anywhere_its_kind_can():
    assert verdict(SHARED, scopes=(org(aliases=()), org(TOP))) == ("unknown", "blind-spot")


def test_nobody_knows_in_which_location_records_arrive():
    assert verdict(SHARED, duct(location="up")) == ("unknown", "blind-spot")
    assert verdict(SHARED, duct(resource="r")) == ("unknown", "blind-spot")
    astray = duct("above", origin=TOP, descends=True, intercepts=True, location="up", to="nimbus:vault/none")
    missing = vault(id="nimbus:vault/none", exists=False)
    assert verdict(SHARED, duct(), astray, missing) == ("unknown", "blind-spot")


def test_hops_of_an_aliased_scope_must_have_been_listed_in_all_its_locations():
    kind = dataclasses.replace(DUCT, per_location=True, descends=False, intercepts=False)
    here = Listing(kind="stratus.duct", at=ORG, location="up")

    def listed(*listings, **changes):
        return verdict(SHARED, kinds=(kind,), listings=listings, scopes=(org(**changes), org(TOP)))

    assert listed(here)[0] == "gap"
    assert listed()[0] == "unknown"
    assert listed(dataclasses.replace(here, location="down"))[0] == "unknown"
    assert listed(here, locations=Unread("!x"))[0] == "unknown"
    assert listed(here, locations={})[0] == "unknown"
    assert listed(dataclasses.replace(here, location=None), locations={})[0] == "gap"


def test_an_alias_of_the_scope_that_shares_is_a_circle_and_ends():
    circle = (realm(), site(aliases=(Alias(id=ALIAS),)))
    facts = (SHARED, vault(), pipe("onward", filter="f"), only('{"verb": "write"}'))

    assert the_one(judged(estate(*facts, scopes=circle))).status == "gap"
    assert the_one(judged(estate(SHARED, pipe(), vault(), scopes=circle))).status == "covered"


def test_a_chain_of_aliases_ends_in_doubt():
    scopes = tuple(
        org(f"stratus:orgs/{number}", parent=None, aliases=(Alias(id=f"stratus:shared/{number}"),))
        for number in range(1, DEPTH + 2)
    )
    ducts = tuple(
        duct(f"d{number}", origin=f"stratus:orgs/{number}", to=f"stratus:shared/{number + 1}")
        for number in range(1, DEPTH + 1)
    )
    listings = tuple(Listing(kind="stratus.duct", at=scope.id) for scope in scopes)

    assert verdict(SHARED, *ducts, scopes=scopes, listings=listings) == ("unknown", "blind-spot")


# --- Fields by other names --------------------------------------------------------------------------------------------------


def test_fields_of_emitters_and_hops_may_be_given_by_their_aliases():
    fields = tuple(
        dataclasses.replace(field, aliases=("who",), case="insensitive") if field.name == "user" else field
        for field in AUDIT.fields
    )
    source = dataclasses.replace(AUDIT, fields=fields)
    plain = Emitter(source="nimbus.audit", scope=SITE, fields={"place": SITE})
    named = Emitter(source="nimbus.audit", scope=SITE, fields={"who": "CI"})

    def status(text, *facts, to=VAULT, **changes):
        inventory = estate(
            named, pipe(filter="f", to=to, **changes), only(text), vault(), *facts, without=(plain,)
        )
        return the_one(judged(with_header(inventory, sources=(source,)))).status

    assert status('{"user": "ci"}') == "covered"
    assert status('{"who": "ci"}') == "covered"
    assert status('{"user": "ann"}') == "gap"
    through = (relay("r"), spout("r", VAULT, filter="g"), only('{"user": "robot"}', "g"))
    assert status("{}", *through, to="nimbus:relay/r", sets={"who": "Robot"}) == "covered"
    assert status("{}", *through, to="nimbus:relay/r", sets={"who": "other"}) == "gap"


def test_what_cannot_be_decided_may_come_out_otherwise_once_a_hop_has_changed_a_field():
    odd = Filter(id="odd", dialect="fields", text="?")
    rest = Filter(id="rest", dialect="fields", text="{}", exclusions=(Exclusion(name="x", text="?"),))

    def status(**changes):
        facts = (
            pipe("a", filter="odd"),
            pipe("b", to="nimbus:relay/r", **changes),
            relay("r"),
            spout("r", VAULT, filter="rest"),
        )
        return the_one(judged(estate(*facts, odd, rest, vault()))).status

    assert status() == "covered"
    assert status(sets={"place": SITE}) == "covered"
    assert status(sets={"user": "robot"}) == "unknown"


# --- Listings -------------------------------------------------------------------------------------------------------------------


def test_a_listing_of_another_location_proves_nothing_here_and_one_of_the_whole_place_does():
    here = Listing(kind="nimbus.tap", at=SITE, location="north", readings=(READ,))
    asked = requirement(logs=(Logs(pattern=TRAFFIC.id),))

    def status(*listings):
        return the_one(judged(estate(vault(), *listings, without=(here,)), asked)).status

    assert status() == "unknown"
    assert status(dataclasses.replace(here, location="south")) == "unknown"
    assert status(dataclasses.replace(here, location=None)) == "gap"


def test_withholding_above_may_hide_behind_a_missing_listing():
    gone = Listing(kind="nimbus.switch", at=REALM, readings=(READ,))
    asked = requirement(logs=(Logs(pattern="nimbus.access"),))

    assert the_one(judged(estate(switch(), pipe(), vault()), asked)).status == "covered"
    assert the_one(judged(estate(switch(), pipe(), vault(), without=(gone,)), asked)).status == "unknown"
