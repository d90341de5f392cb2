"""What closes gaps at the places that Google Cloud's logs are sent to, in commands that are printed and never run.

Sources: https://cloud.google.com/sdk/gcloud/reference/logging/buckets/update ("--locked": cannot be undone),
…/storage/buckets/update (retention period, lock), …/pubsub/topics/create, …/pubsub/subscriptions/create (expiration
"never"), …/kms/keys/versions/enable; https://cloud.google.com/bigquery/docs/reference/bq-cli-reference (`bq update`);
https://cloud.google.com/bigquery/docs/reference/standard-sql/data-control-language (GRANT); Terraform registry.
"""

from logcov.inventory import Remedy
from logcov.providers.gcp.remedies.remedy_templates import HOLDERS, PROJECT, Holder, remedy

KEPT = ("retention-too-short", "not-online-long-enough", "not-searchable-long-enough")
MISSING, DENIED = ("destination-missing",), ("writer-denied",)

BUCKET = "gcp:storage/{bucket}"
TOPIC = "gcp:pubsub/projects/{project}/topics/{topic}"
DATASET = "gcp:bigquery/projects/{project}/datasets/{dataset}"
ROUTER = "gcp:router/projects/{project}"
FOR_EVER = "# This cannot be undone: nobody can unlock it, or shorten how long it keeps."


def _log_bucket(holder: Holder, name: str = "{log_bucket}") -> str:
    return f"gcp:logging/{holder.id}/locations/{{location}}/buckets/{name}"


def _bucket_config(holder: Holder, arguments: str) -> str:
    argument = "organization" if holder.name == "organization" else holder.argument
    return f"""
        resource "google_logging_{holder.name}_bucket_config" "this" {{
          {argument} = "{holder.value}"
          location = "<location>"
          bucket_id = "<log_bucket>"
          {arguments}
        }}
        """


# --- log buckets --------------------------------------------------------------------------------------------


def _of_log_buckets(holder: Holder) -> tuple[Remedy, ...]:
    command = f"gcloud logging buckets update <log_bucket> {holder.flag} --location=<location>"
    return (
        remedy(
            f"{command} --retention-days=<days>",
            _bucket_config(holder, "retention_days = <days>"),
            reasons=KEPT,
            cause=_log_bucket(holder),
        ),
        remedy(
            f"""
            {FOR_EVER}
            # What it keeps now stays as long; a period that is too short is told as a gap of its own.
            gcloud logging buckets describe <log_bucket> {holder.flag} --location=<location>
            {command} --locked
            """,
            _bucket_config(holder, "locked = true") if holder is PROJECT else "",
            reasons=("not-immutable",),
            cause=_log_bucket(holder),
        ),
        remedy(
            f"gcloud logging buckets undelete <log_bucket> {holder.flag} --location=<location>",
            reasons=("destination-unusable",),
            cause=_log_bucket(holder),
            given={"because": "the log bucket is about to be deleted"},
        ),
    )


REQUIRED = remedy(
    """
    # _Required keeps 400 days, and nobody can change that. A sink to another place keeps its entries for longer:
    #   gcloud logging sinks create SINK DESTINATION
    """,
    reasons=KEPT,
    cause="|".join(_log_bucket(holder, "_Required") for holder in HOLDERS),
)

LOG_BUCKETS: tuple[Remedy, ...] = (
    REQUIRED,
    *(one for holder in HOLDERS for one in _of_log_buckets(holder)),
    remedy(
        "gcloud logging buckets create <log_bucket> --project=<project> --location=<location> --retention-days=<days>",
        _bucket_config(PROJECT, "retention_days = <days>"),
        reasons=MISSING,
        cause=_log_bucket(PROJECT),
    ),
    remedy(
        "gcloud logging buckets create <log_bucket> --project=<project> --location=<location>",
        _bucket_config(PROJECT, ""),
        reasons=MISSING,
        cause=_log_bucket(PROJECT),
    ),
    remedy(
        "gcloud projects add-iam-policy-binding <project> --member=<writer> --role=roles/logging.bucketWriter"
        " --condition=None",
        """
        resource "google_project_iam_member" "this" {
          project = "<project>"
          role    = "roles/logging.bucketWriter"
          member  = "<writer>"
        }
        """,
        reasons=DENIED,
        cause=_log_bucket(PROJECT),
    ),
)

# --- storage buckets ----------------------------------------------------------------------------------------

_PERIOD = """
        # In the bucket that is there:
        resource "google_storage_bucket" "this" {
          name = "<bucket>"
          retention_policy {
            # Seconds of <days> days:
            retention_period = <days> * 86400
            LOCKED
          }
        }
        """
_SHOWN = """
        # Nothing can be removed before that, whatever lifecycle rules say. Where the first command shows a period that
        # is longer already, leave the period as it is.
        gcloud storage buckets describe gs://<bucket> --format='value(retention_policy)'"""

STORAGE: tuple[Remedy, ...] = (
    remedy(
        f"{_SHOWN}\n        gcloud storage buckets update gs://<bucket> --retention-period=P<days>D",
        _PERIOD.replace("LOCKED", "is_locked        = false"),
        reasons=KEPT[:2],
        cause=BUCKET,
    ),
    remedy(
        f"{_SHOWN}\n        gcloud storage buckets update gs://<bucket> --retention-period=P<days>D",
        _PERIOD.replace("LOCKED", "is_locked        = false"),
        reasons=("not-immutable",),
        cause=BUCKET,
        given={"immutable": "bypassable"},
    ),
    remedy(
        f"""{_SHOWN}
        gcloud storage buckets update gs://<bucket> --retention-period=P<days>D
        {FOR_EVER}
        gcloud storage buckets update gs://<bucket> --lock-retention-period""",
        f"        {FOR_EVER}" + _PERIOD.replace("LOCKED", "is_locked        = true"),
        reasons=("not-immutable",),
        cause=BUCKET,
    ),
    remedy(
        """
        # In the project that is to own the bucket (--project), and where it is to be (--location).
        gcloud storage buckets create gs://<bucket> --uniform-bucket-level-access --public-access-prevention
        gcloud storage buckets add-iam-policy-binding gs://<bucket> --member=<writer> --role=roles/storage.objectCreator
        """,
        """
        resource "google_storage_bucket" "this" {
          name                        = "<bucket>"
          location                    = "US"
          uniform_bucket_level_access = true
          public_access_prevention    = "enforced"
        }

        resource "google_storage_bucket_iam_member" "this" {
          bucket = google_storage_bucket.this.name
          role   = "roles/storage.objectCreator"
          member = "<writer>"
        }
        """,
        reasons=MISSING,
        cause=BUCKET,
    ),
    remedy(
        "gcloud storage buckets add-iam-policy-binding gs://<bucket> --member=<writer> --role=roles/storage.objectCreator",
        """
        resource "google_storage_bucket_iam_member" "this" {
          bucket = "<bucket>"
          role   = "roles/storage.objectCreator"
          member = "<writer>"
        }
        """,
        reasons=DENIED,
        cause=BUCKET,
    ),
)

# --- topics -------------------------------------------------------------------------------------------------

_SUBSCRIBE = (
    "gcloud pubsub subscriptions create <topic>-reader --project=<project> --topic=<topic>"
    " --expiration-period=never --message-retention-duration=7d"
)
_PUBLISH = (
    "gcloud pubsub topics add-iam-policy-binding <topic> --project=<project> --member=<writer>"
    " --role=roles/pubsub.publisher"
)
_SUBSCRIPTION = """
        resource "google_pubsub_subscription" "this" {
          project                    = "<project>"
          name                       = "<topic>-reader"
          topic                      = "projects/<project>/topics/<topic>"
          message_retention_duration = "604800s"
          expiration_policy {
            ttl = ""
          }
        }
        """
_PUBLISHER = """
        resource "google_pubsub_topic_iam_member" "this" {
          project = "<project>"
          topic   = "<topic>"
          role    = "roles/pubsub.publisher"
          member  = "<writer>"
        }
        """

TOPICS: tuple[Remedy, ...] = (
    remedy(
        f"""
        # Somebody must read from the subscription within seven days, or messages are lost.
        gcloud pubsub topics create <topic> --project=<project>
        {_PUBLISH}
        {_SUBSCRIBE}
        """,
        """
        resource "google_pubsub_topic" "this" {
          project = "<project>"
          name    = "<topic>"
        }
        """
        + _PUBLISHER
        + _SUBSCRIPTION,
        reasons=MISSING,
        cause=TOPIC,
    ),
    remedy(_PUBLISH, _PUBLISHER, reasons=DENIED, cause=TOPIC),
    remedy(
        f"# Somebody must read from it within seven days, or messages are lost.\n{_SUBSCRIBE}",
        _SUBSCRIPTION,
        reasons=("no-consumer",),
        cause=TOPIC,
    ),
)

# --- datasets, projects, keys -------------------------------------------------------------------------------

_GRANT = (
    "bq query --project_id=<project> --nouse_legacy_sql"
    " 'GRANT `roles/bigquery.dataEditor` ON SCHEMA `<project>`.`<dataset>` TO \"<writer>\"'"
)
_EDITOR = """
        resource "google_bigquery_dataset_iam_member" "this" {
          project    = "<project>"
          dataset_id = "<dataset>"
          role       = "roles/bigquery.dataEditor"
          member     = "<writer>"
        }
        """

OTHERS: tuple[Remedy, ...] = (
    remedy(
        """
        # New tables and partitions are kept for ever. Those that are there keep their own expiration:
        #   bq update --expiration=0 PROJECT:DATASET.TABLE, bq update --time_partitioning_expiration=0 PROJECT:DATASET.TABLE
        bq update --dataset --default_table_expiration=0 --default_partition_expiration=0 <project>:<dataset>
        """,
        """
        # In the dataset that is there, without default_table_expiration_ms and default_partition_expiration_ms:
        resource "google_bigquery_dataset" "this" {
          project    = "<project>"
          dataset_id = "<dataset>"
        }
        """,
        reasons=KEPT,
        cause=DATASET,
    ),
    remedy(
        f"""
        # Where it is to be is said by --location, before mk.
        bq mk --dataset <project>:<dataset>
        {_GRANT}
        """,
        """
        resource "google_bigquery_dataset" "this" {
          project    = "<project>"
          dataset_id = "<dataset>"
        }
        """
        + _EDITOR,
        reasons=MISSING,
        cause=DATASET,
    ),
    remedy(_GRANT, _EDITOR, reasons=DENIED, cause=DATASET),
    remedy(
        """
        # The last command replaces the access list of the dataset.
        bq show --format=prettyjson <project>:<dataset> > dataset.json
        # In dataset.json, access must have no allUsers and no allAuthenticatedUsers.
        bq update --source=dataset.json <project>:<dataset>
        """,
        reasons=("public",),
        cause=DATASET,
    ),
    remedy(
        "gcloud projects add-iam-policy-binding <project> --member=<writer> --role=roles/logging.logWriter"
        " --condition=None",
        """
        resource "google_project_iam_member" "this" {
          project = "<project>"
          role    = "roles/logging.logWriter"
          member  = "<writer>"
        }
        """,
        reasons=DENIED,
        cause=ROUTER,
    ),
    remedy(
        "gcloud projects undelete <project>",
        reasons=("destination-unusable",),
        cause=ROUTER,
        given={"because": "the project is about to be deleted"},
    ),
    remedy(
        """
        VERSION=$(gcloud kms keys describe <key> --project=<key_project> --location=<key_location> --keyring=<ring> --format='value(primary.name.basename())')
        gcloud kms keys versions enable "$VERSION" --project=<key_project> --location=<key_location> --keyring=<ring> --key=<key>
        """,
        reasons=("destination-unusable",),
        given={
            "because": "the key projects/{key_project}/locations/{key_location}/keyRings/{ring}/cryptoKeys/{key}"
            " is disabled"
        },
    ),
)

STORE_REMEDIES: tuple[Remedy, ...] = (*LOG_BUCKETS, *STORAGE, *TOPICS, *OTHERS)
