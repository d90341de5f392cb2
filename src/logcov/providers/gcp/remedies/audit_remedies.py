"""What has Data Access records written, in commands that are printed and never run.

gcloud has no command for audit configuration alone: a whole IAM policy is read, edited and set. Its `etag` keeps that
from undoing what somebody changed in between.
Sources: https://cloud.google.com/logging/docs/audit/configure-data-access, gcloud reference, `projects set-iam-policy`
and its likes for folders and organizations; Terraform registry, `google_project_iam_audit_config`,
`google_folder_iam_audit_config`, `google_organization_iam_audit_config` ("authoritative for a given service").
"""

from collections.abc import Sequence

from logcov.inventory import Remedy
from logcov.providers.gcp.remedies.remedy_templates import HOLDERS, PROJECT, Holder, remedy

NONE = ("not-generated", "partly-generated")
DATA_ACCESS = ("gcp.audit.data_access",)
ALL_TYPES = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
CLOUD_SQL = "cloudsql.googleapis.com"

WHOLE = "# The last command replaces the whole policy; it is refused if somebody changed it since the first one (etag)."


def _edited(holder: Holder, edit: str) -> str:
    return (
        f"{WHOLE}\n"
        f"{holder.command} get-iam-policy <{holder.name}> --format=json > policy.json\n"
        f"{edit}\n"
        f"{holder.command} set-iam-policy <{holder.name}> policy.json"
    )


def _entry(service: str, types: Sequence[str]) -> str:
    logs = ", ".join(f'{{"logType": "{one}"}}' for one in types)
    return f'{{"service": "{service}", "auditLogConfigs": [{logs}]}}'


def _terraform(holder: Holder, service: str, types: Sequence[str]) -> str:
    logs = "\n".join(f'  audit_log_config {{\n    log_type = "{one}"\n  }}' for one in types)
    return (
        f"# It replaces all that is set for {service} there: other log types, and whom it exempts.\n"
        f'resource "google_{holder.name}_iam_audit_config" "this" {{\n'
        f'  {holder.argument} = "{holder.value}"\n'
        f'  service = "{service}"\n'
        f"{logs}\n"
        "}"
    )


def _on(holder: Holder, service: str, types: Sequence[str]) -> Remedy:
    return remedy(
        _edited(
            holder,
            "# In policy.json, auditConfigs must have this, within the entry of the same service if there is one:\n"
            f"#   {_entry(service, types)}",
        ),
        _terraform(holder, service, types),
        reasons=NONE,
        sources=DATA_ACCESS,
        cause=f"gcp:{holder.id}",
    )


def _no_exemptions(holder: Holder) -> Remedy:
    return remedy(
        _edited(
            holder,
            "# In policy.json, the entry of <service> in auditConfigs must have no exemptedMembers.",
        ),
        "# All log types that are to stay on must be named.\n" + _terraform(holder, "<service>", ALL_TYPES),
        reasons=NONE,
        sources=DATA_ACCESS,
        cause=f"gcp:auditConfig/{holder.id}/{{service}}",
    )


DATABASES = remedy(
    _edited(
        PROJECT,
        "# In policy.json, auditConfigs must have this, within the entry of the same service if there is one:\n"
        f"#   {_entry(CLOUD_SQL, ('DATA_READ', 'DATA_WRITE'))}",
    ),
    _terraform(PROJECT, CLOUD_SQL, ("DATA_READ", "DATA_WRITE")),
    reasons=NONE,
    sources=("gcp.sql.audit",),
    cause=f"gcp:auditConfig/{PROJECT.id}/{CLOUD_SQL}",
)

AUDIT_REMEDIES: tuple[Remedy, ...] = (
    DATABASES,
    *(
        _on(holder, service, types)
        for service, types in (
            ("<service>", ("<log_type>",)),
            ("<service>", ALL_TYPES),
            ("allServices", ("<log_type>",)),
            ("allServices", ALL_TYPES),
        )
        for holder in HOLDERS
    ),
    *(_no_exemptions(holder) for holder in HOLDERS),
)
