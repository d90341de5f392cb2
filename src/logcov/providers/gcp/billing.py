"""Billing accounts of an organisation: they write audit logs and route them as projects do.

An organisation's sinks that include children act on what its billing accounts write, too (LogSink.includeChildren in
logging.v2: "all the projects, folders, and billing accounts contained in the sink's parent"). Billing accounts stand
right below the organisation; folders have none.

The list of billing accounts holds only what "the current authenticated user has permission to view": others are left
out without a word. Policies are inherited, so a caller who may see them at the organisation may see each below it. That
is asked with `testIamPermissions`, for which no permission is needed. So two calls an organisation are the least.
Sources: cloudbilling.v1 `billingAccounts.list`; cloudresourcemanager.v3 `organizations.testIamPermissions`;
https://cloud.google.com/billing/docs/how-to/billing-access.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Listing, Scope
from logcov.providers.gcp.fields import entry, needed_text, text, texts
from logcov.providers.gcp.operations import Method
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

if TYPE_CHECKING:
    from logcov.providers.gcp.client import GcpSession

KIND = "gcp.billing_account"
"""The kind of the scopes, and of the listing that says: these are all of an organisation."""

IDS = "gcp:billingAccounts/*"

PAGE_SIZE = 100
"""The most that one answer holds."""

VIEWING = ("billing.accounts.list", "billing.accounts.get")
"""Held at the organisation, these show every billing account below it."""

_NAME = re.compile(r"billingAccounts/[^/]+")

BILLING_ACCOUNTS_LIST = Method(
    operation=Operation(
        call="billing.accounts.list",
        permission="billing.accounts.list",
        wire="GET v1/billingAccounts",
        why="the billing accounts of an organisation",
    ),
    api="cloudbilling",
    version="v1",
    collection=("billingAccounts",),
    name="list",
    items="billingAccounts",
)
ORGANIZATIONS_TEST = Method(
    operation=Operation(
        call="resourcemanager.organizations.testIamPermissions",
        permission="billing.accounts.get",
        wire="POST v3/organizations/{organization}:testIamPermissions",
        why="whether the caller may see every billing account of an organisation",
    ),
    api="cloudresourcemanager",
    version="v3",
    collection=("organizations",),
    name="testIamPermissions",
)


def billing_accounts(session: "GcpSession", organization: str) -> Iterator[Fact]:
    """The billing accounts of an organisation that is audited, and their listing if these are surely all."""
    place = f"gcp:{organization}"
    listed = session.list_all(BILLING_ACCOUNTS_LIST, place, parent=organization, pageSize=PAGE_SIZE)
    failure = listed.failure
    for item in listed.items:
        try:
            scope = _account(entry(item, "billingAccounts"), place, listed.readings)
        except MalformedAnswerError as error:
            call = BILLING_ACCOUNTS_LIST.operation.call
            failure = failure or ReadFailure(call=call, kind="unparseable", detail=str(error))
            continue
        session.audited[scope.id] = None
        session.parents[scope.id] = place
        yield scope
    readings = listed.readings
    if failure is None:
        try:
            readings = (*readings, _sees_all(session, organization))
        except ReadFailure as failed:
            failure = failed
    if failure is not None:
        session.unlisted_accounts.append(
            session.ledger.blind(failure, place, subject="billing accounts", hides=(KIND,))
        )
        return
    yield Listing(kind=KIND, at=place, readings=readings)


def _account(body: Mapping[str, Any], place: str, readings: tuple[str, ...]) -> Scope:
    """A billing account. One that is closed may be opened again, and that is recorded: it is as active as others.

    Raises:
        MalformedAnswerError: it has no name, or is said to be somewhere else.
    """
    name, parent = needed_text(body, "name"), text(body, "parent")
    if not _NAME.fullmatch(name):
        raise MalformedAnswerError("name is no billing account's")
    # A reseller's accounts for customers are in another account: "a subaccount always belongs to the same
    # organization as its parent account".
    if parent and f"gcp:{parent}" != place and not _NAME.fullmatch(parent):
        raise MalformedAnswerError(f"{name} is said to be in {parent}")
    return Scope(
        id=f"gcp:{name}",
        kind=KIND,
        provider="gcp",
        name=text(body, "displayName"),
        parent=place,
        labels=None,
        obtained_by=BILLING_ACCOUNTS_LIST.operation.call,
        readings=readings,
    )


def _sees_all(session: "GcpSession", organization: str) -> str:
    """The reading by which the caller may see every billing account of the organisation.

    Raises:
        ReadFailure: that could not be told, or is not so.
    """
    call = ORGANIZATIONS_TEST.operation.call
    answer = session.get(
        ORGANIZATIONS_TEST,
        f"gcp:{organization}",
        resource=organization,
        body={"permissions": list(VIEWING)},
    )
    try:
        held = texts(answer.body, "permissions")
    except MalformedAnswerError as error:
        raise ReadFailure(call=call, kind="unparseable", detail=str(error)) from error
    lacking = [permission for permission in VIEWING if permission not in held]
    if lacking:
        detail = f"billing accounts that the caller may not see are left out: it lacks {' and '.join(lacking)} here"
        raise ReadFailure(call=call, kind="access-denied", permission=lacking[0], detail=detail)
    return answer.reading
