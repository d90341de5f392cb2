"""The fields that every log entry has, and how those of Google Cloud are compared.

Source: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry.
"""

from logcov.inventory import Field, Shape

TREE_KINDS = ("gcp.organization", "gcp.folder", "gcp.project")
"""The kinds of scopes that Resource Manager knows."""

SCOPE_KINDS = (*TREE_KINDS, "gcp.billing_account")
"""The kinds of scopes that write log entries and route them."""

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")


def entry_field(name: str, *aliases: str, optional: bool = True) -> Field:
    """A text field. Cloud Logging compares text without regard to case."""
    return Field(name=name, aliases=aliases, optional=optional, case="insensitive")


ENTRY_FIELDS: tuple[Field, ...] = (
    # Where one of these is not set, filters see its default value.
    entry_field("logName", optional=False),
    Field(name="severity", kind="finite", values=SEVERITIES, optional=False, case="insensitive"),
    entry_field("resource.type", optional=False),
    entry_field("insertId", optional=False),
    entry_field("timestamp", "time", optional=False),
)
"""The fields of LogEntry itself, whatever its payload."""


def log_name(container: str, log_id: str) -> str:
    """The `logName` of a container's log: `projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity`."""
    return f"{container}/logs/{log_id.replace('/', '%2F')}"


def some_log(container: str, begins: str = "") -> tuple[Shape, ...]:
    """What is true of `logName` where all that is known is that it is no audit log: ids in names hold no slash."""
    return (
        Shape(field="logName", op="prefix", value=f"{container}/logs/{begins.replace('/', '%2F')}"),
        Shape(field="logName", op="lacks", value="audit.googleapis.com%2F"),
    )
