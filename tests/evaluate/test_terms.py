"""Terms: what must be true of the copy that counts, read or vouched for."""

from datetime import date

import pytest

from logcov.inventory import Delivery, Destination, Keep, Lock, Unread
from logcov.policy import Leg, Place, Reach, Terms, Vouched
from nimbus import SITE, VAULT, estate, judged, pipe, reach, requirement, the_one, vault


def verdict(terms, destination, route=None):
    finding = the_one(judged(estate(route or pipe(), destination), requirement(reach=reach(**terms))))
    return finding.status, finding.reason


FINE = ("covered", None)


# --- How long ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keeps", "status"),
    [
        ((Keep(),), "covered"),
        ((Keep(days=365),), "covered"),
        ((Keep(days=364),), "gap"),
        ((Keep(days=400), Keep(days=30)), "gap"),
        ((Keep(prefix="logs", days=30),), "gap"),
        ((Keep(prefix="logs/s/", days=30),), "gap"),
        ((Keep(prefix="log", days=400), Keep(prefix="logs/s", days=30)), "gap"),
        ((Keep(prefix="logs/s/x/", days=30),), "unknown"),
        ((Keep(days=400), Keep(prefix="logs/s/x/", days=30)), "unknown"),
        ((Keep(days=365), Keep(prefix="logs/s/x/", days=364)), "unknown"),
        ((Keep(days=364), Keep(prefix="logs/s/x/", days=30)), "gap"),
        ((Keep(days=30), Keep(prefix="logs/s/x/", days=400)), "gap"),
        ((Keep(prefix="logs/s/x/", days=400),), "covered"),
        ((Keep(prefix="logs/t/", days=30),), "covered"),
        ((Keep(prefix="LOGS", days=30),), "covered"),
        ((), "unknown"),
        (Unread("!x"), "unknown"),
    ],
)
@pytest.mark.parametrize(
    ("field", "term"), [("retained", "retain"), ("online", "online"), ("searchable", "searchable")]
)
def test_every_rule_whose_prefix_fits_applies_and_the_shortest_decides(field, term, keeps, status):
    assert verdict({term: 365}, vault(**{field: keeps}), pipe(prefix="logs/s/"))[0] == status


def test_the_prefix_that_counts_is_that_of_the_last_hop():
    relay = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False)
    spout = pipe("spout", kind="nimbus.spout", origin="nimbus:relay/r", prefix="cold/")
    short = vault(retained=(Keep(prefix="cold/", days=1),))
    facts = (pipe(to="nimbus:relay/r", prefix="hot/"), relay, spout, short)

    assert (
        the_one(judged(estate(*facts), requirement(reach=reach(retain=365)))).reason == "retention-too-short"
    )


# --- Locked ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lock", "terms", "expected"),
    [
        (Lock(mode="locked", days=None), {"immutable": "locked", "retain": 365}, FINE),
        (Lock(mode="locked", days=365), {"immutable": "locked", "retain": 365}, FINE),
        (Lock(mode="locked", days=364), {"immutable": "locked", "retain": 365}, ("gap", "not-immutable")),
        (Lock(mode="locked", days=1), {"immutable": "locked"}, FINE),
        (Lock(mode="locked", days=0), {"immutable": "locked"}, ("gap", "not-immutable")),
        (Lock(mode="locked", days=1), {"immutable": "bypassable"}, FINE),
        (Lock(mode="bypassable", days=1), {"immutable": "bypassable"}, FINE),
        (Lock(mode="bypassable", days=None), {"immutable": "locked"}, ("gap", "not-immutable")),
        (
            Lock(mode="bypassable", days=30),
            {"immutable": "bypassable", "retain": 31},
            ("gap", "not-immutable"),
        ),
        (False, {"immutable": "bypassable"}, ("gap", "not-immutable")),
        (None, {"immutable": "locked"}, FINE),
    ],
)
def test_a_lock_must_be_of_the_kind_and_length_that_is_asked(lock, terms, expected):
    assert verdict(terms, vault(lock=lock)) == expected


# --- Everything else ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "changes", "expected"),
    [
        ({"encrypted": "any"}, {"encrypted": "provider"}, FINE),
        ({"encrypted": "any"}, {"encrypted": "customer-key"}, FINE),
        ({"encrypted": "customer-key"}, {"encrypted": "provider"}, ("gap", "not-encrypted")),
        ({"deletable_by": ()}, {"deleters": ()}, FINE),
        ({"deletable_by": ("nimbus:admins/*",)}, {"deleters": ("nimbus:admins/a", "nimbus:admins/b")}, FINE),
        (
            {"deletable_by": ("nimbus:admins/*",)},
            {"deleters": ("nimbus:admins/a", "x")},
            ("gap", "deletable"),
        ),
        ({"deletable_by": ()}, {"deleters": None}, FINE),
        ({"separate": True}, {"owner": SITE}, ("gap", "not-separate")),
        ({"separate": True}, {"owner": Unread("!x")}, ("unknown", "blind-spot")),
    ],
)
def test_each_term_is_a_question_of_its_own(terms, changes, expected):
    assert verdict(terms, vault(**changes)) == expected


@pytest.mark.parametrize(
    ("success", "status"),
    [
        ("2026-11-21T08:00:00Z", "covered"),
        ("2026-11-21T07:59:59Z", "unknown"),
        (None, "unknown"),
        (Unread("!x"), "unknown"),
    ],
)
def test_only_a_delivery_in_time_proves_that_deliveries_are_in_time(success, status):
    route = pipe(delivery=Delivery(last_success=success))

    assert verdict({"delivered_within": 24}, vault(), route)[0] == status


def test_an_unread_delivery_beside_an_error_is_no_proof_against_itself():
    """Fresh, it would refute the error and be in time: both hang on the same time, in the same sense."""
    route = pipe(delivery=Delivery(last_success=Unread("!x"), last_error="AccessDenied"))

    assert verdict({"delivered_within": 24}, vault(), route) == ("unknown", "blind-spot")


def test_a_destination_of_nobody_audited_must_be_named_in_full_whatever_its_owner_is_called():
    for owner, status in ((None, "unknown"), ("nimbus:depots/strange", "unknown"), (Unread("!x"), "unknown")):
        foreign = vault(owner=owner)

        assert verdict({}, foreign)[0] == status
        named = requirement(reach=reach(VAULT))
        assert the_one(judged(estate(pipe(), foreign), named)).status == "covered"


# --- On somebody's word --------------------------------------------------------------------------------------------

RELAY = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False, consumed=True)


def on_word(terms, **stated):
    facts = {
        "by": "siem@example.com",
        "starts": date(2026, 10, 1),
        "expires": date(2027, 3, 1),
        "evidence": "T",
    }
    place = Place(name="siem", patterns=("nimbus:relay/r",), vouched=Vouched(**{**facts, **stated}))
    asked = requirement(
        reach=Reach(mode="all", legs=(Leg(to="siem", places=(place,), terms=Terms(**terms)),))
    )
    assessment = judged(estate(pipe(to="nimbus:relay/r"), RELAY), asked)
    finding = the_one(assessment)
    return finding.status, finding.reason, assessment.requirements[0].not_assessed


@pytest.mark.parametrize(
    ("terms", "stated", "expected"),
    [
        ({"retain": 365}, {"retain": 365}, ("covered", None, ())),
        ({"retain": 365}, {"retain": 364}, ("gap", "retention-too-short", ())),
        ({"retain": 365}, {}, ("unknown", "blind-spot", ())),
        ({"searchable": 90}, {"searchable": 89}, ("gap", "not-searchable-long-enough", ())),
        ({"searchable": 90}, {"online": 365}, ("unknown", "blind-spot", ())),
        ({"online": 90}, {"online": 90}, ("covered", None, ())),
        ({"online": 90}, {"searchable": 90}, ("covered", None, ())),
        ({"online": 90}, {"online": 0, "searchable": 90}, ("gap", "not-online-long-enough", ())),
        ({"online": 90}, {"retain": 365}, ("unknown", "blind-spot", ())),
        ({"immutable": "locked"}, {"immutable": "locked"}, ("covered", None, ())),
        ({"immutable": "locked"}, {"immutable": "bypassable"}, ("gap", "not-immutable", ())),
        ({"immutable": "bypassable"}, {"immutable": "bypassable"}, ("covered", None, ())),
        ({"immutable": "bypassable"}, {"immutable": "none"}, ("gap", "not-immutable", ())),
        ({"immutable": "locked"}, {}, ("covered", None, ("immutable",))),
        ({"encrypted": "any"}, {"encrypted": "any"}, ("covered", None, ())),
        ({"encrypted": "customer-key"}, {"encrypted": "any"}, ("gap", "not-encrypted", ())),
        ({"encrypted": "any"}, {"encrypted": "none"}, ("gap", "not-encrypted", ())),
        ({"encrypted": "any"}, {}, ("covered", None, ("encrypted",))),
        ({"validated": True}, {"validated": False}, ("gap", "not-validated", ())),
        ({"validated": True}, {"validated": True}, ("covered", None, ())),
        ({"separate": True}, {"separate": False}, ("gap", "not-separate", ())),
        ({"private": True}, {"private": False}, ("gap", "public", ())),
        (
            {"validated": True, "separate": True, "private": True},
            {},
            ("covered", None, ("private", "separate", "validated")),
        ),
        (
            {"deletable_by": (), "delivered_within": 24},
            {},
            ("covered", None, ("deletable_by", "delivered_within")),
        ),
        ({"retain": 1}, {"retain": 1, "starts": date(2026, 12, 1)}, ("gap", "attestation-expired", ())),
        ({"retain": 1}, {"retain": 1, "expires": date(2026, 11, 22)}, ("covered", None, ())),
        ({"retain": 1}, {"retain": 1, "starts": date(2026, 11, 22)}, ("covered", None, ())),
        ({"retain": 1}, {"retain": 1, "expires": date(2026, 11, 21)}, ("gap", "attestation-expired", ())),
    ],
)
def test_what_an_owner_states_is_what_is_judged(terms, stated, expected):
    assert on_word(terms, **stated) == expected


def test_a_door_that_is_a_store_itself_may_satisfy_the_terms_by_what_was_read():
    place = Place(
        name="siem",
        patterns=("nimbus:vault/*",),
        vouched=Vouched(retain=10, by="x", starts=date(2026, 1, 1), expires=date(2026, 2, 1), evidence="T"),
    )
    asked = requirement(
        reach=Reach(mode="all", legs=(Leg(to="siem", places=(place,), terms=Terms(retain=365)),))
    )

    finding = the_one(judged(estate(pipe(), vault()), asked))
    assert (finding.status, finding.basis) == ("covered", "proven")
    assert the_one(judged(estate(pipe(), vault(retained=(Keep(days=1),))), asked)).status == "gap"
