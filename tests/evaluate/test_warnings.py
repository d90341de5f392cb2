"""Warnings: what a reader should know although no verdict depends on it."""

import dataclasses
from datetime import date

import pytest

from logcov.inventory import Destination, Exclusion, Filter
from logcov.policy import Attestation, Clause, Logs, RecordException
from nimbus import REALM, SITE, estate, exemption, judged, pipe, reach, requirement, vault, with_header

GOOD = estate(pipe(), vault())


def warnings(*requirements, inventory=GOOD, **more):
    return list(judged(inventory, *(requirements or (requirement(),)), **more).warnings)


def test_where_all_is_well_nothing_is_warned_of():
    assert warnings() == []


def test_warnings_of_the_policies_come_first_and_each_once():
    assert warnings(warnings=("odd", "odd", "other")) == ["odd", "other"]


def test_an_inventory_that_ends_early_says_so():
    assert any("was interrupted" in line for line in warnings(inventory=with_header(GOOD, complete=False)))
    assert any("cut short" in line for line in warnings(inventory=dataclasses.replace(GOOD, cut_short=True)))


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("nimbus.other", "test:one matches nothing in this inventory."),
        ("*", "test:one matches nothing in this inventory."),
    ],
)
def test_a_requirement_that_matches_nothing_says_why(pattern, says):
    asked = requirement(logs=(Logs(pattern=pattern),), where=(Clause(scopes=(f"{REALM}x",)),))

    assert warnings(asked)[0] == f"test.yaml:7: {says}"


def test_patterns_of_audited_providers_that_match_no_scope_are_named_wherever_they_stand():
    inner = Clause(under=("nimbus:realms/typo",))
    asked = requirement(where=(Clause(scopes=(SITE, "nimbus:sites/typo*", "stratus:*"), excepting=(inner,)),))

    assert warnings(asked, requirement(id="test:two", where=asked.where)) == [
        "test.yaml:7: the pattern nimbus:sites/typo* matches no scope of this inventory.",
        "test.yaml:7: the pattern nimbus:realms/typo matches no scope of this inventory.",
    ]


def test_places_that_nothing_leads_to_are_named_once():
    asked = requirement(reach=reach("nimbus:vault/*", "nimbus:vault/typo", "stratus:box/*"))
    said = "test.yaml:7: trusted names nimbus:vault/typo, but nothing in this inventory leads there."

    assert warnings(asked, dataclasses.replace(asked, id="test:two")) == [said]


def test_a_place_may_be_known_by_a_hop_or_by_itself():
    other = Destination(id="nimbus:vault/w", kind="nimbus.vault")
    asked = requirement(reach=reach("nimbus:vault/w", "nimbus:vault/v"))

    assert warnings(asked, inventory=estate(pipe(), vault(), other)) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, []),
        ({"expires": date(2026, 12, 22)}, ["EX-1: the exemption ends on 2026-12-22."]),
        ({"expires": date(2026, 12, 23)}, []),
        (
            {"expires": date(2026, 11, 21)},
            ["EX-1: the exemption expired on 2026-11-21; its gaps count again."],
        ),
        ({"expires": date(2027, 1, 30)}, []),
        ({"expires": date(2027, 1, 31)}, ["EX-1: the exemption runs for more than 90 days."]),
        ({"starts": date(2026, 11, 23)}, []),
        ({"where": (Clause(scopes=(REALM,)),)}, ["EX-1: the exemption matches no finding."]),
    ],
)
def test_exemptions_are_watched(changes, says):
    accepted = exemption(**{"expires": date(2027, 1, 15), **changes})

    assert warnings(inventory=estate(vault()), exemptions=(accepted,)) == says


@pytest.mark.parametrize(
    ("expires", "says"),
    [
        (date(2027, 3, 1), []),
        (date(2026, 12, 22), ["pull: the attestation by x ends on 2026-12-22."]),
        (date(2026, 11, 22), ["pull: the attestation by x ends on 2026-11-22."]),
        (date(2026, 11, 21), ["pull: the attestation by x lapsed on 2026-11-21."]),
    ],
)
def test_attestations_are_watched(expires, says):
    word = Attestation(
        id="pull", logs=(), where=(), to=None, by="x", starts=date(2026, 1, 1), expires=expires, evidence="T"
    )

    assert warnings(attestations=(word,)) == says


def test_a_requirement_without_a_place_names_none():
    assert warnings(requirement(reach=None)) == []


def test_requirements_about_a_provider_that_was_not_audited_are_told_of_once():
    first = requirement(logs=(Logs(pattern="stratus.audit"),))
    second = requirement(id="test:two", logs=(Logs(pattern="stratus.*"),))

    assert warnings(first)[0] == "test:one: about stratus, which was not audited."
    assert warnings(first, second)[0] == "test:one and 1 more: about stratus, which was not audited."


def test_a_requirement_that_asks_for_no_record_anywhere_is_warned_of():
    nothing = "test.yaml:7: test:one asks for no record that can exist at any place that it selects."
    all_excepted = requirement(
        only={"verb": ("read",)},
        excepting=(RecordException(records={"verb": ("read", "write")}, because="b"),),
    )
    elsewhere = requirement(only={"place": ("nowhere",)})
    partly = requirement(logs=(Logs(pattern="nimbus.a*"),), only={"place": ("nowhere",)})

    assert warnings(all_excepted) == [nothing]
    assert warnings(elsewhere) == [nothing]
    assert nothing not in warnings(partly)


def test_traps_in_filters_of_hops_that_are_on_are_named_once_for_all_that_share_them():
    trap = Filter(
        id="filter:1",
        dialect="gcp.logging",
        text='severity>=INFO\nlogName:"a.com/b"',
        exclusions=(
            Exclusion(name="noise", text="trace='a'"),
            Exclusion(name="off", text="(", disabled=True),
        ),
    )
    fine = Filter(id="filter:2", dialect="fields", text="(((")
    hops = [
        dataclasses.replace(pipe(), id=f"hop:{at}", setting=f"sink:{at}", filter="filter:1") for at in "ab"
    ]
    off = dataclasses.replace(pipe(), id="hop:c", setting="sink:c", filter="filter:1", enabled=False)
    other = dataclasses.replace(pipe(), id="hop:d", filter="filter:2")
    lost = dataclasses.replace(pipe(), id="hop:e", filter="filter:none")

    said = warnings(inventory=estate(*hops, off, other, lost, vault(), trap, fine))

    assert [line for line in said if "Instead" in line] == [
        (
            "sink:a and 1 more: filter, 2:1: log-name-unescaped: this can never match: log names look like "
            "projects/ID/logs/LOG_ID, with %2F for each slash of the log id. "
            'Instead: logName:"a.com%2Fb"'
        ),
        (
            "sink:a and 1 more: exclusion noise, 1:7: single-quotes: 'a': what single quotes mean is not "
            'documented. Instead: "a"'
        ),
    ]
