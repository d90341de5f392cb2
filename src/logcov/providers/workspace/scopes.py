"""The one scope of a Workspace target: its customer, under its real id, by which clouds are joined."""

import re
from collections.abc import Iterator

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Scope
from logcov.providers.workspace.applications import LIST_ACTIVITIES, entry_of, identity_of, newest
from logcov.providers.workspace.client import WorkspaceSession
from logcov.providers.workspace.sharing import LIST_POLICIES, sharing_policies

CUSTOMER = "workspace.customer"
PREFIX = "workspace:customers/"

_ID = re.compile(r"C[A-Za-z0-9_-]+")
_BUSY = ("admin", "login", "token", "drive")
"""Applications whose log is hardly ever empty: their entries name the customer."""


def _from_activities(session: WorkspaceSession, place: str) -> tuple[str, str] | ReadFailure | None:
    failure: ReadFailure | None = None
    for application in _BUSY:
        try:
            answer = newest(session, application, place)
        except ReadFailure as failed:
            failure = failed
            continue
        entry = entry_of(answer)
        found = identity_of(entry, "customerId") if entry is not None and not isinstance(entry, str) else ""
        if _ID.fullmatch(found):
            return found, answer.reading
    return failure


def _from_policies(session: WorkspaceSession, place: str) -> tuple[str, str] | ReadFailure | None:
    try:
        answer = sharing_policies(session, place)
    except ReadFailure as failure:
        return failure
    for policy in answer.data:
        named = policy.get("customer") if isinstance(policy, dict) else None
        found = named.removeprefix("customers/") if isinstance(named, str) else ""
        if _ID.fullmatch(found):
            return found, answer.reading
    return None


def scopes(session: WorkspaceSession) -> Iterator[Fact]:
    """Yields the customer. It has no children, so there is nothing to list.

    `my_customer` is resolved with what is read anyway, and so without a further scope: entries of the
    Reports API carry `id.customerId`, policies carry `customer`. Where neither tells, the id stays
    `my_customer`, with a blind spot, and no other cloud can be joined to it.
    """
    labels = dict(session.target.labels)
    configured = session.configured_customer
    if configured is not None:
        yield Scope(
            id=PREFIX + configured, kind=CUSTOMER, provider="workspace", name=configured, labels=labels
        )
        return
    name = session.target.customer
    place = PREFIX + name
    found = _from_activities(session, place)
    call = LIST_ACTIVITIES.call
    if not isinstance(found, tuple):
        second = _from_policies(session, place)
        if isinstance(second, tuple):
            found, call = second, LIST_POLICIES.call
        else:
            failure = found or second
    if isinstance(found, tuple):
        customer, reading = found
        yield Scope(
            id=PREFIX + customer,
            kind=CUSTOMER,
            provider="workspace",
            name=customer,
            labels=labels,
            obtained_by=call,
            readings=(reading,),
        )
        return
    failure = failure or ReadFailure(
        call=call, kind="not-observable", detail="nothing that was read names the customer's id"
    )
    session.ledger.blind(failure, place, subject="customer id")
    yield Scope(id=place, kind=CUSTOMER, provider="workspace", name=name, labels=labels)
