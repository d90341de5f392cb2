"""The switch "Sharing with Google Cloud", and which logs it puts into the organization's Cloud Logging.

ENABLED is the wanted state, and no coverage yet: the organization's sinks and buckets decide what becomes of the
entries (support.google.com/a/answer/9320190). The switch is one of the customer's account settings.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.errors import BlindKind, ReadFailure
from logcov.inventory import Fact, Listing, Route, Scope, Unread
from logcov.providers.rows import Operation
from logcov.providers.workspace.client import MY_CUSTOMER, Answer, Method, WorkspacePlace, WorkspaceSession

SHARING = "workspace.sharing"
SHARED = "workspace.shared"
CLOUD_LOGGING = "workspace.cloud_logging"
SETTING = "cloud_sharing_options.cloud_data_sharing"

LIST_POLICIES = Operation(
    call="cloudidentity.policies.list",
    permission="https://www.googleapis.com/auth/cloud-identity.policies.readonly",
    wire="GET /v1/policies",
    why="whether logs are shared with Google Cloud",
)
POLICIES = Method(
    operation=LIST_POLICIES, api="cloudidentity", version="v1", collection="policies", items="policies"
)
SHARING_CALLS = (LIST_POLICIES,)

PAGE_SIZE = 100
AUDIT_LOG = "type.googleapis.com/google.cloud.audit.AuditLog"

Switch = bool | tuple[BlindKind, str]
"""On, off, or why that cannot be told: the kind of blind spot, and what is odd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What becomes of one application's log once it is shared.

    `log`: the audit log of the organization that it lands in. `service`: its `protoPayload.serviceName`; empty
    where neither was seen in real entries, or where the edition decides whether anything arrives.
    """

    application: str
    log: str
    service: str = ""


SHARED_APPLICATIONS = (
    Shared(application="access_transparency", log="access_transparency"),
    Shared(application="admin", log="activity", service="admin.googleapis.com"),
    Shared(application="groups_enterprise", log="activity"),
    Shared(application="login", log="data_access", service="login.googleapis.com"),
    Shared(application="saml", log="data_access"),
    Shared(application="token", log="data_access"),
)
"""Every log that the switch concerns (answer/9320190). Drive, Gmail, Chat, Context-Aware Access and all others
never take this way."""


def sharing_policies(session: WorkspaceSession, place: str) -> Answer:
    """All policies that set the switch, asked once. Needs a super administrator.

    Raises:
        ReadFailure: they could not be read to their end.
    """
    clause = "setting.type.matches('^settings/" + re.escape(SETTING).replace("\\", "\\\\") + "$')"
    if session.configured_customer is not None:
        clause = f'customer == "customers/{session.configured_customer}" && {clause}'
    return session.once.get(
        ("policies", SETTING),
        lambda: session.pages(POLICIES, place, SETTING, filter=clause, pageSize=PAGE_SIZE),
    )


def _order(query: Mapping[str, Any]) -> float | None:
    value = query.get("sortOrder")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What one policy says: for whom, how strong it is, and the value of the switch (None: not readable)."""

    whom: tuple[str, str]
    narrow: bool
    order: float | None
    value: bool | None


def _said(policy: Any) -> _Said | None:
    """None for a policy of another type: the filter was not heeded."""
    record = policy if isinstance(policy, Mapping) else {}
    setting = record.get("setting")
    setting = setting if isinstance(setting, Mapping) else {}
    kind = _text(setting.get("type")).removeprefix("settings/")
    if kind and kind != SETTING:
        return None
    given = setting.get("value")
    option = given.get("sharingOptions") if kind and isinstance(given, Mapping) else None
    query = record.get("policyQuery")
    query = query if isinstance(query, Mapping) else {}
    group, words = _text(query.get("group")), _text(query.get("query"))
    return _Said(
        whom=(_text(query.get("orgUnit")), group),
        narrow=bool(group) or "entity.groups" in words or "entity.licenses" in words,
        order=_order(query),
        value={"ENABLED": True, "DISABLED": False}.get(option) if isinstance(option, str) else None,
    )


def decide(policies: Sequence[Any]) -> Switch:
    """Whether the switch is on, from a *complete* list of its policies.

    Of several for one organizational unit or group the highest `sortOrder` holds. All that then remain must
    agree, and one of them must be for more than a group or licence. Nothing returned is a documented default
    that was not seen, so it cannot be told.
    """
    known = [said for said in map(_said, policies) if said is not None]
    if not known:
        return "not-observable", "no policy was returned: the default would be an assumption"
    if any(said.value is None for said in known):
        return "unparseable", "a policy of the sharing switch holds a value that is not known"
    effective: list[_Said] = []
    for whom in dict.fromkeys(said.whom for said in known):
        rivals = [said for said in known if said.whom == whom]
        if len({said.value for said in rivals}) == 1:
            effective += rivals
            continue
        orders = [said.order for said in rivals if said.order is not None]
        strongest = [said for said in rivals if said.order is not None and said.order == max(orders)]
        if len(orders) < len(rivals) or len({said.value for said in strongest}) != 1:
            return "unparseable", "policies of the sharing switch contradict each other without an order"
        effective += strongest
    if len({said.value for said in effective}) != 1:
        return "not-observable", "the sharing switch has different values for different parts of the customer"
    if all(said.narrow for said in effective):
        return "not-observable", "the sharing switch is known for groups or licences only"
    return effective[0].value is True


def _evidence(policies: Sequence[Any]) -> dict[str, Any]:
    shown = [policy for policy in policies if isinstance(policy, Mapping) and _said(policy) is not None]
    return {
        "policies": [
            {name: policy[name] for name in ("name", "type", "policyQuery", "setting") if name in policy}
            for policy in shown
        ]
    }


def _check_owner(place: WorkspacePlace, policies: Sequence[Any]) -> None:
    """The answer must be this customer's.

    Raises:
        ReadFailure: a policy belongs to another one.
    """
    for policy in policies:
        named = _text(policy.get("customer")) if isinstance(policy, Mapping) else ""
        if named and place.customer != MY_CUSTOMER and named != f"customers/{place.customer}":
            raise ReadFailure(
                call=LIST_POLICIES.call, kind="unparseable", detail="a policy belongs to another customer"
            )


def observe_sharing(place: WorkspacePlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - customers have no locations
    """Yields one route per application that the switch concerns, and that these are all.

    Where it was never seen in which log, and under which service, an application's entries arrive (or whether
    the edition has them at all), destination and state stay unread while the switch may be on.

    Raises:
        ReadFailure: the policies could not be read to their end.
    """
    answer = sharing_policies(place.session, scope.id)
    _check_owner(place, answer.data)
    found = decide(answer.data)
    switch: bool | Unread
    switch = found if isinstance(found, bool) else place.unread(POLICIES, SETTING, *found)
    evidence = _evidence(answer.data)
    for shared in SHARED_APPLICATIONS:
        to: str | Unread = f"workspace:shared/{place.customer}/{shared.log}"
        enabled = switch
        if not shared.service and switch is not False:
            where = "edition and log unverified: no API shows whether and where its entries arrive"
            to = place.unread(POLICIES, f"{shared.application} shared", "not-observable", where)
            enabled = to if switch is True else switch
        sets = {"protoPayload.serviceName": shared.service, "protoPayload.@type": AUDIT_LOG}
        yield Route(
            id=f"{scope.id}/sharing/{shared.application}",
            kind=SHARING,
            setting=f"workspace:sharing/{place.customer}",
            effect="carry",
            origin=scope.id,
            dimensions={"application": shared.application},
            sources=("workspace.activity",),
            enabled=enabled,
            to=to,
            sets=sets if shared.service else {},
            readings=(answer.reading,),
            raw=evidence,
        )
    yield Listing(kind=SHARING, at=scope.id, readings=(answer.reading,))
