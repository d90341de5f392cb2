"""What `logcov filter` prints."""

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from logcov.report.plain import visible, writable
from logcov.report.screen import Screen, encoding_of_output


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


_STYLES = {"ALL": "green", "SOME": "red", "NONE": "red", "UNKNOWN": "yellow"}


def as_json(results: Sequence[Result]) -> str:
    """The contract: `{"results": [{"source", "dimensions", "verdict", "witness"}]}`, and `because`."""
    lines = [
        {
            "source": one.source,
            "dimensions": dict(one.dimensions),
            "verdict": one.verdict,
            "witness": None if one.witness is None else dict(one.witness),
            "because": one.because,
        }
        for one in results
    ]
    return writable(json.dumps({"results": lines}, indent=2, ensure_ascii=False))


def as_table(results: Sequence[Result], *, width: int, color: bool) -> str:
    """A table for people: log source, verdict, and a record that is lost or the reason."""
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
    return screen.text()
