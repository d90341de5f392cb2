"""Access Transparency: what Google's own staff did with a customer's content.

Whether it is switched on, no API tells (https://cloud.google.com/assured-workloads/access-transparency/docs/enable).
So its records are in doubt unless somebody attests that they are written; where they go from there is read like that
of any log. Projects can have it only below an organisation.
"""

from collections.abc import Iterator

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, HopKind, Listing, LogSource, Route, Scope, Shape
from logcov.providers.gcp.client import GcpPlace
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, TREE_KINDS, log_name
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.rows import Family, ObserverRow

SOURCE = "gcp.access_transparency"
KIND = "gcp.access_transparency_switch"
LOG_ID = "cloudaudit.googleapis.com/access_transparency"


def observe_access_transparency(
    place: GcpPlace,
    scope: Scope,
    location: str | None,  # noqa: ARG001 - an observer
) -> Iterator[Fact]:
    """One emitter for each container that is audited, and a switch of which nothing is known."""
    if not scope.audited:
        return
    yield Emitter(
        source=SOURCE,
        scope=scope.id,
        fields={"logName": log_name(place.container, LOG_ID)},
        not_applicable=not_in_use(scope),
        readings=scope.readings,
    )
    unseen = ReadFailure(
        call="Access Transparency", kind="not-observable", detail="no API tells whether it is switched on"
    )
    setting = f"gcp:access-transparency/{place.container}"
    yield Route(
        id=setting,
        kind=KIND,
        setting=setting,
        effect="generate",
        origin=scope.id,
        sources=(SOURCE,),
        enabled=place.session.ledger.blind(unseen, scope.id),
        readings=scope.readings,
    )
    yield Listing(kind=KIND, at=scope.id, readings=scope.readings)


ACCESS_TRANSPARENCY_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="What Google's staff did with your content",
            provider="gcp",
            scope_kinds=TREE_KINDS,
            fields=ENTRY_FIELDS,
            shape=(Shape(field="logName", op="suffix", value=f"/logs/{LOG_ID.replace('/', '%2F')}"),),
            needs=(KIND, "gcp.sink"),
            limits=(
                "No API tells whether Access Transparency is switched on: attest it, or the verdict stays unknown.",
            ),
            documentation="https://cloud.google.com/assured-workloads/access-transparency/docs/overview",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=KIND,
            title="The switch of Access Transparency",
            effects=("generate",),
            origins=TREE_KINDS,
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.access_transparency",
            provider="gcp",
            scope_kinds=TREE_KINDS,
            observe=observe_access_transparency,
            listings=(KIND,),
            sources=(SOURCE,),
        ),
    ),
)
