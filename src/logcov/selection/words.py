"""The shortest text that fits some patterns and none of others: exact, by walking all patterns at once.

A pattern is its pieces (`predicate.pieces`): runs of characters with anything between each two. Of a text read so far
it remembers how far into the pattern one may be: a set of positions, kept as the bits of a number. Texts with the same
positions in all patterns have the same continuations, so a breadth-first walk over these combinations finds a
shortest text or proves that there is none. Characters that no pattern mentions are interchangeable: one
stands for all of them.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from logcov.selection.budget import Budget

Pieces = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """`steps` has, per character, the positions before which it stands; at `loops`, any character may be skipped."""

    steps: dict[str, int]
    loops: int
    end: int

    def read(self, at: int, character: str) -> int:
        on = (at & self.steps.get(character, 0)) << 1 | at & self.loops
        # Whoever got to a later gap can do all that one in an earlier gap, or before it, can do.
        gaps = on & self.loops
        return on & -(1 << (gaps.bit_length() - 1)) if gaps else on

    def fits(self, at: int) -> bool:
        return bool(at & self.end)

    def always_fits(self, at: int) -> bool:
        return bool(at & self.end & self.loops)


def _pattern(pieces: Pieces) -> _Pattern:
    steps: dict[str, int] = {}
    loops = 0
    position = 0
    for index, piece in enumerate(pieces):
        if index:
            loops |= 1 << position
        for character in piece:
            steps[character] = steps.get(character, 0) | 1 << position
            position += 1
    return _Pattern(steps, loops, 1 << position)


def shortest_text(
    wanted: Sequence[Pieces], unwanted: Sequence[Pieces], fresh: str, budget: Budget
) -> str | None:
    """A shortest text that fits every wanted and no unwanted pattern, or None: there is none.

    Args:
        wanted: the pieces of patterns that must fit.
        unwanted: the pieces of patterns that must not.
        fresh: a character that no pattern holds.
        budget: pays for every combination that is looked at.

    Raises:
        OutOfSteps: the budget is spent.
    """
    musts = [_pattern(pieces) for pieces in wanted]
    nevers = [_pattern(pieces) for pieces in unwanted]
    alphabet = (*sorted({character for pattern in (*musts, *nevers) for character in pattern.steps}), fresh)
    start = (1,) * (len(musts) + len(nevers))
    came: dict[tuple[int, ...], tuple[tuple[int, ...], str] | None] = {start: None}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        ours, theirs = state[: len(musts)], state[len(musts) :]
        if all(map(_Pattern.fits, musts, ours)) and not any(map(_Pattern.fits, nevers, theirs)):
            return _spell(came, state)
        for character in alphabet:
            budget.spend(1 + len(start) // 2)
            forward = tuple(pattern.read(at, character) for pattern, at in zip(musts, ours, strict=True))
            if 0 in forward:
                continue
            behind = tuple(pattern.read(at, character) for pattern, at in zip(nevers, theirs, strict=True))
            if any(map(_Pattern.always_fits, nevers, behind)):
                continue
            if (following := forward + behind) not in came:
                came[following] = (state, character)
                queue.append(following)
    return None


def _spell(came: dict[tuple[int, ...], tuple[tuple[int, ...], str] | None], state: tuple[int, ...]) -> str:
    text: list[str] = []
    step = came[state]
    while step is not None:
        state, character = step
        text.append(character)
        step = came[state]
    return "".join(reversed(text))
