"""Amazon Bedrock: what models are asked and answer, recorded for a whole account and region.

Sources: bedrock:GetModelInvocationLoggingConfiguration (one call per account and region); Bedrock user guide,
"Monitor model invocation using CloudWatch Logs and Amazon S3": off by default; one switch per kind of data; bodies
over 100 KB and binary data go to a bucket, never to the log group.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from logcov.inventory import (
    Dimension,
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
from logcov.providers.aws import scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import under
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.bedrock.invocation"
LOGGING = "aws.bedrock.logging"
CALL = "bedrock:GetModelInvocationLoggingConfiguration"
DATA = ("text", "image", "embedding", "video", "audio")
BINARY = frozenset({"image", "video", "audio"})
LARGE, SMALL = (
    Filter(id=f"aws:bedrock/large/{word}", dialect="fields", text=json.dumps({"large": word}))
    for word in ("true", "false")
)


WRITER = "bedrock.amazonaws.com"
"""Into buckets; into a log group it writes by the role that is configured."""


def observe_invocation_logging(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """An emitter per kind of data, and where each is delivered; no configuration means that nothing is.

    Raises:
        ReadFailure: the configuration could not be read.
    """
    answer = place.call("bedrock", "GetModelInvocationLoggingConfiguration")
    config = answer.data.get("loggingConfig") or {}
    if not isinstance(config, dict):
        raise unparseable(CALL, "a configuration that is none")
    for data in DATA:
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            location=location,
            dimensions={"data": data},
            fields={"large": "true"} if data in BINARY else {},
            readings=(answer.reading,),
        )
    if config:
        yield LARGE
        yield SMALL
        for ending, where, condition in _ways(place, location, config):
            for data in DATA:
                yield _route(place, scope, location, config, data, ending, where, condition, answer.reading)
    yield Listing(kind=LOGGING, at=scope.id, location=location, readings=(answer.reading,))


Where = tuple[str | Unread, str]


def _ways(
    place: AwsPlace, location: str | None, config: Mapping[str, Any]
) -> Iterator[tuple[str, Where, str | None]]:
    """Where records are delivered to: (name, destination and prefix, id of the filter)."""
    if config.get("s3Config") is not None:
        yield "s3", _bucket(place, config["s3Config"]), None
    logs = config.get("cloudWatchConfig")
    if logs is None:
        return
    group = logs.get("logGroupName")
    to = (
        f"aws:logs/{location}/{place.account}/{group}"
        if isinstance(group, str) and group
        else place.misread(CALL, "no name of a log group")
    )
    yield "logs", (to, ""), SMALL.id
    if logs.get("largeDataDeliveryS3Config") is not None:
        yield "large", _bucket(place, logs["largeDataDeliveryS3Config"]), LARGE.id


def _bucket(place: AwsPlace, told: Mapping[str, Any]) -> Where:
    name, prefix = told.get("bucketName"), told.get("keyPrefix") or ""
    if not isinstance(name, str) or not name or not isinstance(prefix, str):
        return place.misread(CALL, "no name of a bucket"), ""
    return f"aws:s3/{name}", under(prefix, "AWSLogs", place.account, "BedrockModelInvocationLogs")


def _route(
    place: AwsPlace,
    scope: Scope,
    location: str | None,
    config: Mapping[str, Any],
    data: str,
    ending: str,
    where: Where,
    condition: str | None,
    reading: str,
) -> Route:
    setting = f"aws:bedrock/{location}/{place.account}/invocation-logging"
    flag = f"{data}DataDeliveryEnabled"
    enabled = config.get(flag)
    return Route(
        id=f"{setting}#{data}/{ending}",
        kind=LOGGING,
        setting=setting,
        effect="carry",
        origin=scope.id,
        location=location,
        dimensions={"data": data},
        sources=(SOURCE,),
        enabled=enabled if isinstance(enabled, bool) else place.misread(CALL, f"no {flag}", data),
        filter=condition,
        to=where[0],
        prefix=where[1],
        writer="" if ending == "logs" else WRITER,
        readings=(reading,),
        raw={name: value for name, value in config.items() if name in {flag, "s3Config", "cloudWatchConfig"}},
    )


BEDROCK_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="What Bedrock models are asked and what they answer",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="data", kind="finite", values=DATA, optional=False),
                Field(name="large", kind="finite", values=("false", "true"), optional=False),
                Field(name="modelId"),
                Field(name="operation"),
                Field(name="identity.arn"),
            ),
            dimensions=(Dimension(name="data", closed=True, examples=DATA),),
            needs=(LOGGING,),
            emitters=LOGGING,
            per_location=True,
            limits=(
                "`large` is true for bodies of more than 100 KB and for binary data, which never go to a log group.",
                "Whether the bucket lets Bedrock write, and the log group's role, are not judged.",
                "Whether any model is used is not told: an account and region that uses none counts all the same.",
            ),
            documentation="https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Model invocation logging of Bedrock",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:s3/*", "aws:logs/*"),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.bedrock",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_invocation_logging, service="bedrock", sources=(SOURCE,), listings=(LOGGING,)
            ),
            listings=(LOGGING,),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads({CALL: "whether invocations of models are recorded, and where to"}),
            ),
            per_location=True,
        ),
    ),
)
