"""What an audit of Google Cloud needs to be granted: a custom role, and where it is to be granted.

A custom role is made in an organisation, or in one project; folders cannot hold any. Sinks and policies of what is above
a folder or project act on it, so that a target which is no whole organisation takes a second, smaller role above.
Sources: https://cloud.google.com/iam/docs/creating-custom-roles (fields of a role; "if a permission can only be used at
the organization level, then you can't include that permission in a project-level custom role"),
https://cloud.google.com/iam/docs/understanding-custom-roles, https://cloud.google.com/sdk/gcloud/reference/iam/roles/create.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from logcov.catalogue.needed import operations_for
from logcov.catalogue.rows import OBSERVERS
from logcov.config import Config, GcpTarget

ROLE, ROLE_ABOVE = "logcovReader", "logcovReaderAbove"
TITLE, TITLE_ABOVE = "logcov reader", "logcov reader of what is above"
DESCRIPTION = "Lets logcov read how logging is configured. It allows reads only."
STAGE = "GA"

UNNAMED = "ORGANIZATION"
"""Stands for the number of an organisation that nobody told."""

RECOMMENDED = GcpTarget(organization=UNNAMED)
"""What is granted for where no configuration says otherwise."""

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""The OAuth scope of the tokens. Some APIs refuse `cloud-platform.read-only`; the role is what limits access."""

QUOTA_ROLE = "roles/serviceusage.serviceUsageConsumer"
IMPERSONATION_ROLE = "roles/iam.serviceAccountTokenCreator"

CONTAINERS = ("gcp.organization", "gcp.folder")

ALSO_ABOVE = frozenset(
    {
        "compute.firewallPolicies.get",
        "compute.organizations.listAssociations",
        "resourcemanager.folders.get",
        "resourcemanager.folders.getIamPolicy",
        "resourcemanager.organizations.get",
        "resourcemanager.organizations.getIamPolicy",
    }
)
"""Asked of what is above a project, for the project's sake: firewall policies that act on it, and who may write."""

LISTING = frozenset({"resourcemanager.folders.list", "resourcemanager.projects.list"})
"""Only for a target that has children to be found."""

NOT_IN_PROJECT_ROLES = (
    "resourcemanager.organizations",
    "resourcemanager.folders",
    "resourcemanager.projects.list",
    "compute.organizations",
)
"""How permissions begin that a custom role of a single project cannot have."""

NOT_ABOVE = frozenset({"serviceusage.services.get", "logging.settings.get"})
"""Asked by observers of organisations and folders, but of projects, or of what is itself audited, alone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a role is granted: `organization`, `folder` or `project`, and its number or id."""

    kind: Literal["organization", "folder", "project"]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GcpGrants:
    """The permissions, in order, and where they are granted to whom.

    Attributes:
        role: what is allowed in all that is audited.
        above: what is allowed in the organisation above a folder or project; empty if a whole organisation is audited.
        places: where `role` is granted.
        organization: whose roles they are; empty where the configuration does not tell.
        members: service accounts that the targets impersonate, as members of policies.
        quota_projects: that pay for the calls.
        notes: what to know besides, one sentence each.
    """

    role: tuple[str, ...]
    above: tuple[str, ...]
    places: tuple[Place, ...]
    organization: str
    members: tuple[str, ...] = ()
    quota_projects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def gcp_grants(sources: Iterable[str], targets: Sequence[GcpTarget] = (RECOMMENDED,)) -> GcpGrants:
    """What auditing these targets by these log sources needs to be granted."""
    asked = frozenset(sources)
    config = Config(gcp=tuple(targets))
    permissions = {one.permission or one.call for one in operations_for("gcp", asked, config.gcp)}
    places = tuple(dict.fromkeys(place for target in targets for place in _places(target)))
    organizations = tuple(place.name for place in places if place.kind == "organization")
    if not organizations:
        # Billing accounts are found where a whole organisation is audited.
        permissions = {one for one in permissions if not one.startswith("billing.")}
    below = [place for place in places if place.kind != "organization"]
    if not any(place.kind != "project" for place in places):
        permissions -= LISTING
    above = _above(asked) & permissions if below else set()
    # What is asked of an organisation alone need not be allowed in what is below it.
    everywhere = permissions if organizations else permissions - _only_above(permissions, places)
    accounts = (target.credentials.impersonate for target in targets if target.credentials is not None)
    members = tuple(dict.fromkeys(f"serviceAccount:{account}" for account in accounts if account))
    quota = tuple(dict.fromkeys(target.quota_project for target in targets if target.quota_project))
    return GcpGrants(
        role=tuple(sorted(everywhere)),
        above=tuple(sorted(above)),
        places=places,
        organization=next((one for one in organizations if one != UNNAMED), ""),
        members=members,
        quota_projects=quota,
        notes=tuple(_notes(organizations, below, quota, members)),
    )


def _places(target: GcpTarget) -> Iterable[Place]:
    if target.organization is not None:
        yield Place("organization", target.organization)
    elif target.folder is not None:
        yield Place("folder", target.folder)
    for project in target.projects:
        yield Place("project", project)


def _above(sources: frozenset[str]) -> set[str]:
    """What is asked of organisations and folders that are only ancestors of what is audited."""
    found = set(ALSO_ABOVE)
    for row in OBSERVERS:
        if row.provider == "gcp" and sources & set(row.sources) and set(row.scope_kinds) & set(CONTAINERS):
            found |= {one.permission or one.call for one in row.operations if "projects/" not in one.wire}
    return found - NOT_ABOVE - LISTING


def _only_above(permissions: set[str], places: Sequence[Place]) -> set[str]:
    """What nothing in these places could be asked: an organisation's own, and a folder's where only projects are audited."""
    idle = ["resourcemanager.organizations.", "compute.organizations."]
    if all(place.kind == "project" for place in places):
        idle.append("resourcemanager.folders.")
    only = {one for one in permissions if one.startswith(tuple(idle))}
    # Associations are asked of folders, too.
    return (
        only
        if all(place.kind == "project" for place in places)
        else only - {"compute.organizations.listAssociations"}
    )


def _notes(
    organizations: Sequence[str], below: Sequence[Place], quota: Sequence[str], members: Sequence[str]
) -> Iterable[str]:
    if len(organizations) > 1:
        yield f"The targets name several organizations ({', '.join(organizations)}): make the role in each of them."
    if below:
        yield (
            f"What is above a folder or project acts on it: {ROLE_ABOVE} is to be granted in its organization. Without, "
            "what depends on that is unknown."
        )
        yield "Destinations outside of what is audited are read too: grant the role in their projects as well."
        yield (
            f"Permissions that begin with {', '.join(NOT_IN_PROJECT_ROLES[:-1])} or {NOT_IN_PROJECT_ROLES[-1]} cannot be "
            "in a role of a single project (--project)."
        )
    for project in quota:
        yield f"In the quota project {project}, the caller needs {QUOTA_ROLE}."
    for member in members:
        account = member.partition(":")[2]
        yield f"Whoever starts the audit needs {IMPERSONATION_ROLE} on {account}."
    yield f"Tokens need the OAuth scope {SCOPE}."
    yield "Billing accounts are not audited: nothing is to be granted on them."


def role_yaml(grants: GcpGrants) -> str:
    """The role as `gcloud iam roles create --file` takes it, with the commands for that as comments."""
    import yaml

    role = {
        "title": TITLE,
        "description": DESCRIPTION,
        "stage": STAGE,
        "includedPermissions": list(grants.role),
    }
    organization = grants.organization or UNNAMED
    resource = f"//cloudresourcemanager.googleapis.com/organizations/{organization}"
    member = grants.members[0] if grants.members else "serviceAccount:…"
    lines = [
        "The role that logcov reads Google Cloud with. Save it as role.yaml, then:",
        f"  gcloud iam roles create {ROLE} --organization={organization} --file=role.yaml",
        *(f"  {_binding(place, organization, ROLE, member)}" for place in grants.places),
    ]
    if grants.above:
        lines += [
            "What is above is asked much less, with a role of its own:",
            f"  gcloud iam roles create {ROLE_ABOVE} --organization={organization} --title='{TITLE_ABOVE}' --stage={STAGE} \\",
            f"    --permissions={','.join(grants.above)}",
            f"  {_binding(Place('organization', organization), organization, ROLE_ABOVE, member)}",
        ]
    lines += [
        "That a permission may be in a custom role there, and its API is on, this tells:",
        f"  gcloud iam list-testable-permissions {resource} --filter='customRolesSupportLevel!=NOT_SUPPORTED'",
    ]
    text: str = yaml.safe_dump(role, sort_keys=False, width=110, allow_unicode=True)
    return "".join(f"# {line}\n" for line in lines) + text


_GROUPS = {
    "organization": "gcloud organizations",
    "folder": "gcloud resource-manager folders",
    "project": "gcloud projects",
}


def _binding(place: Place, organization: str, role: str, member: str) -> str:
    import shlex

    return (
        f"{_GROUPS[place.kind]} add-iam-policy-binding {shlex.quote(place.name)} --member={shlex.quote(member)} "
        f"--role=organizations/{organization}/roles/{role} --condition=None"
    )
