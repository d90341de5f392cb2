"""Amazon Redshift: who connected, how users changed, and every query, of clusters and of serverless namespaces.

Sources: redshift:DescribeClusters, DescribeLoggingStatus (once per cluster), DescribeClusterParameters (once per
parameter group); redshift-serverless:ListNamespaces, ListWorkgroups; Redshift management guide, "Database audit
logging" and "Audit logging for Amazon Redshift Serverless": queries are written only where the parameter
`enable_user_activity_logging` says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Delivery, Emitter, Fact, Listing, Route, Scope, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import under
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.offered import NO_ENDPOINT, offered_in
from logcov.providers.aws.resource_tags import labels_of, tags_by_arn
from logcov.providers.aws.tags import tags_of
from logcov.providers.aws.times import plain, utc

SOURCE = "aws.redshift.audit"
DATABASE, WRITTEN, LOGGING = "aws.redshift.database", "aws.redshift.written", "aws.redshift.logging"
LISTINGS = (DATABASE, WRITTEN, LOGGING)
CLUSTERS, STATUS = "redshift:DescribeClusters", "redshift:DescribeLoggingStatus"
PARAMETERS = "redshift:DescribeClusterParameters"
NAMESPACES, WORKGROUPS = "redshift-serverless:ListNamespaces", "redshift-serverless:ListWorkgroups"
QUERIES = "useractivitylog"
LOGS = ("connectionlog", "userlog", QUERIES)
PARAMETER = "enable_user_activity_logging"
GONE = "ClusterNotFound"
NO_WORKGROUP = "the namespace has no workgroup, so that nobody can connect"


@dataclass(slots=True)
class Found:
    """One account and region being read, and the parameter groups that were read already."""

    place: AwsPlace
    scope: Scope
    location: str | None
    groups: dict[str, Answer | Unread] = field(default_factory=dict)

    def emitters(
        self,
        resource: str,
        labels: Mapping[str, str] | Unread,
        readings: tuple[str, ...],
        not_applicable: str = "",
    ) -> Iterator[Emitter]:
        """One emitter for each log of a database."""
        for log in LOGS:
            yield Emitter(
                source=SOURCE,
                scope=self.scope.id,
                location=self.location,
                resource=resource,
                dimensions={"log": log},
                labels=labels,
                not_applicable=not_applicable,
                readings=readings,
            )

    def written(
        self, resource: str | None, log: str, readings: tuple[str, ...], *, enabled: bool | Unread
    ) -> Route:
        """Whether a log is written at all: of one database, or of all."""
        setting = self.setting(resource) if resource else "aws:redshift"
        return Route(
            id=f"{setting}#{log}/written {self.scope.id} {self.location}",
            kind=WRITTEN,
            setting=setting,
            effect="generate",
            origin=self.scope.id,
            location=self.location,
            resource=resource,
            dimensions={"log": log},
            sources=(SOURCE,),
            enabled=enabled,
            readings=readings,
            raw={PARAMETER: enabled} if isinstance(enabled, bool) and resource else {},
        )

    def setting(self, resource: str) -> str:
        """The id of a database."""
        return f"aws:redshift/{self.location}/{self.place.account}/{resource}"


def observe_databases(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The clusters and serverless namespaces of one account and region, and where their audit logs go.

    Raises:
        ReadFailure: clusters or namespaces could not be listed.
    """
    found = Found(place, scope, location)
    listed = place.pages("redshift", "DescribeClusters", "Clusters", token=("Marker", "Marker"))
    for log in LOGS:
        if log != QUERIES:
            yield found.written(None, log, (listed.reading,), enabled=True)
    for told in listed.data:
        yield from _cluster(found, told, listed.reading)
    readings = [listed.reading]
    namespaces = _namespaces(place, location)
    if namespaces is not None:
        readings.append(namespaces.reading)
        yield from _serverless(found, namespaces)
    for kind in LISTINGS:
        yield Listing(kind=kind, at=scope.id, location=location, readings=tuple(readings))


# --- clusters ---------------------------------------------------------------------------------------------


def _cluster(found: Found, told: Mapping[str, Any], listed: str) -> Iterator[Fact]:
    name = told.get("ClusterIdentifier")
    if not isinstance(name, str):
        raise unparseable(CLUSTERS, "a cluster without an identifier")
    status: Answer | Unread
    try:
        status = found.place.call("redshift", "DescribeLoggingStatus", subject=name, ClusterIdentifier=name)
    except ReadFailure as failure:
        if failure.code == GONE:
            return
        status = found.place.unread(failure, name)
    resource = f"cluster:{name}"
    readings = (listed,) if isinstance(status, Unread) else (listed, status.reading)
    labels = tags_of(found.place, CLUSTERS, told.get("Tags", []), name)
    yield from found.emitters(resource, labels, readings)
    queries = _queries(found, name, told)
    if isinstance(queries, Answer):
        yield found.written(resource, QUERIES, (*readings, queries.reading), enabled=queries.data)
    else:
        yield found.written(resource, QUERIES, readings, enabled=queries)
    if isinstance(status, Unread):
        for log in LOGS:
            yield _route(found, resource, log, enabled=status, to=status, readings=readings)
        return
    yield from _logged(found, name, status.data, readings)


def _queries(found: Found, name: str, told: Mapping[str, Any]) -> Answer | Unread:
    """Whether the parameter that has queries written is on, and in effect."""
    groups = told.get("ClusterParameterGroups", [])
    if len(groups) != 1 or not isinstance(groups[0].get("ParameterGroupName"), str):
        return found.place.misread(CLUSTERS, "a cluster without its parameter group", name)
    states = {
        one.get("ParameterName"): one.get("ParameterApplyStatus")
        for one in groups[0].get("ClusterParameterStatusList", [])
    }
    state = states.get(PARAMETER, groups[0].get("ParameterApplyStatus"))
    if state != "in-sync":
        return found.place.not_told(CLUSTERS, f"{PARAMETER} is {state}: what is in effect is not told", name)
    group = str(groups[0]["ParameterGroupName"])
    if group not in found.groups:
        found.groups[group] = _parameter(found.place, group)
    return found.groups[group]


def _parameter(place: AwsPlace, group: str) -> Answer | Unread:
    try:
        answer = place.pages(
            "redshift",
            "DescribeClusterParameters",
            "Parameters",
            subject=group,
            token=("Marker", "Marker"),
            ParameterGroupName=group,
        )
    except ReadFailure as failure:
        return place.unread(failure, group)
    values = {one.get("ParameterName"): one.get("ParameterValue") for one in answer.data}
    return _switch(place, PARAMETERS, values.get(PARAMETER), group, answer.reading)


def _switch(place: AwsPlace, call: str, value: object, subject: str, reading: str) -> Answer | Unread:
    if not isinstance(value, str) or value.lower() not in {"true", "false"}:
        return place.misread(call, f"{PARAMETER} is neither true nor false", subject)
    return Answer(value.lower() == "true", reading)


def _logged(found: Found, name: str, status: Mapping[str, Any], readings: tuple[str, ...]) -> Iterator[Fact]:
    """The routes of a cluster whose logging status was told; none where logging is off."""
    place = found.place
    enabled = status.get("LoggingEnabled")
    if status.get("S3Tables"):
        # Beside files and log groups, or instead of them.
        unread = place.not_told(STATUS, "which logs are published as tables is not followed", name)
        for log in LOGS:
            yield replace(
                _route(found, f"cluster:{name}", log, enabled=unread, to=unread, readings=readings),
                id=f"{found.setting(f'cluster:{name}')}#{log}/tables",
            )
    if enabled is False:
        return
    on: bool | Unread = True if enabled is True else place.misread(STATUS, "logging neither on nor off", name)
    kind = status.get("LogDestinationType") or ("s3" if status.get("BucketName") else None)
    exports = status.get("LogExports") or []
    if kind == "cloudwatch" and not exports:
        on = place.misread(STATUS, "logging to CloudWatch without log types", name)
    raw = {key: plain(value) for key, value in status.items() if key != "ResponseMetadata"}
    for log in LOGS:
        to: str | Unread
        prefix, delivery = "", None
        match kind:
            case "s3":
                bucket = status.get("BucketName")
                to = f"aws:s3/{bucket}" if bucket else place.misread(STATUS, "logging without bucket", name)
                where = ("AWSLogs", place.account, "redshift", str(place.region))
                prefix, delivery = under(status.get("S3KeyPrefix") or "", *where), _delivery(status)
            case "cloudwatch":
                to = f"aws:logs/{found.location}/{place.account}//aws/redshift/cluster/{name}/{log}"
                delivery = _exported(place, name, status)
            case _:
                to = place.not_told(STATUS, f"destinations of the type {kind} are not known", name)
                exports = []
        chosen = on if log in exports or not exports else False
        yield _route(
            found,
            f"cluster:{name}",
            log,
            enabled=chosen,
            to=to,
            prefix=prefix,
            delivery=delivery,
            readings=readings,
            raw=raw,
        )


def _delivery(status: Mapping[str, Any]) -> Delivery:
    success, failed = status.get("LastSuccessfulDeliveryTime"), status.get("LastFailureTime")
    error = status.get("LastFailureMessage") or (None if failed is None else "the last delivery failed")
    if success is not None and failed is not None and failed <= success:
        error = None
    return Delivery(last_success=utc(success), last_error=error)


def _exported(place: AwsPlace, name: str, status: Mapping[str, Any]) -> Delivery | None:
    """Of deliveries to CloudWatch only failures matter, which may be of a bucket that was the destination before."""
    if _delivery(status).last_error is None:
        return None
    unread = place.not_told(
        STATUS, "the last delivery failed; whether it was one to CloudWatch is not told", name
    )
    return Delivery(last_success=unread, last_error=unread)


def _route(
    found: Found,
    resource: str,
    log: str,
    *,
    enabled: bool | Unread,
    to: str | Unread,
    prefix: str = "",
    delivery: Delivery | None = None,
    readings: tuple[str, ...] = (),
    raw: Mapping[str, Any] | None = None,
) -> Route:
    setting = found.setting(resource)
    return Route(
        id=f"{setting}#{log}",
        kind=LOGGING,
        setting=setting,
        effect="carry",
        origin=found.scope.id,
        location=found.location,
        resource=resource,
        dimensions={"log": log},
        sources=(SOURCE,),
        enabled=enabled,
        to=to,
        prefix=prefix,
        delivery=delivery,
        readings=readings,
        raw=raw or {},
    )


# --- serverless -------------------------------------------------------------------------------------------


def _namespaces(place: AwsPlace, location: str | None) -> Answer | None:
    """The serverless namespaces; None in a region that lacks the service.

    Raises:
        ReadFailure: they could not be listed.
    """
    try:
        return place.pages(
            "redshift-serverless", "ListNamespaces", "namespaces", token=("nextToken", "nextToken")
        )
    except ReadFailure as failure:
        if failure.code not in NO_ENDPOINT or location is None:
            raise
        try:
            offered = offered_in(place, "redshift-serverless")
        except ReadFailure:
            raise failure from None
        if location in offered:
            raise
        return None


def _serverless(found: Found, namespaces: Answer) -> Iterator[Fact]:
    place = found.place
    if not namespaces.data:
        return
    tags = tags_by_arn(place, "redshift-serverless:namespace")
    switches = _workgroups(place)
    for told in namespaces.data:
        name, exports = told.get("namespaceName"), told.get("logExports")
        if not isinstance(name, str):
            raise unparseable(NAMESPACES, "a namespace without a name")
        resource, readings = f"namespace:{name}", (namespaces.reading,)
        idle = not isinstance(switches, Unread) and name not in switches
        labels = labels_of(tags, str(told.get("namespaceArn")))
        yield from found.emitters(resource, labels, readings, NO_WORKGROUP if idle else "")
        if idle:
            continue
        queries = switches if isinstance(switches, Unread) else switches[name]
        if isinstance(queries, Answer):
            yield found.written(resource, QUERIES, (*readings, queries.reading), enabled=queries.data)
        else:
            yield found.written(resource, QUERIES, readings, enabled=queries)
        unread = None if isinstance(exports, list) else place.misread(NAMESPACES, "no logExports", name)
        for log in LOGS:
            to = f"aws:logs/{found.location}/{place.account}//aws/redshift/{name}/{log}"
            yield _route(
                found,
                resource,
                log,
                enabled=unread or log in exports,
                to=to,
                readings=readings,
                raw={"logExports": exports},
            )


def _workgroups(place: AwsPlace) -> Mapping[str, Answer | Unread] | Unread:
    """Namespace → whether its workgroup has queries written."""
    try:
        answer = place.pages(
            "redshift-serverless", "ListWorkgroups", "workgroups", token=("nextToken", "nextToken")
        )
        if not all(isinstance(one.get("namespaceName"), str) for one in answer.data):
            raise unparseable(WORKGROUPS, "a workgroup without a namespace")
    except ReadFailure as failure:
        return place.unread(failure)
    found: dict[str, Answer | Unread] = {}
    for told in answer.data:
        name = str(told.get("namespaceName"))
        values = {
            one.get("parameterKey"): one.get("parameterValue") for one in told.get("configParameters", [])
        }
        found[name] = _switch(place, WORKGROUPS, values.get(PARAMETER), name, answer.reading)
    return found
