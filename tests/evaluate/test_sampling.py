"""`sampled`: samples that keep the accepted share count as keeping all; rates multiply along a path."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.coverage import blind_spot_of
from logcov.evaluate.sampling import _accepted, kept_share, settled
from logcov.inventory import Destination, Exclusion, Filter, Unread
from logcov.policy import Logs
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Opaque,
    all_of,
    any_of,
    atom,
    doubt,
    doubts,
    holds,
    leaves,
    negate,
    opaque,
    sampled,
)
from nimbus import (
    REALM,
    broken_promises,
    estate,
    judged,
    less_known,
    pipe,
    requirement,
    switch,
    the_one,
    vault,
)

RELAY = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False, consumed=True)


def sample(rate, name="f", **changes):
    return Filter(id=name, dialect="sample", text=rate, **changes)


def status(percent, *facts, **changes):
    finding = the_one(judged(estate(*facts, vault()), requirement(sampled=percent, **changes)))
    return finding.status if finding.status != "gap" else finding.reason


@pytest.mark.parametrize(
    ("percent", "rate", "expected"),
    [
        (None, "0.5", "sampled"),
        (50, "0.5", "covered"),
        (50, "0.4999", "sampled"),
        (50, "0.75", "covered"),
        (100, "0.999", "sampled"),
        (1, "0.01", "covered"),
        (1, "0", "filtered-out"),
        (100, "1", "covered"),
    ],
)
def test_a_sample_of_the_accepted_share_counts_as_all(percent, rate, expected):
    assert status(percent, pipe(filter="f"), sample(rate)) == expected


def test_rates_multiply_along_a_path():
    onward = pipe("on", kind="nimbus.spout", origin="nimbus:relay/r", filter="g")
    facts = (pipe(to="nimbus:relay/r", filter="f"), RELAY, onward, sample("0.8"), sample("0.7", "g"))

    assert status(50, *facts) == "covered"
    assert status(57, *facts) == "sampled"


def test_what_several_paths_keep_is_not_added_up():
    facts = (
        pipe(filter="f"),
        sample("0.6"),
        pipe("q", origin=REALM, descends=True, filter="g"),
        sample("0.5", "g"),
    )

    assert status(60, *facts) == "covered"
    assert status(61, *facts) == "sampled"


def test_an_exclusion_of_a_sample_keeps_the_rest():
    dropped = (Exclusion(name="x", text="0.9"),)
    facts = (pipe(filter="f"), sample("1", exclusions=dropped))

    assert status(10, *facts) == "covered"
    assert status(11, *facts) == "sampled"


def test_what_is_written_as_a_sample_counts_too():
    access = {"logs": (Logs(pattern="nimbus.access"),)}
    facts = (switch(filter="f"), sample("0.5"), pipe(filter="g"), sample("0.5", "g"))

    assert status(25, *facts, **access) == "covered"
    assert status(26, *facts, **access) == "sampled"
    assert status(50, *facts, **access, reach=None) == "covered"
    assert status(51, *facts, **access, reach=None) == "sampled"


def test_each_way_of_being_written_counts_for_itself_on_a_path():
    access = {"logs": (Logs(pattern="nimbus.access"),)}
    low, high = switch("low", filter="f"), switch("high", origin=REALM, descends=True, filter="g")
    facts = (low, high, sample("0.2"), sample("0.5", "g"), pipe(filter="h"), sample("0.9", "h"))

    assert status(45, *facts, **access) == "covered"
    assert status(46, *facts, **access) == "sampled"
    assert status(18, *facts, **access) == "covered"


def test_what_keeps_records_from_being_written_does_not_mix_the_ways():
    access = {"logs": (Logs(pattern="nimbus.access"),)}
    low, high = switch("low", filter="f"), switch("high", origin=REALM, descends=True, filter="g")
    never = switch("never", effect="withhold", filter="h")
    facts = (low, high, never, sample("0.2"), sample("0.5", "g"), sample("0.1", "h"), pipe())

    assert status(40, *facts, **access) == "covered"
    assert status(46, *facts, **access) == "sampled"


def test_without_reach_the_sample_of_a_hop_that_also_writes_counts():
    tap = pipe("t", kind="nimbus.tap", location="north", sources=("nimbus.traffic",), filter="f")
    second = pipe("u", kind="nimbus.tap", location="north", sources=("nimbus.traffic",), filter="g")
    traffic = {"logs": (Logs(pattern="nimbus.traffic"),), "reach": None}

    assert status(50, tap, sample("0.5"), **traffic) == "covered"
    assert status(51, tap, sample("0.5"), **traffic) == "sampled"
    assert status(50, tap, second, sample("0.5"), sample("0.2", "g"), **traffic) == "covered"


def test_a_sample_that_is_no_number_is_not_accepted():
    assert status(1, pipe(filter="f"), sample("half")) == "unknown"


HALF, THIRD = sampled("id", "0.5"), sampled("id", "0.3")
OTHER = sampled("trace", "0.5")
READ = atom("verb", "=", "read")


@pytest.mark.parametrize(
    ("tests", "share"),
    [
        ((), "1"),
        ((READ,), "1"),
        ((all_of(HALF, READ),), "0.5"),
        ((HALF, HALF), "0.25"),
        ((all_of(HALF, OTHER),), "0.25"),
        ((any_of(HALF, OTHER),), "0.25"),
        ((negate(THIRD),), "0.7"),
        ((negate(all_of(THIRD, READ)),), "0.7"),
        ((all_of(HALF, negate(THIRD)),), "0.2"),
        ((all_of(THIRD, negate(HALF)),), "0"),
        ((all_of(HALF, negate(THIRD)), OTHER), "0.1"),
        ((any_of(all_of(HALF, READ), all_of(negate(HALF), negate(READ))),), "0"),
    ],
)
def test_the_share_that_is_kept_at_least(tests, share):
    assert kept_share(tests) == Decimal(share)


def test_a_sample_that_turns_out_well_lets_pass_or_drops_nothing():
    assert settled(all_of(HALF, READ)) is READ
    assert settled(negate(all_of(HALF, READ))) is TRUE
    assert settled(all_of(negate(HALF), FALSE)) is FALSE


LEAVES = st.sampled_from([HALF, THIRD, OTHER, sampled("trace", "0.8"), READ])
TESTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(negate),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: all_of(*parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: any_of(*parts)),
    ),
    max_leaves=5,
)
GRAIN = [Decimal(step) / 20 for step in range(20)]


@settings(max_examples=400, deadline=None)
@given(TESTS, st.sampled_from(["read", "write"]))
def test_no_more_is_claimed_to_be_kept_than_hashes_keep(test, verb):
    """Against every pair of hashes: a sample keeps what hashes to less than its rate."""
    record = {"verb": verb}
    if holds(settled(test), record) is not True or kept_share([test]) == 0:
        return
    kept = 0
    for one, two in product(GRAIN, GRAIN):
        hashes = {"id": one, "trace": two}
        outcomes = {
            leaf.digest: hashes[leaf.text] < Decimal(leaf.rate)
            for leaf in leaves(test)
            if hasattr(leaf, "rate")
        }
        kept += holds(test, record, outcomes) is True

    assert Decimal(kept) / 400 >= kept_share([test])


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["0.2", "0.5", "1"]),
    st.sampled_from(["0.5", "0.9"]),
    st.sampled_from([1, 25, 45, 50, 100]),
    st.sets(st.sampled_from(["two pipes", "two switches", "withheld"])),
)
def test_less_knowledge_of_what_is_sampled_changes_verdicts_only_to_unknown(one, two, percent, more):
    facts = [switch(filter="f"), sample(one), sample(two, "g"), pipe(filter="g"), vault()]
    if "two pipes" in more:
        facts.append(pipe("q", origin=REALM, descends=True, filter="f"))
    if "two switches" in more:
        facts.append(switch("high", origin=REALM, descends=True, filter="g"))
    if "withheld" in more:
        facts += [switch("never", effect="withhold", filter="h"), sample("0.1", "h")]
    inventory = estate(*facts)
    asked = requirement(logs=(Logs(pattern="nimbus.access"),), sampled=percent)
    before = judged(inventory, asked)
    for what, less in less_known(inventory):
        after = judged(less, asked)

        assert broken_promises(before, after, lambda scope, other: other in {scope, REALM}) == [], what


@given(st.sampled_from(["0.2", "0.5", "0.9"]), st.integers(1, 99))
def test_accepting_less_never_makes_a_verdict_worse(rate, percent):
    facts = (pipe(filter="f"), sample(rate))

    assert status(percent, *facts) == "covered" or status(percent + 1, *facts) != "covered"


def test_whether_a_sample_that_may_not_even_be_there_keeps_enough_is_a_doubt():
    maybe = negate(all_of(HALF, doubt("!blind\nwhat")))
    odd = negate(all_of(HALF, opaque("x", "it is odd")))

    assert _accepted((maybe,), 50) is TRUE
    assert blind_spot_of(next(iter(doubts(_accepted((maybe,), 60))))) == "!blind"
    assert isinstance(_accepted((odd,), 60), Opaque)
    assert _accepted((maybe, OTHER), 60) is FALSE


def test_an_interception_that_may_take_a_sample_leaves_doubt():
    above = pipe(
        "q", origin=REALM, descends=True, filter="f", intercepts=Unread("!x"), to="nimbus:vault/other"
    )
    facts = (pipe(filter="g"), sample("0.9", "g"), above, sample("0.5"))

    assert status(40, *facts) == "covered"
    assert status(60, *facts) == "unknown"
    assert status(95, *facts) == "sampled"
