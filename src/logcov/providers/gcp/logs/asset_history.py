"""Cloud Asset Inventory: the history of what resources and policies looked like, and the feeds that tell of changes.

A project's history is kept where the Cloud Asset API is switched on in it (CIS Google Cloud Foundations 2.13). Feeds
of a project, a folder or an organisation publish changes below it to a Pub/Sub topic.
Sources: https://cloud.google.com/asset-inventory/docs/monitoring-asset-changes, serviceusage.services.get and
cloudasset.feeds.list; one call each a container is the least that the APIs allow.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Field, Filter, HopKind, Listing, LogSource, Route, Scope, Unread
from logcov.providers.gcp.apis import SERVICES_GET, service_state
from logcov.providers.gcp.client import About, GcpPlace
from logcov.providers.gcp.fields import entry, mapping, needed_text, picked, text, texts
from logcov.providers.gcp.filters import canonical, filter_of
from logcov.providers.gcp.log_entries import TREE_KINDS
from logcov.providers.gcp.operations import Method, operations
from logcov.providers.gcp.routing.destinations import destination_id
from logcov.providers.gcp.routing.sinks import UNTOLD
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Family, ObserverRow, Operation

SOURCE = "gcp.asset.change"
SWITCH = "gcp.asset_api"
FEED = "gcp.asset_feed"
API = "cloudasset.googleapis.com"

CONTENT_TYPES = ("RESOURCE", "IAM_POLICY", "ORG_POLICY", "ACCESS_POLICY", "OS_INVENTORY", "RELATIONSHIP")

FEEDS_LIST = Method(
    operation=Operation(
        call="cloudasset.feeds.list",
        permission="cloudasset.feeds.list",
        wire="GET v1/{parent}/feeds",
        why="where changes of assets are published",
    ),
    api="cloudasset",
    version="v1",
    collection=("feeds",),
    name="list",
    items="feeds",
)

_PLAIN = re.compile(r"[A-Za-z0-9./]+")
"""Asset types without anything that a regular expression could mean otherwise: a dot fits itself."""


def observe_asset_history(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """A project as an emitter, and whether the API that keeps its history is on.

    Raises:
        ReadFailure: its state could not be read.
    """
    if not scope.audited:
        return
    idle = not_in_use(scope)
    yield Emitter(source=SOURCE, scope=scope.id, not_applicable=idle, readings=scope.readings)
    if idle:
        yield Listing(kind=SWITCH, at=scope.id, readings=scope.readings)
        return
    answer = service_state(place, API)
    about = place.session.about(SERVICES_GET, scope.id, API)
    state = answer.body.get("state")
    enabled: bool | Unread
    if state in {"ENABLED", "DISABLED"}:
        enabled = state == "ENABLED"
    else:
        enabled = about.odd("state", f"the state of {API} is {state!r}")
    setting = f"gcp:services/{place.container}/{API}"
    yield Route(
        id=setting,
        kind=SWITCH,
        setting=setting,
        effect="generate",
        origin=scope.id,
        sources=(SOURCE,),
        enabled=enabled,
        readings=(answer.reading,),
        raw=picked(answer.body, "name", "state"),
    )
    yield Listing(kind=SWITCH, at=scope.id, readings=(answer.reading,))


def observe_feeds(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """The feeds of one organisation, folder or project.

    Raises:
        ReadFailure: not all of them could be read.
    """
    if not_in_use(scope):
        return
    listed = place.session.list_all(FEEDS_LIST, scope.id, parent=place.container)
    failure = listed.failure
    for item in listed.items:
        try:
            body = entry(item, "feeds")
            name = needed_text(body, "name").rpartition("/")[2]
            output = mapping(mapping(body, "feedOutputConfig"), "pubsubDestination")
            topic = needed_text(output, "topic")
        except MalformedAnswerError as error:
            failure = failure or ReadFailure(
                call=FEEDS_LIST.operation.call, kind="unparseable", detail=str(error)
            )
            continue
        about = place.session.about(FEEDS_LIST, scope.id, name)
        told = _filter(body, about)
        if isinstance(told, Filter):
            yield told
        setting = f"gcp:feeds/{place.container}/{name}"
        yield Route(
            id=setting,
            kind=FEED,
            setting=setting,
            effect="carry",
            origin=scope.id,
            descends=True,
            sources=(SOURCE,),
            filter=told.id if isinstance(told, Filter) else told,
            to=destination_id(place.session, f"pubsub.googleapis.com/{topic}", about),
            # The service agent of some project publishes, and the answer does not say of which.
            writer=UNTOLD,
            readings=listed.readings,
            raw=picked(body, "name", "assetTypes", "assetNames", "contentType", "condition"),
        )
    if failure is not None:
        raise failure
    yield Listing(kind=FEED, at=scope.id, readings=listed.readings)


def _filter(body: Mapping[str, Any], about: About) -> Filter | Unread | None:
    """Which changes a feed publishes. What is not a list of plain types is in doubt."""
    try:
        names, types = texts(body, "assetNames"), texts(body, "assetTypes")
        content = text(body, "contentType")
    except MalformedAnswerError as error:
        return about.odd("filter", str(error))
    if body.get("condition") or body.get("relationshipTypes") or (names and names != [".*"]):
        return about.unseen("condition", "its condition, names or relationships are not understood")
    wanted: dict[str, Any] = {}
    if content in CONTENT_TYPES:
        wanted["content_type"] = content
    elif content not in {"", "CONTENT_TYPE_UNSPECIFIED"}:
        return about.odd("contentType", f"the content type is {content!r}")
    if not names and types != [".*"]:
        if not types or not all(_PLAIN.fullmatch(one) for one in types):
            return about.unseen("assetTypes", "its asset types are patterns")
        wanted["asset_type"] = sorted(set(types))
    return filter_of("fields", canonical(wanted)) if wanted else None


ASSET_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="What resources and policies looked like before and after a change",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                Field(name="asset_type", optional=False),
                Field(name="content_type", kind="finite", values=CONTENT_TYPES, optional=False),
            ),
            needs=(SWITCH, FEED),
            limits=(
                "Cloud Asset Inventory keeps its history 35 days, and what it tells may be hours old.",
                "Which service agent publishes for a feed is not told, so whether it may publish stays unknown.",
            ),
            documentation="https://cloud.google.com/asset-inventory/docs/asset-inventory-overview",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=SWITCH,
            title="The Cloud Asset API of a project",
            effects=("generate",),
            origins=("gcp.project",),
        ),
        HopKind(
            id=FEED,
            title="A feed of asset changes",
            effects=("carry",),
            origins=TREE_KINDS,
            descends=True,
            leads_to=("gcp:pubsub/*",),
            sources=(SOURCE,),
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.asset_history",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=observe_asset_history,
            listings=(SWITCH,),
            sources=(SOURCE,),
            operations=operations(SERVICES_GET),
        ),
        ObserverRow(
            name="gcp.asset_feeds",
            provider="gcp",
            scope_kinds=TREE_KINDS,
            observe=observe_feeds,
            listings=(FEED,),
            sources=(SOURCE,),
            operations=operations(FEEDS_LIST),
        ),
    ),
)
