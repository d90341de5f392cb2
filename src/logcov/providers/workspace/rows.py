"""What logcov reads of Google Workspace: the rows that register it."""

from logcov.inventory import DestinationKind, Dimension, Field, HopKind, LogSource
from logcov.providers.rows import ObserverRow, Operation, ReaderRow
from logcov.providers.workspace.activities import (
    ACTIVITY_CALLS,
    RETENTION,
    SOURCE,
    STORE,
    observe_activity,
    observe_applications,
    read_reports,
)
from logcov.providers.workspace.applications import KNOWN_APPLICATIONS, LIST_ACTIVITIES
from logcov.providers.workspace.scopes import CUSTOMER
from logcov.providers.workspace.sharing import (
    CLOUD_LOGGING,
    LIST_POLICIES,
    SHARED,
    SHARING,
    SHARING_CALLS,
    observe_sharing,
)

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")

SOURCES = (
    LogSource(
        id=SOURCE,
        title="What people and administrators do in Google Workspace, by application",
        provider="workspace",
        scope_kinds=(CUSTOMER,),
        fields=(
            Field(name="application", optional=False),
            # What follows are fields of the entries that shared logs become in Cloud Logging, where every
            # comparison of texts is case-insensitive.
            Field(name="logName", optional=False, case="insensitive"),
            Field(name="resource.type", optional=False, case="insensitive"),
            Field(name="severity", kind="finite", values=SEVERITIES, optional=False, case="insensitive"),
            Field(name="protoPayload.@type", case="insensitive"),
            Field(name="protoPayload.serviceName", aliases=("service",), case="insensitive"),
            Field(name="protoPayload.methodName", case="insensitive"),
            Field(name="protoPayload.authenticationInfo.principalEmail", case="insensitive"),
        ),
        dimensions=(Dimension(name="application", closed=True, examples=KNOWN_APPLICATIONS),),
        always_generated=True,
        needs=(SHARING, RETENTION),
        emitters=SOURCE,
        limits=(
            "Exports to BigQuery or Google SecOps, and pulls of the Reports API, are shown by no API: attest them.",
            "Whether the edition has a log at all is not judged: no API shows the edition.",
            "Whether shared token, SAML, group and Access Transparency records arrive depends on the edition.",
        ),
        documentation="https://developers.google.com/workspace/admin/reports/v1/appendix/activity/admin-event-names",
    ),
)

HOP_KINDS = (
    HopKind(
        id=SHARING,
        title="Sharing of Workspace logs with Google Cloud",
        effects=("carry",),
        origins=(CUSTOMER,),
        # What is shared goes wherever the organization's sinks take it.
        leads_to=("workspace:shared/*", "gcp:*"),
    ),
    HopKind(
        id=RETENTION,
        title="Google's own keeping of Workspace logs",
        effects=("carry",),
        origins=(CUSTOMER,),
        leads_to=("workspace:reports/*",),
    ),
    HopKind(
        id=CLOUD_LOGGING,
        title="What a Google Cloud organization does with shared Workspace logs",
        effects=("carry",),
        origins=(SHARED,),
        leads_to=("gcp:*",),
    ),
)

DESTINATION_KINDS = (
    DestinationKind(id=STORE, title="Google Workspace reports", pattern="workspace:reports/*"),
    # An audited organization carries these as aliases. One that was not audited may still have sinks.
    DestinationKind(
        id=SHARED,
        title="Workspace logs in Cloud Logging",
        pattern="workspace:shared/*",
        onward=(CLOUD_LOGGING,),
    ),
)

OBSERVERS = (
    ObserverRow(
        name="workspace.applications",
        provider="workspace",
        scope_kinds=(CUSTOMER,),
        observe=observe_applications,
        listings=(SOURCE, RETENTION),
        sources=(SOURCE,),
    ),
    ObserverRow(
        name=SHARING,
        provider="workspace",
        scope_kinds=(CUSTOMER,),
        observe=observe_sharing,
        listings=(SHARING,),
        sources=(SOURCE,),
        operations=SHARING_CALLS,
    ),
    ObserverRow(
        name="workspace.activity",
        provider="workspace",
        scope_kinds=(CUSTOMER,),
        observe=observe_activity,
        listings=("activity",),
        sources=(SOURCE,),
        operations=ACTIVITY_CALLS,
    ),
)

READERS = (ReaderRow(name=STORE, provider="workspace", pattern="workspace:reports/*", read=read_reports),)

SESSION_OPERATIONS: tuple[Operation, ...] = (LIST_ACTIVITIES, LIST_POLICIES)
"""Finding the id behind `my_customer` asks what is read anyway."""
