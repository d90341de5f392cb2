from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logcov.errors import DocumentError
from logcov.sandbox.world import SHIPPED, joined, load_world, with_added

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ORGANIZATION = (
    "gcp:\n  organizations:\n    - {name: organizations/1, displayName: x, directoryCustomerId: C1}\n"
)


def test_the_shipped_world_is_as_large_as_it_should_be() -> None:
    world = load_world(now=NOW)
    kinds = [name.partition("/")[0] for name in world.gcp.containers]
    assert kinds.count("projects") >= 12
    assert max(len(world.gcp.ancestors(each)) for each in world.gcp.containers.values()) == 4
    assert [org.host for org in world.okta] == ["acme.okta.com", "acme-preview.oktapreview.com"]
    assert world.workspace is not None
    assert world.workspace.customer["id"] == "C0acme01"
    assert world.aws["organization"]["id"] == "o-acme000001"


def test_dates_are_counted_back_from_the_start() -> None:
    def created(now: datetime) -> str:
        world = load_world(now=now)
        return str(world.gcp.containers["organizations/123456789012"].sinks[2]["createTime"])

    assert created(NOW) == "2024-06-07T08:00:00Z"
    assert created(NOW + timedelta(days=1)) == "2024-06-08T08:00:00Z"


def test_a_world_read_twice_is_the_same() -> None:
    assert load_world(now=NOW) == load_world(now=NOW)


def test_a_world_file_holds_no_verdict() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    keys = {
        line.strip(" -").partition(":")[0] for line in text.splitlines() if not line.strip().startswith("#")
    }
    assert not keys & {"verdict", "status", "reason", "expected", "covered", "gap"} - {"status"}
    assert "covered" not in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("okat: {}\n", "1:1: unknown key `okat`; did you mean `okta`?"),
        ("gcp: {pageSize: 0}\n", "1:17: gcp.pageSize"),
        ("okta: {orgs: [{host: a, companyName: b, created: yesterday}]}\n", "not a date: say -3d"),
        ("okta: {orgs: [{host: a, companyName: b, created: 2026-01-01T00:00:00}]}\n", "not a date"),
        ("faults: [{fault: denid}]\n", "1:10: faults.0: 'denid' is no fault that can be injected"),
        (
            ORGANIZATION + "  projects:\n    - {projectId: p-1, number: '1', parent: folders/9}\n",
            "gcp.projects.0.parent: there is no folders/9 before it",
        ),
        (
            ORGANIZATION
            + "  projects:\n"
            + "    - {projectId: p-1, number: '1', parent: organizations/1}\n" * 2,
            "gcp.projects.1: projects/p-1 is there twice",
        ),
        (
            ORGANIZATION
            + "  projects:\n    - {projectId: p-1, number: '1', parent: organizations/1, sinks: [{name: s, destnation: d}]}\n",
            "unknown key `destnation`; did you mean `destination`?",
        ),
    ],
)
def test_what_is_wrong_in_a_world_file_is_told_with_its_place(
    write_world: Callable[[str], Path], text: str, says: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        load_world(write_world(text), now=NOW)
    assert says in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once(write_world: Callable[[str], Path]) -> None:
    with pytest.raises(DocumentError) as caught:
        load_world(write_world("gpc: {}\nokta: {pageSize: x}\nfaults: [{fault: y}]\n"), now=NOW)
    assert len(caught.value.problems) == 3


def test_a_world_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none\.yaml"):
        load_world(tmp_path / "none.yaml")


def test_a_world_without_aws_has_acmes(write_world: Callable[[str], Path]) -> None:
    assert load_world(write_world(ORGANIZATION), now=NOW).aws["role"] == "LogcovReader"
    assert load_world(write_world(ORGANIZATION + "aws: {role: Other}\n"), now=NOW).aws == {"role": "Other"}


def test_the_aws_half_is_joined_from_its_files() -> None:
    first = {"aws": {"caller": "1", "buckets": [1], "keys": [2]}, "faults": [3]}
    more = {"aws": {"buckets": [4], "told": [5]}}

    assert joined(first, more, {"aws": {}, "faults": [6]}) == {
        "aws": {"caller": "1", "buckets": [1, 4], "keys": [2], "told": [5]},
        "faults": [3, 6],
    }


def test_a_world_joins_what_it_names(write_world: Callable[[str], Path]) -> None:
    first = {"gcp": {"pageSize": 2, "folders": [1]}, "okta": {}}
    more = {"gcp": {"folders": [2], "projects": [3]}, "faults": [4]}

    assert with_added(first, more) == {
        "gcp": {"pageSize": 2, "folders": [1, 2], "projects": [3]},
        "okta": {},
        "faults": [4],
    }
    with pytest.raises(DocumentError, match="joins"):
        load_world(write_world("joins: [elsewhere.yaml]\n"))


def test_the_shipped_world_may_be_read_without_workloads() -> None:
    whole, bare = load_world(now=NOW), load_world(now=NOW, workloads=False)

    assert set(whole.gcp.containers) - set(bare.gcp.containers) >= {"projects/acme-net", "folders/4750"}
    assert len(bare.aws.get("made", [])) < len(whole.aws["made"])


def test_what_a_project_holds_is_of_known_kinds(write_world: Callable[[str], Path]) -> None:
    project = (
        "{projectId: p-1, number: '1', parent: organizations/1, resources: {compute.subnetwork: [{name: x}]}}"
    )
    with pytest.raises(DocumentError, match=r"compute\.subnetwork"):
        load_world(write_world(f"{ORGANIZATION}  projects:\n    - {project}\n"), now=NOW)


def test_the_shipped_world_holds_what_runs_in_aws_accounts() -> None:
    world = load_world()

    assert "acme-workload-logs" in {bucket["name"] for bucket in world.aws["buckets"]}
    assert {"made", "told"} <= world.aws.keys()
