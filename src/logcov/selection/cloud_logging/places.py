"""Where in a text a part stands: as people count, and as a line with a mark beneath."""

from dataclasses import dataclass

from logcov.selection.cloud_logging.tree import Span

WIDEST = 100
"""Characters of a line that are shown."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a text.

    Attributes:
        line: of its first character, from 1.
        column: of its first character, from 1.
        text: the part as it was written; a long one ends in an ellipsis.
        shown: the line in which it begins, cut to what is around the part.
        mark: where in `shown` the part begins and ends, in characters from 0.
    """

    line: int
    column: int
    text: str
    shown: str
    mark: Span

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


def place(text: str, span: Span) -> Place:
    """The place of a part of a text; of nothing, or of what lies behind the text, that of its last character."""
    start = min(span[0], len(text))
    end = max(start, min(span[1], len(text)))
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    part = text[start:end]
    left = max(begin, min(start - WIDEST // 4, stop - WIDEST))
    right = min(stop, left + WIDEST)
    before = "…" if left > begin else ""
    shown = f"{before}{text[left:right]}{'…' if right < stop else ''}".rstrip("\r")
    first = len(before) + start - left
    return Place(
        line=text.count("\n", 0, start) + 1,
        column=start - begin + 1,
        text=part if len(part) <= WIDEST else f"{part[: WIDEST - 1]}…",
        shown=shown,
        mark=(first, max(first + 1, min(len(before) + end - left, len(shown)))),
    )
