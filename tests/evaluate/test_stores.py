"""Stores that hold records: each is judged by every way into it, and what nobody could see is never covered."""

import dataclasses

import pytest

from logcov.inventory import Admission, Delivery, Destination, Emitter, Keep, Listing, Lock, Unread
from logcov.policy import Clause, Logs, Place, Stores, Terms
from nimbus import (
    AUDIT,
    DEPOT,
    EMITTERS,
    LISTINGS,
    NOW,
    REALM,
    SITE,
    VAULT,
    denied,
    depot,
    estate,
    exemption,
    judged,
    only,
    pipe,
    realm,
    requirement,
    site,
    switch,
    the_one,
    vault,
    with_header,
)

SITE_TOO = "nimbus:sites/t"


def stores(*patterns, holding="nimbus.audit", **terms):
    wanted = Terms(**(terms or {"encrypted": "customer-key"}))
    place = Place(name="vaults", patterns=patterns or ("nimbus:vault/*",))
    return Stores(named="vaults", holding=holding, places=(place,), terms=wanted)


def rule(*patterns, holding="nimbus.audit", logs=None, where=(), **terms):
    return requirement(
        id="test:stores",
        logs=logs or (Logs(pattern=holding),),
        where=where,
        reach=None,
        stores=stores(*patterns, holding=holding, **terms),
    )


def listed(name, without=()):
    return tuple(one for one in LISTINGS if one.kind == name and one not in without)


def found(inventory, *rules, **more):
    return judged(inventory, *(rules or (rule(),)), **more)


def test_a_store_that_is_as_asked_is_covered_and_stands_at_its_owner():
    finding = the_one(found(estate(pipe(), vault())))

    assert (finding.status, finding.basis, finding.reason) == ("covered", "proven", None)
    assert (finding.source, finding.scope, finding.location, finding.resource) == (
        "nimbus.audit",
        DEPOT,
        None,
        VAULT,
    )
    assert finding.detail == (
        "nimbus:vault/v holds records of 1 place matching nimbus.audit, and is as the policy asks, by every way into it."
    )
    assert [step.id for step in finding.path] == [SITE, "nimbus:pipe/p", VAULT]
    assert finding.evidence


@pytest.mark.parametrize(
    ("changes", "terms", "reason"),
    [
        ({"encrypted": "provider"}, {"encrypted": "customer-key"}, "not-encrypted"),
        ({"private": False}, {"private": True}, "public"),
        ({"deleters": ("nimbus:people/all",)}, {"deletable_by": ("nimbus:people/boss",)}, "deletable"),
        ({"lock": False}, {"immutable": "locked"}, "not-immutable"),
        ({"lock": Lock(mode="bypassable", days=None)}, {"immutable": "locked"}, "not-immutable"),
        ({"retained": (Keep(days=30),)}, {"retain": 365}, "retention-too-short"),
        ({"owner": SITE}, {"separate": True}, "not-separate"),
    ],
)
def test_a_store_that_is_not_as_asked_is_a_gap_with_the_terms_reason(changes, terms, reason):
    finding = the_one(found(estate(pipe(), vault(**changes)), rule(**terms)))

    assert (finding.status, finding.reason, finding.cause, finding.extent) == ("gap", reason, VAULT, "all")
    assert finding.detail.startswith(f"{VAULT} holds records of {SITE}: ")
    assert finding.witness is not None
    assert finding.remediation


def test_every_route_into_the_store_must_hold_the_terms():
    good, bad = pipe(validated=True), pipe("other", origin=REALM, validated=False)

    covered = the_one(found(estate(good, vault()), rule(validated=True)))
    gap = the_one(found(estate(good, bad, vault()), rule(validated=True)))

    assert covered.status == "covered"
    assert (gap.status, gap.reason, gap.cause, gap.extent) == (
        "gap",
        "not-validated",
        "nimbus:pipe/other",
        "some",
    )


def test_each_prefix_is_kept_as_its_own_rules_say():
    long, short = pipe(prefix="a/"), pipe("short", origin=REALM, prefix="b/")
    kept = vault(retained=(Keep(), Keep(prefix="b/", days=30)))

    assert the_one(found(estate(long, kept), rule(retain=365))).status == "covered"
    assert the_one(found(estate(long, short, kept), rule(retain=365))).reason == "retention-too-short"


def test_several_places_of_a_gap_are_counted():
    inventory = estate(pipe(origin=REALM, descends=True), vault(encrypted="none"))

    assert "of nimbus:realms/r and of 1 more place: " in the_one(found(inventory)).detail


def test_a_term_that_was_not_read_is_unknown_and_names_its_blind_spot():
    spot = denied(VAULT, "nimbus:ReadKey")
    inventory = estate(pipe(), vault(encrypted=Unread(spot.id)), spot)

    finding = the_one(found(inventory))

    assert (finding.status, finding.reason) == ("unknown", "blind-spot")
    assert "nimbus:ReadKey at nimbus:vault/v was refused" in finding.detail
    assert finding.remediation == "Let logcov read it: grant nimbus:ReadKey."


def test_a_term_that_no_api_shows_is_named_and_not_judged():
    inventory = estate(pipe(), vault(private=None))

    both = found(inventory, rule(private=True, encrypted="customer-key"))
    alone = found(inventory, rule(private=True))

    assert the_one(both).status == "covered"
    assert both.requirements[0].not_assessed == ("private",)
    assert the_one(alone).status == "not-applicable"
    assert the_one(alone).detail == "No API shows of nimbus:vault/v what the policy asks: private."


def test_a_way_that_may_be_off_does_not_decide_whether_there_is_anything_to_judge():
    spot = denied("nimbus:realms/r")
    mute = pipe("mute", origin=REALM, descends=True, validated=None)
    sealed = pipe("sealed", validated=True)
    maybe = dataclasses.replace(sealed, enabled=Unread(spot.id))

    def said(*pipes):
        return the_one(found(estate(*pipes, vault(), spot), rule(validated=True))).status

    assert said(mute) == "not-applicable"
    assert said(mute, sealed) == "covered"
    assert said(mute, maybe) == "unknown"


def test_a_store_where_nothing_arrives_holds_nothing():
    elsewhere = pipe(to="nimbus:vault/else")
    for facts in [
        (pipe(enabled=False), vault()),
        (pipe(filter="f"), only('{"user": "x"}', "f"), vault()),
        (pipe(), vault(exists=False)),
        (elsewhere, vault(id="nimbus:vault/else"), vault()),
        (pipe(sources=("nimbus.traffic",)), vault()),
    ]:
        asked = dataclasses.replace(rule("nimbus:vault/v"), only={"user": ("y",)})

        assert found(estate(*facts), asked).findings == ()


def test_a_relay_is_no_store():
    relay = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False, consumed=True)

    assert found(estate(pipe(to="nimbus:relay/r"), relay), rule("*")).findings == ()


def test_records_that_only_may_arrive_make_a_failing_store_unknown_and_a_good_one_covered():
    spot = denied(SITE)
    doubtful = pipe(enabled=Unread(spot.id))

    bad = the_one(found(estate(doubtful, vault(encrypted="none"), spot)))
    good = the_one(found(estate(doubtful, vault(), spot)))

    assert (bad.status, bad.reason) == ("unknown", "blind-spot")
    assert good.status == "covered"


def test_a_filter_that_cannot_be_decided_leaves_a_failing_store_unknown():
    inventory = estate(pipe(filter="f"), only("{", "f"), vault(encrypted="none"))

    finding = the_one(found(inventory))

    assert (finding.status, finding.reason) == ("unknown", "undecidable-filter")


def test_a_sample_fills_the_store():
    inventory = estate(
        pipe(filter="f"), dataclasses.replace(only("0.5", "f"), dialect="sample"), vault(encrypted="none")
    )

    assert the_one(found(inventory)).status == "gap"


def test_exceptions_and_conditions_say_which_records_make_a_store_count():
    facts = (pipe(filter="f"), only('{"user": "ci"}', "f"), vault(encrypted="none"))
    excepted = dataclasses.replace(
        rule(), excepting=requirement().excepting, only={"verb": ("read",), "user": ("ann",)}
    )

    assert found(estate(*facts)).findings[0].status == "gap"
    assert found(estate(*facts), excepted).findings == ()


def test_only_emitters_that_the_selector_selects_fill_a_store():
    where = (Clause(scopes=(REALM,)),)

    assert found(estate(pipe(), vault()), rule(where=where)).findings == ()


def test_an_emitter_that_only_may_be_selected_makes_a_would_be_gap_unclassified():
    where = (Clause(labels={"tier": ("1",)}),)
    bad = the_one(found(estate(pipe(), vault(encrypted="none")), rule(where=where)))
    good = the_one(found(estate(pipe(), vault()), rule(where=where)))

    assert (bad.status, bad.reason, bad.cause) == ("unknown", "unclassified", SITE)
    assert good.status == "covered"


def test_an_emitter_that_writes_nothing_fills_nothing():
    idle = Emitter(source="nimbus.audit", scope=SITE, not_applicable="closed")
    inventory = estate(pipe(), vault(), idle, without=(EMITTERS[0],))

    assert found(inventory).findings == ()


def test_a_scope_that_may_be_closed_leaves_a_failing_store_unknown():
    spot = denied(SITE, "nimbus:State")
    scopes = (realm(), site(state=Unread(spot.id)))
    inventory = estate(pipe(), vault(encrypted="none"), spot, scopes=scopes)

    assert the_one(found(inventory)).status == "unknown"


def test_a_listing_that_is_missing_is_one_unknown_at_the_top_and_stores_that_a_new_way_could_fail_are_unknown():
    missing = Listing(kind="nimbus.pipe", at=SITE, readings=("read it",))
    by_route = found(estate(pipe(validated=True), vault(), without=(missing,)), rule(validated=True))
    by_store = found(estate(pipe(), vault(), without=(missing,)))

    assert [(one.scope, one.resource, one.status) for one in by_route.findings] == [
        (DEPOT, VAULT, "unknown"),
        (REALM, "*", "unknown"),
    ]
    assert "nimbus.pipe at nimbus:sites/s was never read" in by_route.findings[0].detail
    assert by_route.findings[1].detail == (
        "Could not tell for nimbus:realms/r: which stores hold records of nimbus.audit: "
        "nimbus.pipe at nimbus:sites/s was never read."
    )
    assert [(one.resource, one.status) for one in by_store.findings] == [(VAULT, "covered"), ("*", "unknown")]


def test_what_could_not_be_listed_but_cannot_lead_to_such_stores_is_no_doubt():
    missing = Listing(kind="nimbus.pipe", at=SITE, readings=("read it",))
    inventory = estate(vault(), without=(missing,))

    assert found(inventory, rule("nimbus:elsewhere/*")).findings == ()


def test_a_hidden_way_that_no_asked_record_could_take_is_no_doubt():
    inventory = estate(vault(), without=(LISTINGS[2],))
    asked = dataclasses.replace(rule(), only={"verb": ("neither",)})

    assert found(inventory, asked).findings == ()


def test_emitters_that_could_not_be_listed_may_fill_any_store():
    inventory = estate(
        pipe("t", kind="nimbus.tap", location="north", sources=("nimbus.traffic",)),
        vault(),
        without=(LISTINGS[6],),
    )
    asked = found(inventory, rule(holding="nimbus.traffic", separate=True))

    assert [(one.resource, one.status) for one in asked.findings] == [(VAULT, "covered"), ("*", "unknown")]
    assert asked.findings[1].source == "nimbus.traffic"


def test_scopes_that_could_not_be_listed_may_fill_any_store():
    inventory = estate(pipe(), vault(), without=(LISTINGS[0],))

    owned = found(inventory, rule(separate=True))
    unselected = found(inventory, rule(separate=True, where=(Clause(scopes=(SITE,)),)))

    assert [(one.resource, one.status) for one in owned.findings] == [(VAULT, "unknown"), ("*", "unknown")]
    assert [(one.resource, one.status) for one in unselected.findings] == [(VAULT, "covered")]


def test_an_inventory_that_was_cut_short_covers_nothing_for_sure():
    inventory = dataclasses.replace(estate(pipe(validated=True), vault()), cut_short=True)

    statuses = {one.resource: one.status for one in found(inventory, rule(validated=True)).findings}

    assert statuses == {VAULT: "unknown", "*": "unknown"}


def test_a_store_of_which_nobody_knows_whose_it_is_stands_at_the_top_and_is_unknown():
    spot = denied(DEPOT, "nimbus:ListVaults")
    inventory = estate(pipe(), vault(encrypted="none", owner=Unread(spot.id)), spot)

    finding = the_one(found(inventory))

    assert (finding.scope, finding.status, finding.cause) == (REALM, "unknown", VAULT)
    assert "whose nimbus:vault/v is could not be read" in finding.detail


def test_with_several_tops_a_store_without_known_owner_may_stand_below_each():
    spot = denied(DEPOT, "nimbus:ListVaults")
    other = site(id=SITE_TOO, parent=None)
    inventory = estate(pipe(), vault(owner=Unread(spot.id)), spot, scopes=(realm(), site(), other))

    places = {(one.scope, one.resource): one.status for one in found(inventory).findings}

    assert places[REALM, VAULT] == "unknown"
    assert places[REALM, "*"] == places[SITE_TOO, "*"] == "unknown"


def test_a_store_that_nobody_audited_owns_stands_at_the_top():
    assert the_one(found(estate(pipe(), vault(owner=None)))).scope == REALM


def test_a_store_that_nobody_read_is_unknown():
    finding = the_one(found(estate(pipe())))

    assert (finding.status, finding.resource) == ("unknown", VAULT)


def test_records_that_somebody_vouches_to_be_written_fill_stores_too():
    from datetime import date

    from logcov.policy import Attestation

    word = Attestation(
        id="A-1",
        logs=(Logs(pattern="nimbus.access"),),
        where=(),
        to=None,
        by="us",
        starts=date(2026, 1, 1),
        expires=date(2027, 1, 1),
        evidence="seen",
    )
    inventory = estate(pipe(), vault(encrypted="none"))
    asked = rule(holding="nimbus.access")

    assert found(inventory, asked).findings == ()
    assert the_one(found(inventory, asked, attestations=(word,))).status == "gap"


def test_records_that_nothing_has_written_fill_no_store():
    asked = rule(holding="nimbus.access")

    assert found(estate(pipe(), vault()), asked).findings == ()
    assert the_one(found(estate(pipe(), switch(), vault()), asked)).status == "covered"


def test_an_exemption_accepts_a_store_by_its_id_or_its_owner():
    inventory = estate(pipe(), vault(encrypted="none"))
    for where in [(Clause(resource_ids=(VAULT,)),), (Clause(scopes=(DEPOT,)),)]:
        finding = the_one(found(inventory, rule(), exemptions=(exemption(where=where),)))

        assert (finding.status, finding.reason) == ("exempt", "not-encrypted")


def test_stores_of_what_is_not_audited_are_none():
    assessment = found(estate(vault()), rule(holding="other.logs"))

    assert assessment.findings == ()
    assert any("was not audited" in line for line in assessment.warnings)


def test_a_late_delivery_is_asked_of_each_route():
    late = pipe(delivery=Delivery(last_success="2026-11-22T07:00:00Z"))
    inventory = estate(late, vault())

    assert NOW.startswith("2026-11-22T08")
    assert the_one(found(inventory, rule(delivered_within=2))).status == "covered"


def test_one_finding_for_all_log_sources_of_a_pattern_and_their_limits_are_told():
    limited = dataclasses.replace(AUDIT, limits=("not all of it",))
    inventory = with_header(
        estate(pipe(), switch(), vault()), sources=(limited, *estate().header.sources[1:])
    )

    assessment = found(inventory, rule(holding="nimbus.*"))

    assert the_one(assessment).source == "nimbus.*"
    assert assessment.limits == ("nimbus.audit: not all of it",)


def test_the_log_sources_behind_a_blind_spot_are_named_not_their_pattern():
    spot = denied(VAULT, "nimbus:ReadKey")
    assessment = found(estate(pipe(), vault(encrypted=Unread(spot.id)), spot), rule(holding="nimbus.a*"))

    assert assessment.blind_spots[0].affects == ("nimbus.audit",)


def test_a_writer_that_is_denied_fills_nothing():
    refused = Admission(route="nimbus:pipe/p", destination=VAULT, allowed=False)

    assert found(estate(pipe(writer="w"), refused, vault())).findings == ()


def test_an_owner_that_is_not_in_the_inventory_is_named_all_the_same():
    scopes = (realm(), site())
    inventory = estate(pipe(), vault(), without=(LISTINGS[2], depot()), scopes=scopes)

    assert {one.scope for one in found(inventory).findings} == {DEPOT, REALM}


def test_a_pattern_to_which_nothing_leads_is_warned_of():
    assessment = found(estate(pipe(), vault()), rule("nimbus:vaults/*"))

    assert any(
        "vaults names nimbus:vaults/*, but nothing in this inventory leads there" in one
        for one in assessment.warnings
    )
    assert any("test:stores matches nothing" in one for one in assessment.warnings)


def test_all_that_hides_ways_into_a_store_is_named_once():
    inventory = estate(pipe(validated=True), vault(), without=(LISTINGS[1], LISTINGS[2]))

    finding = found(inventory, rule(validated=True)).findings[0]

    assert (finding.resource, finding.status) == (VAULT, "unknown")
    assert finding.detail.count("was never read") == 2
