import pytest

from logcov.sandbox import Here
from sandbox.clients import GoogleClients, everything, plain


def names(google: GoogleClients, **asked: object) -> list[str]:
    projects = google("cloudresourcemanager", "v3").projects()
    return [each["projectId"] for each in everything(projects.list(**asked), projects.list_next, "projects")]


def search(google: GoogleClients, query: str) -> list[str]:
    projects = google("cloudresourcemanager", "v3").projects()
    found = everything(projects.search(query=query), projects.search_next, "projects")
    return [each["projectId"] for each in found]


def test_projects_on_their_way_out_are_listed_only_when_asked_for(google: GoogleClients) -> None:
    assert names(google, parent="folders/4740") == ["acme-legacy-crm", "acme-legacy-erp"]
    assert "acme-old-shop" in names(google, parent="folders/4740", showDeleted=True)


def test_a_list_holds_direct_children_only(google: GoogleClients) -> None:
    assert names(google, parent="folders/4713") == ["acme-shop-eu-prod"]
    assert names(google, parent="organizations/123456789012") == []


def test_a_search_finds_projects_on_every_level(google: GoogleClients) -> None:
    active = search(google, "state:ACTIVE")
    assert len(active) >= 12
    assert "acme-old-shop" not in active
    assert search(google, "state:DELETE_REQUESTED") == ["acme-old-shop"]
    assert search(google, "parent:folders/4713") == ["acme-shop-eu-prod"]


def test_a_project_is_called_by_its_number_and_found_by_either(google: GoogleClients) -> None:
    projects = google("cloudresourcemanager", "v3").projects()
    by_id = projects.get(name="projects/acme-shop-prod").execute()
    assert by_id["name"] == "projects/100000000011"
    assert projects.get(name="projects/100000000011").execute() == by_id


def test_the_organisation_names_its_workspace_customer(google: GoogleClients) -> None:
    organization = (
        google("cloudresourcemanager", "v3").organizations().get(name="organizations/123456789012").execute()
    )
    assert organization["directoryCustomerId"] == "C0acme01"


def test_the_ancestry_of_a_project_goes_up_to_the_organisation(google: GoogleClients) -> None:
    projects = google("cloudresourcemanager", "v1").projects()
    ancestor = projects.getAncestry(projectId="acme-shop-eu-prod", body={}).execute()["ancestor"]
    assert [each["resourceId"]["id"] for each in ancestor] == [
        "acme-shop-eu-prod",
        "4713",
        "4712",
        "4711",
        "123456789012",
    ]


@pytest.mark.parametrize(
    "path", ["v3/projects/acme-nowhere", "v3/folders/99", "v3/folders?parent=folders/99"]
)
def test_what_is_not_there_is_not_told_from_what_is_forbidden(here: Here, path: str) -> None:
    status, _, body = plain(f"{here.google}/{path}")
    assert (status, body["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_an_unknown_search_term_is_an_error(here: Here) -> None:
    assert plain(f"{here.google}/v3/projects:search?query=colour:red")[0] == 400
    assert plain(f"{here.google}/v3/projects")[0] == 400
