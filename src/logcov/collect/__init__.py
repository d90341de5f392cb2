"""Runs observers over scopes and locations, and destination readers over where the routes lead.

Works in waves: scopes; then emitters and hops; then the destinations that hops name; then the hops onward from
those, to a bounded depth. Each provider has its own bounded pool of workers, and all run at the same time.
"""

from logcov.collect.again import SecondLook
from logcov.collect.crew import Progress, Report, no_report
from logcov.collect.run import collect, question, shown_targets
from logcov.collect.tasks import Sample

__all__ = ["Progress", "Report", "Sample", "SecondLook", "collect", "no_report", "question", "shown_targets"]
