"""Everything that logcov knows of AWS: one line per family of log sources or destinations."""

from logcov.providers.aws import scopes
from logcov.providers.aws.cloudtrail_rows import CLOUDTRAIL_FAMILY
from logcov.providers.aws.destination_rows import BUCKET_FAMILY, LOG_GROUP_FAMILY, STREAM_FAMILY
from logcov.providers.aws.eks import EKS_FAMILY
from logcov.providers.aws.flow_log_rows import FLOW_LOG_FAMILY
from logcov.providers.rows import Family, Operation

FAMILIES: tuple[Family, ...] = (
    CLOUDTRAIL_FAMILY,
    FLOW_LOG_FAMILY,
    EKS_FAMILY,
    BUCKET_FAMILY,
    LOG_GROUP_FAMILY,
    STREAM_FAMILY,
)

SOURCES = tuple(row for family in FAMILIES for row in family.sources)
HOP_KINDS = tuple(row for family in FAMILIES for row in family.hop_kinds)
DESTINATION_KINDS = tuple(row for family in FAMILIES for row in family.destination_kinds)
OBSERVERS = tuple(row for family in FAMILIES for row in family.observers)
READERS = tuple(row for family in FAMILIES for row in family.readers)

SESSION_OPERATIONS = scopes.OPERATIONS
"""What `AwsSession.scopes` and every call after it may ask."""


def operations() -> tuple[Operation, ...]:
    """Every operation that an AWS target may be asked, each once, by call."""
    listed = [operation for observer in OBSERVERS for operation in observer.operations]
    listed += [operation for reader in READERS for operation in reader.operations]
    found = {operation.call: operation for operation in listed}
    return tuple(found[call] for call in sorted(found))
