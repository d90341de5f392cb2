r"""Regular expressions, between what surely matches them and what may.

Cloud Logging's are RE2: case-sensitive, not anchored, `.` is any character but the end of a line. Nothing here runs
an expression, so none can take long: it is read once, and two sets of plain patterns are made of it. Whatever fits
one of `sure` matches, and whatever matches fits one of `may`. Where both are the same (a literal with `^` before
or `$` after it, alternatives of such) the expression is decided exactly; else what lies between is left open.

`\\` is left alone because the documentation shows expressions with both one and two backslashes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from logcov.selection.cloud_logging.tree import Value
from logcov.selection.predicate import Op, Predicate, all_of, any_of, atom, opaque, pieces_match

MOST = 64
"""Alternatives that are told apart; an expression with more of them is left open."""
DEEPEST = 30
"""Groups within groups that are followed."""
PARTS = 256
"""Parts that are more than a character."""
LARGEST = 1000
"""How often RE2 lets a part be repeated."""

_LITERAL = frozenset("._/:@%,=~!#&\"';<>-()[]{}?+*|^$ ")
_CLASSES = frozenset("dDsSwWbBAzC")
_SURROGATES = range(0xD800, 0xE000)
_COUNT = re.compile(r"\{([0-9]{1,8})(?:(,)([0-9]{0,8}))?\}")
_STAND_IN = "\x00"
"""Stands for whatever fills a gap."""

Pieces = tuple[str, ...]
"""Runs of characters, with anything between each two."""


class UnreadablePatternError(Exception):
    """RE2 takes no such expression, as far as can be told. Never leaves the package."""


class _OpenError(Exception):
    """The expression is more than is followed here."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of an expression matches: alternatives of which each surely, or maybe, does.

    A text of `may` and `sure` is pieces; an end that is open is an empty piece. `start` and `end`: the alternative asks
    for the start or the end of the text.
    """

    sure: "tuple[_Run, ...]"
    may: "tuple[_Run, ...]"


@dataclass(frozen=True, slots=True)
class _Run:
    pieces: Pieces
    start: bool = False
    end: bool = False


_EMPTY = _Run(("",))
_ANYTHING = _Run(("", ""))
_NOTHING = _Part((_EMPTY,), (_EMPTY,))
_UNKNOWN = _Part((), (_ANYTHING,))


def matches(field: str, pattern: Value, text: str) -> Predicate:
    """What an expression (in double quotes) says of a field that is there and holds one text.

    Args:
        field: the field's name in predicates.
        pattern: the expression.
        text: what is left open is called so.

    Raises:
        UnreadablePatternError: it is no regular expression.
    """
    try:
        read = _Reader(pattern.raw).whole()
    except _OpenError as error:
        return opaque(text, str(error))
    sure = [_atom(field, one) for one in read.sure if not _starred(one)]
    may = [_atom(field, _widened(one)) for one in read.may]
    if set(read.sure) == set(read.may) and not any(map(_starred, read.may)):
        return any_of(*sure)
    left = opaque(text, "the pattern is more than a literal")
    return any_of(*sure, all_of(any_of(*may), left))


def _starred(run: _Run) -> bool:
    """It cannot be said exactly: in a glob, a star is no star."""
    return len(run.pieces) > 1 and not _single(run) and any("*" in piece for piece in run.pieces)


def _single(run: _Run) -> bool:
    return len([piece for piece in run.pieces if piece]) <= 1


def _widened(run: _Run) -> _Run:
    if not _starred(run):
        return run
    return _Run(tuple(part for piece in run.pieces for part in piece.split("*")))


def _atom(field: str, run: _Run) -> Predicate:
    pieces = run.pieces
    if len(pieces) == 1:
        return atom(field, "=", pieces[0])
    if _single(run):
        op: Op = "prefix" if pieces[0] else "suffix" if pieces[-1] else "contains"
        return atom(field, op, "".join(pieces))
    return atom(field, "glob", "*".join(pieces))


class _Reader:
    """Walks over one expression."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.at = 0
        self.depth = 0
        self.parts = 0

    def whole(self) -> _Part:
        """What the whole expression matches, its open ends included."""
        if any(sign == _STAND_IN or ord(sign) in _SURROGATES for sign in self.body):
            raise _OpenError("the pattern holds what is no character")
        anycase = self.body.startswith("(?i)")
        if anycase:
            self.at = 4
        read = self.alternatives()
        if self.at < len(self.body):
            raise UnreadablePatternError("a bracket is closed that was never opened")
        # Which characters count as the same in any case is not followed; as it is written, it matches.
        return _Part(_widest(read.sure), (_ANYTHING,) if anycase else _widest(read.may))

    def peek(self) -> str:
        return self.body[self.at : self.at + 1]

    def alternatives(self) -> _Part:
        sure: list[_Run] = []
        may: list[_Run] = []
        while True:
            one = self.sequence()
            sure += one.sure
            may += one.may
            if len(may) > MOST:
                raise _OpenError(f"the pattern has more than {MOST} alternatives")
            if self.peek() != "|":
                return _Part(tuple(sure), tuple(may))
            self.at += 1

    def sequence(self) -> _Part:
        sure: Sequence[_Run] = (_EMPTY,)
        may: Sequence[_Run] = (_EMPTY,)
        letters: list[str] = []

        def flush() -> None:
            nonlocal sure, may
            if letters:
                run = (_Run(("".join(letters),)),)
                letters.clear()
                sure, may = _joined(sure, run), _joined(may, run)

        while self.peek() not in {"", "|", ")"}:
            part = self.repeated()
            if isinstance(part, str):
                letters.append(part)
                continue
            self.parts += 1
            if self.parts > PARTS:
                raise _OpenError("the pattern has too many parts to be followed")
            flush()
            sure, may = _joined(sure, part.sure), _joined(may, part.may)
        flush()
        return _Part(tuple(sure), tuple(may))

    def repeated(self) -> _Part | str:
        """One part with what says how often; a single plain character as itself."""
        part = self.single()
        count = self.count()
        if count is None:
            return part
        part = _letter(part) if isinstance(part, str) else part
        if self.count() is not None:
            raise UnreadablePatternError("what may be repeated is repeated")
        if any(run.start or run.end for run in (*part.may, *part.sure)):
            return _UNKNOWN
        least, most = count
        if most == 0:
            return _NOTHING
        once = part.sure[:1]
        if (least, most) == (0, 1):
            return _Part((*part.sure, _EMPTY), (*part.may, _EMPTY))
        if least == 0:
            return _Part((*once, _EMPTY), (_ANYTHING,))
        sure, may = part.sure, part.may
        for _ in range(least - 1):
            sure = _joined(sure[:1], once)
            may = _joined(may, part.may) if len(part.may) == 1 else may
        as_often = most == least and (least == 1 or len(part.may) == 1)
        return _Part(sure, may if as_often else _joined(may, (_ANYTHING,)))

    def count(self) -> tuple[int, int | None] | None:
        """How often what stands before may come: at least and at most, None for any number; None if not said."""
        sign = self.peek()
        plain: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if sign in plain:
            found = plain[sign]
            self.at += 1
        elif sign == "{":
            said = _COUNT.match(self.body, self.at)
            if said is None:
                return None  # a brace that is itself
            least = int(said[1])
            most = int(said[3]) if said[3] else None if said[2] else least
            if max(least, most or 0) > LARGEST:
                raise UnreadablePatternError(f"RE2 repeats nothing more than {LARGEST} times")
            if most is not None and most < least:
                raise UnreadablePatternError("the most is less than the least")
            if least > MOST:
                raise _OpenError("the pattern repeats a part too often to be followed")
            found = (least, most)
            self.at = said.end()
        else:
            return None
        if self.peek() == "?":
            self.at += 1  # as few as possible: plays no role in whether it matches
        return found

    def single(self) -> _Part | str:
        sign = self.peek()
        self.at += 1
        match sign:
            case "(":
                return self.group()
            case "[":
                return self.set()
            case ".":
                return _Part((_Run((".",)),), (_ANYTHING,))
            case "^":
                return _Part((_Run(("",), start=True),), (_Run(("",), start=True),))
            case "$":
                return _Part((_Run(("",), end=True),), (_Run(("",), end=True),))
            case "\\":
                return self.escape()
            case "*" | "+" | "?":
                raise UnreadablePatternError(f"nothing stands before {sign} that could be repeated")
            case _:
                return sign

    def escape(self) -> _Part | str:
        sign = self.peek()
        self.at += 1
        if sign in _LITERAL:
            return sign
        if sign in _CLASSES:
            return _UNKNOWN
        if sign.isdigit():
            raise UnreadablePatternError("RE2 knows no references to groups")
        raise _OpenError("the pattern holds a backslash whose meaning is not certain")

    def group(self) -> _Part:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _OpenError(f"the pattern has groups that are more than {DEEPEST} deep")
        if self.body.startswith(("?=", "?!", "?<=", "?<!"), self.at):
            raise UnreadablePatternError("RE2 knows no look-around")
        if self.body.startswith("?:", self.at):
            self.at += 2
        elif self.peek() == "?":
            raise _OpenError("flags within a pattern are not followed")
        inner = self.alternatives()
        if self.peek() != ")":
            raise UnreadablePatternError("a bracket is never closed")
        self.at += 1
        self.depth -= 1
        return inner

    def set(self) -> _Part:
        """A set of characters in square brackets."""
        negated = self.peek() == "^"
        self.at += negated
        members: list[str] = []
        ranges = vague = False
        opening = self.at
        while self.peek() != "]" or self.at == opening:
            begin = self.at
            sign = self.peek()
            self.at += 1
            if not sign:
                raise UnreadablePatternError("a set of characters is never closed")
            if sign == "[" and self.peek() == ":":
                raise _OpenError("classes of characters are not followed")
            if sign == "\\":
                escaped = self.escape()
                if not isinstance(escaped, str):
                    vague = True
                    continue
                sign = escaped
            elif sign == "-" and begin > opening and self.peek() != "]":
                ranges = True
                continue
            members.append(sign)
        self.at += 1
        if negated:
            # What is not within a range, or in a class such as \d, is not followed.
            left = [one for one in "x0_.~" if not (ranges or vague or one in members)]
            return _Part(tuple(_Run((one,)) for one in left[:1]), (_ANYTHING,))
        runs = tuple(_Run((one,)) for one in dict.fromkeys(members))
        if not (ranges or vague) and len(runs) <= MOST:
            return _Part(runs, runs)
        # Both ends of a range are in it.
        return _Part(() if vague else runs[:1], (_ANYTHING,))


def _letter(sign: str) -> _Part:
    run = (_Run((sign,)),)
    return _Part(run, run)


def _joined(left: Sequence[_Run], right: Sequence[_Run]) -> tuple[_Run, ...]:
    """Each of the first followed by each of the second."""
    if len(left) * len(right) > MOST:
        raise _OpenError(f"the pattern has more than {MOST} alternatives")
    made: dict[_Run, None] = {}
    for one, other in product(left, right):
        if (one.end and any(other.pieces)) or (other.start and any(one.pieces)):
            continue  # nothing comes after the end, or before the start
        if one.end or other.start:
            kept = other.pieces if other.start else one.pieces
            made[_Run(kept, one.start or other.start, one.end or other.end)] = None
            continue
        *head, last = one.pieces
        first, *tail = other.pieces
        pieces = (*head, last + first, *tail)
        made[_Run(_merged(pieces), one.start, other.end)] = None
    return tuple(made)


def _merged(pieces: Pieces) -> Pieces:
    """Two gaps with nothing between them are one."""
    first, *rest = pieces
    kept = [piece for piece in rest[:-1] if piece]
    return (first, *kept, *rest[-1:])


def _opened(run: _Run) -> _Run:
    """The pieces of a whole text in which the run is found."""
    pieces = run.pieces
    pieces = pieces if run.start else ("", *pieces)
    pieces = pieces if run.end else (*pieces, "")
    return _Run(_merged(pieces), start=True, end=True)


def _widest(runs: Sequence[_Run]) -> tuple[_Run, ...]:
    """The pieces of whole texts in which the runs are found, without those that say no more than another."""
    opened = list(dict.fromkeys(map(_opened, runs)))
    kept: list[_Run] = []
    for at, one in enumerate(opened):
        filled = _STAND_IN.join(one.pieces)
        others = (*kept, *opened[at + 1 :])
        if not any(pieces_match(other.pieces, filled) for other in others):
            kept.append(one)
    return tuple(kept)


def check(pattern: Value) -> None:
    """Nothing, if an expression (in double quotes) may be one.

    Raises:
        UnreadablePatternError: it is no regular expression.
    """
    try:
        _Reader(pattern.raw).whole()
    except _OpenError:
        return
