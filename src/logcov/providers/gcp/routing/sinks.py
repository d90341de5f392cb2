"""Sinks: where organisations, folders, projects and billing accounts route their log entries.

Source: LogSink in logging.v2, and cloud.google.com/logging/docs/routing/overview. An entry passes a sink if it
is enabled, the filter holds, and no enabled exclusion does. Without `includeChildren` a sink of an organisation
or folder takes that container's own entries only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Exclusion, Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.gcp.client import About, GcpPlace, GcpSession, Listed
from logcov.providers.gcp.fields import entry, first_moment, flag, mappings, needed_text, picked, text
from logcov.providers.gcp.filters import filter_of
from logcov.providers.gcp.operations import SINKS_LIST
from logcov.providers.gcp.routing.destinations import ROUTER, destination_id
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.google import MalformedAnswerError

KIND = "gcp.sink"
SOURCES = ("gcp.*", "workspace.activity")
REQUIRED = "_Required"
DEFAULT = "_Default"

UNTOLD = "not told"
"""Stands for a writer where the API names none although the destination needs a grant."""

_DECIDING = (
    "name",
    "destination",
    "filter",
    "exclusions",
    "disabled",
    "includeChildren",
    "interceptChildren",
    "writerIdentity",
    "bigqueryOptions",
)
_KNOWN = frozenset(
    {*_DECIDING, "description", "resourceName", "outputVersionFormat", "createTime", "updateTime"}
)
_KNOWN_OF_EXCLUSIONS = frozenset({"name", "description", "filter", "disabled", "createTime", "updateTime"})


@dataclass(frozen=True, slots=True)
class SinkFacts:
    """A sink as a route from its own container, and its filter if that could be read."""

    name: str
    route: Route
    filter: Filter | None


def setting_id(container: str, name: str) -> str:
    """The object that a person would mend."""
    return f"gcp:sinks/{container}/{name}"


def container_of(setting: str) -> str:
    """The container whose sink this setting is: `projects/acme-prod`."""
    return setting.removeprefix("gcp:sinks/").rpartition("/")[0]


def observe_sinks(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """The sinks of one organisation, folder, project or billing account.

    Raises:
        ReadFailure: not all of them could be read.
    """
    if not_in_use(scope):
        return
    listed = place.session.sinks(place.container)
    found, failure = read_sinks(place.session, place.container, listed)
    for sink in found:
        if sink.filter is not None:
            yield sink.filter
        yield sink.route
    if failure is not None:
        raise failure
    yield Listing(kind=KIND, at=scope.id, readings=listed.readings)


def read_sinks(
    session: GcpSession, container: str, listed: Listed
) -> tuple[list[SinkFacts], ReadFailure | None]:
    """The sinks that came, and why there may be more."""
    found: list[SinkFacts] = []
    failure = listed.failure
    for item in listed.items:
        try:
            body = entry(item, "sinks")
            name = needed_text(body, "name")
        except MalformedAnswerError as error:
            failure = failure or ReadFailure(
                call=SINKS_LIST.operation.call, kind="unparseable", detail=str(error)
            )
            continue
        found.append(_sink(session, container, name, body, listed.readings))
    return found, failure


def _sink(
    session: GcpSession, container: str, name: str, body: Mapping[str, Any], readings: tuple[str, ...]
) -> SinkFacts:
    about = session.about(SINKS_LIST, f"gcp:{container}", name)
    setting = setting_id(container, name)
    to = _to(session, body, about)
    includes = flag(body, "includeChildren", about)
    told = _filter(body, about)
    route = Route(
        id=setting,
        kind=KIND,
        setting=setting,
        effect="carry",
        origin=f"gcp:{container}",
        descends=includes if _has_children(container) else False,
        sources=SOURCES,
        enabled=_enabled(body, about),
        filter=told.id if isinstance(told, Filter) else told,
        to=to,
        intercepts=_intercepts(container, body, includes, to, about),
        immune=name == REQUIRED,
        since=first_moment(body, "updateTime", "createTime"),
        writer=_writer(container, body, to),
        readings=readings,
        raw=picked(body, *_DECIDING),
    )
    return SinkFacts(name, route, told if isinstance(told, Filter) else None)


def _has_children(container: str) -> bool:
    """Whether sinks there can include children: LogSink says that this "applies only to sinks owned by organizations and folders"."""
    return container.startswith(("organizations/", "folders/"))


def _to(session: GcpSession, body: Mapping[str, Any], about: About) -> str | Unread:
    try:
        return destination_id(session, needed_text(body, "destination"), about)
    except MalformedAnswerError as error:
        return about.odd("destination", str(error))


def _enabled(body: Mapping[str, Any], about: About) -> bool | Unread:
    """Whether the sink works. A setting that this version does not know might stop or change it: then in doubt."""
    disabled = flag(body, "disabled", about)
    if disabled is True:
        return False
    strangers = sorted(name for name, value in body.items() if name not in _KNOWN and value)
    if strangers:
        return about.unseen("unknown fields", f"this version does not know {', '.join(strangers)} of a sink")
    return disabled if isinstance(disabled, Unread) else True


def _filter(body: Mapping[str, Any], about: About) -> Filter | Unread | None:
    """Filter and exclusions as configured; None where everything passes."""
    try:
        exclusions = [_exclusion(each) for each in mappings(body, "exclusions")]
        words = text(body, "filter")
    except MalformedAnswerError as error:
        return about.odd("filter", str(error))
    if not words and not exclusions:
        return None
    return filter_of("gcp.logging", words, exclusions)


def _exclusion(body: Mapping[str, Any]) -> Exclusion:
    disabled = body.get("disabled", False)
    if not isinstance(disabled, bool):
        raise MalformedAnswerError("disabled of an exclusion is neither true nor false")
    strangers = sorted(name for name, value in body.items() if name not in _KNOWN_OF_EXCLUSIONS and value)
    if strangers:
        raise MalformedAnswerError(f"this version does not know {', '.join(strangers)} of an exclusion")
    return Exclusion(name=text(body, "name"), text=needed_text(body, "filter"), disabled=disabled)


def _intercepts(
    container: str, body: Mapping[str, Any], includes: object, to: str | Unread, about: About
) -> bool | Unread:
    """Whether it takes entries away from the sinks below.

    The API asks for `includeChildren` and a project as destination; what it does otherwise is not documented.
    """
    wanted = flag(body, "interceptChildren", about)
    if wanted is False or isinstance(wanted, Unread):
        return wanted
    whole = includes is True and _has_children(container)
    if whole and isinstance(to, str) and to.startswith(ROUTER):
        return True
    return about.unseen(
        "interceptChildren", "interceptChildren without includeChildren and a project to route to"
    )


def _writer(container: str, body: Mapping[str, Any], to: str | Unread) -> str:
    """Who writes to the destination; empty where no grant is needed: a log bucket of the sink's own container."""
    told = body.get("writerIdentity", "")
    if isinstance(told, str) and told:
        return told
    own = isinstance(to, str) and to.startswith(f"gcp:logging/{container}/")
    return "" if told == "" and own else UNTOLD


_PASSING_BY = (
    "cloudaudit.googleapis.com/activity",
    "cloudaudit.googleapis.com/system_event",
    "cloudaudit.googleapis.com/access_transparency",
)
"""What `_Default` does not store when it was routed here from elsewhere."""

_UNCERTAIN = "cloudaudit.googleapis.com/access_transparency"


def onward_sinks(
    session: GcpSession, container: str, origin: str
) -> tuple[list[SinkFacts], ReadFailure | None]:
    """A project's sinks as they act on entries that were routed to it, and why there may be more.

    * Routed Admin Activity and System Event entries pass neither `_Required` nor `_Default`; whether Access
      Transparency does is not documented. `_Required` admits nothing else, so it is left out.
    * Entries are routed on once; whether a project that they are routed on to routes them again is not documented.
    """
    found, failure = read_sinks(session, container, session.sinks(container))
    onward: list[SinkFacts] = []
    for sink in found:
        if sink.name == REQUIRED:
            continue
        about = session.about(SINKS_LIST, origin, sink.name)
        route = replace(
            sink.route, id=f"{sink.route.id}@router", origin=origin, descends=False, intercepts=False
        )
        if isinstance(route.to, str) and route.to.startswith(ROUTER) and route.enabled is not False:
            again = about.unseen("second project", "whether entries are routed on twice is not documented")
            route = replace(route, enabled=again)
        if sink.name == DEFAULT:
            onward += _default_onward(sink, route, about)
        else:
            onward.append(replace(sink, route=route))
    return onward, failure


def _default_onward(sink: SinkFacts, route: Route, about: About) -> Iterator[SinkFacts]:
    """`_Default` for what it surely stores, and, in doubt, for what it may."""
    if isinstance(route.filter, Unread):
        # Nothing can be taken from a filter that was not read; the doubt covers all of it.
        yield replace(sink, route=route)
        return
    base = sink.filter if sink.filter is not None else filter_of("gcp.logging", "")
    surely = filter_of(
        "gcp.logging",
        base.text,
        (
            *base.exclusions,
            Exclusion(
                name="not stored once routed", text=" OR ".join(f'LOG_ID("{log}")' for log in _PASSING_BY)
            ),
        ),
    )
    yield replace(sink, route=replace(route, filter=surely.id), filter=surely)
    if route.enabled is False:
        return
    perhaps = filter_of(
        "gcp.logging",
        base.text,
        (*base.exclusions, Exclusion(name="all else", text=f'NOT LOG_ID("{_UNCERTAIN}")')),
    )
    doubt = about.unseen(
        "access transparency", "whether _Default stores routed Access Transparency logs is not documented"
    )
    yield replace(
        sink,
        route=replace(route, id=f"{route.id}-access-transparency", filter=perhaps.id, enabled=doubt),
        filter=perhaps,
    )
