"""What logcov reads of Okta: the rows that register it."""

from logcov.inventory import DestinationKind, Field, HopKind, LogSource
from logcov.providers.okta.activity import ACTIVITY_CALLS, observe_activity
from logcov.providers.okta.log_streams import (
    EVENT_SOURCE,
    LOG_STREAM,
    LOG_STREAM_CALLS,
    SPLUNK,
    observe_log_streams,
    read_splunk,
)
from logcov.providers.okta.scopes import ORG
from logcov.providers.okta.system_log import (
    RETENTION,
    SOURCE,
    STORE,
    observe_system_log,
    read_system_log_store,
)
from logcov.providers.rows import ObserverRow, Operation, ReaderRow

SOURCES = (
    LogSource(
        id=SOURCE,
        title="What people, administrators and applications do in an Okta org",
        provider="okta",
        scope_kinds=(ORG,),
        fields=(
            Field(name="eventType", optional=False),
            Field(name="published", optional=False),
            Field(name="uuid", optional=False),
            Field(name="severity", kind="finite", values=("DEBUG", "INFO", "WARN", "ERROR"), optional=False),
            Field(name="displayMessage"),
            Field(name="actor.id", aliases=("user",)),
            Field(name="actor.type"),
            Field(name="actor.alternateId"),
            Field(name="client.ipAddress", aliases=("source_ip",)),
            Field(name="outcome.result"),
            Field(name="target.id", repeated=True),
            Field(name="target.type", repeated=True),
            Field(name="target.alternateId", repeated=True),
        ),
        always_generated=True,
        needs=(LOG_STREAM, RETENTION),
        limits=(
            "A SIEM that pulls the System Log leaves no trace in Okta: state it as an attestation.",
            "Event hooks carry a part of the event types only; logcov does not count them.",
            "That a log stream is on says what is streamed from now on; times during which it was off are not judged.",
            "What becomes of records beyond an EventBridge event source is seen only if its AWS account is audited too.",
        ),
        documentation="https://developer.okta.com/docs/reference/api/system-log/",
    ),
)

HOP_KINDS = (
    HopKind(
        id=LOG_STREAM,
        title="Okta log stream",
        effects=("carry",),
        origins=(ORG,),
        # Streams lead to Splunk Cloud and, by way of EventBridge, to whatever AWS offers. One that was not
        # seen may be of a type that Okta added since.
        leads_to=("*",),
    ),
    HopKind(
        id=RETENTION,
        title="Okta's own keeping of the System Log",
        effects=("carry",),
        origins=(ORG,),
        leads_to=("okta:system-log/*",),
    ),
    HopKind(
        id=EVENT_SOURCE,
        title="What an AWS account does with an Okta event source",
        effects=("carry",),
        origins=(EVENT_SOURCE,),
        leads_to=("aws:*",),
    ),
)

DESTINATION_KINDS = (
    DestinationKind(id=STORE, title="Okta System Log", pattern="okta:system-log/*"),
    DestinationKind(id=SPLUNK, title="Splunk Cloud stack", pattern="okta:splunk-cloud/*"),
    DestinationKind(
        id=EVENT_SOURCE,
        title="AWS EventBridge partner event source",
        pattern="okta:eventbridge/*",
        onward=(EVENT_SOURCE,),
    ),
)

OBSERVERS = (
    ObserverRow(
        name=SOURCE,
        provider="okta",
        scope_kinds=(ORG,),
        observe=observe_system_log,
        listings=(RETENTION,),
        sources=(SOURCE,),
    ),
    ObserverRow(
        name="okta.log_streams",
        provider="okta",
        scope_kinds=(ORG,),
        observe=observe_log_streams,
        listings=(LOG_STREAM,),
        sources=(SOURCE,),
        operations=LOG_STREAM_CALLS,
    ),
    ObserverRow(
        name="okta.activity",
        provider="okta",
        scope_kinds=(ORG,),
        observe=observe_activity,
        listings=("activity",),
        sources=(SOURCE,),
        operations=ACTIVITY_CALLS,
    ),
)

READERS = (
    ReaderRow(name=STORE, provider="okta", pattern="okta:system-log/*", read=read_system_log_store),
    ReaderRow(name=SPLUNK, provider="okta", pattern="okta:splunk-cloud/*", read=read_splunk),
)

SESSION_OPERATIONS: tuple[Operation, ...] = ()
"""Finding the org takes no call: the configuration names it."""
