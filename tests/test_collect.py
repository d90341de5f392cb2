"""Collecting: waves of work, failures that become blind spots, and bugs that do not."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from logcov.catalogue import SOURCES, remedies_for
from logcov.collect import (
    Progress,
    Sample,
    _Crew,
    _destination_tasks,
    _observer_tasks,
    _reader,
    _Task,
    collect,
    question,
)
from logcov.config import AwsTarget, Config, GcpTarget, OktaTarget, WorkspaceTarget
from logcov.documents import parse_yaml
from logcov.errors import ReadFailure
from logcov.inventory import (
    Admission,
    BlindSpot,
    Destination,
    Emitter,
    Inventory,
    Ledger,
    Listing,
    Reading,
    Route,
    Scope,
    Unread,
)
from logcov.inventory.journal import Journal
from logcov.providers.aws.client import AwsSession
from logcov.providers.calls import Patience
from logcov.providers.gcp.client import GcpSession
from logcov.providers.okta.client import OktaSession
from logcov.sandbox import Here, serve_here
from logcov.sandbox.faults import Fault
from logcov.sandbox.world import world_of

EVERYTHING = frozenset(source.id for source in SOURCES)
ORG = "123456789012"
EMITTER = Emitter(source="x", scope="okta:orgs/a")


# --- The crew ------------------------------------------------------------------------------------------------


class Work:
    """A crew of its own, and what it was told."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.patience = Patience()
        self.told: list[Progress] = []
        self.crew = _Crew(self.ledger, self.patience, self.told.append)


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work()
    yield made
    made.crew.dismiss()


def task(run: Callable[[], Iterator[Any]], provider: str = "okta", **changes: Any) -> _Task:
    facts = {"provider": provider, "place": "okta:orgs/a", "location": None, "hides": ("okta.log_stream",)}
    return _Task(**{**facts, "run": run, **changes})


def test_a_wave_gives_what_each_task_found_in_the_order_of_the_tasks(work: Work) -> None:
    emitters = [Emitter(source=str(number), scope="s") for number in range(50)]
    tasks = [task(lambda emitter=emitter: iter([emitter])) for emitter in emitters]

    assert work.crew.wave("reading", tasks) == [[emitter] for emitter in emitters]
    assert sorted(work.crew.facts, key=repr) == sorted(emitters, key=repr)


def test_progress_goes_from_none_to_all(work: Work) -> None:
    work.crew.wave("reading", [task(lambda: iter([])) for _ in range(3)])

    assert (work.told[0].done, work.told[-1].done) == (0, 3)
    assert {(one.phase, one.total) for one in work.told} == {("reading", 3)}


def test_nothing_to_do_is_done_at_once(work: Work) -> None:
    assert work.crew.wave("reading", []) == []


def test_a_failed_read_keeps_the_facts_that_came_before_and_hides_the_listings(work: Work) -> None:
    def observe() -> Iterator[Any]:
        yield EMITTER
        raise ReadFailure(call="okta:list", kind="access-denied", permission="okta.logs.read")
        yield Listing(kind="okta.log_stream", at="okta:orgs/a")

    assert work.crew.wave("reading", [task(observe, location="here")]) == [[EMITTER]]

    (spot,) = work.ledger.blind_spots()
    assert (spot.place, spot.location, spot.call, spot.hides) == (
        "okta:orgs/a",
        "here",
        "okta:list",
        ("okta.log_stream",),
    )
    assert work.crew.facts == [EMITTER]


def test_one_failed_read_does_not_disturb_the_others(work: Work) -> None:
    def failing() -> Iterator[Any]:
        raise ReadFailure(call="okta:list", kind="timeout")
        yield

    assert work.crew.wave("reading", [task(failing), task(lambda: iter([EMITTER]))]) == [[], [EMITTER]]


def test_a_place_that_does_not_answer_does_not_keep_the_others_waiting(work: Work) -> None:
    gate, left, lock = threading.Event(), 60, threading.Lock()

    def slow() -> Iterator[Any]:
        assert gate.wait(30), "the others were never done"
        yield EMITTER

    def quick() -> Iterator[Any]:
        nonlocal left
        with lock:
            left -= 1
            if left == 0:
                gate.set()
        yield EMITTER

    slowly = [task(slow, provider="aws", place="aws:accounts/slow") for _ in range(120)]
    quickly = [task(quick, provider="aws", place=f"aws:accounts/{number % 3}") for number in range(60)]

    assert work.crew.wave("reading", [*slowly, *quickly]) == [[EMITTER]] * 180
    assert work.told[-1].waiting == {}


def test_progress_says_how_much_is_under_way_where(work: Work) -> None:
    gate = threading.Event()

    def slow() -> Iterator[Any]:
        assert gate.wait(30)
        yield EMITTER

    def report(progress: Progress) -> None:
        if progress.waiting:
            work.told.append(progress)
            gate.set()

    crew = _Crew(work.ledger, work.patience, report)
    crew.wave("reading", [task(slow, place=place) for place in ("okta:orgs/b", "okta:orgs/a", "okta:orgs/b")])
    crew.dismiss()

    assert list(work.told[0].waiting.items()) == [("okta:orgs/b", 2), ("okta:orgs/a", 1)]


def test_a_bug_ends_the_run(work: Work) -> None:
    def buggy() -> Iterator[Any]:
        yield EMITTER
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        work.crew.wave("reading", [task(buggy)])
    assert work.ledger.blind_spots() == []


def test_after_a_stop_nothing_new_begins(work: Work) -> None:
    work.patience.stop.set()
    asked: list[int] = []

    def observe() -> Iterator[Any]:
        asked.append(1)
        yield EMITTER

    assert work.crew.wave("reading", [task(observe)]) == [[]]
    assert asked == []


def test_stopping_drops_what_waits(work: Work) -> None:
    began, gate = threading.Event(), threading.Event()

    def slow() -> Iterator[Any]:
        began.set()
        gate.wait(10)
        yield EMITTER

    waves = threading.Thread(target=lambda: work.crew.wave("reading", [task(slow)]))
    waves.start()
    assert began.wait(10)
    work.crew.stop()
    gate.set()
    waves.join()

    assert work.patience.stop.is_set()
    assert work.crew.facts == [EMITTER]


# --- What is asked, and in what order -------------------------------------------------------------------------


def account(number: int, **changes: Any) -> Scope:
    facts: dict[str, Any] = {
        "id": f"aws:accounts/{number}",
        "kind": "aws.account",
        "provider": "aws",
        "locations": {"us-east-1": True, "eu-west-1": True, "ap-east-1": False},
    }
    return Scope(**{**facts, **changes})


def aws() -> tuple[str, AwsSession]:
    return "aws", AwsSession(AwsTarget(accounts=("1", "2")), Ledger(), Patience())


def test_every_place_is_asked_one_thing_before_any_is_asked_the_next() -> None:
    tasks = _observer_tasks([aws()], [[account(1), account(2)]], frozenset({"aws.cloudtrail.management"}))
    asked = [(one.hides, one.location, one.place) for one in tasks]

    listings = list(dict.fromkeys(hides for hides, _, _ in asked))
    assert [hides for hides, _, _ in asked] == sorted((hides for hides, _, _ in asked), key=listings.index)
    trails = [(location, place) for hides, location, place in asked if "aws.trail" in hides]
    assert trails == [
        ("eu-west-1", "aws:accounts/1"),
        ("us-east-1", "aws:accounts/1"),
        ("eu-west-1", "aws:accounts/2"),
        ("us-east-1", "aws:accounts/2"),
    ]


def test_only_what_the_policies_ask_about_is_read() -> None:
    def kinds(*sources: str) -> set[str]:
        tasks = _observer_tasks([aws()], [[account(1)]], frozenset(sources))
        return {kind for one in tasks for kind in one.hides}

    assert "aws.flow_log" in kinds("aws.vpc.flow")
    assert "aws.trail" not in kinds("aws.vpc.flow")
    assert kinds() == set()


def test_scopes_of_other_kinds_and_unread_locations_are_not_asked() -> None:
    def locations(scope: Scope) -> set[str | None]:
        tasks = _observer_tasks([aws()], [[scope]], frozenset({"aws.cloudtrail.management"}))
        return {one.location for one in tasks if "aws.trail" in one.hides}

    assert locations(account(1)) == {"us-east-1", "eu-west-1"}
    assert locations(account(1, locations=Unread("!x"))) == set()
    assert _observer_tasks([aws()], [[account(1, kind="aws.ou")]], EVERYTHING) == []


def test_a_sample_is_every_account_in_one_region_and_some_scopes_of_other_kinds() -> None:
    projects = [
        Scope(
            id=f"gcp:projects/p{number}",
            kind="gcp.project",
            provider="gcp",
            state="delete_requested" if number < 3 else "active",
        )
        for number in range(20)
    ]
    accounts = [account(number) for number in range(20)]
    sample = Sample(scopes=5)

    assert sample.of(accounts) == sorted(accounts, key=lambda one: one.id)
    # Where nobody can act, little can be found out.
    assert {one.state for one in sample.of(projects)} == {"active"}
    assert len(sample.of(projects)) == 5
    tasks = _observer_tasks([aws()], [accounts], frozenset({"aws.vpc.flow"}), sample)
    assert {one.location for one in tasks if "aws.flow_log" in one.hides} == {"eu-west-1"}


def test_a_destination_is_read_by_the_reader_of_its_longest_pattern() -> None:
    assert _reader("aws", "aws:s3/acme") is not None
    assert _reader("aws", "gcp:storage/acme") is None
    assert _reader("gcp", "gcp:storage/acme").pattern == "gcp:storage/*"  # type: ignore[union-attr]


def route(name: str, to: Any = "aws:s3/acme", **changes: Any) -> Route:
    facts: dict[str, Any] = {
        "kind": "aws.trail",
        "setting": name,
        "effect": "carry",
        "origin": "aws:accounts/1",
    }
    return Route(**{"id": name, "to": to, **facts, **changes})


def test_a_destination_is_read_again_only_when_more_routes_lead_to_it() -> None:
    done: dict[str, frozenset[str]] = {}

    def places(*facts: Any) -> list[str]:
        return [one.place for one in _destination_tasks([aws()], facts, done)]

    first, second = route("a"), route("b")
    assert places(first, route("c", "aws:s3/other")) == ["aws:s3/acme", "aws:s3/other"]
    assert places(first) == []
    assert places(first, second, first) == ["aws:s3/acme"]
    assert places(second) == []


def test_what_nobody_can_read_and_what_leads_nowhere_is_not_read() -> None:
    facts = [route("a", "stratus:box/1"), route("b", Unread("!x")), route("c", None), EMITTER]

    assert _destination_tasks([aws()], facts, {}) == []


def test_a_destination_of_a_provider_is_read_once_for_all_its_sessions() -> None:
    okta = ("okta", OktaSession(OktaTarget(org_url="https://a.okta.com"), Ledger(), Patience()))
    gcp = ("gcp", GcpSession(GcpTarget(organization=ORG), Ledger(), Patience()))

    tasks = _destination_tasks([okta, aws(), gcp, aws()], [route("a")], {})

    assert [(one.provider, one.place) for one in tasks] == [("aws", "aws:s3/acme")]


# --- Whole collections ------------------------------------------------------------------------------------------


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
