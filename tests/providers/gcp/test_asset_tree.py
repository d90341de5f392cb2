"""The tree of Cloud Asset Inventory, compared with what the caller may see."""

from typing import Any

import pytest

from logcov.providers.gcp.answers import Listed
from logcov.providers.gcp.asset_tree import Tree, tree_of
from logcov.providers.gcp.client import GcpSession
from providers.gcp.acme import folder, project
from providers.gcp.fake_google import Google, Wrong, error

ROOT = "organizations/123456789012"
INSIDE = project("acme-one", 9001, "folders/71")
OTHER = project("acme-two", 9002, ROOT)
SEARCH = "/v3/projects:search"


def asset(body: dict[str, Any], *above: str) -> dict[str, Any]:
    return {
        "name": f"//cloudresourcemanager.googleapis.com/{body['name']}",
        "ancestors": [body["name"], *above],
        "resource": {"data": body},
    }


ASSETS = [
    asset(folder(71, ROOT), ROOT),
    asset(INSIDE, "folders/71", ROOT),
    asset(OTHER, ROOT),
]


@pytest.fixture
def seen(google: Google) -> list[dict[str, Any]]:
    """What the search shows; tests may change it before they ask."""
    found = [INSIDE, OTHER]
    google.answers[SEARCH] = {"projects": found}
    return found


def tree(session: GcpSession, assets: list[Any] | None = None) -> Tree | None:
    return tree_of(session, ROOT, Listed(tuple(ASSETS if assets is None else assets), ("assets",)))


def below(found: Tree | None, container: str) -> tuple[list[str], list[str]] | None:
    assert found is not None
    known = found.below[container]
    if known is None:
        return None
    return [one["name"] for one in known[0]], [one["projectId"] for one in known[1]]


def noted(session: GcpSession) -> list[str]:
    return [spot.detail for spot in session.ledger.blind_spots() if spot.hides == ()]


def test_what_both_know_is_believed(session: GcpSession, seen: list[Any]) -> None:
    found = tree(session)
    assert below(found, ROOT) == (["folders/71"], ["acme-two"])
    assert below(found, "folders/71") == ([], ["acme-one"])
    assert noted(session) == []


def test_what_only_the_search_shows_has_its_parent_listed_directly(
    session: GcpSession, seen: list[Any]
) -> None:
    seen.append(project("acme-new", 9003, "folders/71"))
    found = tree(session)
    assert below(found, "folders/71") is None
    assert below(found, ROOT) == (["folders/71"], ["acme-two"])
    assert "acme-new" in noted(session)[0]


@pytest.mark.parametrize("change", [{"state": "DELETE_REQUESTED"}, {"parent": ROOT}])
def test_a_project_that_both_tell_differently_of_has_its_parents_listed_directly(
    session: GcpSession, seen: list[Any], change: dict[str, Any]
) -> None:
    seen[0] = {**INSIDE, **change}
    found = tree(session)
    assert below(found, "folders/71") is None
    assert (below(found, ROOT) is None) == ("parent" in change)


def test_a_project_in_a_folder_that_is_no_asset_yet_has_the_nearest_container_listed(
    google: Google, session: GcpSession, seen: list[Any]
) -> None:
    google.answers["/v3/folders/72"] = folder(72, "folders/71")
    seen.append(project("acme-new", 9003, "folders/72"))
    assert below(tree(session), "folders/71") is None


def test_projects_of_others_make_no_difference(google: Google, session: GcpSession, seen: list[Any]) -> None:
    google.answers["/v3/folders/99"] = folder(99, "organizations/5")
    seen += [
        project("theirs", 9004, "organizations/5"),
        project("theirs-too", 9005, "folders/99"),
        {key: value for key, value in project("nobodys", 9006, "").items() if key != "parent"},
    ]
    found = tree(session)
    assert found is not None
    assert None not in found.below.values()
    assert noted(session) == []


def test_what_only_the_assets_show_is_in_the_tree_and_told(session: GcpSession, seen: list[Any]) -> None:
    seen.remove(INSIDE)
    assert below(tree(session), "folders/71") == ([], ["acme-one"])
    (spot,) = session.ledger.blind_spots()
    assert (spot.kind, spot.permission, spot.hides) == ("access-denied", "resourcemanager.projects.get", ())
    assert "acme-one" in spot.detail


def test_a_project_whose_place_cannot_be_read_leaves_no_tree(
    google: Google, session: GcpSession, seen: list[Any]
) -> None:
    google.answers["/v3/folders/99"] = error(403)
    seen.append(project("whose", 9007, "folders/99"))
    assert tree(session) is None
    assert len(noted(session)) == 1


def test_a_search_that_fails_or_is_odd_leaves_no_tree(google: Google, session: GcpSession) -> None:
    google.answers[SEARCH] = error(403)
    assert tree(session) is None
    google.answers[SEARCH] = Wrong({"projects": [{"projectId": "nameless"}]})
    assert tree(session) is None
    assert len(noted(session)) == 2


def test_an_odd_project_has_its_parent_listed_directly(session: GcpSession, seen: list[Any]) -> None:
    odd = {**ASSETS[1], "resource": {"data": {**INSIDE, "state": "ON_HOLD"}}}
    assert below(tree(session, [ASSETS[0], odd, ASSETS[2]]), "folders/71") is None


@pytest.mark.parametrize("odd", [{}, 5, {"name": "x", "ancestors": [ROOT]}])
def test_an_asset_that_belongs_anywhere_leaves_no_tree(
    session: GcpSession, seen: list[Any], odd: Any
) -> None:
    assert tree(session, [*ASSETS, odd]) is None
    assert len(noted(session)) == 1


def test_a_folder_that_is_missing_between_leaves_no_tree(session: GcpSession, seen: list[Any]) -> None:
    assert tree(session, ASSETS[1:]) is None
