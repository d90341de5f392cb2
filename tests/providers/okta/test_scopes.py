"""The org as a scope."""

from logcov.inventory import Scope


def test_the_org_is_known_without_a_call(okta, open_session):
    assert list(open_session(labels={"env": "prod"}).scopes()) == [
        Scope(
            id="okta:orgs/acme.okta.com",
            kind="okta.org",
            provider="okta",
            name="acme.okta.com",
            labels={"env": "prod"},
        )
    ]
    assert okta.requests == []


def test_the_org_is_named_by_its_url_even_behind_an_endpoint(open_session):
    (scope,) = open_session(org_url="https://ACME.okta.com/").scopes()
    assert scope.id == "okta:orgs/acme.okta.com"


def test_the_org_is_known_without_credentials(open_session):
    (scope,) = open_session(endpoint=None).scopes()
    assert scope.id == "okta:orgs/acme.okta.com"
