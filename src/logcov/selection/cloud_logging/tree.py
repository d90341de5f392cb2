"""What a Cloud Logging query says, as a small frozen tree.

The tree is what the text says, not what it means: names are as they were written, and nothing is decided.
Groups of values (`severity=(ERROR OR ALERT)`) are already spread over their field and operator.

Every part knows where it stands: `span` is where it starts in the text and where it ends. Where a part stands plays
no role in what it is equal to.
"""

from dataclasses import dataclass, field
from typing import Literal

Operator = Literal["=", "!=", ":", "<", "<=", ">", ">=", "=~", "!~"]


Span = tuple[int, int]
"""Where a part starts, and where it ends, in characters from 0."""


class UnreadableError(Exception):
    """The text is no query that logcov can read, and what in it is to blame. Never leaves the package."""

    def __init__(self, why: str, span: Span) -> None:
        super().__init__(why)
        self.span = span


@dataclass(frozen=True, slots=True)
class Value:
    """A literal.

    Attributes:
        text: after escapes were taken out.
        raw: as written, without the quotes.
        quote: `"`, `'`, or empty.
        clear: every escape in it is documented.
    """

    text: str
    raw: str
    quote: Literal["", '"', "'"] = ""
    clear: bool = True
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Path:
    """A field: its segments without quotes. None for one that is not spelled as a path can be."""

    segments: tuple[str, ...] | None
    text: str
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field, an operator, one value. Of one in a group of values, `span` is that of its value."""

    path: Path
    op: Operator
    value: Value
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a function. `value` is None unless it is a single word or string."""

    path: Path
    value: Value | None
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function (its name in lower case). `compared`: it stands left of an operator. `text` is the whole of it."""

    name: str
    arguments: tuple[Argument, ...]
    compared: bool
    text: str
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Term:
    """A value alone: it is looked for in every field."""

    value: Value
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """NOT, or a minus sign."""

    part: "Node"
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class And:
    """AND, written or implied; at least two parts."""

    parts: "tuple[Node, ...]"
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Or:
    """OR; at least two parts."""

    parts: "tuple[Node, ...]"
    span: Span = field(default=(0, 0), compare=False, repr=False)


Node = Comparison | Call | Term | Not | And | Or
