"""No failed read changes a fact: it leaves `Unread`, or a missing listing. This is the law that verdicts rest on."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logcov.inventory import (
    Admission,
    Destination,
    Emitter,
    Fact,
    Filter,
    Listing,
    Reading,
    Route,
    Scope,
    Unread,
)
from providers.gcp.acme import answers
from providers.gcp.fake_google import Google, Raw, error
from providers.gcp.gathering import gather, session_on

TELLING = {"readings", "raw", "because", "unusable_because", "name", "obtained_by", "since"}
"""Fields that explain and decide nothing."""


def key(fact: Fact) -> tuple[str, ...]:
    match fact:
        case Scope() | Filter() | Route() | Destination():
            return (type(fact).__name__, fact.id)
        case Emitter():
            return ("Emitter", fact.source, fact.scope)
        case Admission():
            return ("Admission", fact.route, fact.destination)
        case Listing():
            return ("Listing", fact.kind, fact.at)
        case _:
            raise AssertionError(fact)


def may_be_missing(fact: Fact, held: dict[tuple[str, ...], Fact]) -> bool:
    """Whether something that says "there may be more" stands in for a fact that is gone."""

    def unlisted(kind: str, at: str) -> bool:
        return ("Listing", kind, at) not in held

    match fact:
        case Listing() | Filter():
            return True
        case Scope():
            parent = held.get(("Scope", fact.parent)) if isinstance(fact.parent, str) else None
            apart = isinstance(parent, Scope) and fact.kind in parent.apart
            return parent is None or unlisted(fact.kind if apart else "scopes", parent.id)
        case Emitter():
            return ("Scope", fact.scope) not in held
        case Route():
            return unlisted(fact.kind, fact.origin)
        case Admission():
            return ("Route", fact.route) not in held
        case Destination():
            return not any(isinstance(other, Route) and other.to == fact.id for other in held.values())
        case _:
            return False


def may_appear(fact: Fact, held: dict[tuple[str, ...], Fact]) -> bool:
    """Of a destination that does not exist nobody asks who may write to it; where that is in doubt, they do."""
    if isinstance(fact, Admission):
        destination = held[("Destination", fact.destination)]
        return isinstance(destination, Destination) and isinstance(destination.exists, Unread)
    return isinstance(fact, Filter)


def changed(old: Fact, new: Fact) -> list[str]:
    """The fields that say something else, and are not `Unread`."""
    found = []
    for each in fields(old):
        was, now = getattr(old, each.name), getattr(new, each.name)
        if was == now or isinstance(now, Unread) or each.name in TELLING:
            continue
        if each.name == "aliases" and set(map(repr, now)) < set(map(repr, was)):
            continue
        found.append(f"{key(old)}.{each.name}: {was!r} became {now!r}")
    return found


def differences(old: Iterable[Fact], new: Iterable[Fact]) -> list[str]:
    before = {key(fact): fact for fact in old}
    after = {key(fact): fact for fact in new}
    found = [
        f"{name} appeared"
        for name, fact in after.items()
        if name not in before and not may_appear(fact, after)
    ]
    for name, fact in before.items():
        if name in after:
            found += changed(fact, after[name])
        elif not may_be_missing(fact, after):
            found.append(f"{name} vanished")
    return found


def unreads(facts: Iterable[Fact]) -> set[str]:
    return {
        value.blind_spot
        for fact in facts
        for each in fields(fact)
        if isinstance(value := getattr(fact, each.name), Unread)
        # Who can delete in the default bucket of each project is never asked.
        if not (each.name == "deleters" and value.blind_spot.endswith("/buckets/_Default"))
    }


def run(google: Google) -> tuple[list[Fact], set[str], set[str]]:
    """Facts, ids of blind spots and ids of readings of a whole collection."""
    session = session_on(google.endpoint)
    facts = gather(session)
    session.close()
    blind = {spot.id for spot in session.ledger.blind_spots()}
    return facts, blind, {reading.id for reading in session.ledger.readings()}


@dataclass(repr=False)
class Baseline:
    """What is read without any fault, and every path that it takes."""

    facts: list[Fact]
    paths: list[str]


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    """The facts without any fault, and every path that they took."""
    with Google(answers()) as google:
        facts, _, _ = run(google)
        assert google.complaints == []
        return Baseline(facts, google.paths())


FAULTS = {
    "denied": error(403, "Permission 'some.thing.get' denied"),
    "api off": error(403, "off", reason="SERVICE_DISABLED"),
    "server error": error(500),
    "cut off": Raw(b'{"sinks": [{"na', announced=4000),
    "no json": Raw(b"<html>sorry</html>"),
    "another shape": Raw(b"[]"),
    "wrong page of a proxy": Raw(b"not here", status=404),
}


def test_every_single_denied_read_leaves_doubt_and_changes_nothing(baseline) -> None:
    facts, paths = baseline.facts, baseline.paths
    assert len(paths) > 40
    with Google(answers()) as google:
        google.lasting = True
        for path in paths:
            google.faults = {path: [FAULTS["denied"]]}
            found, blind, readings = run(google)
            assert differences(facts, found) == [], path
            assert unreads(found) <= blind
            assert {
                one for fact in found if not isinstance(fact, Reading | Filter) for one in fact.readings
            } <= readings
            assert any(spot in blind for spot in unreads(found)) or blind, path


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    broken=st.dictionaries(st.integers(0, 99), st.sampled_from(sorted(FAULTS)), min_size=1, max_size=6),
)
def test_several_failing_reads_of_any_kind_leave_doubt_and_change_nothing(baseline, broken) -> None:
    facts, paths = baseline.facts, baseline.paths
    with Google(answers()) as google:
        google.lasting = True
        google.faults = {paths[number % len(paths)]: [FAULTS[kind]] for number, kind in broken.items()}
        found, blind, _ = run(google)
    assert differences(facts, found) == []
    assert unreads(found) <= blind


def test_a_list_that_breaks_off_after_its_first_page_keeps_what_came_and_lists_nothing(baseline) -> None:
    facts, paths = baseline.facts, baseline.paths
    with Google(answers()) as google:
        google.lasting = True
        for path in [
            path for path in paths if path.endswith(("/sinks", "/subscriptions")) or "?parent" in path
        ]:
            first = google._right("GET", path.partition("?")[0], path, {})
            google.faults = {path: [first, FAULTS["denied"]]}
            found, _, _ = run(google)
            assert differences(facts, found) == [], path
            # Each list of Acme has three pages, and something is on the first of most.
            assert len(found) < len(facts) or unreads(found) != unreads(facts)
