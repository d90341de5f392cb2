"""Membership: yes, no, or maybe; and what nobody listed is never dropped."""

import pytest

from logcov.coverage import Estate
from logcov.evaluate.membership import belongs, holds_all, may_hold
from logcov.inventory import Emitter, Unread
from logcov.policy import Clause
from nimbus import REALM, SITE, estate, realm, site

UNREAD = Unread("!x")
NET = Emitter(
    source="nimbus.traffic", scope=SITE, location="north", resource="net-1", labels={"tier": "1"}, in_use=True
)
PLAIN = Emitter(source="nimbus.audit", scope=SITE)
NOBODY = Emitter(source="nimbus.traffic", scope=SITE, resource="*")


def answer(clause, emitter=PLAIN, **more):
    return belongs(Estate(estate(**more)), (clause,), emitter).belongs


def test_an_empty_selector_selects_everything():
    assert belongs(Estate(estate()), (), PLAIN).belongs is True
    assert answer(Clause()) is True


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (Clause(scopes=("nimbus:sites/*",)), True),
        (Clause(scopes=("other:*", SITE)), True),
        (Clause(scopes=("nimbus:sites/t",)), False),
        (Clause(under=(REALM,)), True),
        (Clause(under=(SITE,)), True),
        (Clause(under=("nimbus:realms/other",)), False),
        (Clause(labels={"env": ("prod", "live")}), True),
        (Clause(labels={"env": ("pr*",)}), True),
        (Clause(labels={"env": ("dev",)}), False),
        (Clause(labels={"tier": ("1",)}), None),
        (Clause(labels={"tier": ("1",)}, unlabelled="out"), False),
        (Clause(labels={"env": ("dev",), "tier": ("1",)}), False),
        (Clause(labels={"env": ("prod",), "tier": ("1",)}), None),
        (Clause(scopes=(SITE,), under=("nimbus:realms/other",)), False),
        (Clause(locations=("north",)), False),
    ],
)
def test_every_given_part_must_fit(clause, expected):
    assert answer(clause) is expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (Clause(locations=("no*",)), True),
        (Clause(locations=("south",)), False),
        (Clause(resource_ids=("net-*",)), True),
        (Clause(resource_ids=("net-2",)), False),
        (Clause(resource_labels={"tier": ("1",)}), True),
        (Clause(resource_labels={"tier": ("2",)}), False),
        (Clause(resource_labels={"env": ("prod",)}), None),
        (Clause(in_use=True), True),
        (Clause(in_use=False), False),
    ],
)
def test_resources_are_selected_by_id_label_and_use(clause, expected):
    assert answer(clause, NET) is expected


@pytest.mark.parametrize(
    "clause",
    [
        Clause(locations=("north",)),
        Clause(resource_ids=("net-1",)),
        Clause(resource_labels={"tier": ("1",)}),
        Clause(in_use=True),
    ],
)
def test_resources_that_could_not_be_listed_may_belong(clause):
    assert answer(clause, NOBODY) is None


def test_what_has_no_resource_is_not_selected_by_one_but_has_no_use_either():
    assert answer(Clause(resource_ids=("*",))) is False
    assert answer(Clause(resource_labels={"tier": ("1",)})) is False
    assert answer(Clause(in_use=True)) is True


def test_unread_labels_and_uses_may_be_anything():
    net = Emitter(source="nimbus.traffic", scope=SITE, resource="net-1", labels=UNREAD, in_use=UNREAD)

    assert answer(Clause(resource_labels={"tier": ("1",)}), net) is None
    assert answer(Clause(in_use=True), net) is None
    assert answer(Clause(labels={"env": ("prod",)}), scopes=(realm(), site(labels=UNREAD))) is None
    assert answer(Clause(labels={"env": ("prod",)}), scopes=(realm(), site(labels=None))) is False


def test_a_scope_that_the_inventory_does_not_hold_may_be_labelled():
    assert answer(Clause(labels={"env": ("prod",)}), scopes=(realm(),)) is None


def test_a_broken_lineage_may_lead_anywhere():
    scopes = (realm(), site(parent=UNREAD))

    assert answer(Clause(under=(REALM,)), scopes=scopes) is None
    assert answer(Clause(under=(SITE,)), scopes=scopes) is True


def test_what_is_taken_out_again_is_out_and_what_may_be_is_maybe():
    assert answer(Clause(excepting=(Clause(scopes=(SITE,)),))) is False
    assert answer(Clause(excepting=(Clause(scopes=(REALM,)),))) is True
    assert answer(Clause(excepting=(Clause(labels={"tier": ("1",)}),))) is None
    assert answer(Clause(excepting=(Clause(),))) is False


def test_any_clause_is_enough_and_a_maybe_is_better_than_a_no():
    found = Estate(estate())
    no, maybe, other = Clause(scopes=(REALM,)), Clause(labels={"a": ("1",)}), Clause(labels={"b": ("1",)})

    assert belongs(found, (no, maybe, Clause()), PLAIN).belongs is True
    assert belongs(found, (no, maybe, other), PLAIN).why == f"{SITE} has no label 'a'"
    assert belongs(found, (no, no), PLAIN).belongs is False
    both = Clause(labels={"a": ("1",), "b": ("1",)})
    assert belongs(found, (both,), PLAIN).why == f"{SITE} has no label 'a'"


# --- Scopes that nobody listed -----------------------------------------------------------------------------------

OTHER = realm(id="nimbus:realms/other")


def may(clause, container=None, scopes=()):
    return may_hold(Estate(estate(scopes=(realm(), site(), OTHER, *scopes))), (clause,), container or realm())


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (Clause(), True),
        (Clause(labels={"env": ("prod",)}), True),
        (Clause(locations=("north",), resource_ids=("x",)), True),
        (Clause(scopes=("nimbus:sites/*",)), True),
        (Clause(scopes=("nimbus:sites/new",)), True),
        (Clause(scopes=("*",)), True),
        # What is named and known is judged by itself; what is another provider's cannot be here.
        (Clause(scopes=(SITE,)), False),
        (Clause(scopes=("stratus:*",)), False),
        (Clause(under=(REALM,)), True),
        (Clause(under=(SITE,)), True),
        (Clause(under=("nimbus:realms/unheard-of",)), True),
        (Clause(under=("nimbus:realms/other",)), False),
        (Clause(under=("nimbus:realms/other", SITE)), True),
        (Clause(excepting=(Clause(under=(REALM,)),)), False),
        (Clause(excepting=(Clause(under=("nimbus:realms/other",)),)), True),
        (Clause(excepting=(Clause(under=(REALM,), scopes=("nimbus:sites/*",)),)), True),
        (Clause(excepting=(Clause(under=(REALM,), labels={"env": ("dev",)}),)), True),
        (Clause(excepting=(Clause(under=(REALM,), locations=("north",)),)), True),
        (Clause(excepting=(Clause(under=(REALM,), resource_ids=("x",)),)), True),
        (Clause(excepting=(Clause(under=(REALM,), resource_labels={"a": ("x",)}),)), True),
        (Clause(excepting=(Clause(under=(REALM,), in_use=True),)), True),
        (Clause(excepting=(Clause(under=(REALM,), excepting=(Clause(),)),)), True),
    ],
)
def test_scopes_that_nobody_listed_may_be_selected_unless_they_surely_are_not(clause, expected):
    assert may(clause) is expected


def test_a_container_or_a_top_in_an_unknown_place_may_be_anywhere():
    lost = realm(id="nimbus:realms/lost", parent=UNREAD)

    assert may(Clause(under=("nimbus:realms/other",)), lost, scopes=(lost,))
    assert may(Clause(under=("nimbus:realms/lost",)), scopes=(lost,))


def test_one_clause_that_may_is_enough():
    found = Estate(estate(scopes=(realm(), site(), OTHER)))

    assert may_hold(found, (Clause(scopes=(SITE,)), Clause(scopes=("nimbus:*",))), realm())
    assert may_hold(found, (), realm())


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ((), True),
        ((Clause(under=(REALM,)),), True),
        ((Clause(scopes=(REALM,)), Clause(under=("nimbus:realms/other", REALM))), True),
        ((Clause(scopes=(REALM,)),), False),
        ((Clause(scopes=("*",)),), False),
        ((Clause(under=(SITE,)),), False),
        ((Clause(under=(REALM,), labels={"env": ("prod",)}),), False),
        ((Clause(under=(REALM,), excepting=(Clause(scopes=(SITE,)),)),), False),
    ],
)
def test_all_below_a_container_are_selected_only_where_nothing_narrows(selector, expected):
    assert holds_all(Estate(estate()), selector, REALM) is expected
