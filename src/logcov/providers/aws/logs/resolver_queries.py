"""Route 53 Resolver: the DNS queries that come out of each VPC.

Sources: route53resolver:ListResolverQueryLogConfigs (also those that other accounts share through RAM),
ListResolverQueryLogConfigAssociations (in the VPC's account); route53profiles:ListProfileAssociations,
ListProfileResourceAssociations; Route 53 developer guide, "Resolver query logging", "Associate VPC Resolver query logging
configurations to a Route 53 Profile". The least that can be asked where there are VPCs: two lists per region; a third if
a VPC has no configuration of its own, and one call per profile of such a VPC; and the vended deliveries. VPCs are those
of flow logs, asked once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import (
    Delivery,
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
from logcov.providers.aws import scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of, parsed, under
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.logs import deliveries, security_lake
from logcov.providers.aws.logs.flow_logs import VPC_OPERATIONS, observe_vpcs, owner_of, vpcs_of
from logcov.providers.aws.offered import NO_ENDPOINT, offered_in, where_offered
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.stores.writers import VENDED
from logcov.providers.aws.times import plain
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.route53.resolver_query"
VPC, LOGGING = "aws.route53.resolver_vpc", "aws.route53.resolver_query_logging"
CONFIGURATIONS, ASSOCIATIONS = (
    "route53resolver:ListResolverQueryLogConfigs",
    "route53resolver:ListResolverQueryLogConfigAssociations",
)
PROFILES, RESOURCES = (
    "route53profiles:ListProfileAssociations",
    "route53profiles:ListProfileResourceAssociations",
)
PAGE = 100
NAMES = {"account-id": "account_id", "region": "region", "vpc-id": "vpc_id"}
"""Fields of flow records → those of query logs."""
CONFIG_PATH = "resolver-query-log-config/"
ON, OFF, FAILING = (
    frozenset({"ACTIVE", "CREATED", "COMPLETE"}),
    frozenset({"CREATING", "DELETING", "DELETED"}),
    frozenset({"FAILED", "ACTION_NEEDED"}),
)
"""States of associations, of configurations and of profiles' associations, by whether queries are logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where queries are being looked at, and the configurations that the account knows, by id."""

    place: AwsPlace
    scope: Scope
    location: str | None
    configs: Mapping[str, Mapping[str, Any]]
    readings: tuple[str, ...]


def observe_queries(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The VPCs of one account and region, and where the queries of each are logged. A shared VPC is its owner's.

    Raises:
        ReadFailure: DescribeVpcs failed, or the resolver has no endpoint here.
    """
    vpcs = vpcs_of(place)
    told: tuple[Answer, Answer] | Unread | None = None
    if vpcs.data:
        try:
            told = _configs(place), _associations(place)
        except ReadFailure as failure:
            if failure.code in NO_ENDPOINT:
                raise
            told = place.unread(failure, hides=(LOGGING,))
    for fact in observe_vpcs(place, scope, location):
        match fact:
            case Emitter():
                fields = {NAMES[name]: value for name, value in fact.fields.items()}
                yield replace(fact, source=SOURCE, fields=fields)
            case Listing():
                yield replace(fact, kind=VPC)
            case _:
                yield fact
    if isinstance(told, Unread):
        return
    readings = (vpcs.reading, *(answer.reading for answer in told or ()))
    if told is not None:
        configs, associations = told
        here = Here(
            place=place,
            scope=scope,
            location=location,
            configs={one["Id"]: one for one in configs.data},
            readings=readings,
        )
        yield from (_associated(here, one) for one in associations.data)
        yield from (_of_a_stranger(here, vpc) for vpc in vpcs.data if owner_of(place, vpc) is None)
        own = {vpc["VpcId"] for vpc in vpcs.data if owner_of(place, vpc) == place.account}
        for vpc in sorted(own):
            yield from _delivered(here, vpc)
        logged = {one["ResourceId"] for one in associations.data if one.get("Status") in ON}
        try:
            yield from _profiled(here, frozenset(own - logged))
        except ReadFailure as failure:
            place.unread(failure, hides=(LOGGING,))
            return
    yield Listing(kind=LOGGING, at=scope.id, location=location, readings=readings)


def _configs(place: AwsPlace) -> Answer:
    told = place.pages(
        "route53resolver", "ListResolverQueryLogConfigs", "ResolverQueryLogConfigs", MaxResults=PAGE
    )
    if not all(isinstance(one.get("Id"), str) for one in told.data):
        raise unparseable(CONFIGURATIONS, "a configuration without an id")
    return told


def _associations(place: AwsPlace) -> Answer:
    told = place.pages(
        "route53resolver",
        "ListResolverQueryLogConfigAssociations",
        "ResolverQueryLogConfigAssociations",
        MaxResults=PAGE,
    )
    needed = ("Id", "ResourceId", "ResolverQueryLogConfigId")
    if not all(isinstance(one.get(field), str) for one in told.data for field in needed):
        raise unparseable(ASSOCIATIONS, "an association without an id, a VPC or a configuration")
    return Answer(sorted(told.data, key=lambda one: str(one["Id"])), told.reading)


# --- configurations ---------------------------------------------------------------------------------------


def _associated(here: Here, association: Mapping[str, Any]) -> Route:
    setting = f"aws:route53resolver/{here.location}/{here.place.account}/{association['Id']}"
    return _route(
        here, setting, association["ResourceId"], association["ResolverQueryLogConfigId"], association
    )


def _route(
    here: Here,
    setting: str,
    vpc: str,
    config_id: str,
    association: Mapping[str, Any],
    call: str = ASSOCIATIONS,
) -> Route:
    """A way from a VPC to where a configuration sends its queries. `association` ties them, or a profile to either."""
    place, config = here.place, here.configs.get(config_id)
    state = association.get("Status")
    enabled = _enabled(place, state, call, setting)
    to: str | Unread
    if config is None:
        why = f"configuration {config_id} is neither the account's own nor shared with it"
        to, prefix, writer = place.not_told(CONFIGURATIONS, why, config_id), "", ""
    else:
        to, prefix, writer = _where_to(here, config, vpc)
        if enabled is True:
            enabled = _enabled(place, config.get("Status"), CONFIGURATIONS, config_id)
    failing = [told for told in (state, (config or {}).get("Status")) if told in FAILING]
    error = association.get("Error", "NONE")
    return Route(
        id=f"{setting}@{vpc}",
        kind=LOGGING,
        setting=setting,
        effect="carry",
        origin=here.scope.id,
        location=here.location,
        resource=vpc,
        sources=(SOURCE,),
        enabled=enabled,
        to=to,
        prefix=prefix,
        # Nothing tells when records were last delivered.
        delivery=Delivery(last_error=str(failing[0] if error == "NONE" else error)) if failing else None,
        writer=writer,
        readings=here.readings,
        raw={
            "association": {name: plain(value) for name, value in association.items()},
            "configuration": {name: plain(value) for name, value in (config or {}).items()},
        },
    )


def _enabled(place: AwsPlace, state: object, call: str, subject: str) -> bool | Unread:
    """Whether queries are logged in a state. Where they are but cannot be delivered, the delivery says so."""
    if state in ON or state in FAILING:
        return True
    return False if state in OFF else place.misread(call, f"the unknown state {state}", subject)


def _where_to(here: Here, config: Mapping[str, Any], vpc: str) -> tuple[str | Unread, str, str]:
    """Destination, key prefix, and the writer that needs a grant there.

    Under whose name the files of a shared configuration are delivered is not documented: of those, the state of the
    association, which tells of refused access, is all there is.
    """
    place, target = here.place, config.get("DestinationArn")
    found = destination_of(target)
    if found is None:
        return place.misread(CONFIGURATIONS, f"queries go to {target}", config["Id"]), "", ""
    to, start = found
    if not to.startswith("aws:s3/"):
        return to, "", ""
    if config.get("OwnerId") != place.account:
        return to, under(start, "AWSLogs"), ""
    return to, under(start, "AWSLogs", place.account, "vpcdnsquerylogs", vpc), VENDED


def _delivered(here: Here, vpc: str) -> Iterator[Route]:
    """Vended deliveries of a VPC's queries."""
    place = here.place
    partition = place.session.caller().partition
    arn = f"arn:{partition}:ec2:{here.location}:{place.account}:vpc/{vpc}"
    like = Route(
        id="",
        kind=LOGGING,
        setting="",
        effect="carry",
        origin=here.scope.id,
        location=here.location,
        resource=vpc,
        readings=here.readings,
    )
    yield from deliveries.routes_of(place, arn, {"ROUTE53_RESOLVER_QUERY_LOGS": SOURCE}, like)


def _of_a_stranger(here: Here, vpc: Mapping[str, Any]) -> Route:
    """A VPC that an account outside of the audit shares: its logging is its owner's, and not seen here."""
    place, name, owner = here.place, vpc["VpcId"], vpc.get("OwnerId")
    why = f"the VPC belongs to account {owner}, which is not audited"
    setting = f"aws:route53resolver/{here.location}/{owner or 'unknown'}/unread"
    return _unread(here, setting, name, place.not_told(ASSOCIATIONS, why, name))


def _unread(here: Here, setting: str, vpc: str, why: Unread) -> Route:
    return Route(
        id=f"{setting}@{vpc}",
        kind=LOGGING,
        setting=setting,
        effect="carry",
        origin=here.scope.id,
        location=here.location,
        resource=vpc,
        sources=(SOURCE,),
        enabled=why,
        filter=why,
        to=why,
        readings=here.readings,
    )


# --- profiles ---------------------------------------------------------------------------------------------


def _profiled(here: Here, bare: frozenset[str]) -> Iterator[Route]:
    """Routes of VPCs without a configuration of their own that have a profile, which may carry some.

    Raises:
        ReadFailure: it could not be told which VPCs have a profile.
    """
    for one in _profiles(here.place) if bare else ():
        vpc, profile = one.get("ResourceId"), one.get("ProfileId")
        if not isinstance(vpc, str) or not isinstance(profile, str):
            raise unparseable(PROFILES, "an association without a VPC or a profile")
        if vpc in bare:
            yield from _of_profile(here, vpc, profile, one)


def _profiles(place: AwsPlace) -> Sequence[Mapping[str, Any]]:
    """The profiles that VPCs have; none where there is no such service."""
    try:
        told = place.pages(
            "route53profiles", "ListProfileAssociations", "ProfileAssociations", MaxResults=PAGE
        )
    except ReadFailure as failure:
        if failure.code not in NO_ENDPOINT:
            raise
        try:
            offered = place.region in offered_in(place, "route53profiles")
        except ReadFailure:
            raise failure from None
        if offered:
            raise
        return ()
    return sorted(told.data, key=lambda one: str(one.get("ResourceId")))


def _of_profile(here: Here, vpc: str, profile: str, association: Mapping[str, Any]) -> Iterator[Route]:
    place = here.place
    setting = f"aws:route53profiles/{here.location}/{place.account}/{profile}"

    def ask() -> Answer:
        return place.pages(
            "route53profiles",
            "ListProfileResourceAssociations",
            "ProfileResourceAssociations",
            subject=profile,
            ProfileId=profile,
            MaxResults=PAGE,
        )

    try:
        resources = place.session.once.get(("profile", place.account, place.region, profile), ask)
    except ReadFailure as failure:
        yield _unread(here, setting, vpc, place.unread(failure, profile))
        return
    for one in resources.data:
        arn = parsed(one.get("ResourceArn"))
        if arn is None:
            yield _unread(here, setting, vpc, place.misread(RESOURCES, "a resource without an ARN", profile))
        elif arn.resource.startswith(CONFIG_PATH):
            config = arn.resource.removeprefix(CONFIG_PATH)
            # The profile must be tied to the VPC as well as the configuration to the profile.
            weaker = one if association.get("Status") in ON else association
            yield _route(here, f"{setting}/{config}", vpc, config, weaker, RESOURCES)


RESOLVER_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="DNS queries out of a VPC",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="account_id", optional=False),
                Field(name="region", optional=False),
                Field(name="vpc_id", optional=False),
                Field(name="query_name", optional=False),
                Field(name="query_type", optional=False),
                Field(name="rcode", optional=False),
                Field(name="srcaddr"),
                Field(name="firewall_rule_action"),
            ),
            needs=(LOGGING,),
            emitters=VPC,
            per_location=True,
            limits=(
                security_lake.LIMIT,
                "Queries that the resolver answers from its cache are never logged, and not counted as lost.",
                "Whether a configuration that another account shares may write to its bucket is taken from its state.",
                "Whether Resolver may write to a log group is not judged.",
                *deliveries.LIMITS,
            ),
            documentation="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Resolver query logging of a VPC",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=deliveries.LEADS_TO,
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.route53.resolver",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_queries, service="route53resolver", sources=(SOURCE,), listings=(VPC, LOGGING)
            ),
            listings=(VPC, LOGGING),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *VPC_OPERATIONS,
                *deliveries.OPERATIONS,
                *reads(
                    {
                        CONFIGURATIONS: "where queries of VPCs are logged",
                        ASSOCIATIONS: "which VPCs' queries are logged",
                        PROFILES: "which VPCs have a Route 53 Profile",
                        RESOURCES: "whether a Route 53 Profile has queries logged",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
