"""Which Data Access records an IAM audit configuration writes, and which it exempts.

Dialects `gcp.audit-config` and `gcp.audit-exemption`. Both texts are the JSON of one entry of an IAM policy's
`auditConfigs`, as `getIamPolicy` gives it (camelCase, enums as names) or as asset exports do (snake_case,
enums as numbers):

```json
{"service": "storage.googleapis.com",
 "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["user:a@example.com"]}]}
```

Sources: https://cloud.google.com/logging/docs/audit/configure-data-access; for Kubernetes,
https://cloud.google.com/kubernetes-engine/docs/concepts/audit-policy: what the Kubernetes API server writes
depends on the audit configuration of Kubernetes Engine, and carries the service name `k8s.io`.
"""

import re
from dataclasses import dataclass
from typing import Any

from logcov.inventory.rows import LogSource
from logcov.selection.jsontext import UnreadableJsonError, read_object, strings
from logcov.selection.predicate import TRUE, Predicate, all_of, any_of, atom, opaque

ALL_SERVICES = "allServices"
_TYPES = {1: "ADMIN_READ", 2: "DATA_WRITE", 3: "DATA_READ"}
_WRITES_AS = {"container.googleapis.com": ("container.googleapis.com", "k8s.io")}
_MEMBER = re.compile(r"(?:user|serviceAccount):([^\s@\[\]?:]+@[^\s@\[\]?:]+)")
_WITHOUT_EFFECT = frozenset({"ignoreChildExemptions", "ignore_child_exemptions"})
"""Deprecated; the API says that it has no effect."""


@dataclass(frozen=True, slots=True)
class _LogConfig:
    """One log type that is switched on, and the members that are exempted. `log_type` None: unknown."""

    shown: str
    log_type: str | None
    members: tuple[str, ...]


def compile_audit_config(text: str, _source: LogSource) -> Predicate:
    """The records that the entry switches on: its service's, of its log types. Exemptions are left aside."""
    try:
        service, configs = _read(text)
    except UnreadableJsonError as error:
        return opaque(text, f"the audit configuration cannot be read: {error}")
    return all_of(_of_service(service), any_of(*(_of_type(one) for one in configs)))


def compile_audit_exemption(text: str, _source: LogSource) -> Predicate:
    """The records that the entry keeps from being written: those of its exempted members.

    Users and service accounts are told by their address. Who belongs to a group or domain is not read, so such
    a member is opaque.
    """
    try:
        service, configs = _read(text)
    except UnreadableJsonError as error:
        return opaque(text, f"the audit configuration cannot be read: {error}")
    return all_of(
        _of_service(service),
        any_of(
            *(all_of(_of_type(one), any_of(*(_of_member(name) for name in one.members))) for one in configs)
        ),
    )


def _read(text: str) -> tuple[str, tuple[_LogConfig, ...]]:
    entry = read_object(text)
    service = entry.pop("service", None)
    configs = _one_of(entry, "auditLogConfigs", "audit_log_configs")
    if entry:
        raise UnreadableJsonError(f"{', '.join(sorted(entry))}: unknown")
    if not isinstance(service, str) or not service:
        raise UnreadableJsonError("it names no service")
    if configs is None:
        return service, ()
    if not isinstance(configs, list) or not all(isinstance(one, dict) for one in configs):
        raise UnreadableJsonError("auditLogConfigs is no list of objects")
    return service, tuple(_log_config(dict(one)) for one in configs)


def _one_of(entry: dict[str, Any], *names: str) -> Any:
    found = [entry.pop(name) for name in names if name in entry]
    if len(found) > 1:
        raise UnreadableJsonError(f"{' and '.join(names)} are both there")
    return found[0] if found else None


def _log_config(entry: dict[str, Any]) -> _LogConfig:
    given = _one_of(entry, "logType", "log_type")
    exempted = _one_of(entry, "exemptedMembers", "exempted_members")
    members = () if exempted is None else strings(exempted)
    unknown = sorted(set(entry) - _WITHOUT_EFFECT)
    if unknown:
        raise UnreadableJsonError(f"{', '.join(unknown)}: unknown")
    if members is None:
        raise UnreadableJsonError("exemptedMembers is no list of names")
    log_type: str | None = None
    if isinstance(given, int) and not isinstance(given, bool):
        log_type = _TYPES.get(given)
    elif given in _TYPES.values():
        log_type = given
    return _LogConfig(str(given), log_type, members)


def _of_service(service: str) -> Predicate:
    if service == ALL_SERVICES:
        return TRUE
    names = _WRITES_AS.get(service, (service,))
    return any_of(*(atom("protoPayload.serviceName", "=", name, "fold") for name in names))


def _of_type(config: _LogConfig) -> Predicate:
    if config.log_type is None:
        return opaque(f"log type {config.shown}", "no such log type is known")
    return atom("log_type", "=", config.log_type)


def _of_member(member: str) -> Predicate:
    found = _MEMBER.fullmatch(member)
    if found is None:
        return opaque(f"member {member}", "only users and service accounts are told by their address")
    return atom("protoPayload.authenticationInfo.principalEmail", "=", found[1], "fold")
