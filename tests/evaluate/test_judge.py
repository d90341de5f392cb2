"""The judge, on an invented fifth provider: what each state of an estate leads to."""

import dataclasses
from datetime import date

import pytest

from logcov.evaluate import evaluate
from logcov.inventory import (
    Activity,
    Admission,
    Delivery,
    Destination,
    Emitter,
    Exclusion,
    Filter,
    Keep,
    Listing,
    Lock,
    Route,
    Unread,
)
from logcov.policy import Attestation, Clause, Leg, Logs, Place, Reach, RecordException, Terms, Vouched
from nimbus import (
    ACCESS,
    NOW,
    READ,
    REALM,
    SITE,
    TODAY,
    VAULT,
    denied,
    estate,
    exemption,
    judged,
    only,
    pipe,
    policies,
    reach,
    realm,
    requirement,
    site,
    switch,
    the_one,
    vault,
)


def test_a_record_that_reaches_the_vault_is_covered_and_proven():
    finding = the_one(judged(estate(pipe(), vault())))

    assert (finding.status, finding.basis, finding.reason) == ("covered", "proven", None)
    assert [step.id for step in finding.path] == [SITE, "nimbus:pipe/p", VAULT]
    assert finding.evidence[0].api == "nimbus:ReadAll"


def test_without_any_pipe_the_records_are_not_routed():
    finding = the_one(judged(estate(vault())))

    assert (finding.status, finding.reason, finding.extent) == ("gap", "not-routed", "all")
    assert finding.witness is not None


def test_a_missing_listing_of_pipes_leaves_it_open_whether_records_are_routed():
    gone = Listing(kind="nimbus.pipe", at=SITE, readings=(READ,))
    finding = the_one(judged(estate(vault(), without=(gone,))))

    assert (finding.status, finding.reason) == ("unknown", "blind-spot")


def test_a_filter_that_lets_only_writes_through_loses_reads_and_says_which():
    inventory = estate(pipe(filter="f"), vault(), only('{"verb": "write"}'))
    finding = the_one(judged(inventory))

    assert (finding.status, finding.reason, finding.extent) == ("gap", "filtered-out", "some")
    assert finding.witness is not None
    assert finding.witness["verb"] == "read"
    assert finding.cause == "nimbus:pipe/p"
    assert "verb=read" in finding.detail


def test_two_pipes_that_are_complete_together_cover():
    inventory = estate(
        pipe("a", filter="w"),
        pipe("b", filter="r"),
        vault(),
        only('{"verb": "write"}', "w"),
        only('{"verb": "read"}', "r"),
    )

    assert the_one(judged(inventory)).status == "covered"


@pytest.mark.parametrize(
    ("facts", "reason", "cause"),
    [
        ((pipe(enabled=False), vault()), "route-disabled", "nimbus:pipe/p"),
        ((pipe(), vault(exists=False)), "destination-missing", VAULT),
        (
            (pipe(), vault(usable=False, unusable_because="its key is disabled")),
            "destination-unusable",
            VAULT,
        ),
        (
            (
                pipe(writer="w@nimbus"),
                vault(),
                Admission(route="nimbus:pipe/p", destination=VAULT, allowed=False, because="no grant"),
            ),
            "writer-denied",
            VAULT,
        ),
        (
            (pipe(delivery=Delivery(last_success=None, last_error="AccessDenied")), vault()),
            "delivery-failing",
            "nimbus:pipe/p",
        ),
        (
            (
                pipe(delivery=Delivery(last_success="2026-11-10T00:00:00Z")),
                vault(),
                Activity(source="nimbus.audit", scope=SITE, at="2026-11-20T00:00:00Z"),
            ),
            "stale",
            "nimbus:pipe/p",
        ),
    ],
)
def test_a_broken_hop_is_named_by_its_reason(facts, reason, cause):
    finding = the_one(judged(estate(*facts)))

    assert (finding.status, finding.reason, finding.cause) == ("gap", reason, cause)
    assert finding.remediation


@pytest.mark.parametrize(
    ("changes", "terms", "reason"),
    [
        ({"retained": (Keep(days=30),)}, {"retain": 365}, "retention-too-short"),
        ({"online": (Keep(days=30),)}, {"online": 90}, "not-online-long-enough"),
        ({"searchable": (Keep(days=0),)}, {"searchable": 90}, "not-searchable-long-enough"),
        ({"lock": False}, {"immutable": "bypassable"}, "not-immutable"),
        ({"lock": Lock(mode="bypassable", days=None)}, {"immutable": "locked"}, "not-immutable"),
        ({"lock": Lock(mode="locked", days=30)}, {"immutable": "locked", "retain": 365}, "not-immutable"),
        ({"encrypted": "provider"}, {"encrypted": "customer-key"}, "not-encrypted"),
        ({"encrypted": "none"}, {"encrypted": "any"}, "not-encrypted"),
        ({"owner": SITE}, {"separate": True}, "not-separate"),
        ({"private": False}, {"private": True}, "public"),
        ({"deleters": ("nimbus:mallory",)}, {"deletable_by": ("nimbus:admins",)}, "deletable"),
    ],
)
def test_a_store_that_breaks_a_term_is_a_gap_of_that_term(changes, terms, reason):
    asked = requirement(reach=reach(**terms))
    finding = the_one(judged(estate(pipe(), vault(**changes)), asked))
    good = the_one(judged(estate(pipe(), vault()), asked))

    assert (finding.status, finding.reason, finding.cause) == ("gap", reason, VAULT)
    assert good.status == "covered"


@pytest.mark.parametrize(
    "field", ["retained", "online", "searchable", "lock", "encrypted", "private", "deleters", "owner"]
)
def test_a_term_that_could_not_be_read_is_unknown(field):
    asked = requirement(
        reach=reach(
            retain=10,
            online=10,
            searchable=10,
            immutable="bypassable",
            encrypted="any",
            separate=True,
            private=True,
            deletable_by=(),
        )
    )
    finding = the_one(judged(estate(pipe(), vault(**{field: Unread("!denied")})), asked))

    assert (finding.status, finding.reason, finding.cause) == ("unknown", "blind-spot", VAULT)


@pytest.mark.parametrize(
    ("field", "terms", "name"),
    [
        ("lock", {"immutable": "locked"}, "immutable"),
        ("encrypted", {"encrypted": "any"}, "encrypted"),
        ("private", {"private": True}, "private"),
        ("deleters", {"deletable_by": ()}, "deletable_by"),
        ("validated", {"validated": True}, "validated"),
        ("delivery", {"delivered_within": 24}, "delivered_within"),
    ],
)
def test_a_term_that_no_api_shows_is_listed_as_not_assessed(field, terms, name):
    changes = {field: None} if field in {"lock", "encrypted", "private", "deleters"} else {}
    assessment = judged(estate(pipe(), vault(**changes)), requirement(reach=reach(**terms)))

    assert the_one(assessment).status == "covered"
    assert assessment.requirements[0].not_assessed == (name,)


def test_validation_is_a_property_of_the_hop():
    asked = requirement(reach=reach(validated=True))

    assert the_one(judged(estate(pipe(validated=True), vault()), asked)).status == "covered"
    assert the_one(judged(estate(pipe(validated=False), vault()), asked)).reason == "not-validated"
    assert the_one(judged(estate(pipe(validated=Unread("!x")), vault()), asked)).status == "unknown"


def test_delivery_in_time_is_proved_by_a_fresh_delivery_only():
    asked = requirement(reach=reach(delivered_within=24))
    fresh = pipe(delivery=Delivery(last_success="2026-11-22T07:00:00Z"))
    old = pipe(delivery=Delivery(last_success="2026-11-20T07:00:00Z"))
    unread = pipe(delivery=Delivery(last_success=Unread("!x")))

    assert the_one(judged(estate(fresh, vault()), asked)).status == "covered"
    assert the_one(judged(estate(old, vault()), asked)).status == "unknown"
    assert the_one(judged(estate(unread, vault()), asked)).status == "unknown"


def test_a_store_that_says_nothing_of_its_retention_is_unknown():
    finding = the_one(judged(estate(pipe(), vault(retained=())), requirement(reach=reach(retain=1))))

    assert finding.status == "unknown"


def test_a_rule_for_part_of_the_prefix_may_or_may_not_hit_the_records():
    asked = requirement(reach=reach(retain=365))
    part = vault(retained=(Keep(prefix="logs/", days=None), Keep(prefix="logs/s/special/", days=7)))
    whole = vault(retained=(Keep(prefix="logs/", days=7),))
    other = vault(retained=(Keep(prefix="tmp/", days=7),))

    assert the_one(judged(estate(pipe(prefix="logs/s/"), part), asked)).status == "unknown"
    assert the_one(judged(estate(pipe(prefix="logs/s/"), whole), asked)).status == "gap"
    assert the_one(judged(estate(pipe(prefix="logs/s/"), other), asked)).status == "covered"


def test_an_end_that_is_not_approved_is_the_wrong_destination():
    finding = the_one(judged(estate(pipe(), vault()), requirement(reach=reach("nimbus:vault/other"))))

    assert (finding.status, finding.reason) == ("gap", "wrong-destination")
    assert VAULT in finding.detail


def test_an_intercepting_pipe_above_takes_the_records_and_is_named():
    inventory = estate(
        pipe(),
        vault(),
        pipe("above", origin=REALM, descends=True, intercepts=True, to="nimbus:vault/other"),
        vault(id="nimbus:vault/other"),
    )
    finding = the_one(judged(inventory, requirement(reach=reach(VAULT))))

    assert (finding.status, finding.reason, finding.cause) == ("gap", "intercepted", "nimbus:pipe/above")


def test_nothing_intercepts_what_is_immune():
    inventory = estate(
        pipe(immune=True),
        vault(),
        pipe("above", origin=REALM, descends=True, intercepts=True, to="nimbus:vault/other"),
        vault(id="nimbus:vault/other"),
    )

    assert the_one(judged(inventory, requirement(reach=reach(VAULT)))).status == "covered"


def test_an_unlisted_ancestor_may_intercept_so_that_lower_pipes_prove_nothing():
    gone = Listing(kind="nimbus.pipe", at=REALM, readings=(READ,))
    lower = the_one(judged(estate(pipe(), vault(), without=(gone,))))
    higher = the_one(judged(estate(pipe(origin=REALM, descends=True), vault(), without=(gone,))))

    assert (lower.status, lower.reason) == ("unknown", "blind-spot")
    assert higher.status == "covered"


def test_what_an_interceptor_excludes_is_in_doubt_for_the_pipes_below():
    excluded = Filter(
        id="f", dialect="fields", text="{}", exclusions=(Exclusion(name="x", text='{"verb": "read"}'),)
    )
    inventory = estate(
        pipe(),
        vault(),
        pipe("above", origin=REALM, descends=True, intercepts=True, filter="f"),
        excluded,
    )

    assert the_one(judged(inventory)).status == "unknown"


def test_an_unfiltered_pipe_of_the_realm_covers_the_site_only_if_it_descends():
    with_children = estate(pipe(origin=REALM, descends=True), vault())
    without = estate(pipe(origin=REALM, descends=False), vault())
    unread = estate(pipe(origin=REALM, descends=Unread("!x")), vault())

    assert the_one(judged(with_children)).status == "covered"
    assert the_one(judged(without)).reason == "not-routed"
    assert the_one(judged(unread)).status == "unknown"


# --- Generation ---------------------------------------------------------------------------------------------


def access(**changes):
    return requirement(**{"logs": (Logs(pattern="nimbus.access"),), **changes})


def test_a_log_that_nothing_switches_on_is_not_generated():
    finding = the_one(judged(estate(pipe(), vault()), access()))

    assert (finding.status, finding.reason, finding.extent) == ("gap", "not-generated", "all")


def test_a_switch_that_is_off_is_what_to_mend_if_it_would_have_the_record_written():
    off = switch("off", enabled=False, raw={"recording": False})
    finding = the_one(judged(estate(pipe(), vault(), off), access()))

    assert (finding.reason, finding.cause) == ("not-generated", "nimbus:switch/off")
    assert "is switched off" in finding.detail
    assert {"recording": False} in [one.value for one in finding.evidence]


def test_a_switch_that_is_off_and_for_other_records_is_not_what_to_mend():
    off = switch("off", enabled=False, filter="f")
    asked = access(only={"user": ("eve",)})
    finding = the_one(judged(estate(pipe(), vault(), off, only('{"user": "ci"}')), asked))

    assert (finding.reason, finding.cause) == ("not-generated", SITE)


def test_a_switch_at_the_realm_has_the_site_written():
    assert (
        the_one(judged(estate(pipe(), vault(), switch(origin=REALM, descends=True)), access())).status
        == "covered"
    )


def test_an_exempted_user_makes_it_partly_generated_with_the_user_as_witness():
    inventory = estate(
        pipe(), vault(), switch(), switch("exempt", effect="withhold", filter="f"), only('{"user": "ci"}')
    )
    finding = the_one(judged(inventory, access()))

    assert (finding.reason, finding.cause) == ("partly-generated", "nimbus:switch/exempt")
    assert finding.witness is not None
    assert finding.witness["user"] == "ci"


def test_only_some_verbs_switched_on_is_partly_generated():
    inventory = estate(pipe(), vault(), switch(filter="f"), only('{"verb": "write"}'))
    finding = the_one(judged(inventory, access()))

    assert (finding.reason, finding.extent) == ("partly-generated", "some")


def test_unlisted_switches_leave_generation_open_both_ways():
    gone = Listing(kind="nimbus.switch", at=REALM, readings=(READ,))

    off = the_one(judged(estate(pipe(), vault(), without=(gone,)), access()))
    on = the_one(judged(estate(pipe(), vault(), switch(), without=(gone,)), access()))

    assert (off.status, off.reason) == ("unknown", "blind-spot")
    assert (on.status, on.reason) == ("unknown", "blind-spot")


def test_without_reach_it_is_enough_that_records_are_generated():
    asked = access(reach=None)

    assert the_one(judged(estate(switch()), asked)).status == "covered"
    assert the_one(judged(estate(), asked)).reason == "not-generated"
    assert the_one(judged(estate(), requirement(reach=None))).status == "covered"


def traffic(**changes):
    return requirement(**{"logs": (Logs(pattern="nimbus.traffic"),), **changes})


def tap(**changes):
    return pipe("t", **{"kind": "nimbus.tap", "location": "north", "resource": "net-1", **changes})


def test_a_setting_that_writes_and_delivers_is_a_carrying_hop():
    assert the_one(judged(estate(tap(), vault()), traffic())).status == "covered"
    assert the_one(judged(estate(vault()), traffic())).reason == "not-routed"
    assert the_one(judged(estate(tap(location="south"), vault()), traffic())).reason == "not-routed"
    assert the_one(judged(estate(tap(resource="net-2"), vault()), traffic())).reason == "not-routed"
    assert the_one(judged(estate(tap(), vault()), traffic(reach=None))).status == "covered"
    assert the_one(judged(estate(vault()), traffic(reach=None))).reason == "not-generated"


# --- Unlisted emitters and scopes ------------------------------------------------------------------------------


def test_unlisted_resources_become_one_unknown_at_their_place():
    gone = (
        Listing(kind="nimbus.net", at=SITE, location="north", readings=(READ,)),
        Emitter(source="nimbus.traffic", scope=SITE, location="north", resource="net-1", in_use=True),
    )
    spot = denied(SITE, location="north", hides=("nimbus.net",))
    finding = the_one(judged(estate(vault(), spot, without=gone), traffic()))

    assert (finding.status, finding.reason, finding.resource, finding.location) == (
        "unknown",
        "blind-spot",
        "*",
        "north",
    )
    assert finding.remediation == "Let logcov read it: grant nimbus:List."


def test_unlisted_scopes_become_one_unknown_at_the_nearest_known_place():
    gone = Listing(kind="scopes", at=REALM)
    assessment = judged(estate(pipe(), vault(), without=(gone,)), requirement(where=()))
    placeholder = [finding for finding in assessment.findings if finding.resource == "*"]

    assert [(one.scope, one.status) for one in placeholder] == [(REALM, "unknown")]


def test_unread_locations_become_one_unknown_for_the_site():
    emitter = Emitter(source="nimbus.traffic", scope=SITE, location="north", resource="net-1", in_use=True)
    inventory = estate(vault(), scopes=(realm(), site(locations=Unread("!x"))), without=(emitter,))
    finding = the_one(judged(inventory, traffic()))

    assert (finding.status, finding.resource, finding.location) == ("unknown", "*", None)


def test_a_site_whose_emitters_were_never_read_is_unknown():
    emitter = Emitter(source="nimbus.audit", scope=SITE, fields={"place": SITE})
    finding = the_one(judged(estate(pipe(), vault(), without=(emitter,))))

    assert (finding.status, finding.resource) == ("unknown", "*")


def test_a_closed_site_is_not_applicable():
    emitter = Emitter(source="nimbus.audit", scope=SITE, fields={"place": SITE})
    closed = Emitter(source="nimbus.audit", scope=SITE, not_applicable="the site is closed")
    inventory = estate(closed, scopes=(realm(), site(state="closed")), without=(emitter,))
    assessment = judged(inventory)

    assert the_one(assessment).status == "not-applicable"
    assert assessment.summary.not_applicable == 1
    assert [line.not_applicable for line in assessment.population if line.kind == "site"] == [1]


# --- Relays, doors, attestations ----------------------------------------------------------------------------------


def relay(**changes):
    return Destination(
        **{"id": "nimbus:relay/r", "kind": "nimbus.relay", "end": False, "consumed": True, **changes}
    )


def vouched(**changes):
    facts = {
        "retain": 400,
        "searchable": 90,
        "immutable": "locked",
        "by": "siem@example.com",
        "starts": date(2026, 10, 1),
        "expires": date(2027, 3, 1),
        "evidence": "T-2",
    }
    return Vouched(**{**facts, **changes})


def siem(mode="all", word=None, **terms):
    place = Place(name="siem", patterns=("nimbus:relay/r",), vouched=word or vouched())
    return Reach(mode=mode, legs=(Leg(to="siem", places=(place,), terms=Terms(**terms)),))


def to_relay(**changes):
    return pipe(to="nimbus:relay/r", **changes)


def test_a_door_leads_to_the_store_that_its_owner_vouches_for():
    asked = requirement(reach=siem(retain=365, immutable="locked", encrypted="any"))
    assessment = judged(estate(to_relay(), relay()), asked)
    finding = the_one(assessment)

    assert (finding.status, finding.basis) == ("covered", "attested")
    assert assessment.summary.covered_attested == 1
    assert assessment.requirements[0].not_assessed == ("encrypted",)
    assert "siem" in finding.detail


def test_a_door_whose_owner_does_not_say_how_long_is_unknown():
    asked = requirement(reach=siem(word=vouched(retain=None), retain=365))

    assert the_one(judged(estate(to_relay(), relay()), asked)).status == "unknown"


def test_a_lapsed_word_is_a_gap_of_its_own():
    asked = requirement(reach=siem(word=vouched(expires=date(2026, 11, 1))))
    finding = the_one(judged(estate(to_relay(), relay()), asked))

    assert (finding.status, finding.reason, finding.cause) == ("gap", "attestation-expired", "siem")


def test_a_relay_that_nobody_reads_loses_the_records():
    finding = the_one(judged(estate(to_relay(), relay(consumed=False)), requirement(reach=siem())))

    assert (finding.status, finding.reason) == ("gap", "no-consumer")


def test_a_relay_is_never_an_end():
    finding = the_one(judged(estate(to_relay(), relay()), requirement(reach=reach("nimbus:relay/*"))))

    assert (finding.status, finding.reason) == ("unknown", "blind-spot")


def test_records_are_followed_through_a_relay_to_the_vault():
    spout = pipe("spout", kind="nimbus.spout", origin="nimbus:relay/r")
    finding = the_one(judged(estate(to_relay(), relay(), spout, vault())))

    assert finding.status == "covered"
    assert [step.id for step in finding.path] == [SITE, "nimbus:pipe/p", "nimbus:pipe/spout", VAULT]


def test_an_unlisted_relay_may_lead_to_the_vault():
    gone = Listing(kind="nimbus.spout", at="nimbus:relay/r", readings=(READ,))

    assert the_one(judged(estate(to_relay(), relay(), vault()))).status == "gap"
    assert the_one(judged(estate(to_relay(), relay(), vault(), without=(gone,)))).status == "unknown"


def test_proven_refuses_attested_steps():
    finding = the_one(judged(estate(to_relay(), relay()), requirement(reach=siem(proven=True))))

    # Refused, the word is as if nobody had given it: what lies behind the relay is neither kept nor lost.
    assert (finding.status, finding.reason) == ("unknown", "blind-spot")


def attestation(**changes):
    facts = {
        "id": "pull",
        "logs": (Logs(pattern="nimbus.audit"),),
        "where": (Clause(scopes=(SITE,)),),
        "to": (Place(name="siem", patterns=("nimbus:relay/r",), vouched=vouched()),),
        "by": "siem@example.com",
        "starts": date(2026, 10, 1),
        "expires": date(2027, 3, 1),
        "evidence": "T-3",
    }
    return Attestation(**{**facts, **changes})


def test_an_attested_pull_is_a_hop_like_any_other():
    assessment = judged(estate(), requirement(reach=siem(retain=365)), attestations=(attestation(),))
    finding = the_one(assessment)

    assert (finding.status, finding.basis) == ("covered", "attested")
    assert {line["id"]: line["findings"] for line in assessment.attestations} == {"pull": 1, "siem": 1}


def test_an_attestation_speaks_only_of_what_it_names():
    partly = attestation(logs=(Logs(pattern="nimbus.audit", only={"verb": ("write",)}),))
    other = attestation(where=(Clause(scopes=("nimbus:sites/other",)),))
    labelled = attestation(where=(Clause(labels={"tier": ("1",)}),))
    bare = attestation(to=(Place(name="siem", patterns=("nimbus:relay/r",)),))
    asked = requirement(reach=siem())

    assert the_one(judged(estate(), asked, attestations=(partly,))).reason == "filtered-out"
    assert the_one(judged(estate(), asked, attestations=(other,))).reason == "not-routed"
    assert the_one(judged(estate(), asked, attestations=(labelled,))).status == "unknown"
    nameless = requirement(
        reach=Reach(
            mode="all",
            legs=(
                Leg(
                    to="siem",
                    places=(Place(name="siem", patterns=("nimbus:relay/r",)),),
                    terms=Terms(retain=365),
                ),
            ),
        )
    )
    assert the_one(judged(estate(), nameless, attestations=(bare,))).status == "unknown"


def test_an_expired_attestation_is_a_gap_and_warned_of():
    assessment = judged(
        estate(), requirement(reach=siem()), attestations=(attestation(expires=date(2026, 11, 1)),)
    )

    assert the_one(assessment).reason == "attestation-expired"
    assert any("pull" in warning and "lapsed" in warning for warning in assessment.warnings)


def test_an_attestation_without_a_place_says_that_records_are_generated():
    word = attestation(to=None, logs=(Logs(pattern="nimbus.access"),))
    finding = the_one(judged(estate(), access(reach=None), attestations=(word,)))

    assert (finding.status, finding.basis) == ("covered", "attested")


def test_a_lapsed_word_that_records_are_generated_is_a_gap_of_its_own():
    lapsed = attestation(to=None, logs=(Logs(pattern="nimbus.access"),), expires=date(2026, 11, 1))
    partly = attestation(
        to=None, logs=(Logs(pattern="nimbus.access", only={"user": ("ci",)}),), expires=date(2026, 11, 1)
    )
    early = attestation(to=None, logs=(Logs(pattern="nimbus.access"),), starts=date(2026, 12, 1))

    gone = the_one(judged(estate(), access(reach=None), attestations=(lapsed,)))
    asked = access(only={"user": ("ann",)}, reach=None)

    assert (gone.reason, gone.cause) == ("attestation-expired", "pull")
    assert the_one(judged(estate(), asked, attestations=(partly,))).reason == "not-generated"
    assert the_one(judged(estate(), access(reach=None), attestations=(early,))).reason == "not-generated"


# --- Legs ---------------------------------------------------------------------------------------------------------------


def two(mode):
    hot = Place(name="hot", patterns=("nimbus:vault/hot",))
    cold = Place(name="cold", patterns=("nimbus:vault/cold",))
    return Reach(
        mode=mode,
        legs=(
            Leg(to="hot", places=(hot,), terms=Terms(searchable=90)),
            Leg(to="cold", places=(cold,), terms=Terms(retain=365)),
        ),
    )


def test_different_legs_may_be_met_by_different_copies():
    inventory = estate(
        pipe("h", to="nimbus:vault/hot"),
        pipe("c", to="nimbus:vault/cold"),
        vault(id="nimbus:vault/hot", retained=(Keep(days=90),), searchable=(Keep(days=90),)),
        vault(id="nimbus:vault/cold", searchable=(Keep(days=0),)),
    )

    assert the_one(judged(inventory, requirement(reach=two("all")))).status == "covered"


def test_any_leg_is_enough_for_any_and_every_leg_is_needed_for_all():
    inventory = estate(pipe("c", to="nimbus:vault/cold"), vault(id="nimbus:vault/cold"))

    assert the_one(judged(inventory, requirement(reach=two("any")))).status == "covered"
    assert the_one(judged(inventory, requirement(reach=two("all")))).status == "gap"


# --- Selectors, dimensions, exceptions ---------------------------------------------------------------------------------------


def test_a_site_without_the_label_is_unclassified_where_it_would_be_a_gap():
    production = (Clause(labels={"env": ("prod",)}),)
    unlabelled = (realm(), site(labels={}))
    unread = (realm(), site(labels=Unread("!x")))
    other = (realm(), site(labels={"env": "dev"}))
    asked = requirement(where=production, logs=(Logs(pattern="nimbus.audit"),))

    def at_site(scopes, *facts):
        return [one for one in judged(estate(*facts, scopes=scopes), asked).findings if one.scope == SITE]

    assert at_site(unlabelled, vault())[0].reason == "unclassified"
    assert at_site(unread, vault())[0].reason == "unclassified"
    assert at_site(other, vault()) == []
    assert at_site(unlabelled, vault(), pipe())[0].status == "covered"
    marker = requirement(where=(Clause(labels={"env": ("prod",)}, unlabelled="out"),))
    assert [one for one in judged(estate(scopes=unlabelled), marker).findings if one.scope == SITE] == []


def test_one_finding_per_value_of_a_dimension_that_the_requirement_names():
    inventory = estate(pipe(filter="f"), vault(), only('{"verb": "write"}'))
    assessment = judged(inventory, requirement(only={"verb": ("read", "write"), "user": ("a", "b")}))

    assert {(one.dimensions["verb"], one.status) for one in assessment.findings} == {
        ("read", "gap"),
        ("write", "covered"),
    }


def test_excepted_records_need_not_be_covered():
    inventory = estate(pipe(filter="f"), vault(), only('{"verb": "write"}'))
    asked = requirement(excepting=(RecordException(records={"verb": ("read",)}, because="noise"),))

    assert the_one(judged(inventory, asked)).status == "covered"


def test_an_undecidable_filter_is_named():
    odd = Filter(id="f", dialect="of the moon", text="?")
    finding = the_one(judged(estate(pipe(filter="f"), vault(), odd)))

    assert (finding.status, finding.reason, finding.cause) == (
        "unknown",
        "undecidable-filter",
        "nimbus:pipe/p",
    )


# --- Exemptions ------------------------------------------------------------------------------------------------------------------


def test_an_exemption_turns_a_gap_exempt_and_keeps_its_reason():
    assessment = judged(estate(vault()), exemptions=(exemption(),))
    finding = the_one(assessment)

    assert (finding.status, finding.reason) == ("exempt", "not-routed")
    assert finding.exemption is not None
    assert finding.exemption["state"] == "active"
    assert assessment.exemptions[0]["findings"] == 1
    assert assessment.causes == ()


def test_an_expired_exemption_equals_none_but_is_shown():
    finding = the_one(judged(estate(vault()), exemptions=(exemption(expires=date(2026, 11, 10)),)))

    assert (finding.status, finding.reason) == ("gap", "not-routed")
    assert finding.exemption is not None
    assert finding.exemption["state"] == "expired"


def test_an_exemption_accepts_only_what_it_says():
    unknown = exemption(accepts=frozenset({"unknown"}))
    elsewhere = exemption(where=(Clause(scopes=("nimbus:sites/other",)),))
    later = exemption(starts=date(2026, 12, 1))

    assert the_one(judged(estate(vault()), exemptions=(unknown,))).status == "gap"
    assert the_one(judged(estate(vault()), exemptions=(elsewhere,))).status == "gap"
    assert the_one(judged(estate(vault()), exemptions=(later,))).status == "gap"


# --- Freshness ---------------------------------------------------------------------------------------------------------------------


def test_a_fresh_delivery_refutes_an_old_error():
    fresh = Delivery(last_success="2026-11-22T07:30:00Z", last_error="AccessDenied")

    assert the_one(judged(estate(pipe(delivery=fresh), vault()))).status == "covered"


def test_an_idle_place_is_no_gap_but_an_unasked_one_is_unknown():
    idle = pipe(delivery=Delivery())
    asked = Listing(kind="activity", at=SITE)

    assert the_one(judged(estate(idle, vault()))).status == "covered"
    assert the_one(judged(estate(idle, vault(), without=(asked,)))).status == "unknown"


def test_a_delivery_elsewhere_shows_that_the_setting_works():
    here = pipe(delivery=Delivery())
    there = pipe("there", setting="nimbus:pipe/p", delivery=Delivery(last_success="2026-11-22T07:30:00Z"))
    asked = Listing(kind="activity", at=SITE)

    assert the_one(judged(estate(here, there, vault(), without=(asked,)))).status == "covered"


# --- Whole assessments -------------------------------------------------------------------------------------------------------------


def test_two_evaluations_of_one_inventory_are_equal_and_order_does_not_matter():
    inventory = estate(pipe(filter="f"), vault(), only('{"verb": "write"}'), denied(SITE))
    backwards = dataclasses.replace(inventory, facts=tuple(reversed(inventory.facts)))

    assert judged(inventory) == judged(inventory) == judged(backwards)


def test_an_inventory_that_was_cut_short_says_so_in_every_requirement():
    cut = dataclasses.replace(estate(pipe(), vault()), cut_short=True)
    assessment = judged(cut)

    assert any(one.scope == REALM and one.status == "unknown" for one in assessment.findings)
    assert any("cut short" in warning for warning in assessment.warnings)


def test_an_inventory_without_a_scope_still_answers_unknown():
    empty = estate(scopes=())
    cut = dataclasses.replace(empty, facts=(), cut_short=True)

    assert [one.scope for one in judged(cut).findings] == ["nimbus:unread"]


def test_a_requirement_that_matches_nothing_is_warned_of():
    assessment = evaluate(
        estate(), policies(requirement(id="test:none", logs=(Logs(pattern="other.*"),))), as_of=TODAY
    )

    assert assessment.findings == ()
    assert any("test:none" in warning for warning in assessment.warnings)


def test_causes_are_counted_over_findings():
    assessment = judged(estate(vault()), requirement(), requirement(id="test:two"))

    assert [(cause.id, cause.reason, cause.findings) for cause in assessment.causes] == [
        (SITE, "not-routed", 2)
    ]


def test_blind_spots_name_the_log_sources_that_wait_for_them():
    gone = Listing(kind="nimbus.pipe", at=SITE, readings=(READ,))
    spot = denied(SITE, hides=("nimbus.pipe",))
    assessment = judged(estate(vault(), spot, without=(gone,)))

    assert assessment.blind_spots[0].affects == ("nimbus.access", "nimbus.audit")
    assert [line.unreadable for line in assessment.population if line.kind == "site"] == [1]
    assert ACCESS.id in assessment.blind_spots[0].affects


def test_the_day_from_which_coverage_holds_is_the_youngest_of_its_hops():
    since = the_one(judged(estate(pipe(since="2026-01-01T00:00:00Z"), vault(since=NOW)))).effective_since
    unknown = the_one(judged(estate(pipe(), vault(since=NOW)))).effective_since

    assert (since, unknown) == (NOW, None)


def test_a_vault_that_nobody_audited_owns_must_be_named_in_full():
    foreign = vault(owner=None)

    assert the_one(judged(estate(pipe(), foreign))).status == "unknown"
    assert the_one(judged(estate(pipe(), foreign), requirement(reach=reach(VAULT)))).status == "covered"


def test_a_destination_that_nobody_read_is_unknown():
    assert the_one(judged(estate(pipe()))).status == "unknown"
    assert the_one(judged(estate(pipe(to=Unread("!x")), vault()))).status == "unknown"


def test_a_writer_whose_admission_was_not_read_is_unknown():
    assert the_one(judged(estate(pipe(writer="w"), vault()))).status == "unknown"


def test_an_alias_joins_two_clouds():
    from logcov.inventory import Alias

    shared = Route(
        id="nimbus:share",
        kind="nimbus.pipe",
        setting="nimbus:share",
        effect="carry",
        origin=SITE,
        to="stratus:shared/1",
        sets={"verb": "write"},
    )
    other = site(
        id="stratus:orgs/1", parent=None, provider="stratus", aliases=(Alias(id="stratus:shared/1"),)
    )
    onward = pipe("onward", origin="stratus:orgs/1", filter="f", kind="stratus.pipe")
    inventory = estate(shared, onward, vault(), only('{"verb": "write"}'), scopes=(realm(), site(), other))
    unlisted = the_one(judged(inventory))
    listed = the_one(
        judged(
            dataclasses.replace(
                inventory, facts=(*inventory.facts, Listing(kind="nimbus.pipe", at="stratus:orgs/1"))
            )
        )
    )

    assert listed.status == "covered"
    assert unlisted.status == "covered"
