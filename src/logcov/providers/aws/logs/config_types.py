"""Which types of resources a recorder of AWS Config records: those of its region, and those of IAM.

Source: Config API reference, `RecordingGroup`, `RecordingStrategy`, `ExclusionByResourceTypes`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from logcov.inventory import Exclusion, Filter, Unread
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.logs.trails import NEVER_OFF

IAM_TYPES = ("AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User")
"""The types that belong to no region, and that `includeGlobalResourceTypes` is about."""

IAM_REGIONS = NEVER_OFF | {"af-south-1", "ap-east-1", "ap-southeast-3", "eu-south-1", "me-south-1"}
"""Regions in which Config was there before February 2022. In younger ones it cannot record the types of IAM."""

RESOURCE_TYPE = "configurationItem.resourceType"
Strategy = Literal[
    "ALL_SUPPORTED_RESOURCE_TYPES", "INCLUSION_BY_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES"
]
STRATEGIES: tuple[Strategy, ...] = (
    "ALL_SUPPORTED_RESOURCE_TYPES",
    "INCLUSION_BY_RESOURCE_TYPES",
    "EXCLUSION_BY_RESOURCE_TYPES",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What a recorder records: everything, the `types` only, or everything but them; and IAM's with everything or not."""

    strategy: Strategy
    types: frozenset[str] = frozenset()
    iam: bool = False


def group_of(place: AwsPlace, call: str, recorder: Mapping[str, Any]) -> Group | Unread:
    """The recording group of a recorder. Older recorders name no strategy; then their other fields tell it."""
    name, group = str(recorder.get("name")), recorder.get("recordingGroup")
    if recorder.get("scopeConfiguration") or recorder.get("connectorArn"):
        return place.not_told(call, f"what {name} records through a connector is not read", name)
    if not isinstance(group, Mapping):
        return place.misread(call, "a recorder without recordingGroup", name)
    listed, excluded = group.get("resourceTypes") or (), group.get("exclusionByResourceTypes") or {}
    told = (group.get("recordingStrategy") or {}).get("useOnly")
    strategy = told or _older(group.get("allSupported"), listed)
    types = listed
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        types = excluded.get("resourceTypes") or ()
    known = next((one for one in STRATEGIES if one == strategy), None)
    if known is None or not all(isinstance(one, str) for one in types):
        return place.misread(call, f"what {name} records is not clear", name)
    return Group(
        strategy=known,
        types=frozenset(types) if known != "ALL_SUPPORTED_RESOURCE_TYPES" else frozenset(),
        iam=group.get("includeGlobalResourceTypes") is True,
    )


def _older(everything: object, listed: Iterable[str]) -> str | None:
    if everything is True:
        return "ALL_SUPPORTED_RESOURCE_TYPES"
    return "INCLUSION_BY_RESOURCE_TYPES" if listed else None


Chosen = Filter | Unread | None


def filters_of(
    group: Group | Unread, place: AwsPlace, setting: str
) -> tuple[Chosen, Chosen | Literal[False]]:
    """What passes of the items of the region, and of those of IAM: None is everything, False nothing."""
    if isinstance(group, Unread):
        return group, group
    iam = frozenset(IAM_TYPES)
    regional: Chosen
    everywhere: Chosen | Literal[False]
    match group.strategy:
        case "ALL_SUPPORTED_RESOURCE_TYPES":
            regional, everywhere = None, None if group.iam else False
        case "INCLUSION_BY_RESOURCE_TYPES":
            # Of IAM's types, no region has items; so that one that names them does not look as if it lacked them.
            regional = _only(f"{setting}#types", group.types | iam)
            everywhere = _only(f"{setting}#iam-types", group.types & iam) if group.types & iam else False
        case "EXCLUSION_BY_RESOURCE_TYPES":
            regional = _without(f"{setting}#types", group.types - iam)
            everywhere = False if group.types >= iam else _without(f"{setting}#iam-types", group.types & iam)
    return regional, False if place.region not in IAM_REGIONS else everywhere


def _condition(types: Iterable[str]) -> str:
    return json.dumps({RESOURCE_TYPE: sorted(types)})


def _only(name: str, types: Iterable[str]) -> Filter:
    return Filter(id=name, dialect="fields", text=_condition(types))


def _without(name: str, types: frozenset[str]) -> Filter | None:
    if not types:
        return None
    left_out = Exclusion(name="exclusionByResourceTypes", text=_condition(types))
    return Filter(id=name, dialect="fields", text="{}", exclusions=(left_out,))
