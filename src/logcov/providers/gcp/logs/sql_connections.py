"""Who connects to databases of Cloud SQL: the logs of PostgreSQL and the general log of MySQL.

Sources: https://cloud.google.com/sql/docs/postgres/flags (`log_connections`, `log_disconnections`, both off by default),
https://cloud.google.com/sql/docs/mysql/logging (`general_log` with `log_output` set to FILE); log names,
https://cloud.google.com/sql/docs/postgres/logging; https://www.postgresql.org/docs/current/runtime-config-logging.html.
"""

from collections.abc import Iterator

from logcov.inventory import Emitter, Fact, Listing, Route, Scope, Unread
from logcov.providers.gcp.client import GcpPlace
from logcov.providers.gcp.log_entries import log_name, some_log
from logcov.providers.gcp.logs.sql_instances import Engine, Instance, instances

SOURCE = "gcp.sql.connection"
KIND = "gcp.sql_connection_flags"
EVENTS = {"CONNECT": "log_connections", "DISCONNECT": "log_disconnections"}
"""What happens to a connection → the flag of PostgreSQL that has it logged."""

GENERAL, OUTPUT, LEVEL = "general_log", "log_output", "log_min_messages"
_SHOWN = (*EVENTS.values(), LEVEL, GENERAL, OUTPUT)
_LOGS: dict[Engine, str] = {"postgres": "postgres.log", "mysql": "mysql-general.log"}
_ABOVE_LOG = frozenset({"fatal", "panic"})
"""Levels above LOG, which messages of connections have."""


def observe_connections(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """Two emitters for each instance, and the flag that has each of the two logged.

    Raises:
        ReadFailure: not all instances could be read.
    """
    listed = instances(place)
    project = place.container.removeprefix("projects/")
    for one in listed.found:
        setting = f"gcp:sql/{place.container}/{one.resource}"
        fields = {"resource.labels.database_id": f"{project}:{one.name}"}
        if one.engine in _LOGS:
            fields["logName"] = log_name(place.container, f"cloudsql.googleapis.com/{_LOGS[one.engine]}")
        for event, flag in EVENTS.items():
            yield Emitter(
                source=SOURCE,
                scope=scope.id,
                resource=one.resource,
                dimensions={"event": event},
                fields=fields,
                shape=() if one.engine in _LOGS else some_log(place.container, "cloudsql.googleapis.com/"),
                not_applicable=one.outside,
                labels=one.labels,
                readings=listed.readings,
            )
            if not one.outside:
                yield Route(
                    id=f"{setting}#{event}",
                    kind=KIND,
                    setting=setting,
                    effect="generate",
                    origin=scope.id,
                    resource=one.resource,
                    dimensions={"event": event},
                    sources=(SOURCE,),
                    enabled=_logged(one, flag),
                    readings=listed.readings,
                    raw=one.shown(*_SHOWN),
                )
    if listed.failure is not None:
        raise listed.failure
    for kind in (SOURCE, KIND):
        yield Listing(kind=kind, at=scope.id, readings=listed.readings)


def _logged(one: Instance, flag: str) -> bool | Unread:
    match one.engine:
        case "postgres":
            on = one.switch(flag)
            if on is True and one.shown(LEVEL)["databaseFlags"].get(LEVEL) in _ABOVE_LOG:
                return one.about.unseen(LEVEL, f"{LEVEL} may keep messages of connections out of the log")
            return on
        case "mysql":
            return _general(one)
        case "sqlserver":
            return one.about.unseen("logins", "which logins a SQL Server logs is set inside of it")
        case _:
            return one.about.odd("databaseVersion", f"the engine is {one.body.get('databaseVersion')!r}")


def _general(one: Instance) -> bool | Unread:
    """Whether the general log is written, and to the file that goes to Cloud Logging."""
    on = one.switch(GENERAL)
    if on is not True:
        return on
    output = one.flag(OUTPUT)
    if isinstance(output, Unread):
        return output
    if output is None:
        return one.about.unseen(OUTPUT, f"the default of {OUTPUT} in Cloud SQL is not documented")
    places = {place.strip() for place in output.split(",")}
    if places - {"file", "table", "none"}:
        return one.about.odd(OUTPUT, f"the flag {OUTPUT} is {output!r}")
    return "file" in places and "none" not in places
