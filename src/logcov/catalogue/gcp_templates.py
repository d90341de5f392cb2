"""The role for Google Cloud as Terraform: the custom role, and a grant of it in each place that is audited.

Nothing of it holds a secret. Sources: Terraform registry, `google_organization_iam_custom_role` (its `name` is what grants
refer to), `google_organization_iam_member`, `google_folder_iam_member`, `google_project_iam_member`: the `_member`
resources take nothing away from others.
"""

import json

from logcov.catalogue.gcp_grants import (
    DESCRIPTION,
    QUOTA_ROLE,
    ROLE,
    ROLE_ABOVE,
    STAGE,
    TITLE,
    TITLE_ABOVE,
    UNNAMED,
    GcpGrants,
    Place,
)

_ARGUMENTS = {"organization": "org_id", "folder": "folder", "project": "project"}


def terraform(grants: GcpGrants) -> str:
    """The role and its grants for Terraform's Google provider."""
    own = {grants.organization or UNNAMED}
    blocks = [
        "# The role that logcov reads Google Cloud with, and where it is granted.",
        _variable(
            "organization_id", "The number of the organization that holds the role.", grants.organization
        ),
        _variable(
            "member",
            "Who audits: serviceAccount:…, as `impersonate` in logcov.yaml.",
            grants.members[0] if grants.members else "",
        ),
        _role("logcov", ROLE, TITLE, grants.role),
        *(
            _member(f"logcov_{number}", None if place.name in own else place, "logcov")
            for number, place in enumerate(grants.places, start=1)
        ),
    ]
    if grants.above:
        blocks += [
            "# What is above the audited folders and projects acts on them. It is asked much less.",
            _role("logcov_above", ROLE_ABOVE, TITLE_ABOVE, grants.above),
            _member("logcov_above", None, "logcov_above"),
        ]
    for number, project in enumerate(grants.quota_projects, start=1):
        blocks.append(
            f'resource "google_project_iam_member" "quota_{number}" {{\n'
            f"  project = {_text(project)}\n"
            f"  role    = {_text(QUOTA_ROLE)}\n"
            "  member  = var.member\n"
            "}"
        )
    return "\n\n".join(blocks) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _variable(name: str, description: str, default: str) -> str:
    lines = [f'variable "{name}" {{', f"  description = {_text(description)}", "  type        = string"]
    if default:
        lines.append(f"  default     = {_text(default)}")
    return "\n".join([*lines, "}"])


def _role(label: str, role: str, title: str, permissions: tuple[str, ...]) -> str:
    listed = "\n".join(f"    {_text(one)}," for one in permissions)
    return (
        f'resource "google_organization_iam_custom_role" "{label}" {{\n'
        "  org_id      = var.organization_id\n"
        f"  role_id     = {_text(role)}\n"
        f"  title       = {_text(title)}\n"
        f"  description = {_text(DESCRIPTION)}\n"
        f"  stage       = {_text(STAGE)}\n"
        f"  permissions = [\n{listed}\n  ]\n"
        "}"
    )


def _member(label: str, place: Place | None, role: str) -> str:
    """A grant of a role in a place; None: in the organisation that the variable names."""
    kind = "organization" if place is None else place.kind
    name = "var.organization_id" if place is None else _text(place.name)
    if place is not None and place.kind == "folder":
        name = _text(f"folders/{place.name}")
    argument = _ARGUMENTS[kind]
    return (
        f'resource "google_{kind}_iam_member" "{label}" {{\n'
        f"  {argument:<7} = {name}\n"
        f"  role    = google_organization_iam_custom_role.{role}.name\n"
        "  member  = var.member\n"
        "}"
    )
