"""A value of one field that passes some tests and fails others, or the proof that there is none.

**Why the separated text decides.** Let `wanted` be tests of text that must hold and none of them `=` (with `=` there
is one text to look at). Each test is a list of pieces with anything between: the first piece starts the text, the
last one ends it. A text that passes them all starts with the longest first piece `p` (all first pieces must be
prefixes of it, else two of them clash) and ends with the longest last piece `s`. Now separate: let `F` be a
character that no constant holds, and

    word = p F m₁ F m₂ … F s        where m₁, m₂ … are the middle pieces, test after test

`word` passes every wanted test. Let an unwanted test hold of `word`. None of its pieces holds `F`, so each of them lies
within one of `p`, `mᵢ`, `s`:

* `=`: impossible, `word` holds `F`.
* `prefix q`: `q` starts `p`; so it starts every text that passes the wanted tests.
* `suffix q`: likewise, `q` ends `s`.
* `contains q`: `q` lies within `p`, some `mᵢ` or `s`, and every text that passes the wanted tests holds those.
* `glob`: its pieces lie within those, but other texts may have them in another order, or overlapping: nothing follows.

So for =, prefix, suffix and contains, the unwanted test clashes with the wanted one that the piece belongs to, for
*every* text: one test is enough to prove it. If no unwanted test holds of `word`, it is a witness. Only where an unwanted
glob holds of it must all texts be searched: `words.shortest_text` does, exactly.

**Without regard to case** the same is said of folded texts. The clash holds for all texts, folded ones included. For
the witness, `fold(word) = fold(p) F fold(m₁) …` must hold: `F` is a Chinese character, which folding leaves alone and which
normalisation composes or reorders with nothing on either side. Witnesses are checked with `compare` all the same.

**Numbers** are dense: between two bounds there is always one more number than there are unwanted ones.

**Tests of several kinds on one field** (exact text, folded text, numbers) relate in ways that are not worked out
here; they clash only if those of one kind do, and a witness that is found counts. Else nothing is said: `Unsure`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from os.path import commonprefix

from logcov.inventory.rows import Field
from logcov.selection.budget import Budget
from logcov.selection.clashes import Clash, Unsure, only
from logcov.selection.numbers import number_between
from logcov.selection.predicate import (
    Atom,
    Kind,
    atom,
    compare,
    fold,
    number,
    pieces,
    pieces_match,
    written_pieces,
)
from logcov.selection.words import shortest_text

FILLERS = ("other", "other-1", "x-other", "unlisted", "0", "x", "y", "z", "q", "1")
"""Text that stands where anything may stand; tried in this order before a character that no constant holds."""

_PLAIN = "xyzqabcdefghijklmnoprstuvw0123456789"

_SELF_FOLDED = (range(0x4E00, 0xA000), range(0x20000, 0x2A6E0))
"""Chinese characters: more than any filter can hold, their own folded form, and no digits."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece that the value must hold, as it compares and as it was written, and the test that wants it."""

    folded: str
    written: str
    test: Atom | None


def value_of(
    field: Field, wanted: Sequence[Atom], unwanted: Sequence[Atom], budget: Budget
) -> str | Clash | Unsure:
    """One value of a text or number field that passes all wanted and no unwanted tests.

    Args:
        field: whether it is repeated or optional plays no part; the values of a finite field are not looked at.
        wanted: tests that must hold; none of them `present`, none that can never hold.
        unwanted: tests that must not hold; likewise.
        budget: pays for each test.

    Returns:
        The value; or tests that clash, as few as can be told; or that neither was found. A `Clash` is a proof. A
        value was not checked in every case: whoever uses it replays it.

    Raises:
        OutOfSteps: the budget is spent.
    """
    budget.spend(1 + (len(wanted) + len(unwanted)) // 8)
    given = next((test for test in wanted if test.op == "=" and test.kind == "text"), None)
    if given is not None:
        if field.kind == "number" and number(given.value) is None:
            return Clash((given,))
        return only(given, wanted, unwanted)
    kinds = {test.kind for test in (*wanted, *unwanted)}
    texts = kinds - {"number"}
    if field.kind == "number" or any(test.kind == "number" for test in wanted):
        return (
            _of_several_kinds(field, wanted, unwanted, budget) if texts else number_between(wanted, unwanted)
        )
    if len(texts) > 1 or ("number" in kinds and any(test.op == "=" for test in wanted)):
        return _of_several_kinds(field, wanted, unwanted, budget)
    return _text(wanted, unwanted, budget)


def _suits(value: str, wanted: Iterable[Atom], unwanted: Iterable[Atom]) -> bool:
    return all(compare(test, value) for test in wanted) and not any(compare(test, value) for test in unwanted)


# --- Text, tested in one way ------------------------------------------------------------------------------


def _text(wanted: Sequence[Atom], unwanted: Sequence[Atom], budget: Budget) -> str | Clash | Unsure:
    """For tests of one kind. Where no `=` is wanted, tests of numbers may be among the unwanted."""
    given = next((test for test in wanted if test.op == "="), None)
    if given is not None:
        return only(given, wanted, unwanted)
    parts = _parts(wanted)
    if isinstance(parts, Clash):
        return parts
    fresh = _fresh((*wanted, *unwanted))
    word = fresh.join(part.folded for part in parts)
    globs: list[Atom] = []
    for test in unwanted:
        # No number holds `fresh`, so `word` fails every test of numbers.
        if test.kind == "number" or not pieces_match(pieces(test), word):
            continue
        if test.op != "glob":
            return _clash(_holder(pieces(test), parts), test)
        globs.append(test)
    if globs:
        return _by_search(wanted, unwanted, globs, budget)
    for value in _natural(parts, unwanted):
        budget.spend()
        if _suits(value, wanted, unwanted):
            return value
    return fresh.join(part.written for part in parts)


def _parts(wanted: Iterable[Atom]) -> list[_Part] | Clash:
    """The longest first piece, the middle ones, the longest last piece; an empty one at an end that is free."""
    head = tail = _Part("", "", None)
    middles: list[_Part] = []
    for test in wanted:
        first, *inner, last = (
            _Part(folded, written, test)
            for folded, written in zip(pieces(test), written_pieces(test), strict=True)
        )
        if first.folded.startswith(head.folded):
            head = first
        elif not head.folded.startswith(first.folded):
            return _clash(head.test, test)
        if last.folded.endswith(tail.folded):
            tail = last
        elif not tail.folded.endswith(last.folded):
            return _clash(tail.test, test)
        middles.extend(inner)
    return [head, *middles, tail]


def _clash(*tests: Atom | None) -> Clash:
    return Clash(tuple(test for test in tests if test is not None))


def _holder(sought: Sequence[str], parts: Sequence[_Part]) -> Atom | None:
    """The wanted test because of which a prefix, suffix or contains holds of the separated text."""
    if sought[0]:
        return parts[0].test
    if sought[-1]:
        return parts[-1].test
    return next(part.test for part in parts if sought[1] in part.folded)


def _fresh(tests: Iterable[Atom]) -> str:
    """A character that none of the tests holds, folded or not, and that is its own folded form."""
    taken = _characters(tests)
    return next(one for one in map(chr, chain(*_SELF_FOLDED)) if one not in taken)


def _characters(tests: Iterable[Atom]) -> set[str]:
    return {character for test in tests for character in chain(test.value, fold(test.value))}


def _natural(parts: Sequence[_Part], unwanted: Iterable[Atom]) -> Iterator[str]:
    """Values that look like something a person would write; not all of them pass the tests."""
    head, *middles, tail = parts
    ends = head.folded + "\n" + tail.folded
    # What lies within another piece is there already; of equal ones, the first stays.
    longest = sorted(middles, key=lambda part: -len(part.folded))
    inner: list[_Part] = []
    for part in longest:
        if part.folded not in ends and not any(part.folded in other.folded for other in inner):
            inner.append(part)
    inner.sort(key=middles.index)
    row = [part.written for part in (head, *inner, tail)]
    if inner:
        row = [written for written in row if written]
    if not any(row):
        yield from _likeness(unwanted)
    yield from (reduce(_with_dash, _between(row, filler)) for filler in FILLERS)
    yield from (filler.join(row) for filler in FILLERS)


def _between(row: Sequence[str], filler: str) -> Iterator[str]:
    for written in row[:-1]:
        yield written
        yield filler
    yield row[-1]


def _with_dash(left: str, right: str) -> str:
    return f"{left}-{right}" if left[-1:].isalnum() and right[:1].isalnum() else left + right


def _likeness(unwanted: Iterable[Atom]) -> Iterator[str]:
    """`other.amazonaws.com` for `kms.amazonaws.com`, `other@acme.example` for `ci@acme.example`."""
    written = [test.value[::-1] for test in unwanted if test.op == "=" and test.kind != "number"]
    ending = commonprefix(written)[::-1]  # noqa: RUF071 - of texts, not of paths
    starts = [at for at in map(ending.find, "@./:") if at >= 0]
    if starts:
        yield FILLERS[0] + ending[min(starts) :]


def _by_search(
    wanted: Sequence[Atom], unwanted: Sequence[Atom], globs: Sequence[Atom], budget: Budget
) -> str | Clash | Unsure:
    """Looks at all texts, against the unwanted globs first; other unwanted tests join once they are in the way."""
    taken = _characters((*wanted, *unwanted))
    fresh = next((one for one in _PLAIN if one not in taken), _fresh((*wanted, *unwanted)))
    against = list(globs)
    while True:
        text = shortest_text(
            [pieces(test) for test in wanted], [pieces(test) for test in against], fresh, budget
        )
        if text is None:
            return Clash((*wanted, *against))
        broken = [test for test in unwanted if test.kind != "number" and pieces_match(pieces(test), text)]
        if not broken:
            break
        against.extend(broken)
    if _suits(text, wanted, unwanted):
        return text
    return Unsure(f"a pattern of {wanted[0].field} that overlaps with others")


# --- Tests of several kinds -------------------------------------------------------------------------------


def _of_several_kinds(
    field: Field, wanted: Sequence[Atom], unwanted: Sequence[Atom], budget: Budget
) -> str | Clash | Unsure:
    for kind in ("text", "fold"):
        found = _text(_of(kind, wanted), _of(kind, unwanted), budget)
        if isinstance(found, Clash):
            return found
    numeric = field.kind == "number"
    if numeric or _of("number", wanted):
        found = number_between(_of("number", wanted), _of("number", unwanted))
        if isinstance(found, Clash):
            return found
    clash = _folded_clash(wanted, unwanted, budget)
    if clash is not None:
        return clash
    for value in _guesses(wanted, unwanted, budget, numeric=numeric):
        budget.spend()
        if _suits(value, wanted, unwanted) and not (numeric and number(value) is None):
            return value
    return Unsure(
        f"{field.name} is compared in several ways: exactly, without regard to case, or as a number"
    )


def _of(kind: Kind, tests: Iterable[Atom]) -> list[Atom]:
    return [test for test in tests if test.kind == kind]


def _folded_clash(wanted: Sequence[Atom], unwanted: Sequence[Atom], budget: Budget) -> Clash | None:
    """A clash between the folded tests and what exact tests say of the folded text.

    The folded text holds an ASCII piece in lower case where the text holds it, but for its last character, which may
    melt together with an accent that follows. At the end of the text nothing follows.
    """
    meant: dict[bytes, Atom] = {}
    weaker: list[Atom] = []
    for test in _of("text", wanted):
        *others, last = written_pieces(test)
        if test.value.isascii() and "*" not in "".join((*others, last)):
            made = atom(test.field, "glob", "*".join([*(piece[:-1] for piece in others), last]), "fold")
            assert isinstance(made, Atom)
            if made.op != "present":
                meant[made.digest] = test
                weaker.append(made)
    found = _text([*_of("fold", wanted), *weaker], _of("fold", unwanted), budget)
    if not isinstance(found, Clash):
        return None
    # A test that was made may be one that was asked for as well: then both clash.
    asked = {test.digest for test in (*wanted, *unwanted)}
    clashing = [meant[test.digest] for test in found.tests if test.digest in meant]
    clashing += [test for test in found.tests if test.digest in asked]
    return Clash(tuple(dict.fromkeys(clashing)))


def _guesses(
    wanted: Sequence[Atom], unwanted: Sequence[Atom], budget: Budget, *, numeric: bool
) -> Iterator[str]:
    """Values that may pass: constants, small numbers, and folded tests in several spellings."""
    yield from (test.value for test in (*wanted, *unwanted) if test.op == "=")
    if numeric or _of("number", wanted):
        found = number_between(_of("number", wanted), _of("number", unwanted))
        if isinstance(found, str):
            yield found
        yield from (str(count) for count in range(len(unwanted) + 1))
    exact = [piece for test in _of("text", wanted) for piece in written_pieces(test) if piece]
    spellings: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper, str.capitalize, str.swapcase)
    for spelling in spellings:
        tests = [_spelled(test, spelling, exact) for test in wanted if test.kind != "number"]
        nevers = [_spelled(test, spelling, exact) for test in unwanted if test.kind != "number"]
        for others in (nevers, _of("text", unwanted), ()):
            found = _text(tests, others, budget)
            if isinstance(found, str):
                yield found
    for test in wanted:
        if test.op == "=":
            for at, character in enumerate(test.value[:64]):
                yield test.value[:at] + character.swapcase() + test.value[at + 1 :]


def _spelled(test: Atom, spelling: Callable[[str], str], exact: Sequence[str]) -> Atom:
    """The test as one of exact text, spelled in one way, save where exact pieces say how to spell it."""
    made = atom(test.field, test.op, _overlaid(spelling(test.value), exact), "text")
    assert isinstance(made, Atom)
    return test if test.kind == "text" else made


def _overlaid(text: str, exact: Sequence[str]) -> str:
    for piece in exact:
        if (at := text.lower().find(piece.lower())) >= 0:
            text = text[:at] + piece + text[at + len(piece) :]
        elif (at := piece.lower().find(text.lower())) >= 0:
            text = piece[at : at + len(text)]
    return text
