"""Laws of the judge, on random estates: less knowledge never says more, and covered means that every record arrives."""

import dataclasses
import json
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logcov.inventory import Activity, Admission, Delivery, Destination, Exclusion, Filter, Keep, Lock
from logcov.policy import Clause, Leg, Logs, Place, Reach, Terms
from nimbus import (
    DEPOT,
    NOW,
    REALM,
    SITE,
    broken_promises,
    estate,
    exemption,
    judged,
    less_known,
    only,
    pipe,
    reach,
    requirement,
    switch,
    vault,
)

BOUNDED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
VAULTS = ("nimbus:vault/a", "nimbus:vault/b")
RELAY = "nimbus:relay/r"

conditions = st.sampled_from(
    [
        "{}",
        '{"verb": "write"}',
        '{"verb": "read"}',
        '{"user": "ci"}',
        '{"user": "ci", "verb": "read"}',
        '{"note": "*"}',
    ]
)


@st.composite
def filters(draw, name):
    excluded = tuple(
        Exclusion(name=f"x{number}", text=text, disabled=draw(st.booleans()))
        for number, text in enumerate(
            draw(st.lists(conditions.filter(lambda text: text != "{}"), max_size=1))
        )
    )
    return Filter(id=name, dialect="fields", text=draw(conditions), exclusions=excluded)


@st.composite
def estates(draw):
    """A random estate: pipes of realm and site, switches, vaults, a relay; everything known."""
    facts = []
    for number in range(draw(st.integers(0, 3))):
        origin = draw(st.sampled_from([REALM, SITE]))
        name = f"p{number}"
        facts.append(draw(filters(f"f{number}")))
        writer = draw(st.sampled_from(["", "w"]))
        delivery = draw(
            st.sampled_from(
                [
                    None,
                    Delivery(last_success="2026-11-22T07:30:00Z"),
                    Delivery(last_success="2026-11-10T00:00:00Z"),
                    Delivery(last_error="AccessDenied"),
                    Delivery(),
                ]
            )
        )
        facts.append(
            pipe(
                name,
                origin=origin,
                descends=origin == REALM and draw(st.booleans()),
                enabled=draw(st.booleans()) or draw(st.booleans()),
                filter=f"f{number}",
                to=draw(st.sampled_from([*VAULTS, RELAY])),
                intercepts=origin == REALM and draw(st.booleans()),
                immune=draw(st.integers(0, 5)) == 0,
                writer=writer,
                delivery=delivery,
                validated=draw(st.sampled_from([None, True, False])),
            )
        )
        if writer:
            to = facts[-1].to
            facts.append(
                Admission(
                    route=f"nimbus:pipe/{name}",
                    destination=to,
                    allowed=draw(st.sampled_from([True, True, False])),
                )
            )
    if draw(st.booleans()):
        facts.append(Activity(source="nimbus.audit", scope=SITE, at="2026-11-20T00:00:00Z"))
    if draw(st.booleans()):
        facts.append(pipe("spout", kind="nimbus.spout", origin=RELAY, to=VAULTS[0]))
    for number in range(draw(st.integers(0, 2))):
        facts.append(draw(filters(f"s{number}")))
        facts.append(
            switch(
                f"s{number}",
                origin=draw(st.sampled_from([REALM, SITE])),
                descends=draw(st.booleans()),
                effect=draw(st.sampled_from(["generate", "generate", "withhold"])),
                filter=f"s{number}",
            )
        )
    for name in VAULTS:
        facts.append(
            vault(
                id=name,
                exists=draw(st.integers(0, 4)) > 0,
                retained=(Keep(days=draw(st.sampled_from([None, 30, 400]))),),
                lock=draw(
                    st.sampled_from(
                        [False, Lock(mode="locked", days=400), Lock(mode="bypassable", days=None)]
                    )
                ),
                owner=draw(st.sampled_from([None, SITE, DEPOT])),
            )
        )
    facts.append(Destination(id=RELAY, kind="nimbus.relay", end=False, consumed=draw(st.booleans())))
    return estate(*facts)


def requirements():
    a = Place(name="a", patterns=(VAULTS[0],))
    any_vault = Place(name="any", patterns=("nimbus:vault/*",))
    both = Reach(
        mode="any",
        legs=(
            Leg(to="a", places=(a,), terms=Terms(retain=365)),
            Leg(to="any", places=(any_vault,), terms=Terms(immutable="locked", validated=True)),
        ),
    )
    everywhere = ()
    return (
        requirement(id="test:a", where=everywhere, reach=reach(VAULTS[0])),
        requirement(
            id="test:retained", where=everywhere, reach=reach("nimbus:vault/*", retain=100, separate=True)
        ),
        requirement(id="test:both", where=everywhere, reach=both),
        requirement(
            id="test:access",
            where=(Clause(labels={"env": ("prod",)}),),
            logs=(Logs(pattern="nimbus.access"),),
            only={"verb": ("read", "write")},
            reach=reach("nimbus:vault/*"),
        ),
        requirement(id="test:written", where=everywhere, logs=(Logs(pattern="nimbus.access"),), reach=None),
    )


def above(scope, other):
    return other in {scope, REALM}


@BOUNDED
@given(estates())
def test_less_knowledge_changes_a_verdict_only_to_unknown(inventory):
    before = judged(inventory, *requirements())
    for what, less in less_known(inventory):
        after = judged(less, *requirements())

        assert broken_promises(before, after, above) == [], what


@BOUNDED
@given(estates(), st.sampled_from(VAULTS), conditions)
def test_one_more_hop_never_makes_a_verdict_worse(inventory, to, text):
    more = dataclasses.replace(
        inventory, facts=(*inventory.facts, pipe("more", to=to, filter="more"), only(text, "more"))
    )
    rank = {"gap": 0, "unknown": 1, "covered": 2}
    after = {finding.id: finding.status for finding in judged(more, *requirements()).findings}

    for finding in judged(inventory, *requirements()).findings:
        assert rank[after[finding.id]] >= rank[finding.status]


@BOUNDED
@given(estates())
def test_an_expired_exemption_equals_none(inventory):
    import datetime as dt

    lapsed = exemption(expires=dt.date(2026, 11, 20))
    plain = [one.status for one in judged(inventory, *requirements()).findings]

    assert [one.status for one in judged(inventory, *requirements(), exemptions=(lapsed,)).findings] == plain


# --- An independent simulation: send every record through the estate, one by one ---------------------------------


def _matches(text, record):
    return all(
        name in record and (value == "*" or record[name] == value) for name, value in json.loads(text).items()
    )


def _admits(filters_by_id, route, record):
    known = filters_by_id[route.filter] if route.filter is not None else None
    if known is None:
        return True
    excluded = any(_matches(one.text, record) for one in known.exclusions if not one.disabled)
    return _matches(known.text, record) and not excluded


def _arrives(facts, scope, record, wanted):
    """Whether the record, written at the scope, gets to a destination that satisfies `wanted`; None: undocumented."""
    filters_by_id = {fact.id: fact for fact in facts if isinstance(fact, Filter)}
    ends = {fact.id: fact for fact in facts if isinstance(fact, Destination)}
    admissions = {fact.route: fact.allowed for fact in facts if isinstance(fact, Admission)}
    active = any(isinstance(fact, Activity) for fact in facts)
    routes = [fact for fact in facts if type(fact).__name__ == "Route" and fact.effect == "carry"]
    lineage = [SITE, REALM] if scope == SITE else [REALM]
    doubtful = False

    def works(route):
        if not route.enabled or not _admits(filters_by_id, route, record):
            return False
        end = ends[route.to]
        if not end.exists or (route.writer and not admissions[route.id]) or end.consumed is False:
            return False
        delivery = route.delivery
        if delivery is None:
            return True
        fresh = delivery.last_success is not None and delivery.last_success > "2026-11-21T08"
        if delivery.last_error and not fresh:
            return False
        stale = not fresh and active and route.origin == SITE
        return not stale

    def reached(route):
        if not works(route):
            return False
        end = ends[route.to]
        if end.end:
            return wanted(route, end)
        return any(reached(onward) for onward in routes if onward.origin == end.id)

    for route in routes:
        if route.origin not in lineage or (route.origin != scope and not route.descends):
            continue
        taken = False
        for other in routes:
            if other.origin not in lineage or route.origin not in lineage or route.immune:
                continue
            above_it = lineage.index(other.origin) > lineage.index(route.origin)
            if above_it and other.intercepts and other.descends and other.enabled:
                known = filters_by_id[other.filter]
                if _matches(known.text, record):
                    if _admits(filters_by_id, other, record):
                        taken = True
                    elif not taken:
                        doubtful = True
        if not taken and reached(route):
            return None if doubtful else True
    return False


RECORDS = [
    {"user": user, "verb": verb, **note}
    for user, verb, note in product(["ci", "ann"], ["read", "write"], [{}, {"note": "n"}])
]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(estates())
def test_verdicts_agree_with_sending_every_record(inventory):
    asked = requirement(id="test:a", where=(), reach=reach("nimbus:vault/*", retain=100))

    def wanted(route, end):
        del route
        days = end.retained[0].days
        return (days is None or days >= 100) and (None if end.owner is None else True)

    for finding in judged(inventory, asked).findings:
        outcomes = [_arrives(inventory.facts, finding.scope, record, wanted) for record in RECORDS]
        if finding.status == "covered":
            assert False not in outcomes, (finding.scope, finding.detail)
        if finding.status == "gap":
            assert False in outcomes, (finding.scope, finding.detail)
            lost = {
                name: value for name, value in finding.witness.items() if name in {"user", "verb", "note"}
            }
            record = {"user": "somebody", "verb": "read", **lost}
            assert _arrives(inventory.facts, finding.scope, record, wanted) is False, lost


def test_the_moment_of_the_estates_is_fixed():
    assert estate().header.started_at == NOW
