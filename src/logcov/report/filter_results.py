"""What `logcov filter` prints."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from logcov.report.plain import visible, writable
from logcov.report.screen import Screen, encoding_of_output, sentence

if TYPE_CHECKING:
    from logcov.report.filter_marks import Place


class Pointer(Protocol):
    """A part of a filter that decides."""

    @property
    def within(self) -> str:
        """`filter`, or the name of an exclusion."""
        ...

    @property
    def place(self) -> "Place":
        """Where it stands."""
        ...

    @property
    def says(self) -> str:
        """What it does."""
        ...


class Note(Protocol):
    """A remark on a filter."""

    @property
    def code(self) -> str:
        """What kind of remark."""
        ...

    @property
    def says(self) -> str:
        """What is odd."""
        ...

    @property
    def instead(self) -> str:
        """What to write instead."""
        ...


class Result(Protocol):
    """A verdict on one log source, or on one part of it."""

    @property
    def source(self) -> str:
        """The log source's id."""
        ...

    @property
    def dimensions(self) -> Mapping[str, str]:
        """Which part of it; empty for all."""
        ...

    @property
    def verdict(self) -> str:
        """`ALL`, `SOME`, `NONE` or `UNKNOWN`."""
        ...

    @property
    def witness(self) -> Mapping[str, str] | None:
        """A record that is lost."""
        ...

    @property
    def because(self) -> str:
        """Why, in words."""
        ...

    @property
    def decides(self) -> Sequence[Pointer]:
        """The parts of the filter that decide."""
        ...


_STYLES = {"ALL": "green", "SOME": "red", "NONE": "red", "UNKNOWN": "yellow"}


def as_json(results: Sequence[Result]) -> str:
    """The contract: `{"results": [{"source", "dimensions", "verdict", "witness"}]}`, and `because` and `decides`."""
    lines = [
        {
            "source": one.source,
            "dimensions": dict(one.dimensions),
            "verdict": one.verdict,
            "witness": None if one.witness is None else dict(one.witness),
            "because": one.because,
            "decides": [
                {
                    "within": part.within,
                    "line": part.place.line,
                    "column": part.place.column,
                    "text": part.place.text,
                    "says": part.says,
                }
                for part in one.decides
            ],
        }
        for one in results
    ]
    return writable(json.dumps({"results": lines}, indent=2, ensure_ascii=False))


def as_table(results: Sequence[Result], *, width: int, color: bool) -> str:
    """A table for people: log source, verdict, a record that is lost or the reason; and beneath it, what decides."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("log source", "verdict", "a record that is lost, or why"):
        table.add_column(heading, overflow="fold")
    for one in results:
        name = " ".join([one.source, *one.dimensions.values()])
        if one.witness:
            why = ", ".join(f"{field}={value}" for field, value in one.witness.items())
        else:
            why = one.because
        table.add_row(
            Text(visible(name)), Text(one.verdict, style=_STYLES.get(one.verdict, "")), Text(visible(why))
        )
    screen = Screen(width=width, color=color, encoding=encoding_of_output())
    screen.show(table)
    groups: dict[tuple[str, tuple[Pointer, ...]], list[str]] = {}
    for one in results:
        if one.decides:
            name = " ".join([one.source, *one.dimensions.values()])
            groups.setdefault((one.verdict, tuple(one.decides)), []).append(name)
    for (verdict, decides), names in groups.items():
        screen.gap()
        lead = Text(verdict, style=_STYLES.get(verdict, ""))
        screen.show(lead.append(visible(f" {', '.join(names)}"), style="bold"))
        for part in decides:
            _point(
                screen,
                f"{part.within}, line {part.place.line}, column {part.place.column}: {part.says}",
                part.place,
            )
    return screen.text()


def as_notes(notes: Sequence[tuple[str, Note, "Place"]], *, width: int, encoding: str) -> str:
    """Remarks for people: of which text, where, what is odd and what to write instead."""
    screen = Screen(width=width, color=False, encoding=encoding)
    for within, note, where in notes:
        lead = f"note: {within}:{where.line}:{where.column}: {note.code}: "
        _point(screen, f"{lead}{note.says}. Instead: {note.instead}", where)
    return screen.text() if notes else ""


def _point(screen: Screen, said: str, where: "Place") -> None:
    from rich.text import Text

    from logcov.report.filter_marks import marked

    screen.show(sentence(said))
    for line in marked(where, screen.width - 2):
        screen.show(Text(line, no_wrap=True), indent=2)
