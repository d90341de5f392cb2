"""Patterns of ids, in policies and in rows: `*` is any run of characters, `/` included; everything else is itself."""

from functools import lru_cache

from logcov.selection.predicate import glob_matches


@lru_cache(maxsize=65_536)
def may_intersect(pattern_a: str, pattern_b: str) -> bool:
    """Whether some text fits both patterns: no text does, or one can be named.

    The judge asks this of a policy's pattern and of a place that is known only as a pattern
    (`gcp:projects/*`, where the projects could not be listed).
    """
    if "*" not in pattern_b:
        return glob_matches(pattern_a, pattern_b)
    if "*" not in pattern_a:
        return glob_matches(pattern_b, pattern_a)
    # reachable[j]: what is left of `pattern_a` from here and of `pattern_b` from `j` have a text in common.
    # Filled from the ends of both patterns; O(len(a) * len(b)) steps, without recursion.
    width = len(pattern_b)
    below = [False] * width + [True]
    for j in range(width - 1, -1, -1):
        below[j] = pattern_b[j] == "*" and below[j + 1]
    for letter in reversed(pattern_a):
        here = [False] * width + [letter == "*" and below[width]]
        for j in range(width - 1, -1, -1):
            other = pattern_b[j]
            if letter == "*" or other == "*":
                here[j] = (letter == "*" and (below[j] or here[j + 1])) or (
                    other == "*" and (here[j + 1] or below[j])
                )
            else:
                here[j] = letter == other and below[j + 1]
        below = here
    return below[0]
