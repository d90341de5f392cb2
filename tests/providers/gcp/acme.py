"""A pretend company, small and with one of everything, as Google's APIs tell of it."""

from typing import Any

from providers.gcp.fake_google import Pages

ORG = "organizations/123456789012"
WRITER = "serviceAccount:service-org-123456789012@gcp-sa-logging.iam.gserviceaccount.com"
PROD_WRITER = "serviceAccount:service-1001@gcp-sa-logging.iam.gserviceaccount.com"
KEY = "projects/acme-siem/locations/global/keyRings/ring/cryptoKeys/topics"


def project(name: str, number: int, parent: str, **more: Any) -> dict[str, Any]:
    return {
        "name": f"projects/{number}",
        "projectId": name,
        "parent": parent,
        "state": "ACTIVE",
        "displayName": name.title(),
    } | more


def folder(number: int, parent: str, **more: Any) -> dict[str, Any]:
    return {
        "name": f"folders/{number}",
        "parent": parent,
        "state": "ACTIVE",
        "displayName": f"folder {number}",
    } | more


def own_sinks(container: str) -> list[dict[str, Any]]:
    """What Google puts into every container."""
    at = f"logging.googleapis.com/{container}/locations/global/buckets"
    return [
        {
            "name": "_Required",
            "destination": f"{at}/_Required",
            "filter": 'LOG_ID("cloudaudit.googleapis.com/activity") OR LOG_ID("cloudaudit.googleapis.com/system_event")',
        },
        {
            "name": "_Default",
            "destination": f"{at}/_Default",
            "filter": 'NOT LOG_ID("cloudaudit.googleapis.com/activity")',
        },
    ]


def own_buckets(container: str) -> dict[str, Any]:
    at = f"{container}/locations/global/buckets"
    return {
        f"/v2/{at}/_Required": {
            "name": f"{at}/_Required",
            "lifecycleState": "ACTIVE",
            "retentionDays": 400,
            "locked": True,
        },
        f"/v2/{at}/_Default": {"name": f"{at}/_Default", "lifecycleState": "ACTIVE", "retentionDays": 30},
    }


FOLDERS = {
    10: folder(10, ORG),
    11: folder(11, "folders/10"),
}
PROJECTS = {
    "acme-prod": project("acme-prod", 1001, "folders/11", labels={"env": "prod"}),
    "acme-siem": project("acme-siem", 1002, "folders/10"),
    "acme-central": project("acme-central", 1003, "folders/10"),
    "acme-old": project("acme-old", 1004, ORG, state="DELETE_REQUESTED"),
}
ACCOUNT = "billingAccounts/0ACE01-0ACE02-0ACE03"
CONTAINERS = [
    ORG,
    ACCOUNT,
    "folders/10",
    "folders/11",
    "projects/acme-prod",
    "projects/acme-siem",
    "projects/acme-central",
]


def _children(parent: str, kind: str) -> Pages:
    """Each list has an empty page before the last one."""
    held = FOLDERS.values() if kind == "folders" else PROJECTS.values()
    found = [each for each in held if each["parent"] == parent]
    return Pages(kind, [found[:1], [], found[1:]])


def _tree() -> dict[str, Any]:
    answers: dict[str, Any] = {
        f"/v3/{ORG}": {
            "name": ORG,
            "displayName": "acme.example",
            "directoryCustomerId": "C0acme01",
            "state": "ACTIVE",
        }
    }
    account = {"name": ACCOUNT, "displayName": "Acme", "open": True, "parent": ORG, "currencyCode": "EUR"}
    answers[f"/v1/billingAccounts?parent={ORG}"] = Pages("billingAccounts", [[], [account]])
    answers[f"/v3/{ORG}:testIamPermissions"] = {
        "permissions": ["billing.accounts.get", "billing.accounts.list"]
    }
    for each in FOLDERS.values():
        answers[f"/v3/{each['name']}"] = each
    for name, each in PROJECTS.items():
        answers[f"/v3/projects/{name}"] = each
        answers[f"/v3/{each['name']}"] = each
    for parent in (ORG, "folders/10", "folders/11"):
        for kind in ("folders", "projects"):
            answers[f"/v3/{kind}?parent={parent}"] = _children(parent, kind)
    return answers


def _policies() -> dict[str, Any]:
    answers: dict[str, Any] = {
        f"/v3/{name}:getIamPolicy": {"etag": "BwX=", "version": 3} for name in CONTAINERS if name != ACCOUNT
    }
    answers[f"/v1/{ACCOUNT}:getIamPolicy"] = {"etag": "BwX=", "version": 1}
    answers[f"/v3/{ORG}:getIamPolicy"] |= {
        "bindings": [
            {"role": "roles/resourcemanager.organizationAdmin", "members": ["group:admins@acme.example"]},
            {"role": "roles/browser", "members": ["domain:acme.example"]},
        ]
    }
    answers["/v3/folders/11:getIamPolicy"] |= {
        "auditConfigs": [
            {
                "service": "allServices",
                "auditLogConfigs": [
                    {"logType": "DATA_READ", "exemptedMembers": ["user:ci@acme.example"]},
                    {"logType": "DATA_WRITE"},
                ],
            }
        ]
    }
    answers["/v3/projects/acme-prod:getIamPolicy"] |= {
        "auditConfigs": [
            {"service": "storage.googleapis.com", "auditLogConfigs": [{"logType": "ADMIN_READ"}]}
        ]
    }
    answers["/v3/projects/acme-siem:getIamPolicy"] |= {
        "bindings": [{"role": "roles/logging.bucketWriter", "members": [PROD_WRITER]}]
    }
    answers["/v3/projects/acme-central:getIamPolicy"] |= {
        "bindings": [{"role": "roles/logging.logWriter", "members": [WRITER]}]
    }
    return answers


def _sinks() -> dict[str, Any]:
    answers: dict[str, Any] = {}
    more: dict[str, list[dict[str, Any]]] = {
        ORG: [
            {
                "name": "to-siem",
                "destination": "pubsub.googleapis.com/projects/acme-siem/topics/audit",
                "filter": 'log_id("cloudaudit.googleapis.com/activity")',
                "includeChildren": True,
                "writerIdentity": WRITER,
                "createTime": "2025-01-01T00:00:00.123456789Z",
                "updateTime": "2025-02-01T00:00:00.123456789Z",
            },
            {
                "name": "to-central",
                "destination": "logging.googleapis.com/projects/acme-central",
                "filter": 'log_id("cloudaudit.googleapis.com/data_access")',
                "exclusions": [
                    {"name": "noise", "filter": 'protoPayload.serviceName="k8s.io"'},
                    {"name": "old", "filter": "severity<INFO", "disabled": True},
                ],
                "includeChildren": True,
                "interceptChildren": True,
                "writerIdentity": WRITER,
            },
        ],
        "projects/acme-prod": [
            {
                "name": "archive",
                "destination": "storage.googleapis.com/acme-archive",
                "writerIdentity": PROD_WRITER,
            },
            {
                "name": "ungranted",
                "destination": "storage.googleapis.com/acme-other",
                "writerIdentity": PROD_WRITER,
            },
            {
                "name": "gone",
                "destination": "pubsub.googleapis.com/projects/acme-siem/topics/gone",
                "writerIdentity": PROD_WRITER,
            },
            {
                "name": "to-bucket",
                "destination": "logging.googleapis.com/projects/1002/locations/eu/buckets/audit",
                "writerIdentity": PROD_WRITER,
            },
        ],
        "projects/acme-central": [
            {
                "name": "analysts",
                "destination": "bigquery.googleapis.com/projects/acme-siem/datasets/changes",
                "bigqueryOptions": {"usePartitionedTables": True, "usesTimestampColumnPartitioning": True},
                "writerIdentity": "serviceAccount:service-1003@gcp-sa-logging.iam.gserviceaccount.com",
            }
        ],
    }
    for name in CONTAINERS:
        found = own_sinks(name) + more.get(name, [])
        answers[f"/v2/{name}/sinks"] = Pages("sinks", [found[:1], [], found[1:]])
        answers |= own_buckets(name)
    return answers


def _stores() -> dict[str, Any]:
    topic = "/v1/projects/acme-siem/topics/audit"
    return {
        "/v2/projects/acme-siem/locations/eu/buckets/audit": {
            "name": "projects/acme-siem/locations/eu/buckets/audit",
            "lifecycleState": "ACTIVE",
            "retentionDays": 365,
            "locked": True,
            "cmekSettings": {"kmsKeyName": KEY},
        },
        "/storage/v1/b/acme-archive": {
            "kind": "storage#bucket",
            "name": "acme-archive",
            "projectNumber": "1002",
            "timeCreated": "2024-01-01T00:00:00Z",
            "retentionPolicy": {"retentionPeriod": "34560000", "isLocked": True},
            "iamConfiguration": {"publicAccessPrevention": "enforced"},
        },
        "/storage/v1/b/acme-archive/iam": {
            "kind": "storage#policy",
            "bindings": [{"role": "roles/storage.objectCreator", "members": [PROD_WRITER]}],
        },
        "/storage/v1/b/acme-other": {"kind": "storage#bucket", "name": "acme-other", "projectNumber": "1002"},
        "/storage/v1/b/acme-other/iam": {"kind": "storage#policy"},
        topic: {"name": "projects/acme-siem/topics/audit", "state": "ACTIVE", "kmsKeyName": KEY},
        f"{topic}:getIamPolicy": {"bindings": [{"role": "roles/pubsub.publisher", "members": [WRITER]}]},
        f"{topic}/subscriptions": Pages(
            "subscriptions",
            [["projects/acme-siem/subscriptions/dead"], [], ["projects/acme-siem/subscriptions/live"]],
        ),
        "/v1/projects/acme-siem/subscriptions/dead": {
            "name": "projects/acme-siem/subscriptions/dead",
            "topic": "projects/acme-siem/topics/audit",
            "state": "ACTIVE",
            "detached": True,
        },
        "/v1/projects/acme-siem/subscriptions/live": {
            "name": "projects/acme-siem/subscriptions/live",
            "topic": "projects/acme-siem/topics/audit",
            "state": "ACTIVE",
        },
        f"/v1/{KEY}": {"name": KEY, "primary": {"name": f"{KEY}/cryptoKeyVersions/1", "state": "ENABLED"}},
        "/bigquery/v2/projects/acme-siem/datasets/changes": {
            "kind": "bigquery#dataset",
            "datasetReference": {"projectId": "acme-siem", "datasetId": "changes"},
            "type": "DEFAULT",
            "defaultTableExpirationMs": "86400000",
            "defaultPartitionExpirationMs": "34560000000",
            "access": [
                {"role": "WRITER", "userByEmail": "service-1003@gcp-sa-logging.iam.gserviceaccount.com"},
                {"role": "OWNER", "specialGroup": "projectOwners"},
            ],
        },
        "/bigquery/v2/projects/acme-siem/datasets/changes/tables": Pages(
            "tables",
            [
                [],
                [
                    {
                        "id": "t",
                        "creationTime": "1700000000000",
                        "timePartitioning": {"type": "DAY", "expirationMs": "34560000000"},
                    }
                ],
            ],
        ),
    }


def _watchers() -> dict[str, Any]:
    """Nothing counts entries, and nobody is told of any."""
    answers: dict[str, Any] = {}
    for name in CONTAINERS:
        if name.startswith("projects/"):
            answers[f"/v2/{name}/metrics"] = Pages("metrics", [[]])
            answers[f"/v3/{name}/alertPolicies"] = Pages("alertPolicies", [[]])
    return answers


def answers() -> dict[str, Any]:
    """All of it, by path."""
    return _tree() | _policies() | _sinks() | _stores() | _watchers()
