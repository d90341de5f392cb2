"""The targets of an audit, as the collecting half sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleCredentials:
    """How to become somebody at Google.

    `adc`: application default credentials. `impersonate`: those, impersonating this service account.
    `key_file_env`: the name of an environment variable that holds the path of a key file. Exactly one way.
    """

    adc: bool = False
    impersonate: str | None = None
    key_file_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GcpTarget:
    """A Google Cloud organisation, a folder, or some projects. Numbers and ids without their prefix."""

    organization: str | None = None
    folder: str | None = None
    projects: tuple[str, ...] = ()
    quota_project: str | None = None
    credentials: GoogleCredentials | None = None
    read: Literal["direct", "asset-inventory", "auto"] = "auto"
    endpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigAggregator:
    """A Config aggregator, and the account (12 digits) and region that it is in."""

    name: str
    account: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryConfiguration:
    """CloudWatch's telemetry configuration of an organisation.

    `account` is the management account or the delegated administrator; `regions` are those in which it is evaluated.
    """

    account: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsShortcuts:
    """Services that know an organisation's resources from earlier, asked where a place cannot be read itself."""

    config_aggregator: ConfigAggregator | None = None
    telemetry: TelemetryConfiguration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsTarget:
    """An AWS organisation, some accounts, or (neither) the caller's own account. `regions` empty: all."""

    organization: bool = False
    accounts: tuple[str, ...] = ()
    profile: str | None = None
    role: str | None = None
    external_id_env: str | None = None
    regions: tuple[str, ...] = ()
    shortcuts: AwsShortcuts = AwsShortcuts()
    endpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OktaKey:
    """A service app with a private key; `private_key_env` names the variable that holds the PEM or JWK."""

    client_id: str
    private_key_env: str
    key_id: str | None = None
    dpop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OktaToken:
    """An API token; `api_token_env` names the variable that holds it."""

    api_token_env: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OktaTarget:
    """An Okta org. Tenants have no labels of their own, so the target may carry some."""

    org_url: str
    auth: OktaKey | OktaToken | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    endpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceTarget:
    """A Google Workspace customer, read as `subject` (an administrator) by domain-wide delegation."""

    customer: str = "my_customer"
    subject: str | None = None
    credentials: GoogleCredentials | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    endpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of `logcov.yaml`; `policies` are paths made absolute against the file's folder."""

    policies: tuple[str, ...] = ()
    gcp: tuple[GcpTarget, ...] = ()
    aws: tuple[AwsTarget, ...] = ()
    okta: tuple[OktaTarget, ...] = ()
    workspace: tuple[WorkspaceTarget, ...] = ()
