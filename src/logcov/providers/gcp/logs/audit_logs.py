"""The audit logs that every organisation, folder and project writes.

That they can exist is certain without any call: cloud.google.com/logging/docs/audit, "Types of audit logs".
"""

from collections.abc import Iterator

from logcov.inventory import Emitter, Fact, Scope
from logcov.providers.gcp.client import GcpPlace
from logcov.providers.gcp.scopes import not_in_use

LOGS = {
    "gcp.audit.activity": "activity",
    "gcp.audit.system_event": "system_event",
    "gcp.audit.policy": "policy",
    "gcp.audit.data_access": "data_access",
}
"""Log source → the last part of its log id, `cloudaudit.googleapis.com/…`."""


def observe_audit_logs(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """One emitter for each kind of audit log; none at a scope that is only an ancestor of what is audited."""
    if not scope.audited:
        return
    for source, log in LOGS.items():
        yield Emitter(
            source=source,
            scope=scope.id,
            fields={"logName": f"{place.container}/logs/cloudaudit.googleapis.com%2F{log}"},
            not_applicable=not_in_use(scope),
            readings=scope.readings,
        )
