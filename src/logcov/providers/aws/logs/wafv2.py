"""AWS WAF: what each web ACL logs of the requests that it inspects.

Sources: wafv2:ListWebACLs, ListLoggingConfigurations (each log scope is a list of its own: the customer's, Security
Lake's, CloudWatch's); WAF developer guide, "Logging protection pack (web ACL) traffic"; WAF API reference,
"LoggingFilter". The least that can be asked: one call per region without a web ACL (two in us-east-1); with any, three
more for each kind of web ACLs, one for all tags, and the vended deliveries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import (
    Emitter,
    Fact,
    Field,
    HopKind,
    Listing,
    LogSource,
    Route,
    Scope,
    Unread,
)
from logcov.providers.aws import resource_tags, scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of, parsed, under
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.logs import deliveries, security_lake
from logcov.providers.aws.logs.waf_filters import ACTIONS, COUNTED, EXCLUDED, LABEL, Kept, kept
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.partitions import OUTSIDE
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.resource_tags import TagsByArn, labels_of, tags_by_arn
from logcov.providers.aws.stores.writers import VENDED
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.waf.access"
WEB_ACL, LOGGING = "aws.waf.web_acl", "aws.waf.logging"
LIST, CONFIGURATIONS = "wafv2:ListWebACLs", "wafv2:ListLoggingConfigurations"
LOG_SCOPES = ("CUSTOMER", "SECURITY_LAKE", "CLOUDWATCH_TELEMETRY_RULE_MANAGED")
"""`LogScope` of the WAF API: without it, only the customer's own configurations are listed."""
REGIONAL_ONLY = frozenset({"aws-cn", *OUTSIDE["cloudfront"]})
"""Partitions without web ACLs for CloudFront ("AWS WAF" in "Getting Started with AWS services in China": "is supported at a
regional level only")."""
PAGE = 100
MARKER = ("NextMarker", "NextMarker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where web ACLs are being looked at; `kind` is WAF's scope, `REGIONAL` or `CLOUDFRONT`."""

    place: AwsPlace
    scope: Scope
    location: str | None
    kind: str
    readings: tuple[str, ...]


def observe_web_acls(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The web ACLs of one account and region, those for CloudFront in us-east-1, and where they log.

    Raises:
        ReadFailure: ListWebACLs failed. The web ACLs of the other kind are known all the same.
    """
    kinds = ("REGIONAL", "CLOUDFRONT") if _at_cloudfront(place, location) else ("REGIONAL",)
    readings: list[str] = []
    failures: list[ReadFailure] = []
    logging_known = True
    tags: TagsByArn | Unread | None = None
    for kind in kinds:
        try:
            listed = _listed(place, kind)
        except ReadFailure as failure:
            failures.append(failure)
            continue
        readings.append(listed.reading)
        arns = listed.data
        tags = tags_by_arn(place, "wafv2") if arns and tags is None else tags
        for arn in arns:
            yield Emitter(
                source=SOURCE,
                scope=scope.id,
                location=location,
                resource=arn,
                fields={"webaclId": arn},
                labels=labels_of(tags or {}, arn),
                readings=(listed.reading,),
            )
        if not arns:
            continue
        here = Here(place=place, scope=scope, location=location, kind=kind, readings=(listed.reading,))
        for arn in arns:
            yield from _delivered(here, arn)
        for log_scope in LOG_SCOPES:
            try:
                yield from _logging(here, arns, log_scope)
            except ReadFailure as failure:
                place.unread(failure, f"{kind} {log_scope}", hides=(LOGGING,))
                logging_known = False
    for other in failures[1:]:
        place.unread(other)
    if failures:
        raise failures[0]
    yield Listing(kind=WEB_ACL, at=scope.id, location=location, readings=tuple(readings))
    if logging_known:
        yield Listing(kind=LOGGING, at=scope.id, location=location, readings=tuple(readings))


def _at_cloudfront(place: AwsPlace, location: str | None) -> bool:
    """Whether web ACLs for CloudFront are listed here. Of partitions that may have some, nobody knows where: in the home."""
    session = place.session
    return session.caller().partition not in REGIONAL_ONLY and location == session.home_region()


def _listed(place: AwsPlace, kind: str) -> Answer:
    """The ARNs of all web ACLs of a kind."""
    told = place.pages("wafv2", "ListWebACLs", "WebACLs", token=MARKER, subject=kind, Scope=kind, Limit=PAGE)
    if not all(parsed(acl.get("ARN")) for acl in told.data):
        raise unparseable(LIST, "a web ACL without an ARN")
    return Answer(sorted(acl["ARN"] for acl in told.data), told.reading)


def _logging(here: Here, arns: Sequence[str], log_scope: str) -> Iterator[Fact]:
    told = here.place.pages(
        "wafv2",
        "ListLoggingConfigurations",
        "LoggingConfigurations",
        token=MARKER,
        subject=f"{here.kind} {log_scope}",
        Scope=here.kind,
        LogScope=log_scope,
        Limit=PAGE,
    )
    if not all(isinstance(one.get("ResourceArn"), str) for one in told.data):
        raise unparseable(CONFIGURATIONS, "a logging configuration of no web ACL")
    for one in sorted(told.data, key=lambda one: str(one["ResourceArn"])):
        # A web ACL that was made since they were listed is no emitter yet.
        if one["ResourceArn"] in arns:
            yield from _configured(here, one, log_scope, told.reading)


def _configured(here: Here, config: Mapping[str, Any], log_scope: str, reading: str) -> Iterator[Fact]:
    arn = config["ResourceArn"]
    place, acl = here.place, parsed(arn)
    assert acl is not None
    setting = f"aws:wafv2/{here.location}/{place.account}/{acl.resource}/{log_scope}"
    ways = _ways(place, config, arn, setting)
    targets = config.get("LogDestinationConfigs")
    for number, target in enumerate(targets if isinstance(targets, list) and targets else [None]):
        to, prefix, writer = _where_to(here, target, arn)
        for way, kept_by in enumerate(ways):
            selected: str | Unread | None = None
            if isinstance(kept_by, Kept):
                yield kept_by.filter
                selected = kept_by.filter.id
            elif isinstance(kept_by, Unread):
                selected = kept_by
            yield Route(
                id=f"{setting}#{number}.{way}",
                kind=LOGGING,
                setting=setting,
                effect="carry",
                origin=here.scope.id,
                location=here.location,
                resource=arn,
                sources=(SOURCE,),
                filter=selected,
                to=to,
                prefix=prefix,
                writer=writer,
                readings=(*here.readings, reading),
                raw={name: value for name, value in config.items() if name != "ResourceArn"},
            )


def _delivered(here: Here, arn: str) -> Iterator[Route]:
    """Vended deliveries of a web ACL. What its logging filter does to them is not documented."""
    like = Route(
        id="",
        kind=LOGGING,
        setting="",
        effect="carry",
        origin=here.scope.id,
        location=here.location,
        resource=arn,
        readings=here.readings,
    )
    for route in deliveries.routes_of(here.place, arn, {"ACCESS_LOGS": SOURCE}, like):
        why = "what a vended delivery of a web ACL leaves out is not documented"
        yield replace(route, filter=here.place.not_told(deliveries.DELIVERIES, why, arn))


def _ways(
    place: AwsPlace, config: Mapping[str, Any], arn: str, setting: str
) -> tuple[Kept | Unread | None, ...]:
    """What is kept, way by way; a record is logged if any of them keeps it. None: everything is."""
    found = kept(config.get("LoggingFilter"), setting)
    return (place.not_told(CONFIGURATIONS, found, arn),) if isinstance(found, str) else found


def _where_to(here: Here, target: object, arn: str) -> tuple[str | Unread, str, str]:
    """Destination, key prefix, and the writer that needs a grant there."""
    place = here.place
    found = destination_of(target)
    if found is None:
        return place.misread(CONFIGURATIONS, f"logs of {arn} go to {target}", arn), "", ""
    to, start = found
    if not to.startswith("aws:s3/"):
        return to, "", ""
    # arn:…:wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID
    name = arn.split("/")[2]
    region = "cloudfront" if here.kind == "CLOUDFRONT" else str(here.location)
    return to, under(start, "AWSLogs", place.account, "WAFLogs", region, name), VENDED


WAF_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Web requests that a web ACL of AWS WAF inspects",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="action", kind="finite", values=ACTIONS, optional=False),
                Field(name="webaclId", optional=False),
                Field(name="terminatingRuleId", optional=False),
                Field(name="httpSourceName"),
                Field(name="httpRequest.clientIp"),
                Field(name="httpRequest.country"),
                Field(name="httpRequest.host"),
                Field(name="httpRequest.httpMethod"),
                Field(name="httpRequest.uri"),
                Field(name=LABEL, repeated=True),
                Field(name=COUNTED, repeated=True),
                Field(name=EXCLUDED, repeated=True),
            ),
            needs=(LOGGING,),
            emitters=WEB_ACL,
            per_location=True,
            limits=(
                security_lake.LIMIT,
                "Which resources a web ACL protects is not read: one that protects none counts as well.",
                "Redacted fields and data protection of a web ACL are shown, not judged.",
                "A logging filter that both keeps and drops, or that asks for several labels at once, is unknown.",
                "Web ACLs for CloudFront are seen where us-east-1 is audited.",
                "Web ACLs of AWS WAF Classic are not seen.",
                "Whether WAF may write to a log group is not judged.",
                *deliveries.LIMITS,
            ),
            documentation="https://docs.aws.amazon.com/waf/latest/developerguide/logging.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Logging configuration of a web ACL",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=deliveries.LEADS_TO,
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.waf",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_web_acls, service="wafv2", sources=(SOURCE,), listings=(WEB_ACL, LOGGING)
            ),
            listings=(WEB_ACL, LOGGING),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *resource_tags.OPERATIONS,
                *deliveries.OPERATIONS,
                *reads({LIST: "web ACLs", CONFIGURATIONS: "where web ACLs log, and what they leave out"}),
            ),
            per_location=True,
        ),
    ),
)
