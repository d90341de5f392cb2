"""Whether an RDS database writes a log at all, and which of its records: an export alone writes nothing.

Sources: as `rds_settings`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from logcov.inventory import Filter, Unread
from logcov.providers.aws.answer_numbers import number_of
from logcov.providers.aws.logs.rds_engines import AUDIT, Engine
from logcov.providers.aws.logs.rds_settings import (
    CLUSTER_PARAMETERS,
    INSTANCE_PARAMETERS,
    Read,
    Settings,
    words,
)

PGAUDIT_CLASSES = ("READ", "WRITE", "FUNCTION", "ROLE", "DDL", "MISC", "MISC_SET")
QUERIES = {"QUERY_DDL", "QUERY_DML", "QUERY_DCL"}
OWN_USERS = frozenset({"RDSADMIN", "RDSTOPMGR"})
"""Users of AWS's own: leaving them out loses nothing of the customer's."""
DOCDB_WORDS = {"ENABLED": ("DDL",), "ALL": ("DDL", "DML_READ", "DML_WRITE")}
DOCDB_CLASSES = ("DDL", "DML_READ", "DML_WRITE")
SLOW_SAMPLING = "log_slow_rate_limit"
"""Of MariaDB: one of so many slow queries is logged."""
NEPTUNE_SLOW = frozenset({"info", "debug"})
INSIDE = "which audit records the database writes is set inside of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A DB cluster, or a DB instance that belongs to none.

    `members`: the cluster's instances; of an instance, itself.
    """

    name: str
    clustered: bool
    engine: Engine
    told: Mapping[str, Any]
    members: tuple[Mapping[str, Any], ...]

    @property
    def resource(self) -> str:
        """Its id as ARNs end: instances and clusters may have the same name."""
        return f"{'cluster' if self.clustered else 'db'}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Whether a log is written; `events` are the classes of audit records that are, None for all."""

    enabled: bool | Unread
    events: tuple[str, ...] | Unread | None = None
    readings: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    def filter(self) -> Filter | Unread | None:
        """The filter that admits what is written."""
        if self.events is None or isinstance(self.events, Unread):
            return self.events
        chosen = sorted(self.events)
        return Filter(
            id=f"aws:rds/events/{','.join(chosen)}", dialect="fields", text=json.dumps({"event": chosen})
        )


ALWAYS = Written(enabled=True)


def written(settings: Settings, database: Database, log: str) -> Written:
    """Whether this database writes this log."""
    if log == AUDIT:
        return _audit(settings, database)
    if database.engine.auditing == "neptune" and log == "slowquery":
        return _by_cluster_parameter(settings, database, "neptune_enable_slow_query_log")
    if log == "profiler":
        return _by_cluster_parameter(settings, database, "profiler", "profiler_sampling_rate")
    if log in {"general", "slowquery"}:
        return _query_log(settings, database, "general_log" if log == "general" else "slow_query_log")
    return ALWAYS


def conditional(database: Database, log: str) -> bool:
    """Whether a setting of the database decides; of others, each is written."""
    del database
    return log in {AUDIT, "general", "slowquery", "profiler"}


# --- parameters -------------------------------------------------------------------------------------------


def _own(settings: Settings, database: Database) -> Read | Unread:
    """The parameters that decide for a whole database: a cluster's, or an instance's."""
    if not database.clustered:
        return _of_instance(settings, database.told, database.name)
    states = {one.get("DBClusterParameterGroupStatus") for one in database.told.get("DBClusterMembers", [])}
    # A cluster without instances writes nothing; what its group says takes effect with the first one.
    other = sorted(str(state) for state in states if state != "in-sync")
    return settings.parameters(
        CLUSTER_PARAMETERS,
        database.told.get("DBClusterParameterGroup"),
        other[0] if other else "in-sync",
        database.name,
    )


def _of_instance(settings: Settings, told: Mapping[str, Any], subject: str) -> Read | Unread:
    groups = told.get("DBParameterGroups", [])
    one = groups[0] if len(groups) == 1 else {}
    return settings.parameters(
        INSTANCE_PARAMETERS, one.get("DBParameterGroupName"), one.get("ParameterApplyStatus"), subject
    )


def _sampled(settings: Settings, database: Database, values: Mapping[str, str], name: str) -> Unread | None:
    """That a log takes a part of its records only, as this parameter has it."""
    if number_of(values.get(name, "1")) == 1:
        return None
    call = f"rds:{CLUSTER_PARAMETERS if database.clustered else INSTANCE_PARAMETERS}"
    return settings.place.not_told(call, f"{name} is {values[name]}: samples are logged", database.name)


def _by_cluster_parameter(settings: Settings, database: Database, name: str, sampling: str = "") -> Written:
    read = _own(settings, database)
    if isinstance(read, Unread):
        return Written(enabled=read)
    value = read.values.get(name)
    on: bool | Unread = (
        True
        if (value or "").lower() in NEPTUNE_SLOW
        else settings.switch(f"rds:{CLUSTER_PARAMETERS}", value, database.name)
    )
    events = _sampled(settings, database, read.values, sampling) if on is True and sampling else None
    return Written(enabled=on, events=events, readings=read.readings, raw={name: value})


def _query_log(settings: Settings, database: Database, name: str) -> Written:
    """MySQL's general and slow query logs: every instance has a switch, and must write to files."""
    shared = _own(settings, database) if database.clustered else Read(values={})
    if isinstance(shared, Unread):
        return Written(enabled=shared)
    answers: list[bool | Unread] = []
    readings = list(shared.readings)
    raw: dict[str, Any] = {}
    sampled: Unread | None = None
    for member in database.members:
        read = _of_instance(settings, member, database.name)
        if isinstance(read, Unread):
            answers.append(read)
            continue
        readings += read.readings
        values = {**shared.values, **read.values}
        raw = {key: values.get(key) for key in (name, "log_output")}
        answers.append(_to_file(settings, database, values, name))
        if name == "slow_query_log":
            sampled = sampled or _sampled(settings, database, values, SLOW_SAMPLING)
    unread = next((one for one in answers if isinstance(one, Unread)), None)
    enabled: bool | Unread
    if unread is not None:
        enabled = unread
    elif len(set(answers)) > 1:
        told = f"some instances of the cluster have {name} on, and some do not"
        enabled = settings.place.not_told(f"rds:{INSTANCE_PARAMETERS}", told, database.name)
    else:
        # A cluster without instances has nothing to log, and its group decides for the first one.
        enabled = bool(answers[0]) if answers else _to_file(settings, database, dict(shared.values), name)
    events = sampled if enabled is True else None
    return Written(enabled=enabled, events=events, readings=tuple(dict.fromkeys(readings)), raw=raw)


def _to_file(settings: Settings, database: Database, values: Mapping[str, str], name: str) -> bool | Unread:
    call = f"rds:{INSTANCE_PARAMETERS}"
    on = settings.switch(call, values.get(name), database.name)
    if on is not True:
        return on
    output = values.get("log_output")
    if output is None:
        told = "log_output is the engine's default, which is a table in some versions and a file in others"
        return settings.place.not_told(call, told, database.name)
    return "FILE" in words(output)


# --- audit ------------------------------------------------------------------------------------------------


def _audit(settings: Settings, database: Database) -> Written:
    match database.engine.auditing:
        case "plugin":
            return _plugin(settings, database)
        case "advanced":
            return _advanced(settings, database)
        case "pgaudit":
            return _pgaudit(settings, database)
        case "docdb":
            return _docdb(settings, database)
        case "neptune":
            return _by_cluster_parameter(settings, database, "neptune_enable_audit_log")
        case "oracle" | None:
            return Written(enabled=settings.place.not_told("rds:DescribeDBInstances", INSIDE, database.name))
        case option:
            found = settings.option(option, database.told.get("OptionGroupMemberships"), database.name)
            if found is None:
                return Written(enabled=False, raw={option: None})
            if isinstance(found, Unread):
                return Written(enabled=found)
            return Written(
                enabled=settings.place.not_told("rds:DescribeOptionGroups", INSIDE, database.name),
                readings=found.readings,
            )


def _events(told: list[str]) -> tuple[str, ...] | None:
    """MySQL's audit events as patterns; None where connections and all queries are among them."""
    events = set(told)
    if "CONNECT" in events and ("QUERY" in events or events >= QUERIES):
        return None
    return tuple("QUERY*" if event == "QUERY" else event for event in sorted(events))


def _server_audit(
    settings: Settings, database: Database, call: str, read: Read, events: list[str], *, on: bool | Unread
) -> Written:
    """What MariaDB's audit plugin and Aurora's auditing have in common: events, and users that are left out."""
    chosen: tuple[str, ...] | Unread | None = None if on is False else _events(events)
    only = words(read.values.get("server_audit_incl_users"))
    without = [one for one in words(read.values.get("server_audit_excl_users")) if one not in OWN_USERS]
    if only or without:
        told = "only some users are audited" if only else "some users are not audited"
        chosen = settings.place.not_told(call, told, database.name)
    raw = {name: value for name, value in read.values.items() if name.startswith("server_audit")}
    return Written(enabled=on, events=chosen, readings=read.readings, raw=raw)


def _plugin(settings: Settings, database: Database) -> Written:
    """The option MARIADB_AUDIT_PLUGIN of MariaDB and MySQL; with it comes logging of connections and queries."""
    read = settings.option("MARIADB_AUDIT_PLUGIN", database.told.get("OptionGroupMemberships"), database.name)
    if read is None:
        return Written(enabled=False, raw={"MARIADB_AUDIT_PLUGIN": None})
    if isinstance(read, Unread):
        return Written(enabled=read)
    call = "rds:DescribeOptionGroups"
    on = settings.switch(call, read.values.get("server_audit_logging") or "ON", database.name)
    events = words(read.values.get("server_audit_events")) or ["CONNECT", "QUERY"]
    return _server_audit(settings, database, call, read, events, on=on)


def _advanced(settings: Settings, database: Database) -> Written:
    """Aurora MySQL: nothing is written unless events are named."""
    read = _own(settings, database)
    if isinstance(read, Unread):
        return Written(enabled=read)
    call = f"rds:{CLUSTER_PARAMETERS}"
    on = settings.switch(call, read.values.get("server_audit_logging"), database.name)
    events = words(read.values.get("server_audit_events"))
    return _server_audit(settings, database, call, read, events, on=on if events else False)


def _pgaudit(settings: Settings, database: Database) -> Written:
    read = _own(settings, database)
    if isinstance(read, Unread):
        return Written(enabled=read)
    call = f"rds:{CLUSTER_PARAMETERS if database.clustered else INSTANCE_PARAMETERS}"
    names = ("shared_preload_libraries", "pgaudit.log", "pgaudit.role")
    raw = {name: read.values.get(name) for name in names}
    if "PGAUDIT" not in words(read.values.get("shared_preload_libraries")):
        return Written(enabled=False, readings=read.readings, raw=raw)
    classes: set[str] = set()
    for word in words(read.values.get("pgaudit.log")):
        named = set(PGAUDIT_CLASSES) if word.lstrip("-") == "ALL" else {word.lstrip("-")} - {"NONE"}
        classes = classes - named if word.startswith("-") else classes | named
    if not classes:
        told = "pgaudit.log names no class for all; roles and databases may have their own"
        unread = settings.place.not_told(call, told, database.name)
        return Written(enabled=unread, readings=read.readings, raw=raw)
    events = None if classes >= set(PGAUDIT_CLASSES) else tuple(sorted(classes))
    return Written(enabled=True, events=events, readings=read.readings, raw=raw)


def _docdb(settings: Settings, database: Database) -> Written:
    read = _own(settings, database)
    if isinstance(read, Unread):
        return Written(enabled=read)
    value = read.values.get("audit_logs")
    raw = {"audit_logs": value}
    chosen = {part for word in words(value) for part in DOCDB_WORDS.get(word, (word,))}
    if chosen <= {"DISABLED", "NONE"}:
        return Written(enabled=False, readings=read.readings, raw=raw)
    if not chosen <= set(DOCDB_CLASSES):
        unread = settings.place.misread(
            f"rds:{CLUSTER_PARAMETERS}", f"the value {value} of audit_logs is not known", database.name
        )
        return Written(enabled=unread, readings=read.readings, raw=raw)
    events = None if chosen >= set(DOCDB_CLASSES) else tuple(sorted(chosen))
    return Written(enabled=True, events=events, readings=read.readings, raw=raw)
