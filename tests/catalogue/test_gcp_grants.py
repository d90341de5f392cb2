"""The custom role for Google Cloud: whole, in the forms that gcloud and Terraform take, and with all that an audit asks."""

import dataclasses
import re

import pytest
import yaml

from logcov.catalogue import SOURCES, operations_for
from logcov.catalogue.gcp_grants import ROLE, ROLE_ABOVE, UNNAMED, gcp_grants, role_yaml
from logcov.catalogue.gcp_templates import terraform
from logcov.collect import collect
from logcov.config import GcpTarget, GoogleCredentials
from logcov.inventory import Reading, Scope
from logcov.providers.calls import Patience

EVERYTHING = frozenset(source.id for source in SOURCES)
ORGANIZATION = GcpTarget(organization="123456789012")
FOLDER = GcpTarget(folder="10")
PROJECTS = GcpTarget(projects=("acme-prod", "acme-siem"))
MINE = dataclasses.replace(
    FOLDER, quota_project="acme-audit", credentials=GoogleCredentials(impersonate="logcov@acme-audit.test")
)


def test_the_role_is_a_file_that_gcloud_takes():
    grants = gcp_grants(EVERYTHING, [ORGANIZATION])

    role = yaml.safe_load(role_yaml(grants))

    assert list(role) == ["title", "description", "stage", "includedPermissions"]
    assert role["stage"] == "GA"
    assert tuple(role["includedPermissions"]) == grants.role
    # Limits of a custom role: https://cloud.google.com/iam/quotas.
    assert len(role["title"]) <= 100
    assert len(role["description"]) <= 300
    assert len(grants.role) <= 3000


def test_every_permission_reads_and_none_is_a_pattern():
    for permission in gcp_grants(EVERYTHING, [ORGANIZATION]).role:
        assert re.fullmatch(r"[a-z]+(\.[A-Za-z]+)+\.(get|list)[A-Za-z]*", permission)


def test_the_role_has_what_the_log_sources_need_and_no_more():
    sources = {"gcp.audit.activity"}
    grants = gcp_grants(sources, [dataclasses.replace(ORGANIZATION, read="direct")])

    assert set(grants.role) == {one.permission or one.call for one in operations_for("gcp", sources)}
    assert "logging.sinks.list" in grants.role
    assert "compute.subnetworks.list" not in grants.role


def test_a_whole_organization_needs_one_role_in_one_place():
    grants = gcp_grants(EVERYTHING, [ORGANIZATION])

    assert grants.above == ()
    assert f"gcloud iam roles create {ROLE} --organization=123456789012 --file=role.yaml" in role_yaml(grants)
    assert "gcloud organizations add-iam-policy-binding 123456789012" in role_yaml(grants)
    assert terraform(grants).count('resource "') == 2


@pytest.mark.parametrize(
    ("target", "command", "grant"),
    [
        (
            FOLDER,
            "gcloud resource-manager folders add-iam-policy-binding 10",
            'resource "google_folder_iam_member" "logcov_1" {\n  folder  = "folders/10"',
        ),
        (
            PROJECTS,
            "gcloud projects add-iam-policy-binding acme-siem",
            'resource "google_project_iam_member" "logcov_2" {\n  project = "acme-siem"',
        ),
    ],
    ids=["folder", "projects"],
)
def test_a_folder_or_project_also_needs_a_smaller_role_above(target, command, grant):
    grants = gcp_grants(EVERYTHING, [target])

    assert {"logging.sinks.list", "resourcemanager.organizations.getIamPolicy"} <= set(grants.above)
    assert len(grants.above) < len(grants.role) / 2
    assert command in role_yaml(grants)
    assert f"gcloud iam roles create {ROLE_ABOVE} --organization={UNNAMED}" in role_yaml(grants)
    assert grant in terraform(grants)
    assert 'resource "google_organization_iam_member" "logcov_above"' in terraform(grants)
    assert any(ROLE_ABOVE in note for note in grants.notes)


def test_where_projects_are_named_none_are_looked_for():
    assert not {
        one
        for one in gcp_grants(EVERYTHING, [PROJECTS]).role
        if one.endswith(("folders.list", "projects.list"))
    }


def test_whom_and_what_the_configuration_names_is_filled_in():
    grants = gcp_grants(EVERYTHING, [MINE])

    assert "--member=serviceAccount:logcov@acme-audit.test" in role_yaml(grants)
    assert 'default     = "serviceAccount:logcov@acme-audit.test"' in terraform(grants)
    assert 'project = "acme-audit"' in terraform(grants)
    assert any("roles/serviceusage.serviceUsageConsumer" in note for note in grants.notes)
    assert any("roles/iam.serviceAccountTokenCreator" in note for note in grants.notes)


@pytest.mark.parametrize(
    "target", [ORGANIZATION, FOLDER, PROJECTS, MINE], ids=["all", "folder", "projects", "mine"]
)
def test_the_terraform_is_whole(target):
    text = terraform(gcp_grants(EVERYTHING, [target]))

    bare = re.sub(r'"[^"\n]*"', '""', text)
    assert bare.count("{") == bare.count("}")
    assert bare.count("[") == bare.count("]")
    made = set(re.findall(r'^resource "(\S+)" "(\S+)"', text, re.MULTILINE))
    used = set(re.findall(r"(google_organization_iam_custom_role)\.(\w+)\.name", text))
    assert used == {one for one in made if one[0] == "google_organization_iam_custom_role"}
    assert set(re.findall(r"var\.(\w+)", text)) == set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))


def test_an_organization_that_nobody_named_is_left_to_be_filled_in():
    text = terraform(gcp_grants(EVERYTHING))

    assert UNNAMED not in text
    assert "org_id  = var.organization_id" in text


# --- against an audit -----------------------------------------------------------------------------------------


def permissions_of(readings):
    known = {one.call: one.permission or one.call for one in operations_for("gcp", EVERYTHING)}
    return {known[one.call] for one in readings if one.call in known}


@pytest.mark.parametrize("how", ["organization", "folder"])
def test_what_an_audit_asks_is_what_is_granted(acme, how):
    (target,) = acme.config.gcp
    if how == "folder":
        root = next(fact for fact in _scopes(acme, target) if fact.kind == "gcp.folder")
        target = dataclasses.replace(target, organization=None, folder=root.id.rpartition("/")[2])
    target = dataclasses.replace(target, read="direct")
    inventory = _collected(acme, target)

    grants = gcp_grants(EVERYTHING, [target])
    scopes = {fact.id: fact for fact in inventory.facts if isinstance(fact, Scope)}
    readings = [
        fact for fact in inventory.facts if isinstance(fact, Reading) and fact.place.startswith("gcp:")
    ]
    above = [one for one in readings if one.place in scopes and not scopes[one.place].audited]
    assert "logging.sinks.list" in permissions_of(readings)
    assert bool(above) is (how == "folder")
    assert permissions_of(one for one in readings if one not in above) - {
        "resourcemanager.organizations.get",
        "resourcemanager.organizations.getIamPolicy",
    } <= set(grants.role)
    assert permissions_of(above) <= set(grants.above)
    assert permissions_of(readings) <= {*grants.role, *grants.above}


def _collected(acme, target):
    config = dataclasses.replace(acme.config, gcp=(target,), aws=(), okta=(), workspace=())
    return collect(config, EVERYTHING, patience=Patience(attempts=2, longest_wait=0.01))


def _scopes(acme, target):
    return [fact for fact in _collected(acme, target).facts if isinstance(fact, Scope)]
