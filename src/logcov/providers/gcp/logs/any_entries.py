"""Every log entry of a container, whatever it tells: what "all logs are exported" asks about.

Each organisation, folder and project is one emitter. Its records have nothing in common but whose they are. Nothing is
called for it: sinks decide. Source: CIS Google Cloud Foundations 2.2; LogEntry.logName in logging.v2.
"""

from collections.abc import Iterator

from logcov.inventory import Emitter, Fact, LogSource, Scope, Shape
from logcov.providers.gcp.client import GcpPlace
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, SCOPE_KINDS
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.rows import Family, ObserverRow

SOURCE = "gcp.any"


def observe_any(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """One emitter for each container that is audited."""
    if scope.audited:
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            shape=(Shape(field="logName", op="prefix", value=f"{place.container}/logs/"),),
            not_applicable=not_in_use(scope),
            readings=scope.readings,
        )


ANY_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Every log entry, whatever it tells",
            provider="gcp",
            scope_kinds=SCOPE_KINDS,
            fields=ENTRY_FIELDS,
            always_generated=True,
            needs=("gcp.sink",),
            limits=(
                "Only of entries that are written: that anything is written at all is for other log sources.",
            ),
            documentation="https://cloud.google.com/logging/docs/routing/overview",
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.any_entries",
            provider="gcp",
            scope_kinds=SCOPE_KINDS,
            observe=observe_any,
            listings=(),
            sources=(SOURCE,),
        ),
    ),
)
