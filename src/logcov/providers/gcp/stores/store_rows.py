"""The rows of what sinks lead to: log buckets, Cloud Storage, Pub/Sub, BigQuery."""

from logcov.inventory import DestinationKind, HopKind
from logcov.providers.gcp.apis import SERVICES_GET
from logcov.providers.gcp.detection.alert_policies import POLICIES_LIST
from logcov.providers.gcp.detection.log_metrics import METRICS_LIST
from logcov.providers.gcp.operations import (
    ABOVE,
    DATASETS_GET,
    KEYS_GET,
    LOG_BUCKETS_GET,
    STORAGE_GET,
    STORAGE_POLICY,
    SUBSCRIPTIONS_GET,
    TABLES_LIST,
    TOPIC_SUBSCRIPTIONS_LIST,
    TOPICS_GET,
    TOPICS_POLICY,
    operations,
)
from logcov.providers.gcp.stores import bigquery, log_buckets, pubsub, storage
from logcov.providers.gcp.stores.bigquery import read_dataset
from logcov.providers.gcp.stores.log_buckets import read_log_bucket
from logcov.providers.gcp.stores.pubsub import read_topic
from logcov.providers.gcp.stores.storage import read_storage_bucket
from logcov.providers.rows import Family, ReaderRow

LOG_BUCKET_FAMILY = Family(
    destination_kinds=(
        DestinationKind(
            id=log_buckets.KIND,
            title="A log bucket of Cloud Logging",
            pattern="gcp:logging/*",
            onward=log_buckets.ONWARD,
        ),
    ),
    readers=(
        ReaderRow(
            name="gcp.log_buckets",
            provider="gcp",
            pattern="gcp:logging/*",
            read=read_log_bucket,
            listings=log_buckets.ONWARD,
            operations=operations(
                LOG_BUCKETS_GET, KEYS_GET, METRICS_LIST, POLICIES_LIST, SERVICES_GET, *ABOVE
            ),
        ),
    ),
)

STORAGE_FAMILY = Family(
    destination_kinds=(
        DestinationKind(id=storage.KIND, title="A Cloud Storage bucket", pattern="gcp:storage/*"),
    ),
    readers=(
        ReaderRow(
            name="gcp.storage",
            provider="gcp",
            pattern="gcp:storage/*",
            read=read_storage_bucket,
            operations=operations(STORAGE_GET, STORAGE_POLICY, KEYS_GET, *ABOVE),
        ),
    ),
)

PUBSUB_FAMILY = Family(
    hop_kinds=(
        HopKind(
            id=pubsub.EXPORT,
            title="A Pub/Sub subscription that writes to a bucket or a table",
            effects=("carry",),
            origins=(pubsub.KIND,),
            leads_to=("gcp:storage/*", "gcp:bigquery/*"),
        ),
    ),
    destination_kinds=(
        DestinationKind(
            id=pubsub.KIND, title="A Pub/Sub topic", pattern="gcp:pubsub/*", onward=(pubsub.EXPORT,)
        ),
    ),
    readers=(
        ReaderRow(
            name="gcp.pubsub",
            provider="gcp",
            pattern="gcp:pubsub/*",
            read=read_topic,
            listings=(pubsub.EXPORT,),
            operations=operations(
                TOPICS_GET, TOPICS_POLICY, TOPIC_SUBSCRIPTIONS_LIST, SUBSCRIPTIONS_GET, KEYS_GET, *ABOVE
            ),
        ),
    ),
)

BIGQUERY_FAMILY = Family(
    destination_kinds=(
        DestinationKind(id=bigquery.KIND, title="A BigQuery dataset", pattern="gcp:bigquery/*"),
    ),
    readers=(
        ReaderRow(
            name="gcp.bigquery",
            provider="gcp",
            pattern="gcp:bigquery/*",
            read=read_dataset,
            operations=operations(DATASETS_GET, TABLES_LIST, KEYS_GET, *ABOVE),
        ),
    ),
)
