"""Routes that lead to a destination under test, and what its reader makes of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from logcov.inventory import Admission, Destination, Fact, Listing, Route
from logcov.providers.gcp.client import GcpSession
from providers.gcp.acme import PROD_WRITER


def route(
    to: str, *, container: str = "projects/acme-prod", name: str = "s", writer: str = PROD_WRITER, **raw: Any
) -> Route:
    """A sink of a container."""
    setting = f"gcp:sinks/{container}/{name}"
    return Route(
        id=setting,
        kind="gcp.sink",
        setting=setting,
        effect="carry",
        origin=f"gcp:{container}",
        to=to,
        writer=writer,
        raw=raw,
    )


class Read:
    """What a reader yielded."""

    def __init__(
        self,
        session: GcpSession,
        read: Callable[[GcpSession, str, Sequence[Route]], Iterator[Fact]],
        to: str,
        *routes: Route,
    ) -> None:
        self.facts = list(read(session, to, routes or (route(to),)))
        (self.destination,) = (fact for fact in self.facts if isinstance(fact, Destination))
        self.allowed = {fact.route: fact.allowed for fact in self.facts if isinstance(fact, Admission)}
        self.routes = {fact.id: fact for fact in self.facts if isinstance(fact, Route)}
        self.listings = [fact for fact in self.facts if isinstance(fact, Listing)]

    @property
    def admitted(self) -> Any:
        """The admission of the only route."""
        (allowed,) = self.allowed.values()
        return allowed
