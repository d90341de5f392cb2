"""Paths through the graph of hops and destinations, and the conditions under which records take them."""

from logcov.coverage.checks import Check, known_fields, moment
from logcov.coverage.estate import NEVER_READ, Estate, Lineage, blind_spot_of
from logcov.coverage.paths import Arrival, Hop, Possible, Ways, ways

__all__ = [
    "NEVER_READ",
    "Arrival",
    "Check",
    "Estate",
    "Hop",
    "Lineage",
    "Possible",
    "Ways",
    "blind_spot_of",
    "known_fields",
    "moment",
    "ways",
]
