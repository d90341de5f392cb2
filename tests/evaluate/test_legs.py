"""Legs: attestations, doors, modes, and what attests only that records are written."""

import dataclasses
from datetime import date

import pytest

from logcov.inventory import Destination, DestinationKind, Exclusion, Filter, Listing, Unread
from logcov.policy import Attestation, Clause, Leg, Logs, Place, Reach, Terms, Vouched
from nimbus import (
    DEPOT,
    LISTINGS,
    SITE,
    VAULT,
    estate,
    judged,
    only,
    pipe,
    realm,
    requirement,
    site,
    switch,
    the_one,
    vault,
)

DAYS = {"starts": date(2026, 10, 1), "expires": date(2027, 3, 1)}
SIEM = Place(
    name="siem",
    patterns=("nimbus:relay/r",),
    vouched=Vouched(retain=400, by="siem@example.com", evidence="T", **DAYS),
)
BARE = Place(name="siem", patterns=("nimbus:relay/r",))


def attestation(**changes):
    facts = {"id": "pull", "logs": (Logs(pattern="nimbus.audit"),), "where": (), "to": (SIEM,)}
    return Attestation(**{**facts, "by": "siem@example.com", "evidence": "T", **DAYS, **changes})


def to(place, **terms):
    return requirement(
        reach=Reach(mode="all", legs=(Leg(to=place.name, places=(place,), terms=Terms(**terms)),))
    )


def verdict(asked, *statements, facts=(), **more):
    finding = the_one(judged(estate(*facts, **more), asked, attestations=statements))
    return finding.status, finding.reason


# --- Attested hops -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "statement", "expected"),
    [
        (to(SIEM, retain=365), attestation(), ("covered", None)),
        (to(SIEM, retain=365, proven=True), attestation(), ("gap", "not-routed")),
        (to(SIEM), attestation(logs=(Logs(pattern="nimbus.access"),)), ("gap", "not-routed")),
        (to(SIEM), attestation(to=(Place(name="other", patterns=()),)), ("gap", "not-routed")),
        (to(SIEM), attestation(to=None), ("gap", "not-routed")),
        (to(SIEM), attestation(starts=date(2026, 12, 1)), ("gap", "attestation-expired")),
        (
            to(SIEM),
            attestation(logs=(Logs(pattern="*", only={"place": ("elsewhere",)}),)),
            ("gap", "not-routed"),
        ),
        (to(SIEM), attestation(logs=(Logs(pattern="*", only={"place": (SITE,)}),)), ("covered", None)),
        (to(BARE), attestation(to=(BARE,)), ("covered", None)),
        (to(BARE, retain=1), attestation(to=(BARE,)), ("unknown", "blind-spot")),
    ],
)
def test_an_attested_hop_counts_for_what_it_speaks_of(asked, statement, expected):
    assert verdict(asked, statement) == expected


def test_two_statements_may_cover_together_and_with_what_was_read():
    reads = attestation(id="reads", logs=(Logs(pattern="*", only={"verb": ("read",)}),))
    writes = attestation(id="writes", logs=(Logs(pattern="*", only={"verb": ("write",)}),))
    relay = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False)
    door = (pipe(to="nimbus:relay/r", filter="f"), only('{"verb": "write"}'), relay)

    assert verdict(to(SIEM), reads)[0] == "gap"
    assert verdict(to(SIEM), reads, writes)[0] == "covered"
    assert verdict(to(SIEM), reads, facts=door)[0] == "covered"


def test_a_statement_about_a_place_that_may_be_meant_proves_nothing():
    maybe = attestation(where=(Clause(labels={"tier": ("1",)}),))

    assert verdict(to(SIEM), maybe) == ("unknown", "blind-spot")


def test_a_verdict_is_attested_only_if_it_needs_the_word():
    facts = (pipe(), vault())
    place = Place(name="siem", patterns=(VAULT,), vouched=SIEM.vouched)
    finding = the_one(judged(estate(*facts), to(place), attestations=(attestation(to=(place,)),)))

    assert (finding.status, finding.basis) == ("covered", "proven")


# --- On somebody's word that records are written ---------------------------------------------------------------

ACCESS = {"logs": (Logs(pattern="nimbus.access"),)}


def written(**changes):
    return attestation(**{"id": "word", "to": None, **ACCESS, **changes})


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (written(), ("covered", None)),
        (written(expires=date(2026, 11, 1)), ("gap", "attestation-expired")),
        (written(starts=date(2026, 12, 1)), ("gap", "not-generated")),
        (written(where=(Clause(scopes=("nimbus:sites/other",)),)), ("gap", "not-generated")),
        (written(where=(Clause(labels={"tier": ("1",)}),)), ("unknown", "blind-spot")),
        (written(logs=(Logs(pattern="nimbus.audit"),)), ("gap", "not-generated")),
        (written(logs=(Logs(pattern="*", only={"verb": ("write",)}),)), ("gap", "partly-generated")),
        (written(to=(SIEM,)), ("gap", "not-generated")),
    ],
)
@pytest.mark.parametrize("reached", [True, False])
def test_a_word_that_records_are_written_stands_in_for_the_switch(statement, expected, reached):
    asked = requirement(**ACCESS) if reached else requirement(**ACCESS, reach=None)
    finding = the_one(judged(estate(pipe(), vault()), asked, attestations=(statement,)))

    assert (finding.status, finding.reason) == expected
    assert finding.basis == ("attested" if finding.status == "covered" else "proven")


def test_a_written_record_must_still_arrive():
    asked = requirement(**ACCESS)

    assert verdict(asked, written(), facts=(vault(),)) == ("gap", "not-routed")


def test_proof_refuses_the_word_that_records_are_written():
    asked = requirement(
        **ACCESS,
        reach=Reach(
            mode="all",
            legs=(Leg(to="x", places=(Place(name="x", patterns=(VAULT,)),), terms=Terms(proven=True)),),
        ),
    )

    assert verdict(asked, written(), facts=(pipe(), vault())) == ("gap", "not-generated")
    assert verdict(asked, facts=(pipe(), vault(), switch())) == ("covered", None)


def test_a_leg_that_asks_for_proof_does_not_refuse_the_word_for_another():
    def asked(to_other):
        legs = (
            Leg(to="x", places=(Place(name="x", patterns=(VAULT,)),), terms=Terms(proven=True)),
            Leg(to="y", places=(Place(name="y", patterns=(to_other,)),)),
        )
        return requirement(**ACCESS, reach=Reach(mode="any", legs=legs))

    assert verdict(asked(VAULT), written(), facts=(pipe(), vault())) == ("covered", None)
    assert verdict(asked("nimbus:vault/w"), written(), facts=(pipe(), vault()))[0] == "gap"
    assert verdict(asked(VAULT), facts=(pipe(), vault())) == ("gap", "not-generated")


def test_a_carrying_hop_that_writes_may_be_vouched_for_too():
    asked = requirement(logs=(Logs(pattern="nimbus.traffic"),), reach=None)
    word = attestation(to=None, logs=(Logs(pattern="nimbus.traffic"),))

    assert verdict(asked) == ("gap", "not-generated")
    finding = the_one(judged(estate(), asked, attestations=(word,)))
    assert (finding.status, finding.basis) == ("covered", "attested")


# --- Several legs ---------------------------------------------------------------------------------------------------


def both(mode):
    hot = Place(name="hot", patterns=("nimbus:vault/hot",))
    cold = Place(name="cold", patterns=("nimbus:vault/cold",))
    return requirement(
        reach=Reach(mode=mode, legs=(Leg(to="hot", places=(hot,)), Leg(to="cold", places=(cold,))))
    )


HOT, COLD = "nimbus:vault/hot", "nimbus:vault/cold"
READS, WRITES = only('{"verb": "read"}', "r"), only('{"verb": "write"}', "w")


@pytest.mark.parametrize(
    ("facts", "any_of", "all_of"),
    [
        ((pipe("h", to=HOT), vault(id=HOT)), "covered", "gap"),
        ((pipe("h", to=HOT), vault(id=HOT), pipe("c", to=COLD), vault(id=COLD)), "covered", "covered"),
        ((pipe("h", to=HOT), pipe("c", to=COLD), vault(id=COLD)), "covered", "unknown"),
        ((pipe("h", to=HOT), pipe("c", to=COLD)), "unknown", "unknown"),
        (
            (
                pipe("h", to=HOT, filter="r"),
                READS,
                vault(id=HOT),
                pipe("c", to=COLD, filter="w"),
                WRITES,
                vault(id=COLD),
            ),
            "covered",
            "gap",
        ),
        ((pipe("h", to=HOT, filter="r"), READS, vault(id=HOT), pipe("c", to=COLD)), "unknown", "gap"),
    ],
)
def test_any_leg_is_enough_for_each_record_or_all_are_needed(facts, any_of, all_of):
    assert verdict(both("any"), facts=facts)[0] == any_of
    assert verdict(both("all"), facts=facts)[0] == all_of


def test_terms_hold_for_one_and_the_same_copy():
    locked = vault(id=HOT, encrypted="provider")
    keyed = vault(id=COLD, lock=False)
    place = Place(name="x", patterns=("nimbus:vault/*",))
    asked = to(place, immutable="locked", encrypted="customer-key")

    assert verdict(asked, facts=(pipe("h", to=HOT), pipe("c", to=COLD), locked, keyed))[0] == "gap"


def test_a_place_that_accepts_anything_takes_ends_only():
    anything = Place(name="*", patterns=("*",), vouched=SIEM.vouched)
    relay = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False)

    assert verdict(to(anything), facts=(pipe(), vault())) == ("covered", None)
    assert verdict(to(anything), facts=(pipe(to="nimbus:relay/r"), relay))[0] == "gap"


def test_where_people_hear_a_record_is_kept_by_nobody_but_arrives_if_that_is_asked():
    relays = (
        DestinationKind(id="nimbus.vault", title="vaults", pattern="nimbus:vault/*"),
        DestinationKind(id="nimbus.relay", title="relays", pattern="nimbus:relay/*", hears=True),
    )
    relay = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False, owner=DEPOT)
    found = (pipe(to=relay.id), relay)
    asked = {
        ("nimbus:relay/*",): "covered",
        ("nimbus:vault/*", "nimbus:relay/r"): "covered",
        ("nimbus:*",): "unknown",
        ("*",): "unknown",
    }
    for patterns, status in asked.items():
        told = estate(*found)
        told = dataclasses.replace(told, header=dataclasses.replace(told.header, destination_kinds=relays))
        asks = to(Place(name="oncall", patterns=patterns))
        assert the_one(judged(told, asks)).status == status, patterns


def test_behind_a_relay_is_what_was_listed_unless_anybody_may_read_from_it():
    relay = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False)
    (listed,) = (one for one in LISTINGS if one.kind == "nimbus.spout")
    way = pipe(to=relay.id)
    anything = to(Place(name="*", patterns=("*",)))

    assert verdict(anything, facts=(way, relay))[0] == "gap"
    assert verdict(anything, facts=(way, relay), without=(listed,)) == ("unknown", "blind-spot")
    pulled = dataclasses.replace(relay, consumed=True)
    assert verdict(anything, facts=(way, pulled)) == ("unknown", "blind-spot")


def test_a_word_that_proof_refuses_does_not_turn_an_unknown_door_into_a_wrong_one():
    relay = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False)
    named = Place(name="siem", patterns=("nimbus:relay/r",))
    vouched = dataclasses.replace(named, vouched=SIEM.vouched)

    for place in (named, vouched):
        asked = to(place, proven=True)
        assert verdict(asked, facts=(pipe(to="nimbus:relay/r"), relay)) == ("unknown", "blind-spot")


def test_an_end_that_two_names_accept_counts_once_for_each():
    one, two = (Place(name=name, patterns=("nimbus:vault/*",)) for name in ("a", "b"))
    asked = requirement(reach=Reach(mode="all", legs=(Leg(to="t", places=(one, two)),)))

    assert verdict(asked, facts=(pipe(), vault())) == ("covered", None)


# --- Opaque and sampled filters -----------------------------------------------------------------------------------------


def test_a_filter_that_takes_away_what_it_cannot_decide_lets_nothing_through():
    odd = Filter(id="f", dialect="of the moon", text="?", exclusions=(Exclusion(name="x", text="?"),))

    assert verdict(requirement(), facts=(pipe(filter="f"), odd, vault())) == ("gap", "filtered-out")


def test_two_dialects_do_not_mean_the_same_by_the_same_text():
    moon = Filter(id="moon", dialect="of the moon", text="?")
    rest = Filter(id="rest", dialect="fields", text="{}", exclusions=(Exclusion(name="x", text="?"),))
    facts = (pipe("a", filter="moon"), pipe("b", filter="rest"), moon, rest, vault())

    assert verdict(requirement(), facts=facts) == ("unknown", "undecidable-filter")


def test_an_exclusion_without_a_text_is_not_the_filter_that_has_its_name_as_text():
    named = Filter(id="named", dialect="of the moon", text="x")
    rest = Filter(id="rest", dialect="fields", text="{}", exclusions=(Exclusion(name="x", text=""),))
    facts = (pipe("a", filter="named"), pipe("b", filter="rest"), named, rest, vault())

    assert verdict(requirement(), facts=facts) == ("unknown", "undecidable-filter")


def test_a_sample_loses_records_whatever_stands_beside_it():
    half = Filter(id="f", dialect="gcp.logging", text="sample(insertId, 0.5)")
    odd = Filter(id="f", dialect="gcp.logging", text='sample(insertId, 0.5) OR textPayload =~ "(a)\\\\1"')

    assert verdict(requirement(), facts=(pipe(filter="f"), half, vault())) == ("gap", "sampled")
    assert verdict(requirement(), facts=(pipe(filter="f"), odd, vault()))[0] == "unknown"


def test_what_takes_too_long_to_decide_is_unknown_and_says_so():
    # Eight pigeons, seven holes: together the pipes let everything through, but that is hard to see.
    pigeons, holes = range(8), range(7)
    facts = []
    for pigeon in pigeons:
        name = f"homeless-{pigeon}"
        gone = tuple(Exclusion(name=f"{hole}", text=f'{{"f{pigeon}-{hole}": "*"}}') for hole in holes)
        facts += [pipe(name, filter=name), Filter(id=name, dialect="fields", text="{}", exclusions=gone)]
    for hole in holes:
        for one in pigeons:
            for two in range(one):
                name = f"crowded-{hole}-{one}-{two}"
                text = f'{{"f{one}-{hole}": "*", "f{two}-{hole}": "*"}}'
                facts += [pipe(name, filter=name), only(text, name)]
    assert verdict(requirement(), facts=(*facts, vault())) == ("unknown", "undecidable-filter")


# --- Unknowns of generation -----------------------------------------------------------------------------------------------


def test_an_unread_switch_leaves_open_whether_records_are_written():
    asked = requirement(**ACCESS)
    facts = (switch(enabled=Unread("!x")), pipe(), vault())
    finding = the_one(judged(estate(*facts), asked))

    assert (finding.status, finding.reason, finding.cause) == ("unknown", "blind-spot", "x")
    assert "whether they are written could not be read: x was never read" in finding.detail


def test_an_undecidable_switch_is_named_by_its_text():
    odd = Filter(id="f", dialect="of the moon", text="full moon")
    finding = the_one(judged(estate(switch(filter="f"), odd), requirement(**ACCESS, reach=None)))

    assert (finding.status, finding.reason) == ("unknown", "undecidable-filter")
    assert "full moon" in finding.detail


def test_whether_a_carrying_hop_writes_may_be_open_too():
    gone = Listing(kind="nimbus.tap", at=SITE, location="north", readings=("read it",))
    asked = requirement(logs=(Logs(pattern="nimbus.traffic"),), reach=None)

    assert verdict(asked, without=(gone,)) == ("unknown", "blind-spot")
    assert verdict(asked, without=(gone,), scopes=(realm(), site())) == ("unknown", "blind-spot")


def test_of_several_legs_any_of_which_would_do_the_one_that_comes_furthest_is_named():
    asked = both("any")
    facts = (
        pipe("h", to=HOT, enabled=False),
        vault(id=HOT),
        pipe("c", to=COLD),
        vault(id=COLD, exists=False),
    )

    assert verdict(asked, facts=facts) == ("gap", "destination-missing")
    assert verdict(both("all"), facts=facts) == ("gap", "route-disabled")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "active"),
        ({"expires": date(2026, 11, 22)}, "active"),
        ({"expires": date(2026, 11, 21)}, "expired"),
        ({"starts": date(2026, 11, 22)}, "active"),
        ({"starts": date(2026, 11, 23)}, "not-yet"),
    ],
)
def test_every_statement_is_listed_with_its_state_on_that_day(changes, state):
    assessment = judged(estate(), to(SIEM), attestations=(attestation(**changes),))

    assert {line["id"]: line["state"] for line in assessment.attestations} == {
        "pull": state,
        "siem": "active",
    }
