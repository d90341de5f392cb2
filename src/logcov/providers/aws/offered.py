"""Where an AWS service is offered, and what an observer says of places in which nothing can be logged.

Source: Systems Manager user guide, "Calling AWS service, Region, endpoint … public parameters":
ssm:GetParametersByPath below `/aws/service/global-infrastructure/services/SERVICE/regions`. Only commercial regions know
this path, so that GovCloud and China are not asked: there, a service is missing only where a page says so.
"""

from collections.abc import Iterator, Sequence

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Listing, Scope
from logcov.providers.aws.accounts import DORMANT
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.partitions import COMMERCIAL, OUTSIDE
from logcov.providers.aws.permissions import reads
from logcov.providers.rows import Observe

CALL = "ssm:GetParametersByPath"
OPERATIONS = reads({CALL: "in which regions a service is offered, asked only where it has no endpoint"})
NO_ENDPOINT = frozenset({"EndpointConnectionError"})


def offered_in(place: AwsPlace, service: str) -> frozenset[str]:
    """The regions in which a service is offered; asked once per service, as the target's own identity.

    `service` is named as in the parameters: `eks`, `network-firewall`, `opensearch`.

    Raises:
        ReadFailure: the list could not be read, does not know the service, or there is none in this partition.
    """
    partition = place.session.caller().partition
    if partition != COMMERCIAL:
        told = f"no API tells where services are offered in the partition {partition}"
        raise ReadFailure(call=CALL, kind="not-observable", detail=told)
    home = place.session.place("", place.session.home_region(), place.about)

    def ask() -> frozenset[str]:
        answer = home.pages(
            "ssm",
            "GetParametersByPath",
            "Parameters",
            subject=service,
            Path=f"/aws/service/global-infrastructure/services/{service}/regions",
        )
        regions = frozenset(one.get("Value") for one in answer.data)
        if not regions or not all(isinstance(one, str) for one in regions):
            raise unparseable(CALL, f"no regions of {service} are told")
        return regions

    return place.session.once.get(("offered", service), ask)


def _lacking(place: AwsPlace, service: str, location: str | None) -> str:
    """The region or partition that lacks a service whose endpoint cannot be reached; empty if it is not known to."""
    try:
        partition = place.session.caller().partition
        if partition in OUTSIDE.get(service, ()):
            return f"the partition {partition}"
        return location if location is not None and location not in offered_in(place, service) else ""
    except ReadFailure:
        return ""


def where_offered(
    observe: Observe, *, service: str, sources: Sequence[str], listings: Sequence[str]
) -> Observe:
    """An observer that says "not applicable" in dormant accounts and in regions that lack the service.

    A service whose endpoint cannot be reached is missing only if AWS's own list of regions agrees; otherwise
    the failure stands, as a blind spot.

    `sources`: the log sources whose emitters the observer lists; of others it makes routes only. `listings`: what it
    lists in all.
    """

    def nothing(scope: Scope, location: str | None, why: str) -> Iterator[Fact]:
        for source in sources:
            yield Emitter(
                source=source,
                scope=scope.id,
                location=location,
                not_applicable=why,
                readings=scope.readings,
            )
        for kind in listings:
            yield Listing(kind=kind, at=scope.id, location=location, readings=scope.readings)

    def observed(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
        if scope.state in DORMANT:
            yield from nothing(scope, location, f"the account is {scope.state}")
            return
        try:
            yield from observe(place, scope, location)
        except ReadFailure as failure:
            lacking = _lacking(place, service, location) if failure.code in NO_ENDPOINT else ""
            if not lacking:
                raise
            yield from nothing(scope, location, f"{service} is not offered in {lacking}")

    return observed
