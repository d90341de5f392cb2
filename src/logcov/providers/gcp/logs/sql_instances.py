"""Cloud SQL instances: engine, flags and labels of each, as one list per project and page tells them.

Sources: sqladmin v1, `DatabaseInstance` and `Settings.databaseFlags`; https://cloud.google.com/sql/docs/postgres/flags and
https://cloud.google.com/sql/docs/mysql/flags: a flag that is not set has the engine's default. Whether read replicas take
over the flags of their primary is not documented, so a flag that a replica does not show is in doubt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.gcp.client import About, GcpPlace
from logcov.providers.gcp.fields import entry, labels, mapping, mappings, needed_text, text
from logcov.providers.gcp.operations import Method
from logcov.providers.gcp.partial import listed_whole
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

PAGE_SIZE = 1000
"""The most that one answer holds."""

OUTSIDE = "the server runs outside of Google Cloud"

INSTANCES_LIST = Method(
    operation=Operation(
        call="cloudsql.instances.list",
        permission="cloudsql.instances.list",
        wire="GET v1/projects/{project}/instances",
        why="Cloud SQL instances and the flags that decide what they log",
    ),
    api="sqladmin",
    version="v1",
    collection=("instances",),
    name="list",
    items="items",
)

Engine = Literal["postgres", "mysql", "sqlserver", "unknown"]

_ENGINES: Mapping[str, Engine] = {"POSTGRES_": "postgres", "MYSQL_": "mysql", "SQLSERVER_": "sqlserver"}
_PRIMARY = frozenset({"CLOUD_SQL_INSTANCE"})
_ON = frozenset({"on", "true", "yes", "1"})
_OFF = frozenset({"off", "false", "no", "0"})


@dataclass(frozen=True)
class Instance:
    """One instance. `about` is for doubts over what was told of it."""

    name: str
    engine: Engine
    body: Mapping[str, Any]
    about: About

    @property
    def resource(self) -> str:
        """By what people name it within its project."""
        return f"instances/{self.name}"

    @property
    def outside(self) -> str:
        """Why it writes nothing here: it only stands for a server of somebody else's; empty if it does."""
        external = "ON_PREMISES_INSTANCE", "EXTERNAL"
        return OUTSIDE if (self.body.get("instanceType"), self.body.get("backendType")) == external else ""

    @cached_property
    def labels(self) -> Mapping[str, str] | Unread:
        """Its labels."""
        try:
            return labels(mapping(self.body, "settings"), "userLabels", self.about)
        except MalformedAnswerError as error:
            return self.about.odd("settings", str(error))

    @cached_property
    def _flags(self) -> Mapping[str, str] | Unread:
        try:
            settings = mapping(self.body, "settings")
            told = [
                (needed_text(flag, "name"), text(flag, "value"))
                for flag in mappings(settings, "databaseFlags")
            ]
        except MalformedAnswerError as error:
            return self.about.odd("databaseFlags", str(error))
        if not settings:
            return self.about.odd("settings", "it has no settings")
        if len({name for name, _ in told}) < len(told):
            return self.about.odd("databaseFlags", "a flag is set twice")
        return {name: value.strip().lower() for name, value in told}

    def flag(self, name: str) -> str | Unread | None:
        """The value of a flag, in lower case, empty where it is set without one; None: the engine's default."""
        flags = self._flags
        if isinstance(flags, Unread) or name in flags:
            return flags if isinstance(flags, Unread) else flags[name]
        if self.body.get("instanceType") in _PRIMARY:
            return None
        return self.about.unseen(
            name, f"whether a {self.body.get('instanceType')!s} takes {name} over from its primary"
        )

    def switch(self, name: str, *more_on: str) -> bool | Unread:
        """A flag that is on or off, and off by default. `more_on`: other values that mean on."""
        value = self.flag(name)
        if value is None or isinstance(value, Unread):
            return False if value is None else value
        if value in _ON or value in more_on:
            return True
        return False if value in _OFF else self.about.odd(name, f"the flag {name} is {value!r}")

    def shown(self, *names: str) -> dict[str, Any]:
        """The evidence: what was told of these flags."""
        flags = {} if isinstance(self._flags, Unread) else self._flags
        told = {name: flags[name] for name in names if name in flags}
        return {"databaseVersion": self.body.get("databaseVersion"), "databaseFlags": told}


@dataclass(frozen=True, slots=True)
class Instances:
    """The instances of a project that came, and why there may be more."""

    found: tuple[Instance, ...]
    readings: tuple[str, ...]
    failure: ReadFailure | None


def instances(place: GcpPlace) -> Instances:
    """The instances of a project, in whatever state they are: also one that is stopped writes again once it is started."""
    listed = listed_whole(
        place,
        INSTANCES_LIST,
        _warnings,
        project=place.container.removeprefix("projects/"),
        maxResults=PAGE_SIZE,
    )
    found: list[Instance] = []
    failure = listed.failure
    for item in listed.items:
        try:
            body = entry(item, "items")
            name = needed_text(body, "name")
        except MalformedAnswerError as error:
            failure = failure or ReadFailure(
                call=INSTANCES_LIST.operation.call, kind="unparseable", detail=str(error)
            )
            continue
        about = place.session.about(INSTANCES_LIST, place.scope.id, f"instances/{name}")
        found.append(Instance(name, _engine(body), body, about))
    return Instances(tuple(found), listed.readings, failure)


def _warnings(body: Mapping[str, Any]) -> list[str]:
    """What the answer warns of. With any of these warnings, "the returned result set may be incomplete"."""
    return [
        " ".join(filter(None, (text(one, "code"), text(one, "region"), text(one, "message"))))
        for one in mappings(body, "warnings")
    ]


def _engine(body: Mapping[str, Any]) -> Engine:
    version = str(body.get("databaseVersion", ""))
    return next((engine for start, engine in _ENGINES.items() if version.startswith(start)), "unknown")
