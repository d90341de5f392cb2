"""The one scope of an Okta target: its org, known from the configuration without any call."""

from collections.abc import Iterator

from logcov.config import OktaTarget
from logcov.inventory import Fact, Scope
from logcov.providers.okta.signing import org_host

ORG = "okta.org"


def org_scope(target: OktaTarget) -> Scope:
    """The org that `org_url` names, also where an endpoint on loopback answers for it.

    Orgs have no labels of their own: they carry those of the target.
    """
    host = org_host(target)
    return Scope(id=f"okta:orgs/{host}", kind=ORG, provider="okta", name=host, labels=dict(target.labels))


def scopes(target: OktaTarget) -> Iterator[Fact]:
    """Yields the org. An org has no children, so there is nothing to list."""
    yield org_scope(target)
