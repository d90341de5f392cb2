"""The wildcards of IAM policies: `*` is any run of characters, `?` one.

Of a text that is known only up to a point, a pattern may match every continuation, none, or some.
"""

from collections.abc import Iterable

UNKNOWN = "\x00"
"""Stands for "and something after this": no pattern holds it, so only a wildcard can match it."""


def alive(pattern: str, text: str) -> frozenset[int]:
    """The positions of a pattern that can be reached by reading a text."""
    states = _closed(pattern, {0})
    for character in text:
        states = _closed(pattern, _stepped(pattern, states, character))
        if not states:
            break
    return frozenset(states)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches the whole text."""
    return len(pattern) in alive(pattern, text)


def matches_from(pattern: str, start: str) -> bool | None:
    """Whether a pattern matches every text that goes on after `start`, none of them, or (None) some."""
    if not alive(pattern, start):
        return False
    # A pattern that ends in `*` and has swallowed one unknown character swallows any number of any.
    if pattern.endswith("*") and matches(pattern, start + UNKNOWN):
        return True
    return None


def _closed(pattern: str, states: Iterable[int]) -> set[int]:
    """A star may stand for nothing."""
    closed = set()
    waiting = list(states)
    while waiting:
        state = waiting.pop()
        if state in closed:
            continue
        closed.add(state)
        if state < len(pattern) and pattern[state] == "*":
            waiting.append(state + 1)
    return closed


def _stepped(pattern: str, states: set[int], character: str) -> set[int]:
    reached = set()
    for state in states:
        if state == len(pattern):
            continue
        if pattern[state] == "*":
            reached.add(state)
        elif pattern[state] in {"?", character}:
            reached.add(state + 1)
    return reached
