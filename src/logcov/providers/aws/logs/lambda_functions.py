"""AWS Lambda: what functions log, and the log group that it goes to.

Sources: lambda:ListFunctions (`LoggingConfig`); Lambda developer guide, "Working with Lambda function logs",
"Configuring advanced logging controls": with the format JSON, records below a level are dropped; text is not
filtered. The fewest calls: one list per account and region, and one for all tags.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from logcov.inventory import (
    Emitter,
    Fact,
    Field,
    Filter,
    HopKind,
    Listing,
    LogSource,
    Route,
    Scope,
    Unread,
)
from logcov.providers.aws import resource_tags, scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.resource_tags import labels_of, tags_by_arn
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.lambda.log"
FUNCTION, LOGGING = "aws.lambda.function", "aws.lambda.logging"
LIST = "lambda:ListFunctions"
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
"""Levels of records, lowest first."""
COUNTED = LEVELS[LEVELS.index("INFO") :]
"""Records below these are diagnostics: leaving them out loses nothing that this log source is about."""
SETTINGS = {"application": "ApplicationLogLevel", "system": "SystemLogLevel"}


def observe_functions(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The functions of one account and region, and the log group of each.

    Raises:
        ReadFailure: ListFunctions failed.
    """
    listed = place.pages("lambda", "ListFunctions", "Functions", token=("Marker", "NextMarker"))
    tags = tags_by_arn(place, "lambda:function") if listed.data else {}
    for told in listed.data:
        name, arn = told.get("FunctionName"), told.get("FunctionArn")
        if not isinstance(name, str) or not isinstance(arn, str):
            raise unparseable(LIST, "a function without name or ARN")
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            location=location,
            resource=name,
            labels=labels_of(tags, arn),
            readings=(listed.reading,),
        )
        yield from _routes(place, scope, location, name, told.get("LoggingConfig"), listed.reading)
    for kind in (FUNCTION, LOGGING):
        yield Listing(kind=kind, at=scope.id, location=location, readings=(listed.reading,))


def _routes(
    place: AwsPlace, scope: Scope, location: str | None, name: str, config: Any, reading: str
) -> Iterator[Fact]:
    setting = f"aws:lambda/{location}/{place.account}/{name}"
    told: Mapping[str, Any] = config if isinstance(config, dict) else {}
    group = told.get("LogGroup")
    to = (
        f"aws:logs/{location}/{place.account}/{group}"
        if isinstance(group, str) and group
        else place.misread(LIST, "a function without a log group", name)
    )
    for part, condition in _parts(place, name, told):
        if isinstance(condition, Filter):
            yield condition
        yield Route(
            id=f"{setting}#{part}" if part else setting,
            kind=LOGGING,
            setting=setting,
            effect="carry",
            origin=scope.id,
            location=location,
            resource=name,
            sources=(SOURCE,),
            filter=condition.id if isinstance(condition, Filter) else condition,
            to=to,
            readings=(reading,),
            raw={"LoggingConfig": dict(told)},
        )


def _parts(place: AwsPlace, name: str, told: Mapping[str, Any]) -> list[tuple[str, Filter | Unread | None]]:
    """The parts of a function's records that are filtered in different ways: (name, filter)."""
    if told.get("LogFormat") == "Text":
        return [("", None)]
    levels = {part: told.get(setting) for part, setting in SETTINGS.items()}
    if told.get("LogFormat") != "JSON" or not all(level in LEVELS for level in levels.values()):
        return [("", place.misread(LIST, "a function whose log format or levels are not known", name))]
    kept = {part: LEVELS[LEVELS.index(str(level)) :] for part, level in levels.items()}
    if all(set(COUNTED) <= set(passed) for passed in kept.values()):
        return [("", None)]
    return [
        (
            part,
            Filter(
                id=f"aws:lambda/levels/{part}/{levels[part]}",
                dialect="fields",
                text=json.dumps({"log": part, "level": list(passed)}),
            ),
        )
        for part, passed in kept.items()
    ]


LAMBDA_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="What a Lambda function logs, and what Lambda logs of its runs",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="log", kind="finite", values=tuple(SETTINGS), optional=False),
                Field(name="level", kind="finite", values=COUNTED, optional=False),
                Field(name="requestId"),
            ),
            needs=(LOGGING,),
            emitters=FUNCTION,
            per_location=True,
            limits=(
                "Records below the level INFO are not counted as lost.",
                "The role of a function must let it write logs; its permissions are not read.",
                "Lambda makes a function's log group at its first run; until then, a missing group decides nothing.",
                "Published versions can log to other groups than the latest one, which is the one judged.",
                "What extensions send elsewhere, and logs of Lambda@Edge replicas in other regions, are not seen.",
            ),
            documentation="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Logging of a Lambda function",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:logs/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.lambda_functions",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_functions, service="lambda", sources=(SOURCE,), listings=(FUNCTION, LOGGING)
            ),
            listings=(FUNCTION, LOGGING),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *resource_tags.OPERATIONS,
                *reads({LIST: "functions, their log groups and log levels"}),
            ),
            per_location=True,
        ),
    ),
)
