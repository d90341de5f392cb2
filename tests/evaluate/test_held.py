"""Selecting resources by what rests in them: yes, no, and what cannot be told."""

import dataclasses

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logcov.coverage import Estate
from logcov.evaluate.held import holdings_of, holds
from logcov.inventory import Emitter, Listing, LogSource, Unread
from logcov.policy import Clause, Logs, Place
from nimbus import (
    LISTINGS,
    REALM,
    SITE,
    VAULT,
    broken_promises,
    denied,
    estate,
    judged,
    less_known,
    only,
    pipe,
    requirement,
    switch,
    the_one,
    vault,
    with_header,
)

DOORS = LogSource(
    id="nimbus.doors",
    title="who opened a vault",
    provider="nimbus",
    scope_kinds=("nimbus.site",),
    needs=("nimbus.switch", "nimbus.pipe"),
    emitters="nimbus.vaults",
)
LISTED = Listing(kind="nimbus.vaults", at=SITE)
AUDIT_LOGS = (Logs(pattern="nimbus.audit"),)
VAULTS = Place(name="vaults", patterns=("nimbus:vault/*",))
HOLDING = (Clause(stores=(VAULTS,), holding=AUDIT_LOGS),)


def door(name="v", **changes):
    facts = {
        "source": "nimbus.doors",
        "scope": SITE,
        "resource": name,
        "store": f"nimbus:vault/{name}",
    }
    return Emitter(**{**facts, **changes})


def world(*facts, **changes):
    made = estate(*facts, **changes)
    return with_header(made, sources=(*made.header.sources, DOORS))


def watched(**changes):
    return requirement(
        **{"logs": (Logs(pattern="nimbus.doors"),), "where": HOLDING, "reach": None, **changes}
    )


def test_only_places_that_hold_such_records_are_selected():
    inventory = world(pipe(), vault(), door(), door("idle"), door("plain", store=""), LISTED)

    finding = the_one(judged(inventory, watched()))

    assert (finding.resource, finding.status, finding.reason) == ("v", "gap", "not-generated")


def test_a_place_that_is_not_meant_is_not_selected():
    elsewhere = Place(name="else", patterns=("nimbus:cellar/*",))
    where = (Clause(stores=(elsewhere,), holding=AUDIT_LOGS),)

    assert judged(world(pipe(), vault(), door(), LISTED), watched(where=where)).findings == ()


def test_what_may_hold_such_records_is_unclassified_and_needs_no_label():
    spot = denied(SITE)
    inventory = world(pipe(enabled=Unread(spot.id)), vault(), door(), LISTED, spot)

    finding = the_one(judged(inventory, watched()))

    assert (finding.status, finding.reason, finding.remediation) == ("unknown", "unclassified", None)
    assert "what nimbus:vault/v holds could not all be read" in finding.detail


def test_a_way_that_nobody_listed_may_lead_to_any_place():
    missing = LISTINGS[2]
    inventory = world(vault(), door(), LISTED, without=(missing,))

    assert the_one(judged(inventory, watched())).reason == "unclassified"


def test_places_that_could_not_be_listed_may_be_such():
    finding = the_one(judged(world(pipe(), vault()), watched()))

    assert (finding.resource, finding.status) == ("*", "unknown")


def test_what_is_excepted_for_what_it_holds_is_not_selected():
    where = (Clause(scopes=(SITE,), excepting=HOLDING),)
    inventory = world(pipe(), vault(), door(), door("idle"), LISTED)

    assert the_one(judged(inventory, watched(where=where))).resource == "idle"


def test_an_exception_for_what_is_held_takes_no_whole_scope_out():
    where = (Clause(excepting=(Clause(under=(REALM,), stores=(VAULTS,), holding=AUDIT_LOGS),)),)
    inventory = world(LISTED, without=(LISTINGS[0],))

    assert [one.scope for one in judged(inventory, watched(where=where)).findings] == [REALM]


def test_only_records_that_are_asked_for_make_a_place_count():
    narrowed = (Logs(pattern="nimbus.audit", only={"user": ("ann",)}),)
    inventory = Estate(world(pipe(filter="f"), only('{"user": "ci"}', "f"), vault()))

    assert holds(inventory, VAULT, VAULTS.patterns, narrowed) == "no"
    assert holds(inventory, VAULT, VAULTS.patterns, (Logs(pattern="nimbus.*"),)) == "yes"


def test_idle_emitters_fill_nothing_and_what_is_held_is_found_once():
    idle = Emitter(source="nimbus.doors", scope=SITE, store=VAULT, not_applicable="closed")
    inventory = Estate(world(pipe(), vault(), idle, LISTED))
    asked = (Logs(pattern="nimbus.doors"),)

    assert holds(inventory, VAULT, VAULTS.patterns, asked) == "no"
    assert holdings_of(inventory, VAULTS.patterns, asked) is holdings_of(inventory, VAULTS.patterns, asked)


def test_what_is_hidden_but_cannot_be_asked_about_is_no_doubt():
    inventory = Estate(world(vault(), without=(LISTINGS[2],)))
    nothing = (Logs(pattern="nimbus.audit", only={"verb": ("neither",)}),)

    assert holds(inventory, VAULT, VAULTS.patterns, nothing) == "no"
    assert holds(inventory, VAULT, VAULTS.patterns, AUDIT_LOGS) == "perhaps"


def test_an_inventory_that_was_cut_short_may_hide_anything():
    inventory = Estate(dataclasses.replace(world(vault()), cut_short=True))

    assert holds(inventory, VAULT, VAULTS.patterns, AUDIT_LOGS) == "perhaps"
    assert holds(inventory, "nimbus:other/x", ("nimbus:other/*",), AUDIT_LOGS) == "no"


@st.composite
def worlds(draw):
    facts = [vault(exists=draw(st.booleans())), door(), door("idle"), LISTED]
    for name, origin in [("p", SITE), ("q", REALM)]:
        if draw(st.booleans()):
            facts.append(
                pipe(
                    name,
                    origin=origin,
                    descends=origin == REALM and draw(st.booleans()),
                    enabled=draw(st.booleans()),
                    filter="f",
                )
            )
    facts.append(only(draw(st.sampled_from(["{}", '{"user": "ci"}'])), "f"))
    if draw(st.booleans()):
        facts.append(switch(sources=("nimbus.doors",)))
    return world(*facts)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.booleans())
def test_less_knowledge_of_what_is_held_changes_verdicts_only_to_unknown(inventory, inside):
    where = HOLDING if inside else (Clause(excepting=HOLDING),)
    before = judged(inventory, watched(where=where))
    for what, less in less_known(inventory):
        after = judged(less, watched(where=where))

        assert broken_promises(before, after, lambda scope, other: other in {scope, REALM}) == [], what
