"""What to audit: `logcov.yaml`, with credentials by reference only."""

from logcov.config.load import load_config
from logcov.config.targets import (
    AwsTarget,
    Config,
    GcpTarget,
    GoogleCredentials,
    OktaKey,
    OktaTarget,
    OktaToken,
    WorkspaceTarget,
)

__all__ = [
    "AwsTarget",
    "Config",
    "GcpTarget",
    "GoogleCredentials",
    "OktaKey",
    "OktaTarget",
    "OktaToken",
    "WorkspaceTarget",
    "load_config",
]
