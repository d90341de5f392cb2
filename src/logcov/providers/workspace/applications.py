"""The applications whose logs the Reports API knows, and what the newest entry of one tells."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from logcov.providers.rows import Operation
from logcov.providers.workspace.client import Answer, Method, WorkspaceSession

LIST_ACTIVITIES = Operation(
    call="reports.activities.list",
    permission="https://www.googleapis.com/auth/admin.reports.audit.readonly",
    wire="GET /admin/reports/v1/activity/users/{userKey}/applications/{applicationName}",
    why="the newest record of each application, and the customer's id",
)
ACTIVITIES = Method(
    operation=LIST_ACTIVITIES, api="admin", version="reports_v1", collection="activities", items="items"
)

WINDOW = timedelta(days=30)
"""How far back is asked: the longest span that the Gmail report takes (Reports API, `activities.list`)."""

AS_OF = "2026-11"
KNOWN_APPLICATIONS = (
    "access_evaluation",
    "access_transparency",
    "admin",
    "admin_data_action",
    "assignments",
    "calendar",
    "chat",
    "chrome",
    "chrome_sync",
    "classroom",
    "cloud_search",
    "contacts",
    "context_aware_access",
    "data_migration",
    "data_studio",
    "directory_sync",
    "drive",
    "gcp",
    "gemini_in_workspace_apps",
    "gemini_notebook",
    "gmail",
    "gplus",
    "graduation",
    "groups",
    "groups_enterprise",
    "jamboard",
    "keep",
    "ldap",
    "login",
    "meet",
    "meet_hardware",
    "mobile",
    "profile",
    "rules",
    "saml",
    "takeout",
    "tasks",
    "token",
    "user_accounts",
    "vault",
    "voice",
    "workspace_studio",
)
"""The applications of the discovery document as of `AS_OF`: for documentation, and where it names none."""


def applications_of(document: Any) -> tuple[str, ...]:
    """The values of `applicationName` in a discovery document of the Reports API; empty where it has none."""
    for name in ("resources", "activities", "methods", "list", "parameters", "applicationName", "enum"):
        document = document.get(name) if isinstance(document, Mapping) else None
    if not isinstance(document, list):
        return ()
    return tuple(sorted({name for name in document if isinstance(name, str) and name}))


@cache
def applications() -> tuple[str, ...]:
    """The applications that the installed client knows: it refuses any other before it asks."""
    from googleapiclient.discovery_cache import get_static_doc

    text = get_static_doc(ACTIVITIES.api, ACTIVITIES.version)
    return (applications_of(json.loads(text)) if text else ()) or KNOWN_APPLICATIONS


def newest(session: WorkspaceSession, application: str, place: str) -> Answer:
    """The newest entry of an application's log within the window, as the API's answer; asked once.

    Raises:
        ReadFailure: it could not be read.
    """
    params = {
        "userKey": "all",
        "applicationName": application,
        "maxResults": 1,
        "startTime": (session.now - WINDOW).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "endTime": session.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if session.configured_customer is not None:
        params["customerId"] = session.configured_customer
    return session.once.get(
        ("activities", application), lambda: session.call(ACTIVITIES, place, application, **params)
    )


def entry_of(answer: Answer) -> Mapping[str, Any] | str | None:
    """The one entry of such an answer; None where it holds none; a text that says what is odd about it."""
    items = answer.data.get("items", [])
    if not isinstance(items, list):
        return "items is no list"
    if not items:
        return None
    return items[0] if isinstance(items[0], Mapping) else "an entry is no object"


def identity_of(entry: Mapping[str, Any], field: str) -> str:
    """A field of an entry's `id` (`time`, `customerId`); empty where it is missing or no text."""
    known = entry.get("id")
    value = known.get(field) if isinstance(known, Mapping) else None
    return value if isinstance(value, str) else ""
