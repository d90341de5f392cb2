"""Elastic Load Balancing: what Application, Network and Classic Load Balancers log of requests and connections.

Application and Network Load Balancers may log by their own attributes (into S3), by vended deliveries, or both.
Network Load Balancers log TLS requests only, Gateway Load Balancers nothing.

Calls per account and region: two lists, DescribeTags for each 20 balancers, and per balancer one call for its
attributes (there is none for several) and, for Network Load Balancers, one for its listeners.

Sources: elbv2:DescribeLoadBalancers, DescribeLoadBalancerAttributes, DescribeListeners, DescribeTags and the first two
and the last of elb; user guides, "Access logs for your Application Load Balancer", "Connection logs …", "Access logs
for your Network Load Balancer", "… for your Classic Load Balancer" (names of log files).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Listing, Route, Scope, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import under
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.logs import deliveries
from logcov.providers.aws.stores.writers import LOAD_BALANCING, VENDED
from logcov.providers.aws.tags import tags_of

ACCESS, CONNECTION = "aws.elb.access", "aws.elb.connection"
BALANCER, LOGGING = "aws.elb.balancer", "aws.elb.logging"
GONE = frozenset({"LoadBalancerNotFound", "LoadBalancerNotFoundException"})
MARKER = ("Marker", "NextMarker")
PAGE = 400
TAGGED_AT_ONCE = 20
WITHOUT_TLS = frozenset({"TCP", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"})
"""Protocols of listeners of Network Load Balancers of whose requests no access log tells."""

Labels = Mapping[str, str] | Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a balancer logs by its own attributes: the log source, the attributes' start, and who writes."""

    source: str
    attribute: str
    writer: str


WAYS = {
    "application": (
        Way(source=ACCESS, attribute="access_logs", writer=LOAD_BALANCING),
        Way(source=CONNECTION, attribute="connection_logs", writer=LOAD_BALANCING),
    ),
    "network": (Way(source=ACCESS, attribute="access_logs", writer=VENDED),),
}
CLASSIC = (Way(source=ACCESS, attribute="AccessLog", writer=LOAD_BALANCING),)
VENDED_TYPES = {
    "application": {"ALB_ACCESS_LOGS": ACCESS, "ALB_CONNECTION_LOGS": CONNECTION},
    "network": {"NLB_ACCESS_LOGS": ACCESS},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A balancer that is still there.

    Attributes:
        name: ARN, or the name of a classic one.
        kind: `application`, `network`, `gateway` or `classic`.
        silent: why it can write no record.
        doubt: why it may be that it can write none.
        attributes: of `application` and `network` by key; of `classic` its `AccessLog`.
    """

    name: str
    kind: str
    silent: str = ""
    doubt: Unread | None = None
    attributes: Mapping[str, Any] | Unread
    readings: tuple[str, ...]


def observe_balancers(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The load balancers of one account and region, and what each logs.

    Raises:
        ReadFailure: a list of load balancers failed. The other kind's balancers are known all the same.
    """
    failures: list[ReadFailure] = []
    readings: list[str] = []
    for look in (_modern, _classic):
        try:
            listed = look(place)
        except ReadFailure as failure:
            failures.append(failure)
            continue
        readings.append(listed.reading)
        yield from _facts(place, scope, location, listed.data)
    for other in failures[1:]:
        place.unread(other)
    if failures:
        raise failures[0]
    for kind in (BALANCER, LOGGING):
        yield Listing(kind=kind, at=scope.id, location=location, readings=tuple(readings))


# --- Application, Network and Gateway Load Balancers ------------------------------------------------------


def _modern(place: AwsPlace) -> Answer:
    call = "elbv2:DescribeLoadBalancers"
    listed = place.pages("elbv2", "DescribeLoadBalancers", "LoadBalancers", token=MARKER, PageSize=PAGE)
    found: list[Seen] = []
    if not all(isinstance(one.get("LoadBalancerArn"), str) for one in listed.data):
        raise unparseable(call, "a load balancer without an ARN")
    for one in sorted(listed.data, key=lambda each: str(each["LoadBalancerArn"])):
        seen = _looked_at(place, one, listed.reading)
        if seen is not None:
            found.append(seen)
    return Answer(found, listed.reading)


def _looked_at(place: AwsPlace, balancer: Mapping[str, Any], reading: str) -> Seen | None:
    """What was read of a balancer; None for one that was deleted since it was listed."""
    arn, kind = balancer["LoadBalancerArn"], str(balancer.get("Type"))
    seen = Seen(name=arn, kind=kind, attributes={}, readings=(reading,))
    if kind == "gateway":
        return replace(seen, silent="a Gateway Load Balancer writes no logs")
    if kind not in WAYS:
        why = f"a load balancer of the unknown type {kind}"
        return replace(seen, attributes=place.misread("elbv2:DescribeLoadBalancers", why, arn))
    if kind == "network":
        listeners = _listeners(place, arn)
        if listeners is None:
            return None
        if isinstance(listeners, Unread):
            seen = replace(seen, doubt=listeners)
        else:
            seen = replace(seen, readings=(*seen.readings, listeners.reading))
            if "TLS" not in listeners.data:
                unknown = sorted(set(listeners.data) - WITHOUT_TLS)
                if not unknown:
                    told = "a Network Load Balancer without a TLS listener writes no access logs"
                    return replace(seen, silent=told)
                why = f"a listener with the unknown protocol {unknown[0]}"
                seen = replace(seen, doubt=place.misread("elbv2:DescribeListeners", why, arn))
    answer = _value(place, "elbv2", "DescribeLoadBalancerAttributes", arn, LoadBalancerArn=arn)
    if answer is None:
        return None
    if isinstance(answer, Unread):
        return replace(seen, attributes=answer)
    told_attributes = answer.data.get("Attributes")
    if not isinstance(told_attributes, list):
        why = "the answer has no Attributes"
        return replace(seen, attributes=place.misread("elbv2:DescribeLoadBalancerAttributes", why, arn))
    attributes = {str(one.get("Key")): one.get("Value") for one in told_attributes}
    return replace(seen, attributes=attributes, readings=(*seen.readings, answer.reading))


def _listeners(place: AwsPlace, arn: str) -> Answer | Unread | None:
    """The protocols of a Network Load Balancer's listeners."""
    try:
        listed = place.pages(
            "elbv2", "DescribeListeners", "Listeners", token=MARKER, subject=arn, LoadBalancerArn=arn
        )
    except ReadFailure as failure:
        return None if failure.code in GONE else place.unread(failure, arn)
    return Answer([str(one.get("Protocol")) for one in listed.data], listed.reading)


def _value(place: AwsPlace, service: str, operation: str, name: str, **params: Any) -> Answer | Unread | None:
    """One call about one balancer; None for one that was deleted since it was listed."""
    try:
        return place.call(service, operation, subject=name, **params)
    except ReadFailure as failure:
        return None if failure.code in GONE else place.unread(failure, name)


# --- Classic Load Balancers -------------------------------------------------------------------------------


def _classic(place: AwsPlace) -> Answer:
    listed = place.pages(
        "elb", "DescribeLoadBalancers", "LoadBalancerDescriptions", token=MARKER, PageSize=PAGE
    )
    names = [one.get("LoadBalancerName") for one in listed.data]
    if not all(isinstance(name, str) for name in names):
        raise unparseable("elb:DescribeLoadBalancers", "a load balancer without a name")
    found: list[Seen] = []
    for name in sorted(names):
        answer = _value(place, "elb", "DescribeLoadBalancerAttributes", name, LoadBalancerName=name)
        if answer is None:
            continue
        seen = Seen(name=name, kind="classic", attributes={}, readings=(listed.reading,))
        if isinstance(answer, Unread):
            found.append(replace(seen, attributes=answer))
            continue
        log = answer.data.get("LoadBalancerAttributes", {}).get("AccessLog")
        if not isinstance(log, dict):
            why = "the answer has no AccessLog"
            log = place.misread("elb:DescribeLoadBalancerAttributes", why, name)
        found.append(replace(seen, attributes=log, readings=(*seen.readings, answer.reading)))
    return Answer(found, listed.reading)


# --- tags -------------------------------------------------------------------------------------------------


def _tags(place: AwsPlace, balancers: Sequence[Seen]) -> Mapping[str, Labels]:
    """The tags of balancers of one API, 20 in one call. If one of them is gone by now, each is asked about alone."""
    found: dict[str, Labels] = {}
    for start in range(0, len(balancers), TAGGED_AT_ONCE):
        found |= _tagged(place, balancers[start : start + TAGGED_AT_ONCE])
    return found


def _tagged(place: AwsPlace, batch: Sequence[Seen]) -> Mapping[str, Labels]:
    service, ask, told = (
        ("elb", "LoadBalancerNames", "LoadBalancerName")
        if batch[0].kind == "classic"
        else ("elbv2", "ResourceArns", "ResourceArn")
    )
    call, first, names = f"{service}:DescribeTags", batch[0].name, [one.name for one in batch]
    try:
        answer = place.call(service, "DescribeTags", subject=first, **{ask: names})
    except ReadFailure as failure:
        if failure.code in GONE and len(batch) > 1:
            return {name: labels for one in batch for name, labels in _tagged(place, [one]).items()}
        unread = place.unread(failure, first)
        return dict.fromkeys(names, unread)
    tags = {one.get(told): one.get("Tags") for one in answer.data.get("TagDescriptions", [])}
    return {
        name: tags_of(place, call, tags[name] or [], name)
        if name in tags
        else place.misread(call, "the answer leaves out a load balancer", name)
        for name in names
    }


# --- what it comes to -------------------------------------------------------------------------------------


def _facts(
    place: AwsPlace, scope: Scope, location: str | None, balancers: Sequence[Seen]
) -> Iterator[Emitter | Route]:
    labels = _tags(place, balancers)
    for seen in balancers:
        ways = _ways(seen.kind)
        for source in (way.source for way in ways):
            yield Emitter(
                source=source,
                scope=scope.id,
                location=location,
                resource=seen.name,
                fields={"elb": _short(seen)} if source == ACCESS else {},
                not_applicable=seen.silent,
                labels=labels[seen.name],
                readings=seen.readings,
            )
        if seen.silent:
            continue
        setting = f"aws:elb/{location}/{place.account}/{_short(seen)}"
        like = Route(
            id=setting,
            kind=LOGGING,
            setting=setting,
            effect="carry",
            origin=scope.id,
            location=location,
            resource=seen.name,
            readings=seen.readings,
        )
        for way in ways:
            yield from _by_attributes(place, seen, way, like)
        if seen.kind in VENDED_TYPES:
            yield from deliveries.routes_of(place, seen.name, VENDED_TYPES[seen.kind], like)


def _ways(kind: str) -> Sequence[Way]:
    """How balancers of this type log. One of an unknown type may log whatever any of them does."""
    match kind:
        case "classic":
            return CLASSIC
        case "gateway":
            return WAYS["network"]
        case _:
            return WAYS.get(kind, WAYS["application"])


def _short(seen: Seen) -> str:
    """`app/NAME/ID`, as records name it, or the name of a classic one."""
    return seen.name.rpartition(":loadbalancer/")[2]


def _by_attributes(place: AwsPlace, seen: Seen, way: Way, like: Route) -> Iterator[Route]:
    """What a balancer's own attributes say; nothing where they are off and name no bucket."""
    route = replace(like, id=f"{like.setting}#{way.attribute}", sources=(way.source,))
    if isinstance(seen.attributes, Unread):
        yield replace(route, enabled=seen.attributes, to=seen.attributes)
        return
    call = f"{'elb' if seen.kind == 'classic' else 'elbv2'}:DescribeLoadBalancerAttributes"
    if seen.kind == "classic":
        switch, told, prefix = (
            seen.attributes.get(name) for name in ("Enabled", "S3BucketName", "S3BucketPrefix")
        )
    else:
        switch, told, prefix = (
            seen.attributes.get(f"{way.attribute}.s3.{name}") for name in ("enabled", "bucket", "prefix")
        )
    enabled: bool | Unread
    match switch:
        case True | "true":
            enabled = True
        case False | "false":
            enabled = seen.doubt or False
        case _:
            enabled = place.misread(call, f"{way.attribute} that are neither on nor off", seen.name)
    if told:
        to: str | Unread = f"aws:s3/{told}"
    elif enabled is False:
        return
    elif isinstance(enabled, Unread):
        to = enabled
    else:
        to = place.misread(call, f"{way.attribute} without a bucket", seen.name)
    yield replace(
        route,
        enabled=enabled,
        to=to,
        prefix=under(str(prefix or ""), "AWSLogs", place.account, "elasticloadbalancing", str(like.location)),
        writer=way.writer if told else "",
        raw={"Enabled": switch, "Bucket": told, "Prefix": prefix},
    )
