"""What the log entries of projects that are yet to be made will go through.

A new project gets sinks of its own: `_Required`, which nobody can change, and `_Default`, made as the settings of the
organisation or folder above say. Sinks of ancestors that include children act on it, too. So each organisation and
folder has a place for the projects that will be made right below it.
Source: https://cloud.google.com/logging/docs/default-settings and logging.v2 `Settings`. One call a container.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from logcov.errors import ReadFailure
from logcov.inventory import (
    Destination,
    DestinationKind,
    Emitter,
    Exclusion,
    Fact,
    Filter,
    HopKind,
    Keep,
    Listing,
    Lock,
    LogSource,
    Route,
    Scope,
    Shape,
    Unread,
)
from logcov.providers.gcp.client import About, Answer, GcpPlace, GcpSession
from logcov.providers.gcp.fields import flag, mapping, mappings, needed_text, picked, text
from logcov.providers.gcp.filters import filter_of
from logcov.providers.gcp.log_entries import ENTRY_FIELDS
from logcov.providers.gcp.operations import Method, operations
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Family, ObserverRow, Operation

SOURCE = "gcp.new_project"
SCOPE_KIND = "gcp.new_projects"
KIND = "gcp.new_project_sink"
STORE = "gcp.new_project_bucket"

SETTINGS_GET = Method(
    operation=Operation(
        call="logging.settings.get",
        permission="logging.settings.get",
        wire="GET v2/{parent}/settings",
        why="how the _Default sink of new projects is made",
    ),
    api="logging",
    version="v2",
    collection=("v2",),
    name="getSettings",
)

_AUDIT = tuple(
    f"{host}.googleapis.com/{log}"
    for log in ("activity", "system_event", "access_transparency")
    for host in ("cloudaudit", "externalaudit")
)
REQUIRED_FILTER = " OR ".join(f'LOG_ID("{log}")' for log in _AUDIT)
DEFAULT_FILTER = " AND ".join(f'NOT LOG_ID("{log}")' for log in _AUDIT)
"""The filters that Google gives the two sinks of every new project."""

REQUIRED_DAYS, DEFAULT_DAYS = 400, 30
"""How long their buckets keep entries: https://cloud.google.com/logging/docs/routing/overview#default-bucket."""

_DECIDING = ("disableDefaultSink", "defaultSinkConfig")
_SETTINGS = (*_DECIDING, "storageLocation", "kmsKeyName")


def observe_new_projects(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """The place for new projects right below an organisation or folder, and the two sinks that each will get."""
    if not scope.audited or not_in_use(scope):
        return
    below = f"{scope.id}/new-projects"
    yield Scope(
        id=below,
        kind=SCOPE_KIND,
        provider="gcp",
        name=f"new projects in {scope.name or place.container}",
        parent=scope.id,
        labels=None,
        audited=False,
        obtained_by=scope.obtained_by,
        readings=scope.readings,
    )
    yield Emitter(
        source=SOURCE,
        scope=below,
        shape=(Shape(field="logName", op="prefix", value="projects/"),),
        readings=scope.readings,
    )
    required = filter_of("gcp.logging", REQUIRED_FILTER)
    yield required
    yield _bucket(below, "_Required", REQUIRED_DAYS, Lock(mode="locked", days=REQUIRED_DAYS), {})
    yield Route(
        id=f"{below}/_Required",
        kind=KIND,
        setting=f"gcp:settings/{place.container}",
        effect="carry",
        origin=below,
        sources=(SOURCE,),
        filter=required.id,
        to=_store(below, "_Required"),
        immune=True,
    )
    try:
        answer = _settings(place.session, scope.id)
        inherited = _inherited(place.session, scope, answer.body)
    except ReadFailure as failure:
        place.session.ledger.blind(failure, below, hides=(KIND,))
        return
    about = place.session.about(SETTINGS_GET, scope.id, "settings")
    yield from _default_sink(place.container, below, answer, about, inherited=inherited)
    yield Listing(kind=KIND, at=below, readings=(answer.reading,))


def _settings(session: GcpSession, scope: str) -> Answer:
    return session.once.get(
        ("settings", scope), lambda: session.get(SETTINGS_GET, scope, name=scope.removeprefix("gcp:"))
    )


def _inherited(session: GcpSession, scope: Scope, own: Mapping[str, Any]) -> bool:
    """Whether settings of what is above may stand in for those that a folder lacks.

    Raises:
        ReadFailure: it lacks some, and those above could not be read.
    """
    if scope.kind == "gcp.organization" or any(name in own for name in _DECIDING):
        return False
    at = scope.id
    while at in session.parents:
        at = session.parents[at]
        if any(name in _settings(session, at).body for name in _DECIDING):
            return True
    return not at.startswith("gcp:organizations/")


def _store(below: str, name: str) -> str:
    return f"gcp:new-project-bucket/{below.removeprefix('gcp:').removesuffix('/new-projects')}/{name}"


def _bucket(
    below: str,
    name: str,
    days: int,
    lock: Lock | Literal[False],
    settings: Mapping[str, Any],
    readings: tuple[str, ...] = (),
) -> Destination:
    kept = (Keep(days=days),)
    return Destination(
        id=_store(below, name),
        kind=STORE,
        owner=below,
        retained=kept,
        online=kept,
        searchable=kept,
        lock=lock,
        encrypted="customer-key" if settings.get("kmsKeyName") else "provider",
        readings=readings,
        raw=picked(settings, *_SETTINGS),
    )


def _default_sink(
    container: str, below: str, answer: Answer, about: About, *, inherited: bool
) -> Iterator[Fact]:
    settings, readings = answer.body, (answer.reading,)
    yield _bucket(below, "_Default", DEFAULT_DAYS, lock=False, settings=settings, readings=readings)
    disabled: bool | Unread
    what: Filter | Unread
    if inherited:
        why = "whether a folder takes over the settings of what is above it is not documented"
        disabled = what = about.unseen("defaultSinkConfig", why)
    else:
        disabled, what = flag(settings, "disableDefaultSink", about), _filter(settings, about)
    if isinstance(what, Filter):
        yield what
    yield Route(
        id=f"{below}/_Default",
        kind=KIND,
        setting=f"gcp:settings/{container}",
        effect="carry",
        origin=below,
        sources=(SOURCE,),
        enabled=disabled if isinstance(disabled, Unread) else not disabled,
        filter=what.id if isinstance(what, Filter) else what,
        to=_store(below, "_Default"),
        readings=readings,
        raw=picked(settings, *_SETTINGS),
    )


def _filter(settings: Mapping[str, Any], about: About) -> Filter | Unread:
    """What `_Default` will let through. How a filter is joined to Google's own (`APPEND`) is not documented."""
    try:
        config = mapping(settings, "defaultSinkConfig")
        words = text(config, "filter")
        exclusions = tuple(
            Exclusion(
                name=text(one, "name"), text=needed_text(one, "filter"), disabled=one.get("disabled") is True
            )
            for one in mappings(config, "exclusions")
        )
    except MalformedAnswerError as error:
        return about.odd("defaultSinkConfig", str(error))
    mode = config.get("mode")
    if mode == "OVERWRITE" and words:
        return filter_of("gcp.logging", words, exclusions)
    if words or mode not in {None, "APPEND"}:
        return about.unseen("defaultSinkConfig", f"how the filter of mode {mode} is joined to Google's own")
    return filter_of("gcp.logging", DEFAULT_FILTER, exclusions)


NEW_PROJECT_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Log entries of projects that are yet to be made",
            provider="gcp",
            scope_kinds=(SCOPE_KIND,),
            fields=ENTRY_FIELDS,
            always_generated=True,
            needs=("gcp.sink", KIND),
            limits=(
                "What a project's makers set up in it afterwards is not foreseen; neither are organisation policies.",
                "Whether a folder takes over the settings of what is above it is not documented: then it is unknown.",
            ),
            documentation="https://cloud.google.com/logging/docs/default-settings",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=KIND,
            title="A sink that every new project is made with",
            effects=("carry",),
            origins=(SCOPE_KIND,),
            leads_to=("gcp:new-project-bucket/*",),
        ),
    ),
    destination_kinds=(
        DestinationKind(
            id=STORE,
            title="A log bucket that every new project is made with",
            pattern="gcp:new-project-bucket/*",
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.new_projects",
            provider="gcp",
            scope_kinds=("gcp.organization", "gcp.folder"),
            observe=observe_new_projects,
            listings=(KIND,),
            sources=(SOURCE,),
            operations=operations(SETTINGS_GET),
        ),
    ),
)
