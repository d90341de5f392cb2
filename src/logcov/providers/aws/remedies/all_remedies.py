"""What closes gaps of AWS, in commands that are printed and never run. The first remedy that fits a gap is told.

Placeholders, and how they are quoted: `logcov.inventory.Remedy`. Where a command would overwrite what somebody set
up, a comment says so, and a command that shows it comes first. Gaps for which no such command is safe have none.
"""

from logcov.providers.aws.remedies.remedies_destinations import DESTINATION_REMEDIES
from logcov.providers.aws.remedies.remedies_network import NETWORK_REMEDIES
from logcov.providers.aws.remedies.remedies_services import SERVICE_REMEDIES
from logcov.providers.aws.remedies.remedies_trails import TRAIL_REMEDIES
from logcov.providers.rows import Family

REMEDY_FAMILY = Family(
    remedies=(*TRAIL_REMEDIES, *NETWORK_REMEDIES, *SERVICE_REMEDIES, *DESTINATION_REMEDIES)
)
"""All of them, those of log sources before those of destinations."""
