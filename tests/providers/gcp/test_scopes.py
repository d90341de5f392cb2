"""The tree of organisation, folders and projects."""

import pytest

from logcov.inventory import Alias, Listing, Scope, Unread
from providers.gcp.acme import ACCOUNT, ORG, folder, project
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.gathering import session_on


def read(session) -> dict[str, Scope]:
    return {fact.id: fact for fact in session.scopes() if isinstance(fact, Scope)}


def listings(session) -> set[tuple[str, str]]:
    return {(fact.kind, fact.at) for fact in session.scopes() if isinstance(fact, Listing)}


def hidden(session) -> set[tuple[str, str]]:
    return {(kind, spot.place) for spot in session.ledger.blind_spots() for kind in spot.hides}


def test_the_tree_is_walked_breadth_first_and_every_container_is_listed(google, session) -> None:
    facts = list(session.scopes())
    assert [fact.id for fact in facts if isinstance(fact, Scope)] == [
        f"gcp:{ORG}",
        f"gcp:{ACCOUNT}",
        "gcp:folders/10",
        "gcp:projects/acme-old",
        "gcp:folders/11",
        "gcp:projects/acme-siem",
        "gcp:projects/acme-central",
        "gcp:projects/acme-prod",
    ]
    listed = {(fact.kind, fact.at) for fact in facts if isinstance(fact, Listing)}
    containers = (f"gcp:{ORG}", "gcp:folders/10", "gcp:folders/11")
    apart = {("workspace.shared", f"gcp:{ORG}"), ("gcp.billing_account", f"gcp:{ORG}")}
    assert listed == {*apart, *(("scopes", at) for at in containers)}
    assert session.ledger.blind_spots() == []


def test_a_project_has_its_labels_state_parent_and_its_number_as_an_alias(google, session) -> None:
    found = read(session)
    prod = found["gcp:projects/acme-prod"]
    assert prod.parent == "gcp:folders/11"
    assert prod.labels == {"env": "prod"}
    assert prod.state == "active"
    assert prod.aliases == (Alias(id="gcp:projects/1001"),)
    assert not prod.container
    assert found["gcp:projects/acme-old"].state == "delete-requested"
    assert found["gcp:folders/10"].container


def test_the_organisation_carries_the_aliases_of_what_workspace_shares(google, session) -> None:
    org = read(session)[f"gcp:{ORG}"]
    assert org.name == "acme.example"
    assert org.parent is None
    assert {alias.id: alias.sets["logName"] for alias in org.aliases} == {
        "workspace:shared/C0acme01/activity": f"{ORG}/logs/cloudaudit.googleapis.com%2Factivity",
        "workspace:shared/C0acme01/data_access": f"{ORG}/logs/cloudaudit.googleapis.com%2Fdata_access",
        "workspace:shared/C0acme01/access_transparency": f"{ORG}/logs/cloudaudit.googleapis.com%2Faccess_transparency",
    }


def test_an_organisation_that_cannot_be_read_is_there_without_aliases_and_its_tree_is_walked(
    google, session
) -> None:
    google.answers[f"/v3/{ORG}"] = error(403)
    found = read(session)
    org = found[f"gcp:{ORG}"]
    assert isinstance(org.state, Unread)
    assert org.aliases == ()
    assert org.container
    assert "gcp:projects/acme-prod" in found
    assert ("workspace.shared", f"gcp:{ORG}") in hidden(session)


def test_an_organisation_without_a_customer_id_lists_no_aliases(google, session) -> None:
    del google.answers[f"/v3/{ORG}"]["directoryCustomerId"]
    assert ("workspace.shared", f"gcp:{ORG}") not in listings(session)
    assert ("workspace.shared", f"gcp:{ORG}") in hidden(session)


@pytest.mark.parametrize("kind", ["folders", "projects"])
def test_a_container_is_listed_only_if_its_folders_and_its_projects_were(google, session, kind) -> None:
    google.answers[f"/v3/{kind}?parent=folders/10"] = error(403)
    listed = listings(session)
    assert ("scopes", "gcp:folders/10") not in listed
    assert ("scopes", f"gcp:{ORG}") in listed
    assert hidden(session) == {("scopes", "gcp:folders/10")}
    (spot,) = session.ledger.blind_spots()
    assert spot.permission == f"resourcemanager.{kind}.list"


def test_a_project_without_an_id_leaves_the_container_unlisted_and_the_others_in_place(
    google, session
) -> None:
    google.answers["/v3/projects?parent=folders/10"] = Wrong(
        {"projects": [{"name": "projects/7"}, project("b", 8, "x")]}
    )
    found = read(session)
    assert "gcp:projects/b" in found
    assert ("scopes", "gcp:folders/10") in hidden(session)


@pytest.mark.parametrize("state", ["STATE_UNSPECIFIED", "FROZEN", None, 1])
def test_a_state_that_is_not_known_is_unread_and_never_takes_a_project_out(google, session, state) -> None:
    held = project("odd", 9, "folders/11", state=state)
    google.answers["/v3/projects?parent=folders/11"] = Wrong({"projects": [held]})
    assert isinstance(read(session)["gcp:projects/odd"].state, Unread)


def test_labels_of_a_wrong_type_are_unread(google, session) -> None:
    held = project("odd", 9, "folders/11", labels={"a": 1})
    google.answers["/v3/projects?parent=folders/11"] = Wrong({"projects": [held]})
    assert isinstance(read(session)["gcp:projects/odd"].labels, Unread)


def test_a_folder_target_has_what_is_below_it_and_its_ancestors_as_no_containers(google) -> None:
    session = session_on(google.endpoint, folder="11")
    found = read(session)
    assert {scope: found[scope].container for scope in found} == {
        "gcp:folders/11": True,
        "gcp:folders/10": False,
        f"gcp:{ORG}": False,
        "gcp:projects/acme-prod": False,
    }
    assert {scope: found[scope].audited for scope in found} == {
        "gcp:folders/11": True,
        "gcp:folders/10": False,
        f"gcp:{ORG}": False,
        "gcp:projects/acme-prod": True,
    }
    assert found["gcp:folders/11"].parent == "gcp:folders/10"
    session.close()


def test_a_target_of_projects_has_each_ancestor_once(google) -> None:
    session = session_on(google.endpoint, projects=("acme-prod", "acme-siem"))
    facts = [fact.id for fact in session.scopes() if isinstance(fact, Scope)]
    assert facts == [
        "gcp:projects/acme-prod",
        "gcp:folders/11",
        "gcp:folders/10",
        f"gcp:{ORG}",
        "gcp:projects/acme-siem",
    ]
    assert session.owner("projects/acme-siem") == "gcp:projects/acme-siem"
    assert session.owner("projects/other") is None
    session.close()


def test_an_ancestor_that_cannot_be_read_leaves_its_own_parent_open(google) -> None:
    google.answers["/v3/folders/10"] = error(403)
    session = session_on(google.endpoint, projects=("acme-prod",))
    found = read(session)
    assert isinstance(found["gcp:folders/10"].parent, Unread)
    assert f"gcp:{ORG}" not in found
    session.close()


def test_a_configured_project_that_cannot_be_read_is_there_all_the_same(google) -> None:
    google.answers["/v3/projects/acme-prod"] = error(403)
    session = session_on(google.endpoint, projects=("acme-prod",))
    (scope,) = read(session).values()
    assert scope.id == "gcp:projects/acme-prod"
    assert isinstance(scope.state, Unread)
    assert isinstance(scope.labels, Unread)
    assert isinstance(scope.parent, Unread)
    session.close()


def test_a_project_configured_by_number_is_known_by_its_id(google) -> None:
    session = session_on(google.endpoint, projects=("1001", "acme-prod"))
    assert [scope for scope in read(session) if "projects" in scope] == ["gcp:projects/acme-prod"]
    session.close()


def test_a_folder_that_is_met_twice_is_walked_once(google, session) -> None:
    google.answers["/v3/folders?parent=folders/11"] = Pages("folders", [[folder(10, "folders/11")]])
    list(session.scopes())
    assert google.count("/v3/folders?parent=folders/10") == 3


def test_organisations_and_folders_cannot_carry_labels(google, session) -> None:
    found = read(session)
    assert found["gcp:organizations/123456789012"].labels is None
    assert found["gcp:folders/10"].labels is None


def test_folders_that_cannot_be_read_carry_no_labels_either(google) -> None:
    google.answers["/v3/folders/10"] = error(403)
    session = session_on(google.endpoint, folder="10")
    assert read(session)["gcp:folders/10"].labels is None
    session.close()
