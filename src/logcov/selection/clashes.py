"""What the search for a value says when it finds none."""

from collections.abc import Iterable
from dataclasses import dataclass

from logcov.selection.predicate import Atom, compare


@dataclass(frozen=True, slots=True)
class Clash:
    """A proof: no value passes the wanted and fails the unwanted ones among these tests."""

    tests: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Unsure:
    """Neither a value was found nor a proof that there is none; `because` is for a person."""

    because: str


def only(given: Atom, wanted: Iterable[Atom], unwanted: Iterable[Atom]) -> str | Clash:
    """The value of `given`, if it passes all wanted and no unwanted tests.

    `given` is a wanted `=`. Either it compares exact text, so that no other value passes it; or all tests are of
    its kind, so that all values that pass it are the same to them.
    """
    for test in wanted:
        if not compare(test, given.value):
            return Clash((given, test))
    for test in unwanted:
        if compare(test, given.value):
            return Clash((given, test))
    return given.value
