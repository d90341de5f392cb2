"""Lists of what a project, folder or organisation holds, as rows of a table: one row is one method of one API.

What a container holds is in the world as the API gives it, under `resources` and the name of its kind. A place that does
not answer (`silent`) is told in the way of each API: as a warning beside its own items, or in a list of what is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Handle, Json, Operation, google_error, listed, missing
from logcov.sandbox.world import Container, World

REGIONS = ("europe-west1", "us-east1")
"""The regions that Acme knows; aggregated lists tell of each, empty or not."""

PAGED = frozenset({"pageSize", "pageToken", "filter", "orderBy"})
RESULTS = frozenset({"maxResults", "pageToken"})
FILTERED = RESULTS | {"filter", "orderBy"}
AGGREGATED = FILTERED | {"includeAllScopes", "serviceProjectNumber"}

PROJECT = r"(?P<kind>projects)/(?P<id>[a-z0-9:.-]+)"
CONTAINER = r"(?P<kind>organizations|folders|projects)/(?P<id>[a-z0-9:.-]+)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A method that lists what a container holds of one kind.

    Attributes:
        name, service, path, permission, style: see `Operation`.
        holds: the kind, as the world names it.
        items: the field of the answer that the items are in.
        parameters: the query parameters that it knows.
        size: the one that says how many items a page may have; empty where the API has no pages.
        aggregated: the items are told by place.
        everywhere: an aggregated list also tells of what has no region.
        silent: the field that names the places that do not answer; empty where the API has none.
        silence: what it holds of each.
        extra: what else each answer says.
    """

    name: str
    service: str
    path: str
    permission: str
    style: Literal["rpc", "legacy"] = "rpc"
    holds: str
    items: str
    parameters: frozenset[str] = frozenset()
    size: str = ""
    aggregated: bool = False
    everywhere: bool = False
    silent: str = ""
    silence: Literal["name", "warning"] = "name"
    extra: Mapping[str, Any] | None = None


def operation(row: Row) -> Operation:
    """The operation of a row."""
    return Operation(
        name=row.name,
        service=row.service,
        path=row.path,
        place=("kind", "id"),
        permission=row.permission,
        parameters=row.parameters,
        style=row.style,
        list_size=row.size or "pageSize",
        handle=_by_place(row) if row.aggregated else _plain(row),
    )


def asked_of(world: World, parts: Mapping[str, str], style: Literal["rpc", "legacy"]) -> Container | Answer:
    """The container that is asked about; or what is said where there is none, or none in use."""
    name = f"{parts['kind']}/{parts['id']}"
    found = world.gcp.container(name)
    if found is None:
        return missing(f"The resource '{name}' was not found", style)
    if not found.active:
        return google_error(403, f"Project '{name}' has been deleted.", style=style, reason="forbidden")
    return found


def place_of(item: Json) -> str:
    """`regions/europe-west1`, or `global`."""
    region = str(item.get("region", "")).rpartition("/")[2]
    return f"regions/{region}" if region else "global"


def _plain(row: Row) -> Handle:
    def handle(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
        found = asked_of(world, parts, row.style)
        if isinstance(found, Answer):
            return found
        extra: Json = dict(row.extra or {})
        if row.silent and found.silent:
            extra[row.silent] = [
                {"code": "REGION_UNREACHABLE", "region": place} if row.silence == "warning" else place
                for place in found.silent
            ]
        held = [item for item in found.resources.get(row.holds, ()) if not _silenced(item, found)]
        if not row.size:
            return Answer(body=extra | ({row.items: held} if held else {}))
        size = world.gcp.page_size
        return listed(held, row.items, request, world_size=size, size=row.size, extra=extra, style=row.style)

    return handle


def _silenced(item: Json, container: Container) -> bool:
    """Whether the item is at a place that does not answer."""
    where = {str(item.get(name, "")).rpartition("/")[2] for name in ("region", "location")}
    named = str(item.get("name", "")).split("/")
    return bool((where | set(named)) & set(container.silent))


def _by_place(row: Row) -> Handle:
    def handle(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
        found = asked_of(world, parts, row.style)
        if isinstance(found, Answer):
            return found
        held = found.resources.get(row.holds, ())
        places = sorted({f"regions/{name}" for name in REGIONS} | {place_of(item) for item in held})
        if row.everywhere:
            places = ["global", *(place for place in places if place != "global")]
        silent = {f"regions/{name}" for name in found.silent}

        def told(items: Sequence[Json]) -> Json:
            by_place: dict[str, Json] = {}
            for place in places:
                here = [item for item in items if place_of(item) == place]
                by_place[place] = {row.items: here} if here else {"warning": _warning(place, place in silent)}
            return by_place

        return listed(
            [item for item in held if place_of(item) not in silent],
            "items",
            request,
            world_size=world.gcp.page_size,
            size=row.size,
            extra={"id": f"{found.name}/aggregated/{row.items}"},
            style=row.style,
            form=told,
        )

    return handle


def _warning(place: str, silent: bool) -> Json:  # noqa: FBT001 - of one place
    """What stands in for the items of a place."""
    if silent:
        code, message = "UNREACHABLE", f"The scope '{place}' is not reachable."
    else:
        code, message = "NO_RESULTS_ON_PAGE", f"There are no results for scope '{place}' on this page."
    return {"code": code, "message": message, "data": [{"key": "scope", "value": place}]}
