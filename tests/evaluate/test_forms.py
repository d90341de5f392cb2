"""One happening that may be written down in several forms: it counts as recorded if any of its records does."""

import dataclasses
import json
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.inventory import Emitter, Filter, Inventory, Listing, Unread
from logcov.policy import Leg, Logs, Place, Reach, Terms
from nimbus import estate, judged, only, pipe, requirement, switch, the_one, vault, with_header

FORMS = {"nimbus.switch": {"note": "old"}, "nimbus.lever": {"note": "new"}}
READS = {"logs": (Logs(pattern="nimbus.access"),)}


def in_forms(made: Inventory) -> Inventory:
    """What is read at the site is written in the old form by switches, and in the new one by levers."""
    sources = [
        dataclasses.replace(row, needs=("nimbus.switch", "nimbus.lever", "nimbus.pipe"))
        if row.id == "nimbus.access"
        else row
        for row in made.header.sources
    ]
    known = next(kind for kind in made.header.hop_kinds if kind.id == "nimbus.switch")
    facts = []
    for fact in made.facts:
        if isinstance(fact, Emitter) and fact.source == "nimbus.access":
            facts.append(dataclasses.replace(fact, written_as=FORMS))
            continue
        facts.append(fact)
        if isinstance(fact, Listing) and fact.kind == "nimbus.switch":
            facts.append(dataclasses.replace(fact, kind="nimbus.lever"))
    changed = dataclasses.replace(made, facts=tuple(facts))
    return with_header(
        changed,
        sources=tuple(sources),
        hop_kinds=(
            *made.header.hop_kinds,
            dataclasses.replace(known, id="nimbus.lever", effects=("generate",)),
        ),
    )


def lever(name="lever", **changes):
    return switch(name, kind="nimbus.lever", **changes)


def finding_of(*facts, without=(), **changes):
    made = in_forms(estate(*facts, vault()))
    made = dataclasses.replace(made, facts=tuple(fact for fact in made.facts if fact not in without))
    return the_one(judged(made, requirement(**READS | changes)))


def status(*facts, **changes):
    finding = finding_of(*facts, **changes)
    return finding.status if finding.status != "gap" else finding.reason


def test_each_form_meets_the_filters_that_are_for_it():
    new_only = (pipe(filter="f"), only('{"note": "new"}'))

    assert status(switch(), pipe()) == "covered"
    assert status(switch(), *new_only) == "filtered-out"
    assert status(lever(), *new_only) == "covered"
    assert status(switch(), lever(), *new_only) == "covered"
    assert status(pipe()) == "not-generated"


def test_the_form_that_arrives_may_be_the_only_one_that_is_written_whole():
    reads = only('{"verb": "read"}', "g")
    new_only = only('{"note": "new"}')

    assert status(switch(filter="g"), lever(), pipe(filter="f"), reads, new_only) == "covered"
    assert status(switch(), lever(filter="g"), pipe(filter="f"), reads, new_only) == "filtered-out"


def test_a_form_that_is_not_known_to_be_switched_on_is_a_doubt():
    made = in_forms(estate(pipe(), vault()))
    listed = [fact for fact in made.facts if isinstance(fact, Listing) and fact.kind == "nimbus.lever"]

    assert status(pipe(), without=tuple(listed)) == "unknown"
    assert status(switch(), pipe(), without=tuple(listed)) == "covered"
    assert status(pipe(filter="f"), only('{"note": "old"}'), without=tuple(listed)) == "filtered-out"


def test_a_doubt_about_one_form_is_told_as_what_could_not_be_read():
    finding = finding_of(switch(enabled=Unread("!nimbus:List site")), pipe())

    assert (finding.status, finding.reason) == ("unknown", "blind-spot")
    assert "nimbus:List site" in finding.detail


def test_who_asks_for_one_form_is_answered_about_that_form():
    for form, expected in (("new", "covered"), ("old", "not-generated"), ("other", "not-applicable")):
        assert status(lever(), pipe(), only={"note": (form,)}) == expected


def test_being_written_in_any_form_is_being_written():
    assert status(lever(), reach=None) == "covered"
    assert status(lever(filter="f"), only('{"verb": "read"}'), reach=None) == "partly-generated"


def test_copies_in_different_forms_may_satisfy_different_legs():
    legs = tuple(
        Leg(to=name, places=(Place(name=name, patterns=(f"nimbus:vault/{name}",)),), terms=Terms())
        for name in ("v", "w")
    )
    other = dataclasses.replace(vault(), id="nimbus:vault/w")
    facts = (
        switch(),
        lever(),
        pipe(filter="f"),
        pipe("q", to=other.id, filter="g"),
        only('{"note": "old"}'),
        only('{"note": "new"}', "g"),
        other,
    )

    assert status(*facts, reach=Reach(mode="all", legs=legs)) == "covered"
    assert status(*facts[1:], reach=Reach(mode="all", legs=legs)) == "filtered-out"
    assert status(*facts[1:], reach=Reach(mode="any", legs=legs)) == "covered"


def test_a_lost_record_is_shown_in_the_form_in_which_it_was_written():
    found = finding_of(lever(), pipe(filter="f"), only('{"note": "old"}'))

    assert found.witness is not None
    assert found.witness["note"] == "new"


def test_a_sample_in_one_form_is_one():
    half = Filter(id="h", dialect="sample", text="0.5")

    assert status(lever(filter="h"), half, pipe()) == "sampled"
    assert status(lever(filter="h"), half, pipe(), sampled=50) == "covered"
    assert status(lever(filter="h"), half, switch(), pipe()) == "covered"


conditions = st.fixed_dictionaries(
    {},
    optional={
        "verb": st.sampled_from(("read", "write", ["read", "write"])),
        "note": st.sampled_from(("old", "new", ["old", "new"])),
    },
)
generators = st.lists(
    st.tuples(
        st.sampled_from(sorted(FORMS)),
        conditions.map(lambda one: {k: v for k, v in one.items() if k == "verb"}),
    ),
    max_size=3,
)


def admits(condition, verb, note):
    record = {"verb": verb, "note": note}
    return all(
        record[name] in (value if isinstance(value, list) else [value]) for name, value in condition.items()
    )


@settings(max_examples=120, deadline=None)
@given(generators, st.lists(conditions, max_size=3))
def test_the_verdict_is_that_of_trying_every_happening_in_every_form(writing, carrying):
    facts = []
    for number, (kind, condition) in enumerate(writing):
        facts += [
            switch(f"s{number}", kind=kind, filter=f"s{number}"),
            only(json.dumps(condition), f"s{number}"),
        ]
    for number, condition in enumerate(carrying):
        facts += [pipe(f"p{number}", filter=f"p{number}"), only(json.dumps(condition), f"p{number}")]
    recorded = {
        verb
        for verb, (kind, form) in product(("read", "write"), FORMS.items())
        if any(kind == wrote and admits(condition, verb, form["note"]) for wrote, condition in writing)
        and any(admits(condition, verb, form["note"]) for condition in carrying)
    }

    found = finding_of(*facts)

    assert found.status == ("covered" if recorded == {"read", "write"} else "gap")
    assert found.status == "covered" or found.extent == ("some" if recorded else "all")
    assert found.status == "covered" or found.witness.get("verb") not in recorded
