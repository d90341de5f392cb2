"""API Gateway: the requests to each stage of REST, HTTP and WebSocket APIs.

Sources: apigateway:GetRestApis, GetStages; apigatewayv2:GetApis, GetStages; API Gateway developer guide, "Set up
CloudWatch logging for REST APIs", "Log REST API calls to Amazon Data Firehose", "Configure logging for HTTP APIs".
The least that can be asked: two lists per region, and one call per API for its stages. Stages carry their tags.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, HopKind, Listing, LogSource, Route, Scope
from logcov.providers.aws import scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.offered import NO_ENDPOINT, where_offered
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.tags import tags_of
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.apigateway.access"
STAGE, LOGGING = "aws.apigateway.stage", "aws.apigateway.access_logging"
GONE = "NotFoundException"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One of the two APIs of API Gateway: the same things under other names.

    Attributes:
        service: boto3's name of it.
        apis, api_key, api_id: the operation that lists APIs, the list in its answer, and the id in each.
        ask: what the operation is asked with.
        stages_key, api_param: the list in the answer of GetStages, and the parameter that names the API.
        name, tags, settings, arn: fields of a stage.
        path: what stands before the API's id in a stage's ARN.
        token: request and answer field of page tokens.
    """

    service: str
    apis: str
    api_key: str
    api_id: str
    ask: Mapping[str, Any]
    stages_key: str
    api_param: str
    name: str
    tags: str
    settings: str
    arn: str
    path: str
    token: tuple[str, str]

    @property
    def call(self) -> str:
        """The call that tells a stage's settings."""
        return f"{self.service}:GetStages"


REST = Generation(
    service="apigateway",
    apis="GetRestApis",
    api_key="items",
    api_id="id",
    ask={"limit": 500},
    stages_key="item",
    api_param="restApiId",
    name="stageName",
    tags="tags",
    settings="accessLogSettings",
    arn="destinationArn",
    path="restapis",
    token=("position", "position"),
)
HTTP = Generation(
    service="apigatewayv2",
    apis="GetApis",
    api_key="Items",
    api_id="ApiId",
    ask={},
    stages_key="Items",
    api_param="ApiId",
    name="StageName",
    tags="Tags",
    settings="AccessLogSettings",
    arn="DestinationArn",
    path="apis",
    token=("NextToken", "NextToken"),
)


def observe_stages(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The stages of all APIs of one account and region, and where each logs its requests.

    APIs whose stages can't be listed leave the listings open; those of the others are known all the same.

    Raises:
        ReadFailure: the service has no endpoint here.
    """
    readings: list[str] = []
    whole = True
    for generation in (REST, HTTP):
        try:
            apis = _apis(place, generation)
        except ReadFailure as failure:
            if failure.code in NO_ENDPOINT:
                raise
            place.unread(failure, hides=(STAGE, LOGGING))
            whole = False
            continue
        readings.append(apis.reading)
        for api in apis.data:
            try:
                stages = _stages(place, generation, api)
            except ReadFailure as failure:
                place.unread(failure, api, hides=(STAGE, LOGGING))
                whole = False
                continue
            if stages is None:
                continue
            for stage in stages.data:
                yield from _of_stage(place, scope, location, generation, api, stage, stages.reading)
    if whole:
        for kind in (STAGE, LOGGING):
            yield Listing(kind=kind, at=scope.id, location=location, readings=tuple(readings))


def _apis(place: AwsPlace, generation: Generation) -> Answer:
    """The ids of all APIs."""
    told = place.pages(
        generation.service, generation.apis, generation.api_key, token=generation.token, **generation.ask
    )
    names = [api.get(generation.api_id) for api in told.data]
    if not all(isinstance(name, str) for name in names):
        raise unparseable(f"{generation.service}:{generation.apis}", "an API without an id")
    return Answer(sorted(names), told.reading)


def _stages(place: AwsPlace, generation: Generation, api: str) -> Answer | None:
    """The stages of one API; None for one that was deleted since it was listed."""
    try:
        told = place.pages(
            generation.service,
            "GetStages",
            generation.stages_key,
            token=generation.token,
            subject=api,
            **{generation.api_param: api},
        )
    except ReadFailure as failure:
        if failure.code == GONE:
            return None
        raise
    if not all(isinstance(stage.get(generation.name), str) for stage in told.data):
        raise unparseable(generation.call, "a stage without a name")
    return Answer(sorted(told.data, key=lambda stage: str(stage[generation.name])), told.reading)


def _of_stage(
    place: AwsPlace,
    scope: Scope,
    location: str | None,
    generation: Generation,
    api: str,
    stage: Mapping[str, Any],
    reading: str,
) -> Iterator[Fact]:
    path = f"{generation.path}/{api}/stages/{stage[generation.name]}"
    partition = place.session.caller().partition
    resource = f"arn:{partition}:apigateway:{location}::/{path}"
    yield Emitter(
        source=SOURCE,
        scope=scope.id,
        location=location,
        resource=resource,
        # A stage without tags has no such field.
        labels=tags_of(place, generation.call, stage.get(generation.tags, {}), resource),
        readings=(reading,),
    )
    settings = stage.get(generation.settings)
    target = settings.get(generation.arn) if isinstance(settings, Mapping) else None
    if not target:
        return  # access logging is set up by naming a destination
    found = destination_of(target)
    setting = f"aws:apigateway/{location}/{place.account}/{path}"
    yield Route(
        id=f"{setting}#access",
        kind=LOGGING,
        setting=setting,
        effect="carry",
        origin=scope.id,
        location=location,
        resource=resource,
        sources=(SOURCE,),
        to=found[0] if found else place.misread(generation.call, f"access logs go to {target}", resource),
        readings=(reading,),
        raw={generation.settings: settings},
    )


API_GATEWAY_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Requests to a stage of an API of API Gateway (REST, HTTP, WebSocket)",
            provider="aws",
            scope_kinds=("aws.account",),
            needs=(LOGGING,),
            emitters=STAGE,
            per_location=True,
            limits=(
                "Which fields a stage's own log format leaves out is not judged.",
                "Whether API Gateway may write to the log group is not judged.",
                "Execution logs are other records, and not judged here.",
            ),
            documentation="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Access logging of an API Gateway stage",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:logs/*", "aws:firehose/*"),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.apigateway",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_stages, service="apigateway", sources=(SOURCE,), listings=(STAGE, LOGGING)
            ),
            listings=(STAGE, LOGGING),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads(
                    {
                        "apigateway:GetRestApis": "REST APIs",
                        "apigateway:GetStages": "where stages of REST APIs log requests",
                        "apigatewayv2:GetApis": "HTTP and WebSocket APIs",
                        "apigatewayv2:GetStages": "where stages of HTTP and WebSocket APIs log requests",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
