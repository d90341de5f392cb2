"""AWS Client VPN: who connects to each endpoint.

Sources: ec2:DescribeClientVpnEndpoints, one call per region; Client VPN administrator guide, "Connection logging":
logs go to a log group of the endpoint's own account and region, and nowhere else.
"""

from collections.abc import Iterator, Mapping
from typing import Any

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
from logcov.providers.aws import scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.tags import tags_of
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.vpn.client"
ENDPOINT, LOGGING = "aws.vpn.client_endpoint", "aws.vpn.client_logging"
LIST = "ec2:DescribeClientVpnEndpoints"
PAGE = 1000
GONE = "deleted"
USED: Mapping[str, bool] = {"available": True, "deleting": True, "pending-associate": False}
"""State of an endpoint → whether clients can connect. Without a target network they cannot."""


def observe_endpoints(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The Client VPN endpoints of one account and region, and where each logs connections.

    Raises:
        ReadFailure: DescribeClientVpnEndpoints failed.
    """
    listed = place.pages("ec2", "DescribeClientVpnEndpoints", "ClientVpnEndpoints", MaxResults=PAGE)
    if not all(isinstance(one.get("ClientVpnEndpointId"), str) for one in listed.data):
        raise unparseable(LIST, "an endpoint without an id")
    for endpoint in sorted(listed.data, key=lambda one: str(one["ClientVpnEndpointId"])):
        name = endpoint["ClientVpnEndpointId"]
        state = endpoint.get("Status", {}).get("Code")
        if state == GONE:
            continue
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            location=location,
            resource=name,
            fields={"client-vpn-endpoint-id": name},
            # EC2 leaves the element out for a resource without tags.
            labels=tags_of(place, LIST, endpoint.get("Tags", []), name),
            in_use=USED[state]
            if state in USED
            else place.misread(LIST, f"an endpoint in the unknown state {state}", name),
            readings=(listed.reading,),
        )
        yield from _routes(place, scope, location, endpoint, listed.reading)
    for kind in (ENDPOINT, LOGGING):
        yield Listing(kind=kind, at=scope.id, location=location, readings=(listed.reading,))


def _routes(
    place: AwsPlace, scope: Scope, location: str | None, endpoint: Mapping[str, Any], reading: str
) -> Iterator[Route]:
    name = endpoint["ClientVpnEndpointId"]
    options = endpoint.get("ConnectionLogOptions")
    told = options if isinstance(options, Mapping) else {}
    enabled: bool | Unread | None = told.get("Enabled")
    if not isinstance(enabled, bool):
        enabled = place.misread(LIST, "an endpoint whose connection logging is neither on nor off", name)
    group = told.get("CloudwatchLogGroup")
    to: str | Unread | None = f"aws:logs/{location}/{place.account}/{group}" if group else None
    if enabled is False and to is None:
        return  # never set up
    if to is None:
        to = place.misread(LIST, "an endpoint that logs to no log group", name)
    setting = f"aws:client-vpn/{location}/{place.account}/{name}"
    yield Route(
        id=f"{setting}#connections",
        kind=LOGGING,
        setting=setting,
        effect="carry",
        origin=scope.id,
        location=location,
        resource=name,
        sources=(SOURCE,),
        enabled=enabled,
        to=to,
        readings=(reading,),
        raw={"ConnectionLogOptions": options},
    )


CLIENT_VPN_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Connections to a Client VPN endpoint",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(
                    name="connection-log-type",
                    kind="finite",
                    values=("connection-attempt", "connection-reset"),
                    optional=False,
                ),
                Field(name="connection-attempt-status"),
                Field(name="client-vpn-endpoint-id", optional=False),
                Field(name="common-name"),
                Field(name="username"),
                Field(name="client-ip"),
                Field(name="device-ip"),
            ),
            needs=(LOGGING,),
            emitters=ENDPOINT,
            per_location=True,
            limits=("Whether Client VPN may write to the log group is not judged.",),
            documentation="https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/connection-logging.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Connection logging of a Client VPN endpoint",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:logs/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.client_vpn",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_endpoints, service="ec2", sources=(SOURCE,), listings=(ENDPOINT, LOGGING)
            ),
            listings=(ENDPOINT, LOGGING),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads({LIST: "Client VPN endpoints, and where they log connections"}),
            ),
            per_location=True,
        ),
    ),
)
