"""The shape of the `gcp` section of a world file."""

from typing import Annotated, Any, Literal

from pydantic import Field

from logcov.sandbox.world_keys import Described, Moment


class Exclusion(Described):
    """LogExclusion."""

    name: str
    filter: str
    description: str | None = None
    disabled: bool | None = None
    create_time: Moment | None = None
    update_time: Moment | None = None


class Sink(Described):
    """LogSink. Without `writerIdentity` it has the one that Google would give it; `{container}` is its parent."""

    name: str
    destination: str
    filter: str | None = None
    description: str | None = None
    disabled: bool | None = None
    exclusions: list[Exclusion] | None = None
    include_children: bool | None = None
    intercept_children: bool | None = None
    writer_identity: str | None = None
    create_time: Moment | None = None
    update_time: Moment | None = None


class Cmek(Described):
    """CmekSettings of a log bucket."""

    kms_key_name: str
    kms_key_version_name: str | None = None
    service_account_id: str | None = None


class LogBucket(Described):
    """LogBucket, with its name in two parts."""

    location: str
    bucket: str
    description: str | None = None
    retention_days: int = Field(ge=1, le=3650)
    locked: bool | None = None
    lifecycle_state: Literal["ACTIVE", "DELETE_REQUESTED", "UPDATING", "CREATING", "FAILED"] = "ACTIVE"
    cmek_settings: Cmek | None = None
    restricted_fields: list[str] | None = None
    analytics_enabled: bool | None = None
    create_time: Moment | None = None
    update_time: Moment | None = None


class Condition(Described):
    """The condition of a binding."""

    title: str | None = None
    description: str | None = None
    expression: str


class Binding(Described):
    """Who has a role."""

    role: str
    members: list[str]
    condition: Condition | None = None


class AuditLogConfig(Described):
    """One kind of data access record that is written, and whose are not."""

    log_type: Literal["ADMIN_READ", "DATA_READ", "DATA_WRITE", "LOG_TYPE_UNSPECIFIED"]
    exempted_members: list[str] | None = None


class AuditConfig(Described):
    """What one service writes of data access."""

    service: str
    audit_log_configs: list[AuditLogConfig]


class Iam(Described):
    """An IAM policy."""

    bindings: list[Binding] = Field(default_factory=list)
    audit_configs: list[AuditConfig] = Field(default_factory=list)


class RetentionPolicy(Described):
    """Of a Cloud Storage bucket; the period is seconds, as text."""

    retention_period: Annotated[str, Field(pattern=r"^\d+$")]
    effective_time: Moment | None = None
    is_locked: bool | None = None


class BucketEncryption(Described):
    """The customer's key of a Cloud Storage bucket."""

    default_kms_key_name: str


class LifecycleAction(Described):
    """What a lifecycle rule does."""

    type: str
    storage_class: str | None = None


class LifecycleCondition(Described):
    """When it does it; `age` is days."""

    age: int | None = None
    matches_prefix: list[str] | None = None
    matches_storage_class: list[str] | None = None
    is_live: bool | None = None


class LifecycleRule(Described):
    """A lifecycle rule of a Cloud Storage bucket."""

    action: LifecycleAction
    condition: LifecycleCondition


class Lifecycle(Described):
    """All of them."""

    rule: list[LifecycleRule]


class Versioning(Described):
    """Whether older versions are kept."""

    enabled: bool


class UsageLog(Described):
    """Where the usage log of a Cloud Storage bucket goes."""

    log_bucket: str
    log_object_prefix: str | None = None


class Bucket(Described):
    """A Cloud Storage bucket."""

    name: str
    location: str = "EU"
    storage_class: str = "STANDARD"
    time_created: Moment | None = None
    updated: Moment | None = None
    retention_policy: RetentionPolicy | None = None
    encryption: BucketEncryption | None = None
    lifecycle: Lifecycle | None = None
    versioning: Versioning | None = None
    default_event_based_hold: bool | None = None
    logging: UsageLog | None = None
    labels: dict[str, str] | None = None
    iam: Iam = Iam()


class Topic(Described):
    """A Pub/Sub topic; `name` is its last part."""

    name: str
    kms_key_name: str | None = None
    labels: dict[str, str] | None = None
    message_retention_duration: str | None = None
    iam: Iam = Iam()


class ExpirationPolicy(Described):
    """When an idle subscription goes away; without `ttl` never."""

    ttl: str | None = None


class PushConfig(Described):
    """Where a subscription pushes to."""

    push_endpoint: str


class Subscription(Described):
    """A Pub/Sub subscription; `name` is its last part, `topic` the whole name."""

    name: str
    topic: str
    ack_deadline_seconds: int = 10
    message_retention_duration: str = "604800s"
    expiration_policy: ExpirationPolicy | None = None
    push_config: PushConfig | None = None
    detached: bool | None = None
    filter: str | None = None
    state: Literal["ACTIVE", "RESOURCE_ERROR"] = "ACTIVE"


class Access(Described):
    """One entry of a dataset's access list."""

    role: str | None = None
    user_by_email: str | None = None
    group_by_email: str | None = None
    domain: str | None = None
    special_group: str | None = None
    iam_member: str | None = None


class Table(Described):
    """A table of a dataset. `expirationMs`: of its partitions if it has any, else counted from its creation."""

    table_id: str
    creation_time: Moment
    partitioned: bool = False
    expiration_ms: Annotated[str, Field(pattern=r"^\d+$")] | None = None


class DatasetKey(Described):
    """The customer's key of a dataset."""

    kms_key_name: str


class Dataset(Described):
    """A BigQuery dataset."""

    dataset_id: str
    location: str = "EU"
    creation_time: Moment
    default_table_expiration_ms: Annotated[str, Field(pattern=r"^\d+$")] | None = None
    default_partition_expiration_ms: Annotated[str, Field(pattern=r"^\d+$")] | None = None
    default_encryption_configuration: DatasetKey | None = None
    access: list[Access] = Field(default_factory=list)
    tables: list[Table] = Field(default_factory=list)


class LogSettings(Described):
    """Settings of a container's logging."""

    disable_default_sink: bool | None = None
    default_sink_config: dict[str, Any] | None = None
    storage_location: str | None = None
    kms_key_name: str | None = None


class EveryContainer(Described):
    """What each organisation, folder, project and billing account has."""

    sinks: list[Sink] = Field(default_factory=list)
    log_buckets: list[LogBucket] = Field(default_factory=list)


class CryptoKey(Described):
    """A Cloud KMS key, its name in three parts. `state` is that of its primary version."""

    location: str
    key_ring: str
    crypto_key: str
    created: Moment | None = None
    state: Literal["ENABLED", "DISABLED", "DESTROY_SCHEDULED", "DESTROYED"] = "ENABLED"


State = Literal["ACTIVE", "DELETE_REQUESTED"]

Kind = Literal[
    "cloudasset.feeds",
    "cloudsql.instances",
    "compute.backendBuckets",
    "compute.backendServices",
    "compute.firewallPolicies",
    "compute.firewalls",
    "compute.networkFirewallPolicies",
    "compute.networks",
    "compute.routers",
    "compute.subnetworks",
    "container.clusters",
    "dns.managedZones",
    "dns.policies",
    "ids.endpoints",
    "networkmanagement.vpcFlowLogsConfigs",
    "orgpolicy.policies",
]
"""What is listed just as the world has it: see `google_tables`."""


class Container(EveryContainer):
    """What an organisation, a folder, a project and a billing account have in common.

    `resources` are as the APIs give them; in their texts, `{container}` is the container's name, and `{link}` how links
    of Compute Engine to something in it begin.
    """

    iam: Iam = Iam()
    settings: LogSettings | None = None
    resources: dict[Kind, list[dict[str, Any]]] = Field(default_factory=dict)


class Organization(Container):
    """An organisation."""

    name: Annotated[str, Field(pattern=r"^organizations/\d+$")]
    display_name: str
    directory_customer_id: str
    state: State = "ACTIVE"
    create_time: Moment | None = None
    update_time: Moment | None = None


class Folder(Container):
    """A folder."""

    name: Annotated[str, Field(pattern=r"^folders/\d+$")]
    parent: str
    display_name: str
    state: State = "ACTIVE"
    create_time: Moment | None = None
    update_time: Moment | None = None
    delete_time: Moment | None = None


class Project(Container):
    """A project; `number` is what its name is made of.

    Log-based metrics, alert policies and channels are as the APIs give them; `monitored_projects` are other projects
    whose metrics this one watches, `projects/ID`. `apis_off` are the hosts of APIs, `silent` regions that do not answer.
    """

    project_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]+$")]
    number: Annotated[str, Field(pattern=r"^\d+$")]
    parent: str
    display_name: str | None = None
    state: State = "ACTIVE"
    labels: dict[str, str] = Field(default_factory=dict)
    create_time: Moment | None = None
    update_time: Moment | None = None
    delete_time: Moment | None = None
    buckets: list[Bucket] = Field(default_factory=list)
    topics: list[Topic] = Field(default_factory=list)
    subscriptions: list[Subscription] = Field(default_factory=list)
    datasets: list[Dataset] = Field(default_factory=list)
    crypto_keys: list[CryptoKey] = Field(default_factory=list)
    metrics: list[dict[str, Any]] = Field(default_factory=list)
    alert_policies: list[dict[str, Any]] = Field(default_factory=list)
    notification_channels: list[dict[str, Any]] = Field(default_factory=list)
    monitored_projects: list[str] = Field(default_factory=list)
    apis_off: list[str] = Field(default_factory=list)
    silent: list[str] = Field(default_factory=list)


class BillingAccount(Container):
    """A billing account."""

    name: Annotated[str, Field(pattern=r"^billingAccounts/[0-9A-Z-]+$")]
    display_name: str
    open: bool = True
    parent: str | None = None


class Gcp(Described):
    """All of Google Cloud."""

    page_size: int = Field(default=100, ge=1)
    every_container: EveryContainer = EveryContainer()
    organizations: list[Organization] = Field(default_factory=list)
    folders: list[Folder] = Field(default_factory=list)
    projects: list[Project] = Field(default_factory=list)
    billing_accounts: list[BillingAccount] = Field(default_factory=list)
