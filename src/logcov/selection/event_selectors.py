"""Which events a CloudTrail trail or event data store takes: dialect `aws.event-selectors`.

The text is the whole answer of cloudtrail:GetEventSelectors, or `AdvancedEventSelectors` of
cloudtrail:GetEventDataStore in the same form. An event is taken iff any selector matches it.

Sources: CloudTrail API Reference, EventSelector, DataResource, AdvancedFieldSelector; CloudTrail User Guide,
"Logging data events" (a DynamoDB table's selector takes the events of its streams too).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from logcov.inventory.rows import Field, LogSource
from logcov.selection.jsontext import UnreadableJsonError, read_object, strings
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Op,
    Predicate,
    all_of,
    any_of,
    atom,
    negate,
    opaque,
    present,
)

_GLOBAL_SERVICES = "IncludeGlobalServiceEvents"
"""Not of GetEventSelectors but of the trail: added by the collector where it is false and matters."""
_ANSWER = frozenset(
    {"TrailARN", "EventSelectors", "AdvancedEventSelectors", "ResponseMetadata", _GLOBAL_SERVICES}
)
_GLOBAL = (
    "iam",
    "sts",
    "signin",
    "cloudfront",
    "route53",
    "route53domains",
    "organizations",
    "account",
    "waf",
    "shield",
    "globalaccelerator",
    "networkmanager",
    "support",
    "health",
    "budgets",
    "ce",
    "billing",
)
"""Services whose events a trail may leave out that does not include global service events. The CloudTrail User Guide
("Global service events") names IAM, STS and CloudFront "such as"; of the others here it does not tell."""
_BASIC = frozenset(
    {"ReadWriteType", "IncludeManagementEvents", "DataResources", "ExcludeManagementEventSources"}
)
_EXCLUDABLE = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
_FIELDS = frozenset(
    {
        "eventCategory",
        "readOnly",
        "eventSource",
        "eventName",
        "eventType",
        "resources.type",
        "resources.ARN",
        "sessionCredentialFromConsole",
        "userIdentity.arn",
        "errorCode",
        "vpcEndpointId",
    }
)
_EQUALS_ONLY = frozenset({"readOnly", "eventCategory", "resources.type"})
_ALWAYS_THERE = frozenset({"eventCategory", "eventSource", "eventName", "eventType"})
"""CloudTrail User Guide, record contents: not optional."""
_OPERATORS: Mapping[str, Op] = {"Equals": "=", "StartsWith": "prefix", "EndsWith": "suffix"}
_TABLE, _STREAM = "AWS::DynamoDB::Table", "AWS::DynamoDB::Stream"
_LAMBDA_ARN = re.compile(r"arn:[a-z-]+:lambda:[^:*]+:[^:*]+:function:[^*]+")
_TABLE_ARN = re.compile(r"arn:[a-z-]+:dynamodb:[^:*]+:[^:*]+:table/[^/*]+")
_OBJECTS_ARN = re.compile(r"arn:[a-z-]+:s3:::[^/*]+/[^*]*")
_EVERYTHING = {
    "AWS::S3::Object": re.compile(r"arn:[a-z-]+:s3(?::::)?"),
    "AWS::Lambda::Function": re.compile(r"arn:[a-z-]+:lambda"),
    _TABLE: re.compile(r"arn:[a-z-]+:dynamodb"),
}


def standard_field(name: str) -> Field | None:
    """What events can hold in a field of selectors that the row does not name; None for other fields."""
    if name not in _FIELDS:
        return None
    values = ("true", "false") if name in {"readOnly", "sessionCredentialFromConsole"} else ()
    return Field(
        name=name,
        kind="finite" if values else "text",
        values=values,
        optional=name not in _ALWAYS_THERE,
        repeated=name.startswith("resources."),
    )


def compile_event_selectors(text: str, source: LogSource) -> Predicate:
    """The events that pass. Without any selector: all management events, and no others.

    What is not understood is opaque, selector by selector; both kinds at once, which AWS never has, as a whole.
    """
    try:
        answer = read_object(text)
    except UnreadableJsonError as error:
        return opaque(text, f"the event selectors cannot be read: {error}")
    unknown = sorted(set(answer) - _ANSWER)
    if unknown:
        return opaque(text, f"{', '.join(unknown)}: no part of event selectors")
    basic, advanced = _objects(answer.get("EventSelectors")), _objects(answer.get("AdvancedEventSelectors"))
    if basic is None or advanced is None:
        return opaque(text, "the event selectors are no list of objects")
    if basic and advanced:
        return opaque(text, "basic and advanced event selectors at once")
    if advanced:
        taken = any_of(*(_advanced(one, source) for one in advanced))
    else:
        taken = any_of(*(_basic(one) for one in basic)) if basic else _category("Management")
    return all_of(taken, _global_services(answer.get(_GLOBAL_SERVICES)))


def _global_services(included: object) -> Predicate:
    """Which events the trail's setting about global services lets through; all, if it has none."""
    if included is None or included is True:
        return TRUE
    left_out = any_of(*(atom("eventSource", "=", f"{name}.amazonaws.com") for name in _GLOBAL))
    because = "which events the trail leaves out as those of global services is not documented in full"
    return any_of(negate(left_out), _strange(f"{_GLOBAL_SERVICES}: {included}", because))


def _objects(value: object) -> list[dict[str, Any]] | None:
    """The objects of a list; of null or nothing, none; None if it is anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return None
    return value


def _strange(part: object, because: str) -> Predicate:
    return opaque(repr(part), because)


def _category(name: str) -> Predicate:
    return atom("eventCategory", "=", name)


def _basic(selector: dict[str, Any]) -> Predicate:
    include = selector.get("IncludeManagementEvents")
    excluded = strings(selector.get("ExcludeManagementEventSources") or [])
    resources = _objects(selector.get("DataResources"))
    access = _access(selector.get("ReadWriteType"))
    if (
        set(selector) - _BASIC
        or not (include is None or isinstance(include, bool))
        or excluded is None
        or resources is None
        or access is None
    ):
        return _strange(selector, "an event selector of an unknown form")
    management = (
        FALSE if include is False else all_of(_category("Management"), *(_not_from(one) for one in excluded))
    )
    data = all_of(_category("Data"), any_of(*(_data_resource(one) for one in resources)))
    return all_of(access, any_of(management, data))


def _access(kind: object) -> Predicate | None:
    match kind:
        case None | "All":
            return TRUE
        case "ReadOnly":
            return atom("readOnly", "=", "true")
        case "WriteOnly":
            return atom("readOnly", "=", "false")
        case _:
            return None


def _not_from(source: str) -> Predicate:
    excluded = atom("eventSource", "=", source)
    if source not in _EXCLUDABLE:
        excluded = all_of(
            excluded, opaque(f"exclude {source}", "this event source is not known as one to exclude")
        )
    return negate(excluded)


def _data_resource(resource: dict[str, Any]) -> Predicate:
    kind, values = resource.get("Type"), strings(resource.get("Values") or [])
    if set(resource) - {"Type", "Values"} or not isinstance(kind, str) or values is None:
        return _strange(resource, "a data resource of an unknown form")
    return any_of(*(_data_value(kind, value) for value in values))


def _data_value(kind: str, value: str) -> Predicate:
    of_kind = atom("resources.type", "=", kind)
    everything = _EVERYTHING.get(kind)
    if everything is None:
        return all_of(of_kind, opaque(f"{kind} {value}", "basic selectors do not know this resource type"))
    if everything.fullmatch(value):
        return any_of(of_kind, atom("resources.type", "=", _STREAM)) if kind == _TABLE else of_kind
    if kind == "AWS::S3::Object" and _OBJECTS_ARN.fullmatch(value):
        return all_of(of_kind, atom("resources.ARN", "prefix", value))
    if kind == "AWS::Lambda::Function" and _LAMBDA_ARN.fullmatch(value):
        return all_of(of_kind, atom("resources.ARN", "=", value))
    if kind == _TABLE and _TABLE_ARN.fullmatch(value):
        stream = all_of(
            atom("resources.type", "=", _STREAM),
            opaque(
                f"streams of {value}", "whether a selector for one table takes its streams is not documented"
            ),
        )
        return any_of(all_of(of_kind, atom("resources.ARN", "=", value)), stream)
    return all_of(of_kind, opaque(f"{kind} {value}", "a resource of an unknown form"))


def _advanced(selector: dict[str, Any], source: LogSource) -> Predicate:
    parts = _objects(selector.get("FieldSelectors"))
    if set(selector) - {"Name", "FieldSelectors"} or not parts:
        return _strange(selector, "an advanced event selector of an unknown form")
    optional = {field.name for field in source.fields if field.optional} | (_FIELDS - _ALWAYS_THERE)
    optional -= {field.name for field in source.fields if not field.optional}
    categories = [part for part in parts if part.get("Field") == "eventCategory"]
    narrowed = any(part.get("Field") == "resources.ARN" for part in parts)

    def matches(test: Callable[[dict[str, Any]], Predicate], among: Iterable[dict[str, Any]]) -> Predicate:
        return all_of(*(test(part) for part in among))

    whole = matches(lambda part: _field(part, optional), parts)
    streams = FALSE
    if any(
        part.get("Field") == "resources.type" and _TABLE in (strings(part.get("Equals")) or ())
        for part in parts
    ):
        # The event of a stream names its table as well.
        others = [part for part in parts if part.get("Field") not in {"resources.type", "resources.ARN"}]
        streams = all_of(
            atom("resources.type", "=", _STREAM),
            matches(lambda part: _field(part, optional), others),
            opaque(f"streams {selector!r}", "whether this takes streams of the tables is not known")
            if narrowed
            else TRUE,
        )
    taken = any_of(whole, streams)
    if not categories:
        return all_of(taken, _strange(selector, "an advanced event selector without a category"))
    return taken


def _field(part: dict[str, Any], optional: set[str]) -> Predicate:
    """One field selector: of the positive operators any must hold, and of the negative ones all."""
    name = part.get("Field")
    given = {
        operator: strings(values) for operator, values in part.items() if operator != "Field" and values != []
    }
    known = {*_OPERATORS, *(f"Not{operator}" for operator in _OPERATORS)}
    if name not in _FIELDS or not given or not given.keys() <= known or None in given.values():
        return _strange(part, "a field selector of an unknown form")
    if name in _EQUALS_ONLY and given.keys() != {"Equals"}:
        return _strange(part, f"{name} takes Equals only")
    if name == "readOnly" and not {"true", "false"}.issuperset(given["Equals"] or ()):
        return _strange(part, "readOnly is true or false")
    positive: list[Predicate] = []
    negative: list[Predicate] = []
    for operator, values in given.items():
        op = _OPERATORS[operator.removeprefix("Not")]
        tests = [atom(name, op, value) for value in values or ()]
        (negative if operator.startswith("Not") else positive).extend(tests)
    wanted = any_of(*positive) if positive else TRUE
    unwanted = negate(any_of(*negative))
    if negative and name in optional:
        absent = all_of(
            negate(present(name)),
            opaque(f"{part!r} without {name}", f"what events without {name} do is not documented"),
        )
        unwanted = any_of(all_of(present(name), unwanted), absent)
    return all_of(wanted, unwanted)
