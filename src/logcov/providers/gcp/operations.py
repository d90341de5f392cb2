"""Google Cloud API methods that several modules call: how access policies name them, and where the SDK keeps them.

A method that one family alone calls is defined beside it.
"""

from dataclasses import dataclass

from logcov.providers.rows import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of one API.

    Attributes:
        operation: the method as permissions and readings name it.
        api, version: of the discovery document.
        collection: the nested resources that lead to it: `("projects", "topics")`.
        name: the method's own name in the SDK.
        items: the field of the answer that holds the items of a list; empty for single objects.
    """

    operation: Operation
    api: str
    version: str
    collection: tuple[str, ...]
    name: str
    items: str = ""


def _crm(kind: str, name: str, wire: str, why: str, items: str = "") -> Method:
    call = f"resourcemanager.{kind}.{name}"
    return Method(
        operation=Operation(call=call, permission=call, wire=wire, why=why),
        api="cloudresourcemanager",
        version="v3",
        collection=(kind,),
        name=name,
        items=items,
    )


ORGANIZATIONS_GET = _crm(
    "organizations",
    "get",
    "GET v3/organizations/{organization}",
    "the organisation's state and Workspace customer",
)
FOLDERS_GET = _crm("folders", "get", "GET v3/folders/{folder}", "a folder's state and parent")
FOLDERS_LIST = _crm("folders", "list", "GET v3/folders", "the folders in a container", "folders")
PROJECTS_GET = _crm(
    "projects", "get", "GET v3/projects/{project}", "a project's id, number, state and parent"
)
PROJECTS_LIST = _crm("projects", "list", "GET v3/projects", "the projects in a container", "projects")

_POLICY_WHY = "audit configuration, and who may write to destinations"
ORGANIZATIONS_POLICY = _crm(
    "organizations", "getIamPolicy", "POST v3/organizations/{organization}:getIamPolicy", _POLICY_WHY
)
FOLDERS_POLICY = _crm("folders", "getIamPolicy", "POST v3/folders/{folder}:getIamPolicy", _POLICY_WHY)
PROJECTS_POLICY = _crm("projects", "getIamPolicy", "POST v3/projects/{project}:getIamPolicy", _POLICY_WHY)

BILLING_POLICY = Method(
    operation=Operation(
        call="billing.accounts.getIamPolicy",
        permission="billing.accounts.getIamPolicy",
        wire="GET v1/billingAccounts/{account}:getIamPolicy",
        why=_POLICY_WHY,
    ),
    api="cloudbilling",
    version="v1",
    collection=("billingAccounts",),
    name="getIamPolicy",
)

CONTAINER_GET = {"organizations": ORGANIZATIONS_GET, "folders": FOLDERS_GET, "projects": PROJECTS_GET}
CONTAINER_POLICY = {
    "organizations": ORGANIZATIONS_POLICY,
    "folders": FOLDERS_POLICY,
    "projects": PROJECTS_POLICY,
    "billingAccounts": BILLING_POLICY,
}

SINKS_LIST = Method(
    operation=Operation(
        call="logging.sinks.list",
        permission="logging.sinks.list",
        wire="GET v2/{parent}/sinks",
        why="where log entries are routed",
    ),
    api="logging",
    version="v2",
    collection=("sinks",),
    name="list",
    items="sinks",
)
LOG_BUCKETS_GET = Method(
    operation=Operation(
        call="logging.buckets.get",
        permission="logging.buckets.get",
        wire="GET v2/{parent}/locations/{location}/buckets/{bucket}",
        why="retention, lock and key of a log bucket",
    ),
    api="logging",
    version="v2",
    collection=("locations", "buckets"),
    name="get",
)
STORAGE_GET = Method(
    operation=Operation(
        call="storage.buckets.get",
        permission="storage.buckets.get",
        wire="GET storage/v1/b/{bucket}",
        why="retention policy, lifecycle, lock and key of a storage bucket",
    ),
    api="storage",
    version="v1",
    collection=("buckets",),
    name="get",
)
STORAGE_POLICY = Method(
    operation=Operation(
        call="storage.buckets.getIamPolicy",
        permission="storage.buckets.getIamPolicy",
        wire="GET storage/v1/b/{bucket}/iam",
        why="who may write to a storage bucket, and whether it is public",
    ),
    api="storage",
    version="v1",
    collection=("buckets",),
    name="getIamPolicy",
)
TOPICS_GET = Method(
    operation=Operation(
        call="pubsub.topics.get",
        permission="pubsub.topics.get",
        wire="GET v1/projects/{project}/topics/{topic}",
        why="whether a topic exists and takes any message",
    ),
    api="pubsub",
    version="v1",
    collection=("projects", "topics"),
    name="get",
)
TOPICS_POLICY = Method(
    operation=Operation(
        call="pubsub.topics.getIamPolicy",
        permission="pubsub.topics.getIamPolicy",
        wire="GET v1/projects/{project}/topics/{topic}:getIamPolicy",
        why="who may publish to a topic",
    ),
    api="pubsub",
    version="v1",
    collection=("projects", "topics"),
    name="getIamPolicy",
)
TOPIC_SUBSCRIPTIONS_LIST = Method(
    operation=Operation(
        call="pubsub.topics.subscriptions.list",
        permission="pubsub.topics.get",
        wire="GET v1/projects/{project}/topics/{topic}/subscriptions",
        why="who takes messages out of a topic",
    ),
    api="pubsub",
    version="v1",
    collection=("projects", "topics", "subscriptions"),
    name="list",
    items="subscriptions",
)
SUBSCRIPTIONS_GET = Method(
    operation=Operation(
        call="pubsub.subscriptions.get",
        permission="pubsub.subscriptions.get",
        wire="GET v1/projects/{project}/subscriptions/{subscription}",
        why="whether a subscription is live and takes every message",
    ),
    api="pubsub",
    version="v1",
    collection=("projects", "subscriptions"),
    name="get",
)
DATASETS_GET = Method(
    operation=Operation(
        call="bigquery.datasets.get",
        permission="bigquery.datasets.get",
        wire="GET bigquery/v2/projects/{project}/datasets/{dataset}",
        why="expiration, key and writers of a dataset",
    ),
    api="bigquery",
    version="v2",
    collection=("datasets",),
    name="get",
)
TABLES_LIST = Method(
    operation=Operation(
        call="bigquery.tables.list",
        permission="bigquery.tables.list",
        wire="GET bigquery/v2/projects/{project}/datasets/{dataset}/tables",
        why="tables that keep their own expiration",
    ),
    api="bigquery",
    version="v2",
    collection=("tables",),
    name="list",
    items="tables",
)
KEYS_GET = Method(
    operation=Operation(
        call="cloudkms.cryptoKeys.get",
        permission="cloudkms.cryptoKeys.get",
        wire="GET v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}",
        why="whether the key that a destination is encrypted with is enabled",
    ),
    api="cloudkms",
    version="v1",
    collection=("projects", "locations", "keyRings", "cryptoKeys"),
    name="get",
)

ABOVE = (
    ORGANIZATIONS_POLICY,
    FOLDERS_POLICY,
    PROJECTS_POLICY,
    BILLING_POLICY,
    FOLDERS_GET,
    PROJECTS_GET,
)
"""What it takes to look for a grant in everything above a destination."""


def operations(*methods: Method) -> tuple[Operation, ...]:
    """The operations of some methods, for a row of the catalogue."""
    return tuple(method.operation for method in methods)
