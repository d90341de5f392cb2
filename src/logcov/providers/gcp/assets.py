"""What Cloud Asset Inventory tells of a whole organisation or folder in a few calls, in the stead of each API.

It only ever stands in where it surely answered. What it lacks is asked directly: a container whose policy it does not
hold (assets without a policy are left out), one without its `_Required` sink (every container has one), one of whose
assets is not of the documented form; and everything, if a list could not be read to its end.
Answers are as old as Google says at most (https://cloud.google.com/asset-inventory/docs/asset-types): resources of
Cloud Logging 7 hours, IAM policies 36 hours, almost all others minutes. Readings carry these bounds.
Fewest calls: a page of 1,000 assets each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logcov.errors import ReadFailure
from logcov.providers.gcp.answers import Answer, Listed
from logcov.providers.gcp.asset_bodies import container_in, data_of, place_of, policy_in
from logcov.providers.gcp.asset_tree import PROJECTS_SEARCH, Tree, tree_of
from logcov.providers.gcp.operations import Method, operations
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

if TYPE_CHECKING:
    from logcov.providers.gcp.client import GcpSession

SERVICE = "asset-inventory"
"""How readings name it."""

ASSETS_PAGE = 1000
HOUR, MINUTE = 3600, 60
LOGGING_AGE, POLICY_AGE, OTHER_AGE = 7 * HOUR, 36 * HOUR, 15 * MINUTE
"""Seconds that an answer may be old. "Minutes" of the documentation are taken for 15."""

AUTO_FROM = 200
"""Projects from more than which on `read: auto` asks Cloud Asset Inventory: with fewer, direct answers take a minute."""


def _method(what: str, why: str) -> Method:
    call = f"cloudasset.assets.{what}"
    return Method(
        operation=Operation(call=call, permission=call, wire="GET v1/{parent}/assets", why=why),
        api="cloudasset",
        version="v1",
        collection=("assets",),
        name="list",
        items="assets",
    )


RESOURCES_LIST = _method(
    "listResource", "projects, folders, sinks, log buckets, metrics, alerts of all projects"
)
POLICIES_LIST = _method("listIamPolicy", "audit configuration and grants of all projects")


ASSET_OPERATIONS = operations(RESOURCES_LIST, POLICIES_LIST, PROJECTS_SEARCH)
"""What is called besides where Cloud Asset Inventory may be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Assets that are asked for together.

    Attributes:
        name: tells the readings apart.
        types: the asset types.
        as_old_as: seconds.
        body: what an asset says, as its own API would; raises `MalformedAnswerError`.
    """

    name: str
    types: tuple[str, ...]
    as_old_as: int
    body: Callable[[Mapping[str, Any]], dict[str, Any]]
    method: Method = RESOURCES_LIST


_MANAGER = "cloudresourcemanager.googleapis.com/"
CONTAINERS = Family(
    name="projects and folders",
    types=(f"{_MANAGER}Project", f"{_MANAGER}Folder"),
    as_old_as=OTHER_AGE,
    body=container_in,
)
POLICIES = Family(
    name="policies",
    types=(f"{_MANAGER}Project", f"{_MANAGER}Folder", f"{_MANAGER}Organization"),
    as_old_as=POLICY_AGE,
    body=policy_in,
    method=POLICIES_LIST,
)
SINKS = Family(name="sinks", types=("logging.googleapis.com/LogSink",), as_old_as=LOGGING_AGE, body=data_of)
BUCKETS = Family(
    name="log buckets", types=("logging.googleapis.com/LogBucket",), as_old_as=LOGGING_AGE, body=data_of
)
METRICS = Family(
    name="log-based metrics", types=("logging.googleapis.com/LogMetric",), as_old_as=LOGGING_AGE, body=data_of
)
ALERTS = Family(
    name="alert policies",
    types=("monitoring.googleapis.com/AlertPolicy",),
    # How old they may be is not documented apart from "minutes"; some editions of the page say "every few hours".
    as_old_as=LOGGING_AGE,
    body=data_of,
)


@dataclass(frozen=True, slots=True)
class Told:
    """The assets of one family.

    Attributes:
        bodies: container → name within it → the resource.
        doubtful: containers of which an asset was odd: they are asked directly.
        readings: the id of the reading.
    """

    bodies: Mapping[str, Mapping[str, dict[str, Any]]]
    doubtful: frozenset[str]
    readings: tuple[str, ...]


class Assets:
    """What Cloud Asset Inventory tells below one organisation or folder. Each list is asked for once, on first use.

    Every method gives None where the resource's own API has to be asked.
    """

    def __init__(self, session: "GcpSession", root: str) -> None:
        self._session = session
        self._root = root

    # --- what stands in for direct answers -----------------------------------------------------------------

    def policy(self, container: str) -> Answer | None:
        """The IAM policy of an organisation, folder or project."""
        found = self._of(POLICIES, container)
        return Answer(found[0][""], found[1][0]) if found and "" in found[0] else None

    def sinks(self, container: str) -> Listed | None:
        """The sinks of an organisation, folder or project; None if its `_Required`, which everything has, is not there."""
        found = self._of(SINKS, container)
        if found is None or not any(body.get("name") == "_Required" for body in found[0].values()):
            return None
        return Listed(tuple(found[0].values()), found[1])

    def log_bucket(self, container: str, within: str) -> Answer | None:
        """A log bucket of an organisation, folder or project; `within`: `locations/global/buckets/_Default`."""
        found = self._of(BUCKETS, container)
        return Answer(found[0][within], found[1][0]) if found and within in found[0] else None

    def metrics(self, project: str) -> Listed | None:
        """The log-based metrics of a project: none, where there are no such assets and its sinks are told."""
        return self._all_of(METRICS, project)

    def alert_policies(self, project: str) -> Listed | None:
        """The alert policies of a project: none, where there are no such assets and its sinks are told."""
        return self._all_of(ALERTS, project)

    def children(self, container: str) -> tuple[list[Any], list[Any], tuple[str, ...]] | None:
        """The folders and the projects right below, as Resource Manager gives them, and the readings."""
        tree: Tree | None = self._session.once.get(("tree", self._root), self._tree)
        below = tree.below.get(container) if tree is not None else None
        return (*below, tree.readings) if tree is not None and below is not None else None

    def _tree(self) -> Tree | None:
        listed = self.list_of(CONTAINERS)
        return tree_of(self._session, self._root, listed) if listed is not None else None

    def _all_of(self, family: Family, project: str) -> Listed | None:
        """A list that may be empty. Only a project that Cloud Asset Inventory knows surely has none."""
        told = self._told(family)
        sinks = self.sinks(project)
        if told is None or sinks is None or project in told.doubtful:
            return None
        return Listed(tuple(told.bodies.get(project, {}).values()), told.readings)

    def _of(
        self, family: Family, container: str
    ) -> tuple[Mapping[str, dict[str, Any]], tuple[str, ...]] | None:
        told = self._told(family)
        if told is None or container in told.doubtful or container not in told.bodies:
            return None
        return told.bodies[container], told.readings

    # --- the lists -----------------------------------------------------------------------------------------

    def _told(self, family: Family) -> Told | None:
        found: Told | None = self._session.once.get(
            ("assets", self._root, family.name), lambda: self._ask(family)
        )
        return found

    def _ask(self, family: Family) -> Told | None:
        """The family's assets; None, and why in the ledger, if they did not all come."""
        listed = self.list_of(family)
        if listed is None:
            return None
        bodies: dict[str, dict[str, dict[str, Any]]] = {}
        doubtful: set[str] = set()
        for asset in listed.items:
            try:
                nearest, within = place_of(asset)
            except (MalformedAnswerError, AttributeError) as error:
                failure = ReadFailure(
                    call=family.method.operation.call, kind="unparseable", detail=str(error)
                )
                self._note(family, failure)
                return None
            container = self._by_id(nearest)
            if within in bodies.setdefault(container, {}):
                doubtful.add(container)
            try:
                bodies[container][within] = family.body(asset)
            except MalformedAnswerError:
                doubtful.add(container)
        return Told(bodies, frozenset(doubtful), listed.readings)

    def list_of(self, family: Family) -> Listed | None:
        """All assets of a family; None, and why in the ledger, if they did not all come."""
        content = "IAM_POLICY" if family.method is POLICIES_LIST else "RESOURCE"
        listed = self._session.list_all(
            family.method,
            f"gcp:{self._root}",
            subject=family.name,
            as_old_as=family.as_old_as,
            parent=self._root,
            contentType=content,
            assetTypes=list(family.types),
            pageSize=ASSETS_PAGE,
        )
        if listed.failure is not None:
            self._note(family, listed.failure)
            return None
        return listed

    def _note(self, family: Family, failure: ReadFailure) -> None:
        """It hides nothing: what it would have told is read directly."""
        self._session.ledger.blind(failure, f"gcp:{self._root}", subject=family.name)

    def _by_id(self, container: str) -> str:
        kind, _, name = container.partition("/")
        return f"projects/{self._session.projects.get(name, name)}" if kind == "projects" else container
