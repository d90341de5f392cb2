"""What roles permit, as far as admissions need it.

Source: cloud.google.com/iam/docs/roles-permissions, per service. A role in neither list may permit anything:
custom roles, basic roles and the many that are not listed leave doubt.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """What a writer needs: the permission, the role that Google asks for, and all roles that surely hold it."""

    permission: str
    role: str
    roles: frozenset[str]


OBJECTS = Grant(
    "storage.objects.create",
    "roles/storage.objectCreator",
    frozenset(
        {
            "roles/storage.objectCreator",
            "roles/storage.objectUser",
            "roles/storage.objectAdmin",
            "roles/storage.admin",
            "roles/storage.legacyBucketWriter",
            "roles/storage.legacyBucketOwner",
        }
    ),
)
PUBLISH = Grant(
    "pubsub.topics.publish",
    "roles/pubsub.publisher",
    frozenset({"roles/pubsub.publisher", "roles/pubsub.editor", "roles/pubsub.admin"}),
)
TABLES = Grant(
    "bigquery.tables.updateData",
    "roles/bigquery.dataEditor",
    frozenset({"roles/bigquery.dataEditor", "roles/bigquery.dataOwner", "roles/bigquery.admin"}),
)
LOG_BUCKETS = Grant(
    "logging.buckets.write", "roles/logging.bucketWriter", frozenset({"roles/logging.bucketWriter"})
)
LOG_ENTRIES = Grant(
    "logging.logEntries.route",
    "roles/logging.logWriter",
    frozenset({"roles/logging.logWriter", "roles/logging.admin"}),
)

_WRITING = OBJECTS.roles | PUBLISH.roles | TABLES.roles | LOG_BUCKETS.roles | LOG_ENTRIES.roles

_ENTRY_OR_BUCKET = frozenset({"roles/logging.logWriter", "roles/logging.bucketWriter"})
"""Each holds its own permission to write and not the other's."""

_READING = frozenset(
    {
        "roles/viewer",
        "roles/browser",
        "roles/billing.viewer",
        "roles/bigquery.connectionUser",
        "roles/bigquery.dataViewer",
        "roles/bigquery.jobUser",
        "roles/bigquery.metadataViewer",
        "roles/bigquery.resourceViewer",
        "roles/cloudasset.viewer",
        "roles/cloudkms.viewer",
        "roles/compute.viewer",
        "roles/iam.roleViewer",
        "roles/iam.securityReviewer",
        "roles/logging.privateLogViewer",
        "roles/logging.viewAccessor",
        "roles/logging.viewer",
        "roles/monitoring.viewer",
        "roles/orgpolicy.policyViewer",
        "roles/pubsub.subscriber",
        "roles/pubsub.viewer",
        "roles/resourcemanager.folderViewer",
        "roles/resourcemanager.organizationViewer",
        "roles/serviceusage.serviceUsageConsumer",
        "roles/serviceusage.serviceUsageViewer",
        "roles/storage.legacyBucketReader",
        "roles/storage.legacyObjectReader",
        "roles/storage.objectViewer",
    }
)

_ADMINISTERING = frozenset(
    {
        "roles/billing.admin",
        "roles/billing.user",
        "roles/iam.securityAdmin",
        "roles/orgpolicy.policyAdmin",
        "roles/resourcemanager.folderAdmin",
        "roles/resourcemanager.folderCreator",
        "roles/resourcemanager.folderIamAdmin",
        "roles/resourcemanager.organizationAdmin",
        "roles/resourcemanager.projectCreator",
        "roles/resourcemanager.projectDeleter",
        "roles/resourcemanager.projectIamAdmin",
        "roles/resourcemanager.projectMover",
    }
)
"""Roles by which somebody could grant themselves a permission, but that do not hold it."""

GRANTING = frozenset(
    {
        "roles/iam.securityAdmin",
        "roles/resourcemanager.folderAdmin",
        "roles/resourcemanager.folderIamAdmin",
        "roles/resourcemanager.organizationAdmin",
        "roles/resourcemanager.projectIamAdmin",
    }
)
"""Of those, the ones that hold `setIamPolicy` of what they are granted on, or of what is below it."""


def permits(role: str, grant: Grant) -> bool | None:
    """Whether the role holds the permission; None where that is not known."""
    if role in grant.roles:
        return True
    if role in _READING or role in _ADMINISTERING:
        return False
    if role in _WRITING and _service(role) != _service(grant.role):
        # The roles of one service hold nothing of another one.
        return False
    if role in _ENTRY_OR_BUCKET and grant.role in _ENTRY_OR_BUCKET:
        return False
    return None


def _service(role: str) -> str:
    return role.removeprefix("roles/").partition(".")[0]
