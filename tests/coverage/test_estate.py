"""The estate: lineages, what was read twice, what was never read, and what may be reached from where."""

import dataclasses

import pytest

from logcov.coverage import Estate, blind_spot_of
from logcov.coverage.doubles import agreed
from logcov.inventory import (
    Activity,
    Alias,
    BlindSpot,
    Delivery,
    Filter,
    Keep,
    Listing,
    Lock,
    Unread,
)
from logcov.selection.predicate import doubts
from nimbus import (
    DESTINATIONS,
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
    realm,
    site,
    the_one,
    vault,
    with_header,
)

CONFLICT = Unread("!conflict")
UNREAD = Unread("!x")


def indexed(*facts, **more):
    return Estate(estate(*facts, **more))


# --- Lineage ------------------------------------------------------------------------------------------------


def test_a_lineage_goes_to_the_top_nearest_first():
    lineage = indexed().lineage(SITE)

    assert (lineage.scopes, lineage.open_end) == ((SITE, REALM), None)


def test_a_lineage_is_open_where_a_parent_is_unread_unknown_or_comes_again():
    def open_end(*scopes):
        return indexed(scopes=scopes).lineage(SITE)

    unread = open_end(realm(), site(parent=UNREAD))
    unknown = open_end(site())
    circle = open_end(realm(parent=SITE), site())

    assert (unread.scopes, unread.open_end) == ((SITE,), "!x")
    assert (unknown.scopes, unknown.open_end) == ((SITE, REALM), f"!scope {REALM}")
    assert (circle.scopes, circle.open_end) == ((SITE, REALM), f"!parent {SITE}")


def test_a_circle_of_scopes_leaves_everything_in_doubt():
    scopes = (realm(parent=SITE), site())

    assert the_one(judged(estate(pipe(), vault(), scopes=scopes))).status == "unknown"


# --- Listings and blind spots ------------------------------------------------------------------------------------


def test_a_missing_listing_is_explained_by_the_blind_spot_that_hides_it():
    spot = denied(SITE, location="north", hides=("nimbus.tap", "nimbus.net"))
    everywhere = denied(SITE, call="nimbus:ListAll", hides=("nimbus.net",))
    found = indexed(spot, everywhere)

    assert found.why_unlisted("nimbus.tap", SITE, "north") == spot.id
    assert found.why_unlisted("nimbus.net", SITE, "north") == spot.id
    assert found.why_unlisted("nimbus.net", SITE, "south") == everywhere.id
    assert found.why_unlisted("nimbus.tap", SITE, "south") == f"!nimbus.tap {SITE} south"


def test_of_two_blind_spots_the_first_by_its_id_explains():
    spots = [denied(SITE, call=call, hides=("nimbus.tap",)) for call in ("b", "a")]

    assert indexed(*spots).why_unlisted("nimbus.tap", SITE, None) == f"!a {SITE}"


@pytest.mark.parametrize(("changes", "kind"), [({}, "not-observable"), ({"cut_short": True}, "cut-off")])
def test_a_read_that_was_never_made_gets_a_blind_spot_of_its_own(changes, kind):
    found = Estate(dataclasses.replace(estate(), **changes))

    spot = found.blind_spot(found.never_read("nimbus.tap", SITE, "east"))

    assert (spot.place, spot.location, spot.kind, spot.hides) == (SITE, "east", kind, ("nimbus.tap",))
    assert found.never_read("nimbus.tap", SITE, "east") == spot.id


def test_a_run_that_was_interrupted_is_cut_off_too():
    found = Estate(with_header(estate(), complete=False))

    assert found.blind_spot(found.never_read("x", SITE)).kind == "cut-off"


def test_a_known_blind_spot_is_never_made_up_again():
    spot = denied(SITE, id=f"!nimbus.tap {SITE}")
    found = indexed(spot)

    assert found.blind_spot(found.never_read("nimbus.tap", SITE)) == spot


def test_an_unread_value_may_name_a_blind_spot_that_is_lost():
    found = indexed()

    assert found.blind_spot("!lost").detail == "never read"
    assert found.blind_spot("!lost") is found.blind_spot("!lost")


def test_a_doubt_tells_its_blind_spot_and_what_of_it():
    found = indexed()

    (about,) = doubts(found.doubt("!x", "enabled of p"))

    assert blind_spot_of(about) == "!x"
    assert found.whether(True, "x") is True
    assert found.whether(UNREAD, "enabled of p") is found.doubt("!x", "enabled of p")


# --- Read twice ------------------------------------------------------------------------------------------------------


def test_what_one_of_two_reads_could_see_is_known():
    first = vault(retained=UNREAD, readings=("a",))
    second = vault(lock=UNREAD, owner=UNREAD, readings=("b",))

    assert agreed([first, second], CONFLICT) == vault(readings=("a", "b"))
    assert agreed([second, first], CONFLICT) == vault(readings=("a", "b"))


def test_what_two_reads_tell_differently_is_unread():
    kept = [vault(retained=(Keep(days=days),)) for days in (30, 400)]

    assert agreed(kept, CONFLICT) == vault(retained=CONFLICT)
    assert agreed([*kept, vault(retained=UNREAD)], CONFLICT) == vault(retained=CONFLICT)
    assert agreed([vault(lock=False), vault(lock=Lock(mode="locked", days=1))], CONFLICT).lock == CONFLICT


def test_what_nobody_could_read_stays_unread_for_the_first_reason():
    assert agreed([vault(lock=Unread("!b")), vault(lock=Unread("!a"), since=NOW)], CONFLICT).lock == Unread(
        "!a"
    )


def test_deliveries_are_compared_value_by_value():
    one = pipe(delivery=Delivery(last_success=NOW, last_error=UNREAD))
    two = pipe(delivery=Delivery(last_success="2026-11-01T00:00:00Z", last_error="x"))

    assert agreed([one, two], CONFLICT).delivery == Delivery(last_success=CONFLICT, last_error="x")
    assert agreed([one, pipe(delivery=None)], CONFLICT).delivery in {None, one.delivery}


def test_a_scope_found_by_two_targets_has_the_aliases_and_children_of_both():
    one = realm(aliases=(Alias(id="a"),), container=False)
    two = realm(aliases=(Alias(id="b"),), container=True, obtained_by="list")

    found = agreed([one, two], CONFLICT)

    assert (found.aliases, found.container) == ((Alias(id="a"), Alias(id="b")), True)
    assert agreed([two, one], CONFLICT) == found


def test_equal_records_are_one():
    assert agreed([vault(), vault()], CONFLICT) == vault()


def test_of_two_reads_the_one_that_asks_for_a_grant_or_claims_no_age_holds():
    one, two = pipe(writer="w@x", since=None), pipe(writer="", since="2026-01-01T00:00:00Z")

    found = agreed([one, two], CONFLICT)

    assert (found.writer, found.since) == ("w@x", None)
    assert agreed([two, one], CONFLICT) == found
    assert judged(estate(one, two, vault())).findings[0].status == "unknown"


def test_the_judge_hears_of_two_reads_that_disagree():
    short = vault(retained=(Keep(days=1),))
    asked_found = judged(estate(pipe(), vault(exists=False), vault(), short))
    (finding,) = asked_found.findings

    assert (finding.status, finding.reason, finding.cause) == ("unknown", "blind-spot", VAULT)
    assert [spot.call for spot in asked_found.blind_spots] == ["conflicting answers"]


def test_two_texts_of_one_filter_are_as_good_as_none():
    facts = (pipe(filter="f"), vault(), only("{}"))

    assert the_one(judged(estate(*facts))).status == "covered"
    twice = estate(*facts)
    twice = dataclasses.replace(twice, facts=(*twice.facts, only("{}")))
    assert the_one(judged(twice)).status == "covered"
    assert the_one(judged(estate(*facts, only('{"verb": "read"}')))).status == "unknown"
    changed = Filter(id="f", dialect="gcp.logging", text="{}")
    assert the_one(judged(estate(*facts, changed))).status == "unknown"


def test_two_blind_spots_of_one_id_hide_what_either_hides():
    spots = [denied(SITE, hides=(kind,)) for kind in ("nimbus.tap", "nimbus.net")]
    found = indexed(*spots)

    assert found.blind_spots[spots[0].id].hides == ("nimbus.net", "nimbus.tap")


def test_two_listings_of_one_kind_rest_on_the_readings_of_both():
    found = indexed(Listing(kind="nimbus.pipe", at=SITE, readings=("other",)))

    assert found.listings["nimbus.pipe", SITE, None].readings == ("other", READ)


def test_emitters_and_activity_are_in_an_order_of_their_own():
    facts = [Activity(source="nimbus.audit", scope=SITE, at=at) for at in (NOW, "2026-11-01T00:00:00Z")]
    one = indexed(*facts)
    two = Estate(dataclasses.replace(estate(*facts), facts=tuple(reversed(estate(*facts).facts))))

    assert one.emitters == two.emitters
    assert one.activities == two.activities


# --- Where records may come to -----------------------------------------------------------------------------------------


def test_a_destination_has_the_kind_of_its_longest_pattern():
    special = dataclasses.replace(DESTINATIONS[0], id="nimbus.special", pattern="nimbus:vault/special-*")
    found = Estate(with_header(estate(), destination_kinds=(special, *DESTINATIONS)))

    assert found.destination_kind("nimbus:vault/special-1").id == "nimbus.special"
    assert found.destination_kind("nimbus:vault/v").id == "nimbus.vault"
    assert found.destination_kind("stratus:x") is None


def test_what_may_be_reached_is_asked_once_and_widens_no_further_than_needed():
    found = indexed()

    assert found.reachable(("nimbus:relay/*",)) == ("nimbus:relay/*", "nimbus:vault/*")
    assert found.reachable(("*",)) == ("*",)
    assert found.may_reach(("nimbus:relay/*",), ("nimbus:vault/x",))
    assert not found.may_reach(("nimbus:vault/*",), ("nimbus:relay/x",))
    assert not found.may_reach(("nimbus:vault/*",), ("nimbus:relay/x",))
    assert found.reachable(("nimbus:relay/*",)) is found.reachable(("nimbus:relay/*",))


def test_every_kind_of_fact_has_its_place():
    found = indexed(pipe(), vault(), only("{}"), denied(SITE), Activity(source="x", scope=SITE, at=NOW))

    assert (found.routes.keys(), found.destinations.keys(), found.filters.keys()) == (
        {"nimbus:pipe/p"},
        {VAULT},
        {"f"},
    )
    assert isinstance(found.blind_spots[denied(SITE).id], BlindSpot)
