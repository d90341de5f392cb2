"""What to audit: `logcov.yaml`, with credentials by reference only."""

from logcov.config.load import load_config
from logcov.config.targets import (
    AwsShortcuts,
    AwsTarget,
    Config,
    ConfigAggregator,
    GcpTarget,
    GoogleCredentials,
    OktaKey,
    OktaTarget,
    OktaToken,
    TelemetryConfiguration,
    WorkspaceTarget,
)

__all__ = [
    "AwsShortcuts",
    "AwsTarget",
    "Config",
    "ConfigAggregator",
    "GcpTarget",
    "GoogleCredentials",
    "OktaKey",
    "OktaTarget",
    "OktaToken",
    "TelemetryConfiguration",
    "WorkspaceTarget",
    "load_config",
]
