"""Numbers in answers, some of which come as text."""

import math


def number_of(value: object) -> float | None:
    """The number that a value is, or that its text is; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
