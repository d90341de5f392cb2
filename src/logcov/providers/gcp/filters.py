"""Filters, verbatim, under ids that equal filters share."""

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from logcov.inventory import Exclusion, Filter


def filter_of(dialect: str, text: str, exclusions: Sequence[Exclusion] = ()) -> Filter:
    """The filter; its id is made of all it says."""
    parts = [dialect, text, *([each.name, each.text, each.disabled] for each in exclusions)]
    digest = blake2b(json.dumps(parts).encode(), digest_size=12).hexdigest()
    return Filter(id=f"{dialect}:{digest}", dialect=dialect, text=text, exclusions=tuple(exclusions))


def canonical(value: Any) -> str:
    """JSON in the one form that equal values share."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
