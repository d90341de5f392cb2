"""Work, counted in steps and never in seconds, so that the same question has the same answer on any machine."""

PIECES = 4
"""A step is so many pieces of work; one piece takes a microsecond or two."""

MOST_TEXT = 120_000
"""Characters that a filter and its exclusions may have together, to be followed: less than a second's work."""


class OutOfSteps(Exception):
    """The steps that a question was given are spent. Stays within `selection`."""


class Budget:
    """What is left of the work that a question may take."""

    def __init__(self, steps: int) -> None:
        self._left = steps * PIECES

    def spend(self, pieces: int = 1) -> None:
        """Takes pieces of work away: a literal set, a clause looked at, a few tests of a value.

        Raises:
            OutOfSteps: there are not so many left.
        """
        self._left -= pieces
        if self._left < 0:
            raise OutOfSteps
