"""A sample of the records: dialect `sample`, whose text is the share that is kept, as `0.05`.

Source: CloudFront `RealtimeLogConfig.SamplingRate`, which is a share in percent.
"""

from logcov.inventory.rows import LogSource
from logcov.selection.predicate import Predicate, sampled


def compile_sample(text: str, _source: LogSource) -> Predicate:
    """Keeps this share of the records, without regard to their content; a text that is no number is opaque."""
    return sampled("records", text)
