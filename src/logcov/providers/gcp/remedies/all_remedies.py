"""What closes gaps of Google Cloud, in commands that are printed and never run. The first remedy that fits a gap is told.

Placeholders, and how they are quoted: `logcov.inventory.Remedy`. Where a command would overwrite what somebody set
up, a comment says so, and a command that shows it comes first. Gaps for which no such command is safe have none.
"""

from logcov.providers.gcp.remedies.audit_remedies import AUDIT_REMEDIES
from logcov.providers.gcp.remedies.network_remedies import NETWORK_REMEDIES
from logcov.providers.gcp.remedies.service_remedies import SERVICE_REMEDIES
from logcov.providers.gcp.remedies.sink_remedies import SINK_REMEDIES
from logcov.providers.gcp.remedies.store_remedies import STORE_REMEDIES
from logcov.providers.rows import Family

REMEDY_FAMILY = Family(
    remedies=(*AUDIT_REMEDIES, *NETWORK_REMEDIES, *SERVICE_REMEDIES, *SINK_REMEDIES, *STORE_REMEDIES)
)
"""All of them, those of log sources before those of the way and of destinations."""
