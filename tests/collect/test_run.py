"""Whole collections."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from logcov.catalogue import SOURCES, remedies_for
from logcov.collect import Progress, collect, question
from logcov.config import AwsTarget, Config, GcpTarget, OktaTarget, WorkspaceTarget
from logcov.documents import parse_yaml
from logcov.inventory import (
    Admission,
    BlindSpot,
    Destination,
    Emitter,
    Inventory,
    Listing,
    Reading,
    Route,
    Scope,
)
from logcov.inventory.journal import Journal
from logcov.providers.calls import Patience
from logcov.sandbox import Here, serve_here
from logcov.sandbox.faults import Fault
from logcov.sandbox.world import world_of

EVERYTHING = frozenset(source.id for source in SOURCES)
ORG = "123456789012"


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    archive = "storage.googleapis.com/acme-archive"
    everything = {
        "sinks": [
            {
                "name": "_Required",
                "destination": "logging.googleapis.com/{container}/locations/global/buckets/_Required",
            }
        ],
        "logBuckets": [{"location": "global", "bucket": "_Required", "retentionDays": 400}],
    }
    hub = {
        "projectId": "acme-hub",
        "number": "100000000001",
        "parent": f"organizations/{ORG}",
        "sinks": [{"name": "onward", "destination": archive}],
        "buckets": [{"name": "acme-archive"}],
    }
    organization = {
        "name": f"organizations/{ORG}",
        "displayName": "acme.example",
        "directoryCustomerId": "C0acme01",
        "sinks": [
            {"name": "direct", "destination": archive, "includeChildren": True},
            {
                "name": "by-the-hub",
                "destination": "logging.googleapis.com/projects/acme-hub",
                "includeChildren": True,
            },
        ],
    }
    world = {
        "aws": {},
        "gcp": {"everyContainer": everything, "organizations": [organization], "projects": [hub]},
        "okta": {"orgs": []},
    }
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with serve_here(world_of(parse_yaml(json.dumps(world), "small"), now=now)) as served:
        yield served


def config(here: Here, **more: Any) -> Config:
    return Config(gcp=(GcpTarget(organization=ORG, endpoint=here.google),), **more)


def collected(here: Here, *faults: Fault, **more: Any) -> Inventory:
    here.faults.reset()
    here.faults.replace(faults)
    try:
        return collect(
            config(here), EVERYTHING, patience=Patience(attempts=2, budget=5.0, longest_wait=0.01), **more
        )
    finally:
        here.faults.reset()


def of(inventory: Inventory, kind: type) -> list[Any]:
    return [fact for fact in inventory.facts if isinstance(fact, kind)]


def test_a_whole_collection_is_complete_and_says_who_asked_for_what(here: Here) -> None:
    inventory = collected(here)

    assert inventory.header.complete
    assert inventory.header.targets == ({"provider": "gcp", "target": ORG},)
    assert inventory.header.started_at <= inventory.header.finished_at
    assert {scope.id for scope in of(inventory, Scope)} == {
        f"gcp:organizations/{ORG}",
        f"gcp:organizations/{ORG}/new-projects",
        "gcp:projects/acme-hub",
    }
    assert of(inventory, Reading)
    assert {source.id for source in inventory.header.sources} == EVERYTHING
    assert inventory.header.remedies == remedies_for(["gcp"])


def test_a_later_route_to_a_destination_that_was_read_before_is_judged_too(here: Here) -> None:
    inventory = collected(here)
    routes = {route.id: route for route in of(inventory, Route) if route.to == "gcp:storage/acme-archive"}
    late = [route for route in routes.values() if route.origin == "gcp:router/projects/acme-hub"]
    told = {one.route for one in of(inventory, Admission) if one.destination == "gcp:storage/acme-archive"}

    assert len(routes) == 3
    assert len(late) == 1
    assert {route.id for route in routes.values() if route.writer} <= told
    assert len([one for one in of(inventory, Destination) if one.id == "gcp:storage/acme-archive"]) == 1


def test_a_denied_listing_leaves_a_blind_spot_and_no_listing(here: Here) -> None:
    denied = Fault(fault="denied", provider="gcp", operation="logging.sinks.list")
    inventory = collected(here, denied)

    assert not [one for one in of(inventory, Listing) if one.kind == "gcp.sink"]
    hiding = [spot for spot in of(inventory, BlindSpot) if "gcp.sink" in spot.hides]
    assert {spot.place for spot in hiding} >= {f"gcp:organizations/{ORG}", "gcp:projects/acme-hub"}
    assert of(inventory, Emitter)


@pytest.mark.parametrize("phase", ["finding scopes", "reading what is logged", "reading destinations"])
def test_an_interrupt_leaves_an_incomplete_inventory(here: Here, phase: str) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.phase == phase:
            raise KeyboardInterrupt

    inventory = collected(here, report=interrupt)

    assert not inventory.header.complete
    if phase == "finding scopes":
        assert not of(inventory, Listing)


@pytest.mark.parametrize(
    "phase", ["reading what is logged", "reading destinations", "following records onward"]
)
def test_what_was_interrupted_is_resumed_to_the_same_inventory(
    here: Here, tmp_path: Path, phase: str
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.phase == phase and progress.done:
            raise KeyboardInterrupt

    def facts(inventory: Inventory) -> list[Any]:
        return [fact for fact in inventory.facts if not isinstance(fact, Reading)]

    collected(here, report=interrupt, journal=Journal(tmp_path / "j", {}, resume=False))
    journal = Journal(tmp_path / "j", {}, resume=True)
    resumed = collected(here, journal=journal)

    assert journal.taken_over
    assert facts(resumed) == facts(collected(here))


def test_another_role_asks_another_question_and_another_port_the_same() -> None:
    def asked(**target: Any) -> Any:
        aws = AwsTarget(**({"endpoint": "http://127.0.0.1:1", "role": "a"} | target))
        return question(Config(aws=(aws,)), EVERYTHING)

    assert asked() == asked(endpoint="http://127.0.0.1:2")
    assert asked() != asked(role="b")
    assert asked() != asked(endpoint=None)
    assert asked() != question(Config(), EVERYTHING)


def test_a_bug_is_not_an_interrupt(here: Here) -> None:
    def buggy(progress: Progress) -> None:
        raise ZeroDivisionError(progress.phase)

    with pytest.raises(ZeroDivisionError, match="finding scopes"):
        collected(here, report=buggy)


def test_progress_names_the_waves(here: Here) -> None:
    phases: list[str] = []
    collected(here, report=lambda progress: phases.append(progress.phase))

    assert list(dict.fromkeys(phases)) == [
        "finding scopes",
        "reading what is logged",
        "reading destinations",
        "following records onward",
    ]


def test_two_collections_find_the_same(here: Here) -> None:
    def facts() -> list[Any]:
        return [fact for fact in collected(here).facts if not isinstance(fact, Reading)]

    assert facts() == facts()


def test_nothing_to_audit_is_nothing_found() -> None:
    inventory = collect(Config(), EVERYTHING)

    assert (inventory.facts, inventory.header.complete) == ((), True)


def test_targets_are_shown_without_anything_secret(here: Here) -> None:
    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    everything = Config(
        gcp=(
            GcpTarget(folder="77", endpoint=here.google),
            GcpTarget(projects=("a", "b"), endpoint=here.google),
        ),
        aws=(
            AwsTarget(organization=True, endpoint=here.google),
            AwsTarget(accounts=("1", "2"), endpoint=here.google),
            AwsTarget(endpoint=here.google),
        ),
        okta=(OktaTarget(org_url="https://a.okta.com", endpoint=here.google),),
        workspace=(WorkspaceTarget(customer="C1", endpoint=here.google),),
    )
    inventory = collect(everything, EVERYTHING, report=stop, patience=Patience(attempts=1))

    assert [tuple(target.values()) for target in inventory.header.targets] == [
        ("gcp", "77"),
        ("gcp", "a, b"),
        ("aws", "organization"),
        ("aws", "1, 2"),
        ("aws", "the caller's account"),
        ("okta", "https://a.okta.com"),
        ("workspace", "C1"),
    ]
