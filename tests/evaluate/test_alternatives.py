"""`instead`: other log sources that count in place of a requirement's own."""

import dataclasses
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logcov.inventory import Destination, Dimension, Emitter, Field, Listing, LogSource, Unread
from logcov.policy import Attestation, Logs
from nimbus import (
    AUDIT,
    EMITTERS,
    REALM,
    SITE,
    broken_promises,
    denied,
    estate,
    judged,
    less_known,
    only,
    pipe,
    reach,
    requirement,
    the_one,
    vault,
    with_header,
)

OPENED = LogSource(
    id="nimbus.opened",
    title="who opened a vault",
    provider="nimbus",
    scope_kinds=("nimbus.site",),
    fields=(Field(name="vault", aliases=("thing",), optional=False), *AUDIT.fields),
    dimensions=(Dimension(name="verb"),),
    always_generated=True,
    needs=("nimbus.pipe",),
    emitters="nimbus.books",
    per_location=True,
)
BOOKS = Listing(kind="nimbus.books", at=SITE, location="north")
INSTEAD = (Logs(pattern="nimbus.opened"),)


def book(location="north", **changes):
    return Emitter(**{"source": "nimbus.opened", "scope": SITE, "location": location, **changes})


def taps(**changes):
    """The traffic of the site, of which nothing is routed."""
    return requirement(
        **{"logs": (Logs(pattern="nimbus.traffic"),), "instead": INSTEAD, "where": (), **changes}
    )


def world(*facts, emitter=None, books=(BOOKS,), without=()):
    made = estate(
        *facts,
        *books,
        *((emitter,) if emitter else ()),
        without=(*without, *((EMITTERS[4],) if emitter else ())),
    )
    return with_header(made, sources=(*made.header.sources, OPENED))


def opened_pipe(**changes):
    return pipe(**{"sources": ("nimbus.opened",), **changes})


NET = dataclasses.replace(EMITTERS[4], known_as={"thing": "vaults/net-1/*", "elsewhere": "x"})


def test_records_of_another_source_count_where_its_own_do_not():
    finding = the_one(judged(world(opened_pipe(), vault(), book()), taps()))

    assert (finding.status, finding.source, finding.basis, finding.reason) == (
        "covered",
        "nimbus.traffic",
        "proven",
        None,
    )
    assert finding.detail == (
        "Its own records are not covered, but those of nimbus.opened, which count instead, are."
    )
    assert finding.path[0].says == "writes records of nimbus.opened"


def test_its_own_records_suffice():
    own = pipe("t", kind="nimbus.tap", location="north", sources=("nimbus.traffic",))
    finding = the_one(judged(world(own, vault()), taps()))

    assert finding.status == "covered"
    assert "instead" not in finding.detail


def test_a_gap_is_told_in_the_words_of_its_own_records_and_names_the_others():
    finding = the_one(judged(world(vault(), book()), taps()))

    assert (finding.status, finding.reason) == ("gap", "not-routed")
    assert "nor do those of nimbus.opened count instead: nothing carries them" in finding.detail


def test_where_the_other_source_writes_nothing_there_is_a_gap():
    finding = the_one(judged(world(vault(), emitter=None), taps()))

    assert finding.status == "gap"
    assert "nor do those of nimbus.opened count instead: it writes nothing there" in finding.detail


def test_a_source_that_is_not_known_is_no_alternative():
    asked = taps(instead=(Logs(pattern="nimbus.nothing"),))

    assert the_one(judged(world(vault()), asked)).detail.endswith("any place that the policy accepts.")


def test_only_the_records_that_are_about_the_resource_need_arrive():
    facts = (opened_pipe(filter="f"), only('{"vault": "vaults/net-1/*"}', "f"), vault(), book())

    assert the_one(judged(world(*facts), taps())).status == "gap"
    assert the_one(judged(world(*facts, emitter=NET), taps())).status == "covered"


def test_conditions_of_the_other_source_narrow_it():
    facts = (opened_pipe(filter="f"), only('{"verb": "read"}', "f"), vault(), book())
    reads = (Logs(pattern="nimbus.opened", only={"verb": ("read",)}),)

    assert the_one(judged(world(*facts), taps())).status == "gap"
    assert the_one(judged(world(*facts), taps(instead=reads))).status == "covered"


def test_the_other_source_counts_at_the_same_place_only():
    carried = (opened_pipe(), vault())
    elsewhere = book("south")
    written_nowhere = book("north", not_applicable="closed")
    impossible = book(fields={"verb": "neither"})
    asked = taps(instead=(Logs(pattern="nimbus.opened", only={"verb": ("read",)}),))

    assert the_one(judged(world(*carried, elsewhere), taps())).status == "gap"
    assert the_one(judged(world(*carried, book(None)), taps())).status == "covered"
    assert the_one(judged(world(*carried, written_nowhere), taps())).status == "gap"
    assert the_one(judged(world(*carried, impossible), asked)).status == "gap"


def test_a_resource_of_no_location_asks_for_the_other_source_in_all_of_them():
    scope_wide = dataclasses.replace(EMITTERS[4], location=None)
    carried = (opened_pipe(location="north"), vault(), book("north"))
    asked = taps(logs=(Logs(pattern="nimbus.traffic"),), where=requirement().where)

    def status(*facts):
        everywhere = Listing(kind="nimbus.tap", at=SITE)
        found = judged(world(*facts, everywhere, emitter=scope_wide), asked).findings
        return [one.status for one in found if one.resource == "net-1"]

    assert status(*carried) == ["covered"]
    assert status(*carried, book("south")) == ["gap"]


def test_others_of_which_no_record_can_be_about_the_resource_do_not_count():
    reads = (Logs(pattern="nimbus.opened", only={"verb": ("read",)}),)
    writing = dataclasses.replace(EMITTERS[4], known_as={"verb": "write"})
    inventory = world(opened_pipe(), vault(), book(), emitter=writing)

    assert the_one(judged(inventory, taps(instead=reads))).status == "gap"


def test_without_reach_the_others_need_only_be_written():
    access = requirement(
        logs=(Logs(pattern="nimbus.access"),), instead=(Logs(pattern="nimbus.audit"),), reach=None
    )

    assert the_one(judged(estate(), access)).status == "covered"


def test_what_the_others_could_not_tell_is_unknown_with_their_blind_spots():
    spot = denied(SITE, "nimbus:Enabled")
    inventory = world(opened_pipe(enabled=Unread(spot.id)), vault(), book(), spot)

    finding = the_one(judged(inventory, taps()))

    assert (finding.status, finding.reason) == ("unknown", "blind-spot")
    assert "whether those of nimbus.opened count instead" in finding.detail
    assert "nimbus:Enabled at nimbus:sites/s was refused" in finding.detail


def test_others_that_nobody_listed_may_be_lost():
    inventory = world(opened_pipe(), vault(), book(), books=())

    assert the_one(judged(inventory, taps())).status == "unknown"


def test_a_filter_of_the_others_that_cannot_be_decided_is_unknown():
    inventory = world(opened_pipe(filter="f"), only("{", "f"), vault(), book())

    finding = the_one(judged(inventory, taps()))

    assert (finding.status, finding.reason) == ("unknown", "undecidable-filter")


def test_doubts_of_both_sides_are_named():
    tap, spot = denied(SITE, "nimbus:Taps"), denied(SITE, "nimbus:Enabled")
    own = pipe("t", kind="nimbus.tap", location="north", sources=("nimbus.traffic",), enabled=Unread(tap.id))
    inventory = world(own, opened_pipe(enabled=Unread(spot.id)), vault(), book(), tap, spot)

    detail = the_one(judged(inventory, taps())).detail

    assert "nimbus:Taps" in detail
    assert "nimbus:Enabled" in detail


def test_a_doubt_of_its_own_stays_where_the_others_are_lost():
    tap = denied(SITE, "nimbus:Taps")
    own = pipe("t", kind="nimbus.tap", location="north", sources=("nimbus.traffic",), enabled=Unread(tap.id))

    assert the_one(judged(world(own, vault(), book(), tap), taps())).status == "unknown"


def test_a_doubt_of_its_own_is_resolved_where_the_others_are_covered():
    tap = denied(SITE, "nimbus:Taps")
    own = pipe("t", kind="nimbus.tap", location="north", sources=("nimbus.traffic",), enabled=Unread(tap.id))

    assert the_one(judged(world(own, opened_pipe(), vault(), book(), tap), taps())).status == "covered"


def test_what_counts_instead_may_be_attested():
    word = Attestation(
        id="A-1",
        logs=(Logs(pattern="nimbus.opened"),),
        where=(),
        to=reach().legs[0].places,
        by="us",
        starts=date(2026, 1, 1),
        expires=date(2027, 1, 1),
        evidence="seen",
    )
    finding = the_one(judged(world(book()), taps(), attestations=(word,)))

    assert (finding.status, finding.basis) == ("covered", "attested")


def test_a_resource_where_no_record_can_exist_asks_for_no_other():
    idle = dataclasses.replace(EMITTERS[4], not_applicable="closed")

    assert the_one(judged(world(emitter=idle), taps())).status == "not-applicable"


# --- Laws ----------------------------------------------------------------------------------------------------------

VERBS = st.sampled_from(["{}", '{"verb": "read"}', '{"vault": "vaults/net-1/*"}'])


@st.composite
def worlds(draw):
    facts = [vault(), only(draw(VERBS), "f"), only(draw(VERBS), "g")]
    if draw(st.booleans()):
        facts.append(opened_pipe(filter="f", enabled=draw(st.booleans()) or draw(st.booleans())))
    if draw(st.booleans()):
        facts.append(pipe("t", kind="nimbus.tap", location="north", sources=("nimbus.traffic",), filter="g"))
    facts += [book(place) for place in draw(st.sampled_from([(), ("north",), ("north", None)]))]
    known = draw(st.sampled_from([{}, {"vault": "vaults/net-1/*"}]))
    return world(*facts, emitter=dataclasses.replace(EMITTERS[4], known_as=known))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.sampled_from([reach(), reach("nimbus:vault/*", immutable="locked"), None]))
def test_less_knowledge_changes_what_counts_instead_only_to_unknown(inventory, wanted):
    asked = taps(reach=wanted)
    before = judged(inventory, asked)
    for what, less in less_known(inventory):
        after = judged(less, asked)

        assert broken_promises(before, after, lambda scope, other: other in {scope, REALM}) == [], what


def test_a_relay_leaves_both_sides_in_doubt():
    relay = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False, consumed=True)
    asked = taps(reach=reach("nimbus:relay/r"))
    inventory = world(opened_pipe(to="nimbus:relay/r"), relay, book())

    assert the_one(judged(inventory, asked)).status == "unknown"
