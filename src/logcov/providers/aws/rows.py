"""Everything that logcov knows of AWS: one line per family of log sources or destinations."""

from logcov.providers.aws import scopes
from logcov.providers.aws.logs.apigateway import API_GATEWAY_FAMILY
from logcov.providers.aws.logs.bedrock import BEDROCK_FAMILY
from logcov.providers.aws.logs.client_vpn import CLIENT_VPN_FAMILY
from logcov.providers.aws.logs.cloudfront import CLOUDFRONT_FAMILY
from logcov.providers.aws.logs.cloudtrail_rows import CLOUDTRAIL_FAMILY
from logcov.providers.aws.logs.config_rows import CONFIG_FAMILY
from logcov.providers.aws.logs.eks import EKS_FAMILY
from logcov.providers.aws.logs.elb_rows import ELB_FAMILY
from logcov.providers.aws.logs.flow_log_rows import FLOW_LOG_FAMILY
from logcov.providers.aws.logs.guardduty_rows import GUARDDUTY_FAMILY
from logcov.providers.aws.logs.lambda_functions import LAMBDA_FAMILY
from logcov.providers.aws.logs.network_firewall import NETWORK_FIREWALL_FAMILY
from logcov.providers.aws.logs.opensearch import OPENSEARCH_FAMILY
from logcov.providers.aws.logs.rds_rows import RDS_FAMILY
from logcov.providers.aws.logs.redshift_rows import REDSHIFT_FAMILY
from logcov.providers.aws.logs.resolver_queries import RESOLVER_FAMILY
from logcov.providers.aws.logs.route53 import PUBLIC_ZONE_FAMILY
from logcov.providers.aws.logs.s3_access import S3_ACCESS_FAMILY
from logcov.providers.aws.logs.security_hub_rows import SECURITY_HUB_FAMILY
from logcov.providers.aws.logs.security_lake import SECURITY_LAKE_FAMILY
from logcov.providers.aws.logs.session_manager import SESSION_FAMILY
from logcov.providers.aws.logs.transit_gateway import TRANSIT_GATEWAY_FAMILY
from logcov.providers.aws.logs.wafv2 import WAF_FAMILY
from logcov.providers.aws.remedies.all_remedies import REMEDY_FAMILY
from logcov.providers.aws.shortcuts.config_aggregator import AGGREGATOR
from logcov.providers.aws.shortcuts.telemetry import TELEMETRY
from logcov.providers.aws.stores.destination_rows import BUCKET_FAMILY, LOG_GROUP_FAMILY, STREAM_FAMILY
from logcov.providers.aws.stores.detective_rows import DETECTIVE_FAMILY
from logcov.providers.rows import Family, Operation, ShortcutRow

FAMILIES: tuple[Family, ...] = (
    CLOUDTRAIL_FAMILY,
    FLOW_LOG_FAMILY,
    TRANSIT_GATEWAY_FAMILY,
    RESOLVER_FAMILY,
    PUBLIC_ZONE_FAMILY,
    NETWORK_FIREWALL_FAMILY,
    CLIENT_VPN_FAMILY,
    WAF_FAMILY,
    API_GATEWAY_FAMILY,
    EKS_FAMILY,
    ELB_FAMILY,
    CLOUDFRONT_FAMILY,
    RDS_FAMILY,
    REDSHIFT_FAMILY,
    OPENSEARCH_FAMILY,
    LAMBDA_FAMILY,
    BEDROCK_FAMILY,
    SESSION_FAMILY,
    S3_ACCESS_FAMILY,
    CONFIG_FAMILY,
    GUARDDUTY_FAMILY,
    SECURITY_HUB_FAMILY,
    SECURITY_LAKE_FAMILY,
    BUCKET_FAMILY,
    LOG_GROUP_FAMILY,
    STREAM_FAMILY,
    DETECTIVE_FAMILY,
    REMEDY_FAMILY,
)

SOURCES = tuple(row for family in FAMILIES for row in family.sources)
HOP_KINDS = tuple(row for family in FAMILIES for row in family.hop_kinds)
DESTINATION_KINDS = tuple(row for family in FAMILIES for row in family.destination_kinds)
OBSERVERS = tuple(row for family in FAMILIES for row in family.observers)
READERS = tuple(row for family in FAMILIES for row in family.readers)
REMEDIES = tuple(row for family in FAMILIES for row in family.remedies)

SHORTCUTS: tuple[ShortcutRow, ...] = (AGGREGATOR, TELEMETRY)
"""Asked only by targets that name them, and only where a place could not be read itself."""

SESSION_OPERATIONS = scopes.OPERATIONS
"""What `AwsSession.scopes` and every call after it may ask."""


def operations() -> tuple[Operation, ...]:
    """Every operation that an AWS target may be asked of the places that it audits, each once, by call."""
    listed = [operation for observer in OBSERVERS for operation in observer.operations]
    listed += [operation for reader in READERS for operation in reader.operations]
    found = {operation.call: operation for operation in listed}
    return tuple(found[call] for call in sorted(found))
