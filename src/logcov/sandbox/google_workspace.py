"""Workspace: the Reports API's activities, the Cloud Identity Policy API, and who the customer is."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Json, Operation, invalid, listed, missing
from logcov.sandbox.world import Workspace, World

ADMIN = "admin.googleapis.com"
IDENTITY = "cloudidentity.googleapis.com"

APPLICATIONS = frozenset(
    {
        "access_transparency",
        "admin",
        "calendar",
        "chat",
        "drive",
        "gcp",
        "gmail",
        "gplus",
        "groups",
        "groups_enterprise",
        "jamboard",
        "login",
        "meet",
        "mobile",
        "rules",
        "saml",
        "token",
        "user_accounts",
        "context_aware_access",
        "chrome",
        "data_studio",
        "keep",
        "vault",
        "gemini_in_workspace_apps",
        "classroom",
        "assignments",
        "cloud_search",
        "tasks",
        "data_migration",
        "meet_hardware",
        "directory_sync",
        "ldap",
        "profile",
        "access_evaluation",
        "admin_data_action",
        "contacts",
        "takeout",
        "graduation",
        "voice",
        "chrome_sync",
        "workspace_studio",
        "gemini_notebook",
    }
)
"""Source: the discovery document admin reports_v1, `applicationName`."""

_LONGEST_GMAIL = timedelta(days=30)

_TERMS = (
    (re.compile(r"setting\.type\.matches\('((?:[^'\\]|\\.)*)'\)"), "matches"),
    (re.compile(r"setting\.type\s*==\s*[\"']([^\"']*)[\"']"), "is"),
    (re.compile(r"customer\s*==\s*[\"']customers/([^\"']*)[\"']"), "customer"),
)
"""The parts of CEL that policy filters are made of."""


def _workspace(world: World) -> Workspace | Answer:
    return world.workspace or missing("Resource Not Found: customer", "legacy")


def _activities(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = _workspace(world)
    if isinstance(found, Answer):
        return found
    application, user = parts["application"], parts["user"]
    if application not in APPLICATIONS:
        return invalid(f"Invalid value for: applicationName: {application}", "legacy")
    customer = request.query.get("customerId", "my_customer")
    if customer not in {"my_customer", found.customer["id"]}:
        return invalid("Invalid value for: customerId", "legacy")
    try:
        begin, end = (
            datetime.fromisoformat(request.query[name]) if request.query.get(name) else None
            for name in ("startTime", "endTime")
        )
    except ValueError:
        return invalid("Invalid value for: startTime or endTime", "legacy")
    if any(moment is not None and moment.tzinfo is None for moment in (begin, end)):
        return invalid("Invalid value for: startTime or endTime", "legacy")
    if application == "gmail" and (begin is None or end is None or end - begin > _LONGEST_GMAIL):
        return invalid(
            "gmail: startTime and endTime are required, and may be 30 days apart at most", "legacy"
        )

    def fits(activity: Json) -> bool:
        at = datetime.fromisoformat(activity["id"]["time"])
        return (
            activity["id"]["applicationName"] == application
            and user in {"all", activity["actor"]["email"], activity["actor"]["profileId"]}
            and (begin is None or at >= begin)
            and (end is None or at <= end)
            and request.query.get("eventName", "") in {"", activity["events"][0]["name"]}
        )

    return listed(
        [each for each in found.activities if fits(each)],
        "items",
        request,
        world_size=found.page_size,
        size="maxResults",
        extra={"kind": "admin#reports#activities", "etag": f'"{application}"'},
        style="legacy",
    )


def _policies(world: World, request: Request, _parts: Mapping[str, str]) -> Answer:
    """Pages are cut over all policies and filtered then: with a filter, a page is often empty."""
    found = _workspace(world)
    if isinstance(found, Answer):
        return found
    patterns: list[re.Pattern[str]] = []
    for text in filter(None, (part.strip() for part in request.query.get("filter", "").split("&&"))):
        known = ((meaning, match) for shape, meaning in _TERMS if (match := shape.fullmatch(text)))
        meaning, match = next(known, ("", None))
        if match is None:
            return invalid(f"Invalid filter: {text}")
        if meaning == "customer":
            if match[1] not in {"my_customer", found.customer["id"]}:
                return invalid("Invalid filter: customer")
        elif meaning == "is":
            patterns.append(re.compile(rf"^{re.escape(match[1])}$"))
        else:
            # In a CEL literal a backslash is itself escaped by one.
            patterns.append(re.compile(match[1].replace("\\\\", "\\")))

    def keep(policy: Json) -> bool:
        return all(pattern.search(policy["setting"]["type"]) for pattern in patterns)

    return listed(found.policies, "policies", request, world_size=found.page_size, keep=keep)


def _customer(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = _workspace(world)
    if isinstance(found, Answer):
        return found
    if parts["customer"] not in {"my_customer", found.customer["id"], found.customer["customerDomain"]}:
        return missing("Resource Not Found: customer", "legacy")
    return Answer(body=found.customer)


OPERATIONS = (
    Operation(
        name="reports.activities.list",
        provider="workspace",
        service=ADMIN,
        path=r"/admin/reports/v1/activity/users/(?P<user>[^/]+)/applications/(?P<application>[a-z_]+)",
        place=("application",),
        permission="https://www.googleapis.com/auth/admin.reports.audit.readonly",
        parameters=frozenset(
            {
                "actorIpAddress",
                "customerId",
                "endTime",
                "eventName",
                "filters",
                "groupIdFilter",
                "maxResults",
                "orgUnitID",
                "pageToken",
                "startTime",
                "includeSensitiveData",
            }
        ),
        style="legacy",
        list_size="maxResults",
        handle=_activities,
    ),
    Operation(
        name="cloudidentity.policies.list",
        provider="workspace",
        service=IDENTITY,
        path=r"/v1/policies",
        permission="https://www.googleapis.com/auth/cloud-identity.policies.readonly",
        parameters=frozenset({"filter", "pageSize", "pageToken"}),
        handle=_policies,
    ),
    Operation(
        name="directory.customers.get",
        provider="workspace",
        service=ADMIN,
        path=r"/admin/directory/v1/customers/(?P<customer>[^/]+)",
        place=("customer",),
        permission="https://www.googleapis.com/auth/admin.directory.customer.readonly",
        style="legacy",
        handle=_customer,
    ),
)
"""What is answered. Source: the discovery documents admin reports_v1 and directory_v1, cloudidentity v1."""
