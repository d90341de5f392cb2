"""Amazon OpenSearch Service: audit records of domains.

Sources: opensearch:ListDomainNames, DescribeDomains (five names a call); OpenSearch Service developer guide,
"Monitoring audit logs": publishing is one switch; the security plugin inside of the domain, which no API of AWS
shows, is another. Without fine-grained access control there is no such plugin.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Field, HopKind, Listing, LogSource, Route, Scope, Unread
from logcov.providers.aws import resource_tags, scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import log_group_id
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.resource_tags import labels_of, tags_by_arn
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.opensearch.audit"
DOMAIN, PLUGIN, PUBLISHING = "aws.opensearch.domain", "aws.opensearch.plugin", "aws.opensearch.publishing"
LISTINGS = (DOMAIN, PLUGIN, PUBLISHING)
LIST, DESCRIBE = "opensearch:ListDomainNames", "opensearch:DescribeDomains"
AT_ONCE = 5
NOT_FOUND = "ResourceNotFoundException"
INSIDE = "whether its security plugin writes audit records, and of what, is set inside of the domain"

Described = tuple[Mapping[str, Any] | Unread, tuple[str, ...]]


def observe_domains(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The domains of one account and region, and where their audit records go.

    Raises:
        ReadFailure: ListDomainNames failed. Domains that can't be described are known all the same.
    """
    listed = place.call("opensearch", "ListDomainNames")
    told = listed.data.get("DomainNames")
    if not isinstance(told, list) or not all(isinstance(one.get("DomainName"), str) for one in told):
        raise unparseable(LIST, "the answer has no DomainNames, or one without a name")
    names = sorted(one["DomainName"] for one in told)
    tags = tags_by_arn(place, "es:domain") if names else {}
    for name, (domain, readings) in _described(place, names).items():
        used = (listed.reading, *readings)
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            location=location,
            resource=name,
            labels=domain if isinstance(domain, Unread) else labels_of(tags, str(domain.get("ARN"))),
            readings=used,
        )
        yield from _routes(place, scope, location, name, domain, used)
    for kind in LISTINGS:
        yield Listing(kind=kind, at=scope.id, location=location, readings=(listed.reading,))


def _described(place: AwsPlace, names: Sequence[str]) -> Mapping[str, Described]:
    """Name → what is told of a domain; those that were deleted since they were listed are left out."""
    found: dict[str, Described] = {}
    for start in range(0, len(names), AT_ONCE):
        chunk = names[start : start + AT_ONCE]
        try:
            found |= _some(place, chunk)
        except ReadFailure as failure:
            if failure.code != NOT_FOUND:
                unread = place.unread(failure, chunk[0])
                found |= dict.fromkeys(chunk, (unread, ()))
                continue
            for name in chunk:
                try:
                    found |= _some(place, [name])
                except ReadFailure as alone:
                    if alone.code != NOT_FOUND:
                        found[name] = (place.unread(alone, name), ())
    return found


def _some(place: AwsPlace, names: Sequence[str]) -> Mapping[str, Described]:
    answer = place.call("opensearch", "DescribeDomains", subject=names[0], DomainNames=list(names))
    domains = answer.data.get("DomainStatusList")
    if not isinstance(domains, list):
        raise unparseable(DESCRIBE, "the answer has no DomainStatusList")
    told: dict[str | None, Mapping[str, Any]] = {domain.get("DomainName"): domain for domain in domains}
    return {
        name: (told[name], (answer.reading,))
        if name in told
        else (place.misread(DESCRIBE, "a domain that is listed is not described", name), ())
        for name in names
        if told.get(name, {}).get("Deleted") is not True
    }


def _routes(
    place: AwsPlace,
    scope: Scope,
    location: str | None,
    name: str,
    domain: Mapping[str, Any] | Unread,
    readings: tuple[str, ...],
) -> Iterator[Route]:
    setting = f"aws:opensearch/{location}/{place.account}/{name}"
    if isinstance(domain, Unread):
        plugin: bool | Unread = domain
        publishing: tuple[bool | Unread, str | Unread] | None = (domain, domain)
        raw: Mapping[str, Any] = {}
    else:
        plugin = _plugin(place, name, domain)
        publishing = _publishing(place, name, domain)
        raw = {
            key: domain[key] for key in ("AdvancedSecurityOptions", "LogPublishingOptions") if key in domain
        }
    yield Route(
        id=f"{setting}#plugin",
        kind=PLUGIN,
        setting=setting,
        effect="generate",
        origin=scope.id,
        location=location,
        resource=name,
        sources=(SOURCE,),
        enabled=plugin,
        readings=readings,
        raw={"Enabled": raw.get("AdvancedSecurityOptions", {}).get("Enabled")},
    )
    if publishing is None:
        return
    enabled, to = publishing
    yield Route(
        id=f"{setting}#audit",
        kind=PUBLISHING,
        setting=setting,
        effect="carry",
        origin=scope.id,
        location=location,
        resource=name,
        sources=(SOURCE,),
        enabled=enabled,
        to=to,
        readings=readings,
        raw={"AUDIT_LOGS": raw.get("LogPublishingOptions", {}).get("AUDIT_LOGS")},
    )


def _plugin(place: AwsPlace, name: str, domain: Mapping[str, Any]) -> bool | Unread:
    options = domain.get("AdvancedSecurityOptions")
    match options.get("Enabled") if isinstance(options, dict) else None:
        case False:
            return False
        case True:
            return place.not_told(DESCRIBE, INSIDE, name)
        case _:
            return place.misread(DESCRIBE, "a domain without AdvancedSecurityOptions", name)


def _publishing(
    place: AwsPlace, name: str, domain: Mapping[str, Any]
) -> tuple[bool | Unread, str | Unread] | None:
    """Whether audit records are published, and to which group; None where nobody ever set that up."""
    options = domain.get("LogPublishingOptions", {})
    audit = options.get("AUDIT_LOGS")
    if audit is None:
        return None
    enabled, to = audit.get("Enabled"), log_group_id(audit.get("CloudWatchLogsLogGroupArn"))
    if enabled is False and to is None:
        return None
    return (
        enabled
        if isinstance(enabled, bool)
        else place.misread(DESCRIBE, "publishing neither on nor off", name),
        to or place.misread(DESCRIBE, "publishing without a log group", name),
    )


OPENSEARCH_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Audit records of an OpenSearch domain: sign-ins, requests, changes of its security",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="audit_category"),
                Field(name="audit_request_layer", kind="finite", values=("REST", "TRANSPORT")),
                Field(name="audit_request_effective_user"),
                Field(name="audit_trace_indices", repeated=True),
            ),
            needs=(PLUGIN, PUBLISHING),
            emitters=DOMAIN,
            per_location=True,
            limits=(
                "No API of AWS shows the switch inside of a domain that has audit records written: attest to it.",
                "Collections of OpenSearch Serverless are audited through CloudTrail, and are not part of this.",
            ),
            documentation="https://docs.aws.amazon.com/opensearch-service/latest/developerguide/audit-logs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=PLUGIN,
            title="Security plugin of an OpenSearch domain",
            effects=("generate",),
            origins=("aws.account",),
            per_location=True,
        ),
        HopKind(
            id=PUBLISHING,
            title="Log publishing of an OpenSearch domain",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:logs/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.opensearch",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_domains, service="opensearch", sources=(SOURCE,), listings=LISTINGS
            ),
            listings=LISTINGS,
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *resource_tags.OPERATIONS,
                *reads({LIST: "domains", DESCRIBE: "whether a domain publishes audit records, and where to"}),
            ),
            per_location=True,
        ),
    ),
)
