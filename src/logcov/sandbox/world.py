"""The world that the sandbox serves: read from a file, checked, and laid out so that requests are look-ups."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from logcov.documents import Document, load_yaml, problems_of
from logcov.errors import DocumentError, Problem
from logcov.sandbox.faults import Fault, wrong_with

Json = dict[str, Any]

SHIPPED = Path(__file__).with_name("world.yaml")
"""The world of the pretend company Acme."""

SHIPPED_AWS = (
    Path(__file__).with_name("world_aws.yaml"),
    Path(__file__).with_name("world_aws_workloads.yaml"),
)
"""Its AWS half, for every world file without one: the organisation with its trails and networks, and what else runs
in it. Lists of the same name are joined."""

JOINS = "joins"
"""The key under which a world file names shipped files that are added to it: what runs in Acme's Google Cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """An organisation, folder, project or billing account, and the logging configuration that hangs on it.

    Attributes:
        name: as its children and the logging API name it: `projects/acme-prod`, `folders/77`.
        resource: as Resource Manager (or Cloud Billing) describes it.
        parent: name of the container above; empty at the top.
        active: its deletion was not requested.
        number: of a project; empty for all others.
        iam: its IAM policy, conditions included.
        sinks, log_buckets, settings, metrics: as the logging API gives them.
        alert_policies, notification_channels: of a project, as the monitoring API gives them.
        monitored_projects: the other projects whose metrics a project watches.
        resources: what it holds, kind → objects as their API gives them.
        apis_off: the hosts of the APIs that are switched off in a project.
        silent: the regions of a project that do not answer.
    """

    name: str
    resource: Json
    parent: str
    active: bool
    number: str
    iam: Json
    sinks: tuple[Json, ...]
    log_buckets: tuple[Json, ...]
    settings: Json
    metrics: tuple[Json, ...] = ()
    alert_policies: tuple[Json, ...] = ()
    notification_channels: tuple[Json, ...] = ()
    monitored_projects: tuple[str, ...] = ()
    resources: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    apis_off: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A bucket or a topic: what it is, whose it is, and its IAM policy."""

    resource: Json
    project: str
    iam: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A BigQuery dataset and its tables."""

    resource: Json
    tables: tuple[Json, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gcp:
    """Google Cloud. `containers` are by name; `numbers` are the projects' numbers to their names.

    `earlier`: containers as Cloud Asset Inventory still tells of them; None for one that it does not know yet.
    """

    page_size: int
    containers: Mapping[str, Container]
    numbers: Mapping[str, str]
    buckets: Mapping[str, Guarded]
    topics: Mapping[str, Guarded]
    subscriptions: Mapping[str, Json]
    datasets: Mapping[str, Dataset]
    keys: Mapping[str, Json]
    earlier: Mapping[str, Container | None] = field(default_factory=dict)

    def canonical(self, name: str) -> str:
        """`projects/NUMBER` and everything below it, named by the project's id; any other name as it is."""
        parts = name.split("/")
        if len(parts) > 1 and parts[0] == "projects" and parts[1] in self.numbers:
            parts[1] = self.numbers[parts[1]].removeprefix("projects/")
        return "/".join(parts)

    def container(self, name: str) -> Container | None:
        """The container of this name, by id or by number."""
        return self.containers.get(self.canonical(name))

    def ancestors(self, container: Container) -> list[Container]:
        """Everything above, nearest first."""
        found = []
        while container.parent and (above := self.containers.get(container.parent)):
            found.append(above)
            container = above
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class OktaOrg:
    """An Okta org."""

    host: str
    page_size: int
    org: Json
    scopes: tuple[str, ...]
    log_streams: tuple[Json, ...]
    events: tuple[Json, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A Workspace customer. `activities` are newest first."""

    page_size: int
    customer: Json
    policies: tuple[Json, ...]
    activities: tuple[Json, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it.

    Attributes:
        now: the moment that relative dates were counted back from.
        gcp, okta, workspace: laid out for look-ups.
        faults: the world's own.
        aws: as the file has it, for the AWS half to check.
    """

    now: datetime
    gcp: Gcp
    okta: tuple[OktaOrg, ...]
    workspace: Workspace | None
    faults: tuple[Fault, ...]
    aws: Mapping[str, Any] = field(default_factory=dict)


def etag_of(value: Any) -> str:
    """A mark that is the same for the same content, in base64 as the APIs have it."""
    return base64.b64encode(crc32(json.dumps(value, sort_keys=True).encode()).to_bytes(8, "big")).decode()


def this_hour() -> datetime:
    """The hour that has begun: worlds read within it are the same."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def load_world(path: Path | None = None, *, now: datetime | None = None, workloads: bool = True) -> World:
    """Reads a world file, the shipped one if none is named.

    Args:
        path: of the YAML file.
        now: what relative dates are counted back from; the hour that has begun, if not said.
        workloads: with what runs in Acme's accounts and projects; else without all files that are added.

    Raises:
        DocumentError: the file cannot be read, or something in it is wrong; says what and where, all at once.
    """
    return world_of(load_yaml(path or SHIPPED), now=now or this_hour(), workloads=workloads)


def world_of(document: Document, *, now: datetime, workloads: bool = True) -> World:
    """Checks and lays out what a world file holds, and what it joins.

    Raises:
        DocumentError: something is wrong; says what and where, all at once.
    """
    from pydantic import ValidationError

    from logcov.sandbox import world_layout
    from logcov.sandbox.world_model import WorldFile

    problems: list[Problem] = []
    if isinstance(document.data, Mapping) and isinstance(faults := document.data.get("faults"), list):
        problems += [
            document.problem(("faults", index), message)
            for index, fault in enumerate(faults)
            if (message := wrong_with(fault))
        ]
    try:
        parsed = WorldFile.model_validate(document.data, context={"now": now})
    except ValidationError as error:
        raise DocumentError(sorted((*problems, *problems_of(error, document)))) from error
    if parsed.joins and workloads:
        whole = with_added(document.data, *(load_yaml(SHIPPED.with_name(name)).data for name in parsed.joins))
        parsed = WorldFile.model_validate(whole, context={"now": now})
    problems += world_layout.contradictions(parsed, document)
    if problems:
        raise DocumentError(sorted(problems))
    half = _aws_half(workloads=workloads) if parsed.aws is None else {"aws": parsed.aws}
    return World(
        now=now,
        gcp=world_layout.gcp(parsed.gcp),
        okta=tuple(world_layout.okta(org, parsed.okta.page_size) for org in parsed.okta.orgs),
        workspace=world_layout.workspace(parsed.workspace) if parsed.workspace else None,
        faults=tuple(Fault(**fault) for fault in (*parsed.faults, *half.get("faults", ()))),
        aws=half["aws"],
    )


def with_added(first: Mapping[str, Any], *others: Mapping[str, Any]) -> Mapping[str, Any]:
    """A world file with what others add to the lists of its `gcp` section, and to its faults."""
    gcp = dict(first.get("gcp", {}))
    faults = [*first.get("faults", [])]
    for other in others:
        for name, items in other["gcp"].items():
            gcp[name] = [*gcp.get(name, []), *items]
        faults += other.get("faults", [])
    return {**first, "gcp": gcp, "faults": faults}


def _aws_half(*, workloads: bool) -> Mapping[str, Any]:
    return joined(*(load_yaml(path).data for path in SHIPPED_AWS[: None if workloads else 1]))


def joined(first: Mapping[str, Any], *others: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first file with what the others add to its lists, `aws` and `faults`."""
    aws = dict(first["aws"])
    faults = [*first.get("faults", [])]
    for other in others:
        for name, items in other["aws"].items():
            aws[name] = [*aws.get(name, []), *items]
        faults += other.get("faults", [])
    return {"aws": aws, "faults": faults}
