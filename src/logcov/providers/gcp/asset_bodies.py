"""What Cloud Asset Inventory tells of a resource, put as the resource's own API would.

Assets carry the API's JSON. Older exports write snake_case names and numbers for enum values, and projects and folders
come in the form of older versions of Resource Manager. Anything else is odd: then the resource's own API is asked.
Sources: cloudasset.v1 `Asset`; cloudresourcemanager.v1 and v3 `Project`, v2 and v3 `Folder`; logging.v2 `LogBucket`.
"""

import re
from collections.abc import Mapping
from typing import Any

from logcov.providers.google import MalformedAnswerError

_SNAKE = re.compile(r"_+([a-z0-9])")
_FREE = frozenset({"labels", "userLabels", "labelExtractors"})
"""Maps whose keys are people's own words."""

_ENUMS: Mapping[str, tuple[str, ...]] = {
    "logType": ("LOG_TYPE_UNSPECIFIED", "ADMIN_READ", "DATA_WRITE", "DATA_READ"),
    "lifecycleState": (
        "LIFECYCLE_STATE_UNSPECIFIED",
        "ACTIVE",
        "DELETE_REQUESTED",
        "UPDATING",
        "CREATING",
        "FAILED",
    ),
}
"""Field → the names of its values, by number."""

_STATES = ("STATE_UNSPECIFIED", "ACTIVE", "DELETE_REQUESTED")
"""Of projects and folders."""

_PARENTS = {"organization": "organizations", "folder": "folders"}
_CONTAINER = re.compile(r"(?:organizations|folders|projects|billingAccounts)/[^/]+")
_FULL_NAME = re.compile(
    r"//[a-z]+\.googleapis\.com/((?:organizations|folders|projects|billingAccounts)/[^/]+)(?:/(.+))?"
)


def named(value: Any, field: str = "") -> Any:
    """The value with the names of its fields in camelCase, and enum values by name.

    Raises:
        MalformedAnswerError: a field is there under both names.
    """
    if isinstance(value, dict):
        if field in _FREE:
            return value
        found: dict[str, Any] = {}
        for key, inner in value.items():
            name = _SNAKE.sub(lambda match: match[1].upper(), key) if "_" in key else key
            if name in found:
                raise MalformedAnswerError(f"{name} is there twice")
            found[name] = named(inner, name)
        return found
    if isinstance(value, list):
        return [named(inner, field) for inner in value]
    if field in _ENUMS:
        return _enum(value, _ENUMS[field])
    return value


def _enum(value: Any, names: tuple[str, ...]) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return names[value] if whole and 0 <= value < len(names) else value


def place_of(asset: Mapping[str, Any]) -> tuple[str, str]:
    """The container that an asset belongs to, or is, and its name within: `("projects/1001", "sinks/audit")`.

    Projects may be named by id or number.

    Raises:
        MalformedAnswerError: its name is none that is known, or it has no ancestors.
    """
    name, ancestors = asset.get("name"), asset.get("ancestors")
    match = _FULL_NAME.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        raise MalformedAnswerError("an asset's name is no full resource name")
    if not isinstance(ancestors, list) or not ancestors:
        raise MalformedAnswerError("an asset has no ancestors")
    if not all(isinstance(one, str) and _CONTAINER.fullmatch(one) for one in ancestors):
        raise MalformedAnswerError("an ancestor of an asset is no organisation, folder or project")
    kind = match[1].partition("/")[0]
    nearest: str = ancestors[0]
    # The name may hold a project's id where ancestors hold its number; of all others, there is only the number.
    if nearest.partition("/")[0] != kind or (kind != "projects" and nearest != match[1]):
        raise MalformedAnswerError("an asset's name and its nearest ancestor disagree")
    return nearest, match[2] or ""


def data_of(asset: Mapping[str, Any]) -> dict[str, Any]:
    """The resource, as its API gives it.

    Raises:
        MalformedAnswerError: there is none.
    """
    resource = asset.get("resource")
    data = resource.get("data") if isinstance(resource, dict) else None
    if not isinstance(data, dict) or not data:
        raise MalformedAnswerError("an asset has no data")
    found: dict[str, Any] = named(data)
    return found


def policy_in(asset: Mapping[str, Any]) -> dict[str, Any]:
    """The IAM policy.

    Raises:
        MalformedAnswerError: there is none.
    """
    policy = asset.get("iamPolicy", asset.get("iam_policy"))
    if not isinstance(policy, dict) or not policy:
        raise MalformedAnswerError("an asset has no policy")
    found: dict[str, Any] = named(policy)
    return found


def container_in(asset: Mapping[str, Any]) -> dict[str, Any]:
    """A project or folder as Resource Manager v3 gives it.

    Raises:
        MalformedAnswerError: a field is missing or odd, or the data and the ancestors tell different parents.
    """
    at, _ = place_of(asset)
    data = data_of(asset)
    project = at.startswith("projects/")
    old = project and "projectNumber" in data
    state = data.get("state", data.get("lifecycleState"))
    found = {
        "name": f"projects/{data['projectNumber']}" if old else data.get("name"),
        "displayName": data.get("name" if old else "displayName", ""),
        "state": _enum(state, _STATES),
        "parent": _parent(data.get("parent")),
    }
    if project:
        found |= {"projectId": data.get("projectId"), "labels": data.get("labels", {})}
        if not isinstance(found["projectId"], str) or not found["projectId"]:
            raise MalformedAnswerError("a project has no id")
        if not re.fullmatch(r"projects/\d+", str(found["name"])):
            raise MalformedAnswerError("a project has no number")
        if at not in {found["name"], f"projects/{found['projectId']}"}:
            raise MalformedAnswerError("a project is named differently within")
    elif found["name"] != at:
        raise MalformedAnswerError("a folder is named differently within")
    if found["state"] not in _STATES[1:]:
        raise MalformedAnswerError(f"the state of {at} is {state!r}")
    ancestors = asset["ancestors"]
    if len(ancestors) < 2 or ancestors[1] != found["parent"]:  # noqa: PLR2004 - itself, and what is above
        raise MalformedAnswerError(f"the parent of {at} is not its next ancestor")
    return found


def _parent(given: Any) -> Any:
    """`folders/1`, also where it is told by type and id, as version 1 does."""
    if isinstance(given, dict):
        return f"{_PARENTS.get(str(given.get('type')), '')}/{given.get('id', '')}"
    return given
