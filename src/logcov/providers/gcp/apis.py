"""Projects in which an API is switched off: they have nothing that it could tell of.

Google answers `SERVICE_DISABLED` also where it is the *quota* project that lacks the API, and a broken answer could
say so anywhere. So it is believed only if Service Usage agrees about the very project.
Source: https://cloud.google.com/service-usage/docs/list-services, method serviceusage.services.get.
"""

from collections.abc import Iterator, Sequence

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Listing, Scope
from logcov.providers.gcp.client import Answer, GcpPlace
from logcov.providers.gcp.operations import Method, operations
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.rows import Observe, Operation

SERVICES_GET = Method(
    operation=Operation(
        call="serviceusage.services.get",
        permission="serviceusage.services.get",
        wire="GET v1/{parent}/services/{service}",
        why="whether an API is switched off in a project; asked only where it answers so itself",
    ),
    api="serviceusage",
    version="v1",
    collection=("services",),
    name="get",
)
OPERATIONS = operations(SERVICES_GET)
"""What `where_on` may call besides what the observer itself calls."""


def service_state(place: GcpPlace, api: str) -> Answer:
    """What Service Usage says about an API in a project; asked once.

    Raises:
        ReadFailure: it could not be read.
    """
    return place.session.once.get(
        ("service", place.container, api),
        lambda: place.session.get(
            SERVICES_GET, place.scope.id, subject=api, name=f"{place.container}/services/{api}"
        ),
    )


def where_on(
    observe: Observe, *, api: str, title: str, sources: Sequence[str], listings: Sequence[str]
) -> Observe:
    """An observer of projects that says "not applicable" where a project is not in use or the API is switched off.

    Args:
        observe: runs where the project is in use; raises `ReadFailure` where a list could not be read.
        api: the API's host name, `compute.googleapis.com`.
        title: what people call it, `Compute Engine API`.
        sources: the log sources whose emitters it lists.
        listings: everything that it lists.
    """

    def nothing(scope: Scope, why: str, readings: tuple[str, ...]) -> Iterator[Fact]:
        for source in sources:
            yield Emitter(source=source, scope=scope.id, not_applicable=why, readings=readings)
        for kind in listings:
            yield Listing(kind=kind, at=scope.id, readings=readings)

    def observed(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
        if not scope.audited:
            return
        if why := not_in_use(scope):
            yield from nothing(scope, why, scope.readings)
            return
        try:
            yield from observe(place, scope, location)
        except ReadFailure as failure:
            if failure.kind != "api-disabled":
                raise
            try:
                answer = service_state(place, api)
            except ReadFailure:
                # What cannot be confirmed stays what it was: something that could not be read.
                raise failure from None
            if answer.body.get("state") != "DISABLED":
                raise
            yield from nothing(scope, f"the {title} is switched off", (answer.reading,))

    return observed
