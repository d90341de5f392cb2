"""Folders and projects as Cloud Asset Inventory knows them, compared with the projects that the caller may see.

It is minutes late, and may miss an update. So a project that only Resource Manager's search shows, or that it shows
elsewhere or in another state, has what it is in listed directly; and so has everything, where that cannot be told.
A project that only Cloud Asset Inventory shows is audited like any other.
Source: cloudresourcemanager.v3 `projects.search`, which is "eventually consistent" and shows what the caller may get.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logcov.errors import BlindKind, ReadFailure
from logcov.providers.gcp.answers import Listed
from logcov.providers.gcp.asset_bodies import container_in, place_of
from logcov.providers.gcp.operations import FOLDERS_GET, Method
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

if TYPE_CHECKING:
    from logcov.providers.gcp.client import GcpSession

SEARCH_PAGE = 1000

PROJECTS_SEARCH = Method(
    operation=Operation(
        call="resourcemanager.projects.search",
        permission="resourcemanager.projects.get",
        wire="GET v3/projects:search",
        why="whether Cloud Asset Inventory knows every project that the caller may see",
    ),
    api="cloudresourcemanager",
    version="v3",
    collection=("projects",),
    name="search",
    items="projects",
)

Below = tuple[list[dict[str, Any]], list[dict[str, Any]]]
"""The folders and the projects right below a container."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What is below each container, `folders/1`; None where it has to be listed directly."""

    below: Mapping[str, Below | None]
    readings: tuple[str, ...]


def tree_of(session: "GcpSession", root: str, listed: Listed) -> Tree | None:
    """The tree below an organisation or folder, of the assets that were listed.

    None, and why in the ledger, if they do not make one.
    """
    place = f"gcp:{root}"
    search = session.list_all(PROJECTS_SEARCH, place, pageSize=SEARCH_PAGE)
    if search.failure is not None:
        session.ledger.blind(search.failure, place)
        return None
    try:
        below, projects, late = _sorted(root, listed.items)
        late |= _late(session, root, below, projects, search.items)
    except MalformedAnswerError as error:
        _note(session, root, "tree", "unparseable", str(error))
        return None
    except ReadFailure as failure:
        session.ledger.blind(failure, place, subject="projects that only a search shows")
        return None
    known: dict[str, Below | None] = {**below, **dict.fromkeys(late)}
    return Tree(known, (*listed.readings, *search.readings))


def _sorted(root: str, assets: Sequence[Any]) -> tuple[dict[str, Below], dict[str, Any], set[str]]:
    """Container → what is right below it; the projects by number; and containers of which a child is odd.

    Raises:
        MalformedAnswerError: an asset cannot be placed.
    """
    below: dict[str, Below] = {root: ([], [])}
    late: set[str] = set()
    found: list[dict[str, Any]] = []
    for asset in assets:
        if not isinstance(asset, dict):
            raise MalformedAnswerError("an asset is no object")
        at, _ = place_of(asset)
        if at == root:
            continue
        if not at.startswith("projects/"):
            below.setdefault(at, ([], []))
        try:
            found.append(container_in(asset))
        except MalformedAnswerError:
            # What is right above it is its next ancestor, if there is one; else it may be anywhere.
            late.update(asset["ancestors"][1:2] or [root])
    projects: dict[str, Any] = {}
    for body in found:
        if body["parent"] not in below:
            raise MalformedAnswerError(f"{body['parent']} is a parent, but no asset")
        if "projectId" in body:
            below[body["parent"]][1].append(body)
            projects[body["name"]] = body
        else:
            below[body["parent"]][0].append(body)
    if any(container not in below for container in late):
        raise MalformedAnswerError("the parent of an odd asset is no asset")
    return below, projects, late


def _late(
    session: "GcpSession",
    root: str,
    below: Mapping[str, Below],
    projects: Mapping[str, Any],
    search: Sequence[Any],
) -> set[str]:
    """The containers of which Cloud Asset Inventory and the search say different things.

    Raises:
        MalformedAnswerError: an answer is not of the documented form.
        ReadFailure: whether a project that only the search shows is in the tree could not be read.
    """
    late: set[str] = set()
    unseen = set(projects)
    differing: list[str] = []
    for item in search:
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            raise MalformedAnswerError("a project that was found has no name")
        known = projects.get(item["name"])
        unseen.discard(item["name"])
        if known is not None and all(
            known[name] == item.get(name) for name in ("projectId", "state", "parent")
        ):
            continue
        places = {known["parent"]} if known is not None else set()
        places |= set(_nearest(session, below, item.get("parent")))
        if places:
            differing.append(str(item.get("projectId", item["name"])))
        late |= places
    if differing:
        says = "tells otherwise of, or lacks, what a search shows; what they are in was listed directly"
        _note(session, root, "late", "not-observable", f"Cloud Asset Inventory {says}: {_some(differing)}")
    if unseen:
        ids = sorted(projects[number]["projectId"] for number in unseen)
        says = f"the caller may not see, or not yet, what Cloud Asset Inventory shows: {_some(ids)}"
        _note(session, root, "unseen", "access-denied", says)
    return late


def _nearest(session: "GcpSession", below: Mapping[str, Below], parent: Any) -> Iterator[str]:
    """The nearest container above that the tree holds; nothing for what is in another organisation, or in none.

    Raises:
        ReadFailure: a folder above could not be read.
    """
    while isinstance(parent, str) and parent not in below:
        if not parent.startswith("folders/"):
            return
        parent = session.container(parent).body.get("parent")
    if isinstance(parent, str):
        yield parent
    elif parent is not None:
        raise ReadFailure(call=FOLDERS_GET.operation.call, kind="unparseable", detail="parent is no text")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown  # noqa: PLR2004 - see above


def _note(session: "GcpSession", root: str, subject: str, kind: BlindKind, detail: str) -> None:
    """It hides nothing: what is not taken from Cloud Asset Inventory is read directly."""
    operation = PROJECTS_SEARCH.operation
    permission = operation.permission if kind == "access-denied" else ""
    failure = ReadFailure(call=operation.call, kind=kind, permission=permission, detail=detail)
    session.ledger.blind(failure, f"gcp:{root}", subject=subject)
