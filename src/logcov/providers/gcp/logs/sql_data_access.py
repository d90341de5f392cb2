"""Whether Data Access records of Cloud SQL are written in a project: without them, no database audit record is.

pgAudit and MySQL's audit plugin write Data Access records, which have to be switched on in IAM policies:
https://cloud.google.com/sql/docs/postgres/pg-audit and https://cloud.google.com/sql/docs/mysql/db-audit. Which log type
they have is not documented, nor whom exemptions would exempt. So they are surely written only if DATA_READ and DATA_WRITE
are on and nobody is exempted, and surely not if both are off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.gcp.client import About, GcpPlace, GcpSession
from logcov.providers.gcp.fields import mappings, needed_text, texts
from logcov.providers.gcp.operations import ABOVE, CONTAINER_GET, CONTAINER_POLICY
from logcov.providers.google import MalformedAnswerError

METHODS = ABOVE
"""What it takes."""

SERVICE = "cloudsql.googleapis.com"
_NEEDED = frozenset({"DATA_READ", "DATA_WRITE"})
_TYPES = frozenset({*_NEEDED, "ADMIN_READ"})
_LOG_FIELDS = frozenset({"logType", "exemptedMembers", "ignoreChildExemptions"})
"""The last one has no effect, as the API says."""


@dataclass(frozen=True, slots=True)
class DataAccess:
    """Whether the records are written, the log types that are on, and what says so."""

    written: bool | Unread
    types: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tally:
    """What the policies said so far."""

    types: set[str] = field(default_factory=set)
    exempts: bool = False
    readings: list[str] = field(default_factory=list)


def data_access(place: GcpPlace) -> DataAccess:
    """What the policies of a project, and of everything above it, come to together. Read once per project."""
    session = place.session
    return session.once.get(
        ("cloudsql data access", place.container), lambda: _united(session, place.scope.id, place.container)
    )


def _united(session: GcpSession, scope: str, container: str) -> DataAccess:
    tally = _Tally()
    at: str | None = container
    while at is not None:
        kind = at.partition("/")[0]
        about = session.about(CONTAINER_POLICY[kind], scope, f"audit configuration of {at}")
        try:
            answer = session.policy(at)
            for one in mappings(answer.body, "auditConfigs"):
                _add(one, tally)
            tally.readings.append(answer.reading)
            about = session.about(CONTAINER_GET[kind], scope, f"above {at}")
            at = None if kind == "organizations" else _above(session, at)
        except ReadFailure as failure:
            return DataAccess(about.failed(failure))
        except MalformedAnswerError as error:
            return DataAccess(about.odd("auditConfigs", str(error)))
    about = session.about(CONTAINER_POLICY["projects"], scope, SERVICE)
    return DataAccess(_verdict(tally, about), tuple(sorted(tally.types)), tuple(tally.readings))


def _verdict(tally: _Tally, about: About) -> bool | Unread:
    on = tally.types & _NEEDED
    if not on:
        return False
    if tally.exempts:
        return about.unseen(
            "exemptedMembers", "whether exemptions hold for users of databases is not documented"
        )
    if on == _NEEDED:
        return True
    return about.unseen(
        "logType", f"whether {', '.join(on)} alone has database audit records written is not documented"
    )


def _above(session: GcpSession, container: str) -> str | None:
    """What the container is in, as the list that it came from told, or it tells itself; None at the top."""
    listed = session.parents.get(f"gcp:{container}")
    if listed is not None:
        return listed.removeprefix("gcp:")
    parent = session.container(container).body.get("parent")
    if parent is None or (
        isinstance(parent, str) and parent.partition("/")[0] in {"folders", "organizations"}
    ):
        return parent
    raise MalformedAnswerError("parent is no organisation or folder")


def _add(config: Mapping[str, Any], tally: _Tally) -> None:
    """Adds one entry of `auditConfigs`.

    Raises:
        MalformedAnswerError: it is not of the documented form, or says something new.
    """
    if needed_text(config, "service") not in {"allServices", SERVICE}:
        return
    for log in mappings(config, "auditLogConfigs"):
        kind = needed_text(log, "logType")
        if kind not in _TYPES or set(log) - _LOG_FIELDS:
            raise MalformedAnswerError(f"this version does not know all of {kind} in auditLogConfigs")
        tally.types.add(kind)
        tally.exempts |= kind in _NEEDED and bool(texts(log, "exemptedMembers"))
