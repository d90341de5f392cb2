"""Links are compared whole: project and path."""

import pytest

from logcov.inventory import Scope
from logcov.providers.gcp.links import Link, is_own, link_of, project_of


@pytest.mark.parametrize(
    ("url", "link"),
    [
        (
            "https://www.googleapis.com/compute/v1/projects/p/global/networks/n",
            Link("p", "global/networks/n"),
        ),
        (
            "https://compute.googleapis.com/compute/beta/projects/12/global/networks/34",
            Link("12", "global/networks/34"),
        ),
        ("projects/example.com:p/regions/r/urlMaps/u", Link("example.com:p", "regions/r/urlMaps/u")),
        ("global/networks/n", None),
        ("https://x/projects/p/global/networks/n/more", None),
        ("https://x/myprojects/p/global/networks/n", None),
        ("", None),
    ],
)
def test_a_link_names_a_project_and_a_path(url, link) -> None:
    assert link_of(url) == link


def test_a_link_to_anything_names_its_project() -> None:
    assert project_of("//networkservices.googleapis.com/projects/p/locations/global/meshes/m") == "p"
    assert project_of("web") is None


@pytest.mark.parametrize(
    ("place", "project", "own"),
    [
        ("acme-prod", "acme-prod", True),
        ("acme-prod", "acme-siem", False),
        ("acme-prod", "1001", True),
        ("acme-prod", "1002", False),
        ("acme-prod", "77", False),
        ("acme-new", "77", None),
        ("acme-new", "1001", False),
        ("1001", "acme-prod", True),
        ("1001", "acme-siem", False),
        ("77", "acme-prod", False),
        ("77", "acme-new", None),
        ("77", "78", False),
    ],
)
def test_a_project_is_known_by_id_and_by_number(session, place, project, own) -> None:
    session.projects |= {"1001": "acme-prod", "1002": "acme-siem"}
    at = session.at(Scope(id=f"gcp:projects/{place}", kind="gcp.project", provider="gcp"), None)

    assert is_own(at, project) is own
