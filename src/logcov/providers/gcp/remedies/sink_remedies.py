"""What closes gaps on the way of log entries: sinks made, switched on, or made to take more.

A new sink takes nothing from those that are there. Where an existing one could be changed, that is told first.
Sources: https://cloud.google.com/sdk/gcloud/reference/logging/sinks/create and …/update,
https://cloud.google.com/sdk/gcloud/reference/alpha/monitoring/policies/update,
https://cloud.google.com/logging/docs/export/configure_export_v2 (destinations, roles of writers), Terraform registry,
`google_logging_project_sink`, `google_logging_folder_sink`, `google_logging_organization_sink`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from logcov.inventory import Remedy
from logcov.providers.gcp.remedies.remedy_templates import HOLDERS, PROJECT, Holder, remedy

BESIDE = ("not-routed", "wrong-destination", "filtered-out", "sampled", "intercepted")
"""What another sink beside those that are there closes."""

_OF_LOG = {"field_logName": "{_kind}/{_holder}/logs/{log}"}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which entries a sink is to take: as a filter, for which log sources, and what must be known for that."""

    filter: str
    sources: tuple[str, ...]
    given: Mapping[str, str]


FLOWS = _Wanted('logName:"googleapis.com%2Fvpc_flows"', ("gcp.vpc.flow",), {})
WORKLOADS = _Wanted('resource.type="k8s_container"', ("gcp.gke.workload",), {})
ONE_LOG = _Wanted(
    'logName:"/logs/<log>"',
    (
        "gcp.audit.*",
        "gcp.access_transparency",
        "gcp.firewall.*",
        "gcp.nat.*",
        "gcp.dns.*",
        "gcp.lb.*",
        "gcp.armor.*",
        "gcp.ids.*",
        "gcp.sql.audit",
        "gcp.sql.connection",
        "gcp.gke.control_plane",
    ),
    _OF_LOG,
)
EVERYTHING = _Wanted("", ("gcp.any", "gcp.new_project", "gcp.gke.*"), {})
"""Of some logs the names are not known: nothing less than everything surely has them in it."""

WANTED = (FLOWS, WORKLOADS, ONE_LOG, EVERYTHING)


@dataclass(frozen=True, slots=True)
class _Target:
    """A destination: its id, its name for sinks, and how a writer is let in (none is needed where that is empty)."""

    to: str
    destination: str
    grant: str
    terraform: str


_MEMBER = "google_logging_{holder}_sink.this.writer_identity"
TARGETS = (
    _Target(
        "gcp:storage/{bucket}",
        "storage.googleapis.com/<bucket>",
        'gcloud storage buckets add-iam-policy-binding gs://<bucket> --member="$WRITER" --role=roles/storage.objectCreator',
        """
        resource "google_storage_bucket_iam_member" "this" {
          bucket = "<bucket>"
          role   = "roles/storage.objectCreator"
          member = MEMBER
        }
        """,
    ),
    _Target(
        "gcp:pubsub/projects/{to_project}/topics/{topic}",
        "pubsub.googleapis.com/projects/<to_project>/topics/<topic>",
        'gcloud pubsub topics add-iam-policy-binding <topic> --project=<to_project> --member="$WRITER" --role=roles/pubsub.publisher',
        """
        resource "google_pubsub_topic_iam_member" "this" {
          project = "<to_project>"
          topic   = "<topic>"
          role    = "roles/pubsub.publisher"
          member  = MEMBER
        }
        """,
    ),
    _Target(
        "gcp:bigquery/projects/{to_project}/datasets/{dataset}",
        "bigquery.googleapis.com/projects/<to_project>/datasets/<dataset>",
        "bq query --project_id=<to_project> --nouse_legacy_sql"
        " 'GRANT `roles/bigquery.dataEditor` ON SCHEMA `<to_project>`.`<dataset>` TO \"'\"$WRITER\"'\"'",
        """
        resource "google_bigquery_dataset_iam_member" "this" {
          project    = "<to_project>"
          dataset_id = "<dataset>"
          role       = "roles/bigquery.dataEditor"
          member     = MEMBER
        }
        """,
    ),
    _Target(
        "gcp:logging/projects/{project}/locations/{to_location}/buckets/{log_bucket}",
        "logging.googleapis.com/projects/<project>/locations/<to_location>/buckets/<log_bucket>",
        "",
        "",
    ),
    _Target(
        "gcp:logging/projects/{to_project}/locations/{to_location}/buckets/{log_bucket}",
        "logging.googleapis.com/projects/<to_project>/locations/<to_location>/buckets/<log_bucket>",
        'gcloud projects add-iam-policy-binding <to_project> --member="$WRITER" --role=roles/logging.bucketWriter --condition=None',
        """
        resource "google_project_iam_member" "this" {
          project = "<to_project>"
          role    = "roles/logging.bucketWriter"
          member  = MEMBER
        }
        """,
    ),
    _Target(
        "gcp:router/projects/{to_project}",
        "logging.googleapis.com/projects/<to_project>",
        'gcloud projects add-iam-policy-binding <to_project> --member="$WRITER" --role=roles/logging.logWriter --condition=None',
        """
        resource "google_project_iam_member" "this" {
          project = "<to_project>"
          role    = "roles/logging.logWriter"
          member  = MEMBER
        }
        """,
    ),
)


def _sink(holder: Holder, name: str, lines: str) -> str:
    """A sink in Terraform, with more arguments."""
    arguments = [f'name = "{name}"', f'{holder.argument} = "<{holder.name}>"', *lines.splitlines()]
    body = "\n".join(f"  {line}" for line in arguments)
    return f'resource "google_logging_{holder.name}_sink" "this" {{\n{body}\n}}'


def _escaped(text: str) -> str:
    return text.replace('"', '\\"')


def _causes(holder: Holder) -> str:
    ways = [f"gcp:{holder.id}", f"gcp:sinks/{holder.id}/{{_sink}}"]
    if holder is not PROJECT:
        ways = [f"gcp:{holder.id}/new-projects", *ways, f"gcp:settings/{holder.id}"]
    return "|".join(ways)


def _made(holder: Holder, target: _Target, wanted: _Wanted) -> Remedy:
    above = holder is not PROJECT
    name = "<source>" + (".all" if above else "")
    note = (
        "# It takes what is written below as well. Another sink here that lacks --include-children could do the same."
        if above
        else "# For all projects at once: one sink of the organization with --include-children, a new one or one that is there."
    )
    everything = "" if wanted.filter else "\n# It has no filter: it takes every entry.\n"
    filtered = f" --log-filter='{wanted.filter}'" if wanted.filter else ""
    children = " --include-children" if above else ""
    grant = (
        f"\nWRITER=$(gcloud logging sinks describe {name} {holder.flag} --format='value(writerIdentity)')\n"
        f"{target.grant}"
        if target.grant
        else ""
    )
    arguments = f'destination = "{target.destination}"\n'
    if wanted.filter:
        arguments += f'filter = "{_escaped(wanted.filter)}"\n'
    if above:
        arguments += "include_children = true\n"
    else:
        arguments += "unique_writer_identity = true\n"
    terraform = _sink(holder, name, arguments)
    if target.terraform:
        terraform += "\n" + target.terraform.replace("MEMBER", _MEMBER.format(holder=holder.name)).replace(
            "\n        ", "\n"
        )
    return remedy(
        f"{note}\n{everything.lstrip()}"
        f"gcloud logging sinks create {name} {target.destination} {holder.flag}{children}{filtered}{grant}",
        terraform.rstrip(),
        reasons=BESIDE,
        sources=wanted.sources,
        cause=_causes(holder),
        to=target.to,
        given=wanted.given,
    )


CREATED: tuple[Remedy, ...] = tuple(
    _made(holder, target, wanted)
    for wanted in WANTED
    for holder in HOLDERS
    for target in TARGETS
    if "{project}" not in target.to or holder is PROJECT
)


def _widened(holder: Holder, wanted: _Wanted) -> Remedy:
    """Lets a sink take more. An empty filter takes everything."""
    if wanted.filter:
        flag = f"--log-filter='('<filter>') OR {wanted.filter}'"
        arguments = f'filter = "(<filter>) OR {_escaped(wanted.filter)}"'
    else:
        flag, arguments = "--log-filter=''", 'filter = ""'
    return remedy(
        f"# This replaces the filter of the sink; what passes it now still does.\n"
        f"gcloud logging sinks update <sink> {holder.flag} {flag}",
        f"# In the sink that is there:\n{_sink(holder, '<sink>', arguments)}",
        reasons=("filtered-out",),
        sources=wanted.sources,
        cause=f"gcp:sinks/{holder.id}/{{sink}}",
        given={"part": "filter", **wanted.given},
    )


_OF_REQUIRED = "|".join(f"gcp:sinks/{holder.id}/_Required" for holder in HOLDERS)
UNCHANGEABLE = remedy(
    """
    # The filter of _Required cannot be changed, and it cannot be switched off. Another sink takes what it does not:
    #   gcloud logging sinks create SINK DESTINATION --log-filter=FILTER
    """,
    reasons=("filtered-out", "sampled"),
    cause=_OF_REQUIRED,
    given={"part": "filter"},
)


def _changed(holder: Holder) -> tuple[Remedy, ...]:
    sink = f"gcp:sinks/{holder.id}/{{sink}}"
    on = remedy(
        f"gcloud logging sinks update <sink> {holder.flag} --no-disabled",
        f"# In the sink that is there:\n{_sink(holder, '<sink>', 'disabled = false')}",
        reasons=("route-disabled",),
        cause=sink,
    )
    without = remedy(
        f"""
        # What these exclusions drop goes to the destination of the sink from then on.
        gcloud logging sinks describe <sink> {holder.flag}
        gcloud logging sinks update <sink> {holder.flag} --remove-exclusions=<exclusions>
        """,
        reasons=("filtered-out",),
        cause=sink,
        given={"part": "exclusion"},
    )
    return on, without


ALERTS = remedy(
    "gcloud alpha monitoring policies update <policy> --project=<project> --enabled",
    """
    # In the alert policy that is there:
    resource "google_monitoring_alert_policy" "this" {
      project = "<project>"
      enabled = true
    }
    """,
    reasons=("route-disabled",),
    cause="gcp:alertPolicies/projects/{project}/{policy}",
)

NEW_PROJECTS: tuple[Remedy, ...] = tuple(
    remedy(
        f"""
        # Projects that are made from then on get a _Default sink that works; those that are there keep theirs.
        gcloud logging settings update {holder.flag} --disable-default-sink=false
        """,
        f"""
        resource "google_logging_{holder.name}_settings" "this" {{
          {"organization" if holder.name == "organization" else "folder"} = "<{holder.name}>"
          disable_default_sink = false
        }}
        """,
        reasons=("route-disabled",),
        sources=("gcp.new_project",),
        cause=f"gcp:settings/{holder.id}",
    )
    for holder in HOLDERS
    if holder is not PROJECT
)

SINK_REMEDIES: tuple[Remedy, ...] = (
    UNCHANGEABLE,
    *(one for holder in HOLDERS for one in _changed(holder)),
    *(_widened(holder, wanted) for wanted in WANTED for holder in HOLDERS),
    *CREATED,
    *NEW_PROJECTS,
    ALERTS,
)
