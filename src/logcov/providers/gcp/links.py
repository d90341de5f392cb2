"""Links to resources as Compute Engine writes them, and whether they lead into a project.

A link is a URL of any host that ends with the project and the path in it. Resources of two projects may have the same
name, so a link is never compared by its last part alone; and projects may be named by id or by number.
Source: https://cloud.google.com/apis/design/resource_names and compute v1, fields `selfLink` and `selfLinkWithId`.
"""

import re
from dataclasses import dataclass

from logcov.providers.gcp.client import GcpPlace

_LINK = re.compile(r"(?:^|/)projects/([^/]+)/((?:global|(?:regions|zones)/[^/]+)/[^/]+/[^/]+)$")

_PROJECT = re.compile(r"(?:^|/)projects/([^/]+)/")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link names.

    Attributes:
        project: its id or number.
        path: the resource in it, `global/networks/default`, `regions/europe-west1/urlMaps/shop`.
    """

    project: str
    path: str


def link_of(url: str) -> Link | None:
    """What the link names; None if it has another form."""
    found = _LINK.search(url)
    return Link(found.group(1), found.group(2)) if found else None


def project_of(url: str) -> str | None:
    """The id or number of the project that a link to anything leads into; None if it names none."""
    found = _PROJECT.search(url)
    return found.group(1) if found else None


def is_own(place: GcpPlace, project: str) -> bool | None:
    """Whether the project, named by id or number, is the one of the place. Makes no call; None: nobody told its number."""
    own = place.container.removeprefix("projects/")
    if project == own:
        return True
    if project.isdigit() == own.isdigit():
        return False
    number, name = (project, own) if project.isdigit() else (own, project)
    known = dict(place.session.projects)
    if number in known:
        return known[number] == name
    return False if name in known.values() else None
