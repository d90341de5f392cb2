"""What closes gaps of clusters, databases, buckets and other services, in commands that are printed and never run.

Sources: https://cloud.google.com/sdk/gcloud/reference/container/clusters/update, …/sql/instances/patch,
…/ids/endpoints/update, …/services/enable, …/asset/feeds/create, …/storage/buckets/update;
https://cloud.google.com/sql/docs/postgres/flags ("some flags require a restart"; setting flags replaces those that are
there), https://cloud.google.com/storage/docs/access-logs; Terraform registry, the resources named below.
"""

from logcov.inventory import Remedy
from logcov.providers.gcp.remedies.remedy_templates import REPLACES, remedy

OFF = ("not-generated",)
NOWHERE = ("not-routed", "wrong-destination")

# --- Google Kubernetes Engine -------------------------------------------------------------------------------

COMPONENTS = {
    "APISERVER": "API_SERVER",
    "SCHEDULER": "SCHEDULER",
    "CONTROLLER_MANAGER": "CONTROLLER_MANAGER",
    "KCP_SSHD": "KCP_SSHD",
    "KCP_CONNECTION": "KCP_CONNECTION",
    "KCP_HPA": "KCP_HPA",
}
"""Component of the control plane, as the API names it → as gcloud does."""


def _cluster(source: str, component: str, named: str, in_terraform: str) -> Remedy:
    given = {"resource": "locations/{location}/clusters/{cluster}"}
    if component:
        given["component"] = component
    return remedy(
        f"""
        {REPLACES.format(what="the components that the cluster logs")}
        gcloud container clusters describe <cluster> --project=<scope> --location=<location> --format='value(loggingConfig)'
        gcloud container clusters update <cluster> --project=<scope> --location=<location> --logging={named}
        """,
        f"""
        # In the cluster that is there, with the components that it logs already:
        resource "google_container_cluster" "this" {{
          project  = "<scope>"
          location = "<location>"
          name     = "<cluster>"
          logging_config {{
            enable_components = [{in_terraform}]
          }}
        }}
        """,
        reasons=OFF,
        sources=(source,),
        given=given,
    )


CLUSTERS: tuple[Remedy, ...] = (
    *(
        _cluster("gcp.gke.control_plane", component, f"SYSTEM,{named}", f'"SYSTEM_COMPONENTS", "{component}"')
        for component, named in COMPONENTS.items()
    ),
    _cluster("gcp.gke.system", "", "SYSTEM", '"SYSTEM_COMPONENTS"'),
    _cluster("gcp.gke.workload", "", "SYSTEM,WORKLOAD", '"SYSTEM_COMPONENTS", "WORKLOADS"'),
)

# --- Cloud SQL ----------------------------------------------------------------------------------------------

_FLAGS = (
    "# Some flags restart the instance. "
    + REPLACES.format(what="all flags of the instance").removeprefix("# ")
    + "\ngcloud sql instances describe <instance> --project=<scope> --format='value(settings.databaseFlags)'\n"
    "gcloud sql instances patch <instance> --project=<scope> --database-flags="
)


def _flags(source: str, given: dict[str, str], flags: dict[str, str], before: str = "") -> Remedy:
    blocks = "\n".join(
        f'    database_flags {{\n      name  = "{name}"\n      value = "{value}"\n    }}'
        for name, value in flags.items()
    )
    return remedy(
        before + _FLAGS + ",".join(f"{name}={value}" for name, value in flags.items()),
        "# In the instance that is there, beside its other flags:\n"
        'resource "google_sql_database_instance" "this" {\n'
        '  project = "<scope>"\n  name    = "<instance>"\n'
        f"  settings {{\n{blocks}\n  }}\n}}",
        reasons=(*OFF, "partly-generated"),
        sources=(source,),
        given={"resource": "instances/{instance}"} | given,
    )


DATABASES: tuple[Remedy, ...] = (
    _flags(
        "gcp.sql.audit",
        {"field_protoPayload_request__type": "type.googleapis.com/google.cloud.sql.audit.v1.PgAuditEntry"},
        {"cloudsql.enable_pgaudit": "on", "pgaudit.log": "all"},
        "# Afterwards, in each database: CREATE EXTENSION pgaudit;\n",
    ),
    _flags(
        "gcp.sql.audit",
        {},
        {"cloudsql_mysql_audit": "ON"},
        "# Afterwards, rules in the database say what is audited: CALL mysql.cloudsql_create_audit_rule(…);\n",
    ),
    _flags(
        "gcp.sql.connection",
        {"field_logName": "{_kind}/{_holder}/logs/cloudsql.googleapis.com%2Fpostgres.log"},
        {"log_connections": "on", "log_disconnections": "on"},
    ),
    _flags(
        "gcp.sql.connection",
        {"field_logName": "{_kind}/{_holder}/logs/cloudsql.googleapis.com%2Fmysql-general.log"},
        {"general_log": "on", "log_output": "FILE"},
    ),
    remedy(
        """
        # The instance restarts. Audits themselves are made in SQL: CREATE SERVER AUDIT …
        gcloud sql instances patch <instance> --project=<scope> --audit-bucket-path=gs://<bucket> --audit-retention-interval=7d --audit-upload-interval=10m
        """,
        """
        # In the instance that is there:
        resource "google_sql_database_instance" "this" {
          project = "<scope>"
          name    = "<instance>"
          settings {
            sql_server_audit_config {
              bucket             = "gs://<bucket>"
              retention_interval = "604800s"
              upload_interval    = "600s"
            }
          }
        }
        """,
        reasons=NOWHERE,
        sources=("gcp.sql.server_audit",),
        given={"resource": "instances/{instance}"},
        to="gcp:storage/{bucket}",
    ),
)

# --- others -------------------------------------------------------------------------------------------------

THREATS = remedy(
    """
    # This takes away all exceptions of the endpoint. Its severity cannot be changed: where that leaves threats out, make
    # another endpoint (gcloud ids endpoints create --severity=INFORMATIONAL), and let this one go.
    gcloud ids endpoints describe <endpoint> --project=<scope> --zone=<zone>
    gcloud ids endpoints update <endpoint> --project=<scope> --zone=<zone> --threat-exceptions=
    """,
    """
    # In the endpoint that is there; another severity makes it anew:
    resource "google_cloud_ids_endpoint" "this" {
      project           = "<scope>"
      location          = "<zone>"
      name              = "<endpoint>"
      severity          = "INFORMATIONAL"
      threat_exceptions = []
    }
    """,
    reasons=("partly-generated", "not-generated"),
    sources=("gcp.ids.threat",),
    given={"resource": "locations/{zone}/endpoints/{endpoint}"},
)

ASSETS: tuple[Remedy, ...] = (
    remedy(
        "gcloud services enable cloudasset.googleapis.com --project=<project>",
        """
        resource "google_project_service" "this" {
          project            = "<project>"
          service            = "cloudasset.googleapis.com"
          disable_on_destroy = false
        }
        """,
        reasons=OFF,
        sources=("gcp.asset.change",),
        cause="gcp:services/projects/{project}/cloudasset.googleapis.com",
    ),
    remedy(
        """
        # For all projects at once: one feed of the organization, with --organization in place of --project.
        # The service agent of Cloud Asset Inventory must be allowed to publish there (roles/pubsub.publisher).
        gcloud asset feeds create resources --project=<scope> --content-type=resource --asset-types='.*' --pubsub-topic=projects/<to_project>/topics/<topic>
        gcloud asset feeds create policies --project=<scope> --content-type=iam-policy --asset-types='.*' --pubsub-topic=projects/<to_project>/topics/<topic>
        """,
        """
        # Once more with content_type = "IAM_POLICY":
        resource "google_cloud_asset_project_feed" "this" {
          project      = "<scope>"
          feed_id      = "resources"
          content_type = "RESOURCE"
          asset_types  = [".*"]
          feed_output_config {
            pubsub_destination {
              topic = "projects/<to_project>/topics/<topic>"
            }
          }
        }
        """,
        reasons=(*NOWHERE, "filtered-out"),
        sources=("gcp.asset.change",),
        to="gcp:pubsub/projects/{to_project}/topics/{topic}",
    ),
)

USAGE = remedy(
    """
    # A bucket has one place for its usage logs: where they go to another one now, they no longer will.
    gcloud storage buckets describe gs://<resource> --format='value(logging_config)'
    gcloud storage buckets add-iam-policy-binding gs://<bucket> --member=group:cloud-storage-analytics@google.com --role=roles/storage.objectCreator
    gcloud storage buckets update gs://<resource> --log-bucket=gs://<bucket>
    """,
    """
    # In the bucket that is there:
    resource "google_storage_bucket" "this" {
      name = "<resource>"
      logging {
        log_bucket = "<bucket>"
      }
    }

    resource "google_storage_bucket_iam_member" "this" {
      bucket = "<bucket>"
      role   = "roles/storage.objectCreator"
      member = "group:cloud-storage-analytics@google.com"
    }
    """,
    reasons=NOWHERE,
    sources=("gcp.storage.usage",),
    to="gcp:storage/{bucket}",
)

SERVICE_REMEDIES: tuple[Remedy, ...] = (*CLUSTERS, *DATABASES, THREATS, *ASSETS, USAGE)
