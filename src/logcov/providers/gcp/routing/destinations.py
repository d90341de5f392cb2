"""What a sink's `destination` means, as an id of the inventory, and back."""

import re
from dataclasses import dataclass

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.gcp.client import About, GcpSession

_NAME = r"[^/]+"
_LOG_BUCKET = re.compile(
    rf"logging\.googleapis\.com/(?P<kind>organizations|folders|projects|billingAccounts)/(?P<id>{_NAME})"
    rf"/locations/(?P<location>{_NAME})/buckets/(?P<bucket>{_NAME})"
)
_ROUTER = re.compile(rf"logging\.googleapis\.com/projects/(?P<id>{_NAME})")
_STORAGE = re.compile(rf"storage\.googleapis\.com/(?P<bucket>{_NAME})")
_DATASET = re.compile(rf"bigquery\.googleapis\.com/projects/(?P<id>{_NAME})/datasets/(?P<dataset>{_NAME})")
_TOPIC = re.compile(rf"pubsub\.googleapis\.com/projects/(?P<id>{_NAME})/topics/(?P<topic>{_NAME})")

ROUTER = "gcp:router/"

_PARTS = {
    "logging": re.compile(
        rf"gcp:logging/(?P<container>(?:organizations|folders|projects|billingAccounts)/{_NAME})"
        rf"/locations/{_NAME}/buckets/(?P<leaf>{_NAME})"
    ),
    "router": re.compile(rf"gcp:router/(?P<container>projects/(?P<leaf>{_NAME}))"),
    "storage": re.compile(rf"gcp:storage/(?P<leaf>{_NAME})"),
    "bigquery": re.compile(rf"gcp:bigquery/(?P<container>projects/{_NAME})/datasets/(?P<leaf>{_NAME})"),
    "pubsub": re.compile(rf"gcp:pubsub/(?P<container>projects/{_NAME})/topics/(?P<leaf>{_NAME})"),
}


@dataclass(frozen=True, slots=True)
class Parts:
    """A destination id taken apart.

    Attributes:
        name: the resource's name in its API: `projects/p/topics/t`, a storage bucket's name.
        container: `projects/p`; empty for storage buckets, whose ids don't tell.
        leaf: the last part of the name.
    """

    name: str
    container: str
    leaf: str


def parts_of(kind: str, destination: str) -> Parts | None:
    """The parts of a destination id of this kind; None if it is not of that form."""
    found = _PARTS[kind].fullmatch(destination)
    if found is None:
        return None
    groups = found.groupdict()
    name = destination.removeprefix(f"gcp:{kind}/")
    return Parts(name=name, container=groups.get("container") or "", leaf=groups["leaf"])


def destination_id(session: GcpSession, text: str, about: About) -> str | Unread:
    """The inventory's id for a sink's destination, projects named by id.

    `Unread` where the text is none of the documented forms, or names a project by a number that could not be
    looked up: a wrong name would be a wrong destination.
    """
    try:
        if found := _LOG_BUCKET.fullmatch(text):
            holder = session.project_id(found["id"]) if found["kind"] == "projects" else found["id"]
            return f"gcp:logging/{found['kind']}/{holder}/locations/{found['location']}/buckets/{found['bucket']}"
        if found := _ROUTER.fullmatch(text):
            return f"{ROUTER}projects/{session.project_id(found['id'])}"
        if found := _STORAGE.fullmatch(text):
            return f"gcp:storage/{found['bucket']}"
        if found := _DATASET.fullmatch(text):
            return f"gcp:bigquery/projects/{session.project_id(found['id'])}/datasets/{found['dataset']}"
        if found := _TOPIC.fullmatch(text):
            return f"gcp:pubsub/projects/{session.project_id(found['id'])}/topics/{found['topic']}"
    except ReadFailure as failure:
        return about.failed(failure)
    return about.unseen("destination", f"{text[:200]!r} is no destination that this version knows")
