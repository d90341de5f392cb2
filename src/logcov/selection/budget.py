"""Work, counted in steps and never in seconds, so that the same question has the same answer on any machine."""


class OutOfSteps(Exception):
    """The steps that a question was given are spent. Stays within `selection`."""


class Budget:
    """Steps that are left. One step is a few microseconds of work: a literal set, a test made, a state visited."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Takes steps away.

        Raises:
            OutOfSteps: there are not so many left.
        """
        self.left -= steps
        if self.left < 0:
            raise OutOfSteps
