"""What the reports for terminals share: signs, the console they are drawn on, and text that cannot break it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from logcov.report.plain import clipped, one_line, visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

LONGEST_NAME = 300
"""Characters of a name, or of a value, that are shown at most."""
LONGEST_SENTENCE = 600


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of the matrix."""

    covered: str
    gap: str
    unknown: str
    exempt: str
    times: str
    arrow: str


FULL = Signs(covered="✓", gap="✗", unknown="?", exempt="~", times="×", arrow="→")
ASCII = Signs(covered="+", gap="!", unknown="?", exempt="~", times="x", arrow="->")

STYLES: Mapping[str, str] = {
    "covered": "green",
    "gap": "bold red",
    "unknown": "yellow",
    "exempt": "cyan",
    "not-applicable": "dim",
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "",
}


def encoding_of_output() -> str:
    """The encoding of standard output."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def signs_for(encoding: str) -> Signs:
    """The signs that this encoding can write."""
    try:
        f"{FULL.covered}{FULL.gap}{FULL.times}{FULL.arrow}─…".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return FULL


def name(text: str, style: str = "") -> "Text":
    """A name from a cloud or a policy: no markup, no control characters, never without end."""
    from rich.text import Text

    return Text(clipped(visible(text), LONGEST_NAME), style=style, overflow="fold")


def sentence(text: str, style: str = "") -> "Text":
    """Prose that may hold names."""
    from rich.text import Text

    return Text(clipped(one_line(text), LONGEST_SENTENCE), style=style, overflow="fold")


class Screen:
    """Lines and tables of a fixed width, drawn into text."""

    def __init__(self, *, width: int, color: bool, encoding: str) -> None:
        from rich.console import Console

        self.width = width
        self.signs = signs_for(encoding)
        self._encoding = encoding
        self._stream = StringIO()
        self._console: Console = Console(
            file=self._stream,
            width=width,
            force_terminal=color,
            no_color=not color,
            color_system="standard" if color else None,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def show(self, *what: "RenderableType", indent: int = 0) -> None:
        """Draws these, one below the other."""
        from rich.padding import Padding

        for one in what:
            self._console.print(Padding(one, (0, 0, 0, indent)) if indent else one)

    def item(self, lead: "Text", *body: "RenderableType", indent: int = 0) -> None:
        """A lead (a bullet, a count) and beside it the body, whose lines all begin at the same column."""
        from rich.console import Group
        from rich.table import Table

        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold", ratio=1)
        table.add_row(lead, Group(*body))
        self.show(table, indent=indent)

    def verbatim(self, text: str) -> None:
        """Draws lines as they are, however long: to be copied."""
        from rich.text import Text

        self._console.print(Text(text), no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)

    def heading(self, text: str) -> None:
        """A heading with a line of its own, and space above."""
        from rich.text import Text

        self._console.print()
        self._console.print(Text(text, style="bold"))
        self._console.print(
            Text(("─" if self.signs is FULL else "-") * min(len(text), self.width), style="dim")
        )

    def gap(self) -> None:
        """An empty line."""
        self._console.print()

    def text(self) -> str:
        """What was drawn, without trailing blanks, in characters that the encoding has."""
        drawn = "\n".join(line.rstrip() for line in self._stream.getvalue().splitlines()) + "\n"
        try:
            return drawn.encode(self._encoding, "backslashreplace").decode(self._encoding)
        except LookupError:
            return drawn.encode("ascii", "backslashreplace").decode("ascii")
