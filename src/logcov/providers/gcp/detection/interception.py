"""Entries that a sink above a project intercepts: whether its own metrics and alerts still see them.

https://cloud.google.com/logging/docs/export/aggregated_sinks says that they do not, "unless the logs also match the
_Required sink"; what becomes of those is not said clearly enough to build a verdict on.
"""

from logcov.inventory import Unread
from logcov.providers.gcp.client import GcpSession
from logcov.providers.gcp.operations import SINKS_LIST

_REQUIRED = " OR ".join(
    f'LOG_ID("{service}.googleapis.com/{log}")'
    for service in ("cloudaudit", "externalaudit")
    for log in ("activity", "system_event", "access_transparency")
)
REQUIRED_ONLY = f"NOT ({_REQUIRED})"
"""As an exclusion: leaves what `_Required` takes."""

REQUIRED_SOURCES = ("gcp.audit.activity", "gcp.audit.system_event", "gcp.access_transparency", "gcp.any")
"""Log sources that may hold such entries."""


def may_be_intercepted(session: GcpSession, scope: str) -> Unread | None:
    """The doubt over entries of a project that are intercepted above it; None where nothing above intercepts any."""
    at = scope
    while not at.startswith("gcp:organizations/"):
        above = session.parents.get(at)
        if above is None:
            return _doubt(session, scope)
        sinks = session.sinks(above.removeprefix("gcp:"))
        taking = any(not isinstance(sink, dict) or sink.get("interceptChildren") for sink in sinks.items)
        if sinks.failure is not None or taking:
            return _doubt(session, scope)
        at = above
    return None


def _doubt(session: GcpSession, scope: str) -> Unread:
    return session.about(SINKS_LIST, scope).unseen(
        "intercepted entries",
        "whether metrics and alerts of a project see what a sink above intercepts is not documented for audit logs",
    )
