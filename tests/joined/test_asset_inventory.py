"""Acme's Google Cloud, read by way of Cloud Asset Inventory: the same verdicts, by a few dozen calls."""

import dataclasses
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from logcov.catalogue import SOURCES
from logcov.cli import run
from logcov.collect import collect
from logcov.config import Config, GcpTarget
from logcov.evaluate import evaluate, places_to_confirm
from logcov.findings import Assessment
from logcov.inventory import BlindSpot, Inventory, Reading
from logcov.policy import PolicySet
from logcov.policy.load import load_policies
from logcov.providers.calls import Patience
from logcov.providers.gcp import scopes
from logcov.sandbox import Here, serve_here
from logcov.sandbox.configuration import policies as sandbox_policies
from logcov.sandbox.faults import Fault
from logcov.sandbox.world import Container, World, load_world

ORG = "123456789012"
ROOT = f"gcp:organizations/{ORG}"
AUDIT = frozenset(source.id for source in SOURCES if source.id.startswith("gcp.audit."))
ASSETS = "cloudasset.assets.list"
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def world() -> World:
    """Acme, in pages as long as Google's."""
    read = load_world()
    return dataclasses.replace(read, gcp=dataclasses.replace(read.gcp, page_size=100))


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    with tempfile.TemporaryDirectory() as folder:
        return load_policies(sandbox_policies(Path(folder), TODAY), SOURCES)


@pytest.fixture(scope="module")
def served(world: World) -> Iterator[Here]:
    with serve_here(world) as here:
        yield here


@pytest.fixture
def acme(served: Here) -> Iterator[Here]:
    served.calls.reset()
    yield served
    served.faults.reset()


def read(
    here: Here, mode: Any, second_look: Callable[[Inventory], frozenset[str]] | None = None
) -> Inventory:
    target = GcpTarget(organization=ORG, endpoint=here.google, read=mode)
    patience = Patience(attempts=2, budget=5.0, longest_wait=0.01)
    return collect(Config(gcp=(target,)), AUDIT, patience=patience, second_look=second_look)


def fail(here: Here, *faults: Fault) -> None:
    """Faults besides the world's own."""
    here.faults.replace([*faults, *here.world.faults])


def looked_at_twice(here: Here, policies: PolicySet) -> Inventory:
    return read(here, "asset-inventory", lambda one: places_to_confirm(one, policies, as_of=TODAY))


def judged(inventory: Inventory, policies: PolicySet) -> Assessment:
    return evaluate(inventory, policies, as_of=TODAY)


def verdicts(assessment: Assessment) -> dict[str, tuple[Any, ...]]:
    return {
        one.id: (one.status, one.reason, one.extent, one.cause, one.detail) for one in assessment.findings
    }


def calls(here: Here) -> Counter[str]:
    return Counter(call.operation for call in here.calls.made())


def spots(inventory: Inventory, call: str) -> list[BlindSpot]:
    return [fact for fact in inventory.facts if isinstance(fact, BlindSpot) and fact.call.startswith(call)]


def indirect(inventory: Inventory) -> list[Reading]:
    return [fact for fact in inventory.facts if isinstance(fact, Reading) and fact.via != "direct"]


def lines(assessment: Assessment, word: str) -> list[str]:
    return [line for line in assessment.warnings if word in line]


@pytest.fixture(scope="module")
def direct(served: Here, policies: PolicySet) -> Assessment:
    return judged(read(served, "direct"), policies)


def with_earlier(world: World, **changes: Any) -> World:
    """Acme, of which Cloud Asset Inventory still tells as it was: container → fields that have changed, or None."""
    earlier: dict[str, Container | None] = {}
    for name, change in changes.pop("earlier").items():
        now = world.gcp.containers[name]
        earlier[name] = dataclasses.replace(now, **change) if change is not None else None
    return dataclasses.replace(world, gcp=dataclasses.replace(world.gcp, earlier=earlier, **changes))


# --- the same, by fewer calls ---------------------------------------------------------------------------------


def test_both_ways_give_the_same_verdicts(acme: Here, policies: PolicySet, direct: Assessment) -> None:
    assert verdicts(judged(read(acme, "asset-inventory"), policies)) == verdicts(direct)


def test_a_few_dozen_calls_are_enough_for_the_organisation(acme: Here) -> None:
    read(acme, "direct")
    directly = calls(acme).total()
    acme.calls.reset()
    read(acme, "asset-inventory")
    made = calls(acme)
    assert made[ASSETS] == 6
    assert made["cloudresourcemanager.projects.search"] == 1
    # Billing accounts are no assets.
    own = [call for call in acme.calls.made() if not call.place.startswith("billingAccounts/")]
    assert not {"logging.sinks.list", "logging.locations.buckets.get"} & {call.operation for call in own}
    assert made["cloudresourcemanager.projects.list"] == made["monitoring.alertPolicies.list"] == 0
    assert made.total() < 80 < directly / 3


def test_every_answer_says_who_gave_it_and_how_old_it_may_be(acme: Here) -> None:
    ages = {
        one.id.rpartition(f"{ROOT} ")[2]: one.as_old_as for one in indirect(read(acme, "asset-inventory"))
    }
    hour = 3600
    assert ages["sinks"] == ages["log buckets"] == ages["log-based metrics"] == 7 * hour
    assert ages["policies"] == 36 * hour
    assert 0 < ages["projects and folders"] < hour


def test_what_is_left_out_of_the_policies_is_asked_for_its_own(acme: Here, world: World) -> None:
    read(acme, "asset-inventory")
    asked = {call.place for call in acme.calls.made() if call.operation.endswith(".getIamPolicy")}
    bare = {
        one.name
        for one in world.gcp.containers.values()
        if not one.iam.get("bindings") and not one.iam.get("auditConfigs") and one.active
    }
    org = f"organizations/{ORG}"
    within = {
        name
        for name in bare
        if org in {name, *(above.name for above in world.gcp.ancestors(world.gcp.containers[name]))}
    }
    assert within
    assert within <= asked


# --- looking twice --------------------------------------------------------------------------------------------


def test_what_would_be_a_gap_is_read_again_directly(
    acme: Here, policies: PolicySet, direct: Assessment
) -> None:
    assessment = judged(looked_at_twice(acme, policies), policies)
    assert verdicts(assessment) == verdicts(direct)
    assert not lines(assessment, "not read again")
    gaps = [one for one in assessment.findings if one.status == "gap"]
    assert gaps
    assert all(answer.as_old_as == 0 for one in gaps for answer in one.evidence)
    assert lines(assessment, "otherwise") == []


def test_without_a_second_look_the_gaps_say_how_old_their_answers_may_be(
    acme: Here, policies: PolicySet
) -> None:
    assessment = judged(read(acme, "asset-inventory"), policies)
    (line,) = lines(assessment, "not read again")
    assert re.search(r"may be up to [0-9]+ (hours|minutes) old", line)
    assert any(answer.as_old_as for one in assessment.findings for answer in one.evidence)


def test_passes_that_rest_on_older_answers_say_so(acme: Here, policies: PolicySet) -> None:
    assessment = judged(looked_at_twice(acme, policies), policies)
    (line,) = lines(assessment, "rest on answers of an inventory service")
    assert re.search(r"may be up to [0-9]+ hours old", line)


def test_the_places_are_the_same_for_the_same_inventory(acme: Here, policies: PolicySet) -> None:
    inventory = read(acme, "asset-inventory")
    first = places_to_confirm(inventory, policies, as_of=TODAY)
    assert first
    assert places_to_confirm(inventory, policies, as_of=TODAY) == first


def test_direct_answers_are_looked_at_once(acme: Here, policies: PolicySet) -> None:
    asked: list[Inventory] = []

    def look(inventory: Inventory) -> frozenset[str]:
        asked.append(inventory)
        return frozenset()

    read(acme, "direct", look)
    assert asked == []


# --- older answers that are wrong ---------------------------------------------------------------------------------


def sinks_of(world: World, name: str) -> tuple[dict[str, Any], ...]:
    return world.gcp.containers[name].sinks


def test_a_gap_that_was_mended_since_is_none(world: World, policies: PolicySet, direct: Assessment) -> None:
    # An hour ago, the organisation had no sink of its own.
    org = f"organizations/{ORG}"
    bare = tuple(sink for sink in sinks_of(world, org) if sink["name"].startswith("_"))
    with serve_here(with_earlier(world, earlier={org: {"sinks": bare}})) as here:
        before = judged(read(here, "asset-inventory"), policies)
        after = judged(looked_at_twice(here, policies), policies)
    assert before.summary.gap > direct.summary.gap
    assert verdicts(after) == verdicts(direct)
    assert any("organizations" in line and "logging.sinks.list" in line for line in lines(after, "otherwise"))


def test_a_gap_that_came_since_is_found_where_the_sample_looks(world: World, policies: PolicySet) -> None:
    # Everything below the organisation rests on its sinks: whatever passes are looked at, those are read again.
    org = f"organizations/{ORG}"
    containers = dict(world.gcp.containers)
    was = containers[org]
    off = tuple(
        {**sink, "disabled": True} if not sink["name"].startswith("_") else sink for sink in was.sinks
    )
    containers[org] = dataclasses.replace(was, sinks=off)
    now = dataclasses.replace(
        world, gcp=dataclasses.replace(world.gcp, containers=containers, earlier={org: was})
    )
    with serve_here(now) as here:
        right = judged(read(here, "direct"), policies)
        older = judged(read(here, "asset-inventory"), policies)
        after = judged(looked_at_twice(here, policies), policies)
    assert older.summary.gap < right.summary.gap
    assert verdicts(after) == verdicts(right)


def test_a_policy_that_was_changed_since_is_read_again(
    world: World, policies: PolicySet, direct: Assessment
) -> None:
    # Nobody had switched any data access logs on.
    anybody = {"role": "roles/viewer", "members": ["user:somebody@acme.example"]}
    none = {
        name: {"iam": {"bindings": [*one.iam.get("bindings", ()), anybody]}}
        for name, one in world.gcp.containers.items()
        if one.iam.get("auditConfigs")
    }
    with serve_here(with_earlier(world, earlier=none)) as here:
        after = judged(looked_at_twice(here, policies), policies)
    assert verdicts(after) == verdicts(direct)
    assert any("getIamPolicy" in line for line in lines(after, "otherwise"))


def test_a_project_that_is_about_to_be_deleted_since_then_is_no_gap(
    world: World, policies: PolicySet, direct: Assessment
) -> None:
    gap = next(
        one for one in direct.findings if one.status == "gap" and one.scope.startswith("gcp:projects/")
    )
    name = gap.scope.removeprefix("gcp:")
    containers = dict(world.gcp.containers)
    was = containers[name]
    gone = {**was.resource, "state": "DELETE_REQUESTED"}
    containers[name] = dataclasses.replace(was, resource=gone, active=False)
    now = dataclasses.replace(
        world, gcp=dataclasses.replace(world.gcp, containers=containers, earlier={name: was})
    )
    with serve_here(now) as here:
        right = judged(read(here, "direct"), policies)
        after = judged(looked_at_twice(here, policies), policies)
    assert "not-applicable" in {one.status for one in after.findings if one.scope == gap.scope}
    assert verdicts(after) == verdicts(right)


# --- what cannot be asked, or is not whole --------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["asset-inventory", "auto"])
@pytest.mark.parametrize("fault", ["denied", "api_disabled", "error_500", "invalid_json"])
def test_where_it_cannot_be_asked_everything_is_read_directly(
    acme: Here,
    policies: PolicySet,
    direct: Assessment,
    monkeypatch: pytest.MonkeyPatch,
    fault: Any,
    mode: str,
) -> None:
    monkeypatch.setattr(scopes, "AUTO_FROM", 0)
    fail(acme, Fault(fault=fault, operation=ASSETS))
    inventory = read(acme, mode)
    assert verdicts(judged(inventory, policies)) == verdicts(direct)
    noted = spots(inventory, "cloudasset.")
    assert noted
    assert {spot.hides for spot in noted} == {()}
    if fault == "denied":
        assert {spot.permission for spot in noted} == {"cloudasset.assets.listResource"}
    assert indirect(inventory) == []


def test_a_list_that_breaks_off_is_as_if_it_had_not_been_asked(
    acme: Here, policies: PolicySet, direct: Assessment
) -> None:
    fail(acme, Fault(fault="cut_off", operation=ASSETS, after=1, times=4))
    assert verdicts(judged(read(acme, "asset-inventory"), policies)) == verdicts(direct)


def test_an_empty_page_ends_no_list(acme: Here, policies: PolicySet, direct: Assessment) -> None:
    fail(acme, Fault(fault="empty_page", operation=ASSETS))
    inventory = read(acme, "asset-inventory")
    assert verdicts(judged(inventory, policies)) == verdicts(direct)
    assert {one.pages for one in indirect(inventory)} == {2}


def test_a_direct_answer_that_is_refused_leaves_the_gap_unknown(acme: Here, policies: PolicySet) -> None:
    fail(acme, Fault(fault="denied", operation="logging.sinks.list"))
    assessment = judged(looked_at_twice(acme, policies), policies)
    gaps = [one for one in assessment.findings if one.status == "gap" and one.reason != "not-generated"]
    assert all(answer.as_old_as == 0 for one in gaps for answer in one.evidence)
    assert assessment.summary.unknown


# --- by size --------------------------------------------------------------------------------------------------------


def test_auto_reads_a_small_organisation_directly(acme: Here) -> None:
    read(acme, "auto")
    assert calls(acme)[ASSETS] == 0


def test_auto_asks_for_a_large_one(
    acme: Here, policies: PolicySet, direct: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scopes, "AUTO_FROM", 5)
    inventory = read(acme, "auto")
    made = calls(acme)
    assert made[ASSETS] == 5
    assert made["logging.sinks.list"] < 3
    assert verdicts(judged(inventory, policies)) == verdicts(direct)


# --- projects that only one of them knows ---------------------------------------------------------------------------


def test_a_project_that_is_not_there_yet_is_found_all_the_same(
    world: World, policies: PolicySet, direct: Assessment
) -> None:
    name = next(one for one in world.gcp.containers if one.startswith("projects/"))
    with serve_here(with_earlier(world, earlier={name: None})) as here:
        inventory = read(here, "asset-inventory")
        listed = [call.place for call in here.calls.made() if call.operation.endswith("projects.list")]
    assert verdicts(judged(inventory, policies)) == verdicts(direct)
    assert set(listed) == {world.gcp.containers[name].parent}
    (spot,) = spots(inventory, "resourcemanager.projects.search")
    assert (spot.hides, name.removeprefix("projects/") in spot.detail) == ((), True)


def test_a_folder_that_is_not_there_yet_is_found_with_what_is_in_it(
    world: World, policies: PolicySet, direct: Assessment
) -> None:
    inside = next(
        one
        for one in world.gcp.containers.values()
        if one.name.startswith("projects/") and one.active and one.parent.startswith("folders/")
    )
    with serve_here(with_earlier(world, earlier={inside.parent: None, inside.name: None})) as here:
        inventory = read(here, "asset-inventory")
    assert verdicts(judged(inventory, policies)) == verdicts(direct)


def test_a_search_that_is_refused_has_the_tree_listed_directly(
    acme: Here, policies: PolicySet, direct: Assessment
) -> None:
    fail(acme, Fault(fault="denied", operation="cloudresourcemanager.projects.search"))
    inventory = read(acme, "asset-inventory")
    assert verdicts(judged(inventory, policies)) == verdicts(direct)
    assert calls(acme)["cloudresourcemanager.projects.list"] > 1
    assert calls(acme)["logging.sinks.list"] < 3


# --- answers of other forms -----------------------------------------------------------------------------------------


def snake(value: Any) -> Any:
    """Field names as older exports have them."""
    if isinstance(value, dict):
        return {
            "".join(f"_{one.lower()}" if one.isupper() else one for one in key): snake(inner)
            for key, inner in value.items()
        }
    return [snake(inner) for inner in value] if isinstance(value, list) else value


def older_form(one: Container) -> dict[str, Any]:
    types = ("LOG_TYPE_UNSPECIFIED", "ADMIN_READ", "DATA_WRITE", "DATA_READ")
    states = ("LIFECYCLE_STATE_UNSPECIFIED", "ACTIVE", "DELETE_REQUESTED", "UPDATING", "CREATING", "FAILED")
    configs = [
        {
            **each,
            "auditLogConfigs": [
                {**log, "logType": types.index(log["logType"])} for log in each["auditLogConfigs"]
            ],
        }
        for each in one.iam.get("auditConfigs", ())
    ]
    buckets = tuple(
        {**each, "lifecycleState": states.index(each["lifecycleState"])} for each in one.log_buckets
    )
    return {
        "sinks": tuple(snake(dict(sink)) for sink in one.sinks),
        "log_buckets": tuple({**snake(dict(each)), "name": each["name"]} for each in buckets),
        "iam": {**one.iam, "auditConfigs": configs} if configs else one.iam,
    }


def test_snake_case_and_numbers_for_enum_values_are_understood(
    world: World, policies: PolicySet, direct: Assessment
) -> None:
    forms = {
        name: older_form(one) for name, one in world.gcp.containers.items() if not name.startswith("billing")
    }
    with serve_here(with_earlier(world, earlier=forms)) as here:
        assert verdicts(judged(read(here, "asset-inventory"), policies)) == verdicts(direct)
        assert calls(here)["logging.sinks.list"] < 3


@pytest.mark.parametrize(
    "odd",
    [
        {"sinks": ()},
        {"sinks": ({"name": "_Default", "destination": "x"},)},
        {"sinks": ({},)},
        {"sinks": ({"name": "_Required", "destination": "a"}, {"name": "_Required", "destination": "b"})},
        {"sinks": ({"name": "_Required", "interceptChildren": True, "intercept_children": False},)},
    ],
)
def test_sinks_that_cannot_be_all_or_are_odd_are_asked_for_directly(
    world: World, policies: PolicySet, direct: Assessment, odd: dict[str, Any]
) -> None:
    org = f"organizations/{ORG}"
    with serve_here(with_earlier(world, earlier={org: odd})) as here:
        assert verdicts(judged(read(here, "asset-inventory"), policies)) == verdicts(direct)
        assert org in {call.place for call in here.calls.made() if call.operation == "logging.sinks.list"}


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_audit_looks_twice_and_its_report_says_how_old_answers_may_be(
    acme: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(
        "version: 1\nname: test\ntitle: A test\nowner: owner@example.com\n"
        "require: [{id: line, title: a line, logs: gcp.audit.activity, reach: '*'}]\n"
    )
    (tmp_path / "logcov.yaml").write_text(
        "version: 1\npolicies: [policy.yaml]\n"
        f"gcp: [{{organization: '{ORG}', read: asset-inventory, endpoint: '{acme.google}'}}]\n"
    )
    assert run(["audit", "-o", "report.md"]) in {0, 10, 11, 12}
    report = (tmp_path / "report.md").read_text()
    assert "rest on answers of an inventory service, which may be up to 7 hours old" in report
    assert "not read again" not in report
    assert calls(acme)["logging.sinks.list"] > 5
    capsys.readouterr()
    older = json.loads((tmp_path / ".logcov" / "assessment.json").read_text())["findings"]
    one = next(each for each in older if any(answer.get("as_old_as") for answer in each["evidence"]))
    assert run(["explain", one["id"]]) == 0
    assert "older" in capsys.readouterr().out
