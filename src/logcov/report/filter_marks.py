"""Parts of a filter shown in their line, with a mark beneath, as compilers do."""

from typing import Protocol

from rich.cells import cell_len

from logcov.report.plain import visible


class Place(Protocol):
    """Where a part of a text stands."""

    @property
    def line(self) -> int:
        """From 1."""
        ...

    @property
    def column(self) -> int:
        """From 1."""
        ...

    @property
    def text(self) -> str:
        """The part."""
        ...

    @property
    def shown(self) -> str:
        """The line in which it begins."""
        ...

    @property
    def mark(self) -> tuple[int, int]:
        """Where the part begins and ends in the line, in characters from 0."""
        ...


def marked(place: Place, width: int) -> tuple[str, str]:
    """The line in which a part stands, cut to so many columns, and the line beneath that marks it."""
    signs = [visible(sign) for sign in place.shown]
    cells = [cell_len(sign) for sign in signs]
    first, last = place.mark
    left = 0
    while sum(cells[left:first]) > width // 3:
        left += 1
    right = left
    while right < len(cells) and sum(cells[left : right + 1]) <= width:
        right += 1
    return "".join(signs[left:right]), " " * sum(cells[left:first]) + "^" * max(
        1, sum(cells[first : min(last, right)])
    )
