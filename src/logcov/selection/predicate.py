"""The one predicate language that every filter dialect compiles into.

A predicate says of a record yes or no. Records map field names to a value, or to several (a repeated
field); a field that is not in the mapping is absent, and **no comparison with an absent field holds**.

Three leaves are not comparisons:

* `Opaque`: a part of a filter that cannot be decided; what it says of a record is unknown.
* `Doubt`: something about the estate that was not read; the same for every record.
* `Sampled`: keeps some records and loses some, without regard to their content.

Predicates are hash-consed: equal ones are the same object. Their order is that of their digests, so that
results do not depend on the order in which they were built. Nothing here recurses over a predicate: a filter
may be nested deeper than Python's stack.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from hashlib import blake2b
from typing import Literal
from weakref import WeakValueDictionary

Op = Literal["=", "prefix", "suffix", "contains", "<", "<=", ">", ">=", "present", "glob"]
Kind = Literal["text", "fold", "number"]
Value = str | tuple[str, ...]
Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Constant:
    """True or false of every record."""

    value: bool
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Atom:
    """A comparison of one field with one value.

    Attributes:
        op: `=`, `prefix`, `suffix`, `contains`; `glob` (`*` is any run of characters); `present`
            (value empty); `<`, `<=`, `>`, `>=` (numbers only).
        kind: `text` compares exactly, `fold` without regard to case (NFKC, then casefold), `number` as numbers:
            then a field's value that is no number makes the comparison false. Operators that a kind does not
            have (`<` on text, `prefix` on numbers) never hold.
    """

    field: str
    op: Op
    value: str
    kind: Kind
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Opaque:
    """Part of a filter whose outcome cannot be told. `because` says why, for a person."""

    text: str
    because: str
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Doubt:
    """Something that was not read. `about` is a blind spot's id, or a name made from it."""

    about: str
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Sampled:
    """Keeps the share `rate` (0 < rate < 1) of the records, chosen by a hash of `text`."""

    text: str
    rate: str
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Not:
    """True where `part` is false."""

    part: "Predicate"
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class And:
    """True where all parts are; at least two, none of them an `And`."""

    parts: "tuple[Predicate, ...]"
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Or:
    """True where any part is; at least two, none of them an `Or`."""

    parts: "tuple[Predicate, ...]"
    digest: bytes


Predicate = Constant | Atom | Opaque | Doubt | Sampled | Not | And | Or
Leaf = Atom | Opaque | Doubt | Sampled

REMEMBERED = 16_384
"""Predicates whose parts, leaves and limits are remembered: many emitters are judged by the same few filters."""

_known: WeakValueDictionary[bytes, Predicate] = WeakValueDictionary()


def _digest(tag: str, *parts: str | bytes) -> bytes:
    digest = blake2b(tag.encode(), digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.digest()


def _intern(digest: bytes, make: Callable[[], Predicate]) -> Predicate:
    known = _known.get(digest)
    if known is None:
        known = make()
        _known[digest] = known
    return known


TRUE: Predicate = Constant(value=True, digest=_digest("true"))
FALSE: Predicate = Constant(value=False, digest=_digest("false"))


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """The form in which text is compared without regard to case: NFKC, then casefold."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def atom(field: str, op: Op, value: str = "", kind: Kind = "text") -> Predicate:
    """A comparison.

    A glob that another operator can say becomes that one: `a` is `=`, `a*` is `prefix`, `*a` is `suffix`, `*a*` is
    `contains`; `**` is `*`. An empty prefix, suffix or contains, and the glob `*`, are `present`.
    """
    if op == "glob":
        while "**" in value:
            value = value.replace("**", "*")
        match value.split("*"):
            case [_]:
                op = "="
            case [head, ""]:
                op, value = "prefix", head
            case ["", tail]:
                op, value = "suffix", tail
            case ["", middle, ""]:
                op, value = "contains", middle
            case _:
                pass
    if op in {"prefix", "suffix", "contains"} and not value:
        op = "present"
    if op == "present":
        value, kind = "", "text"
    digest = _digest("atom", field, op, value, kind)
    return _intern(digest, lambda: Atom(field, op, value, kind, digest))


def present(field: str) -> Predicate:
    """The field is there, whatever its value."""
    return atom(field, "present")


def opaque(text: str, because: str) -> Predicate:
    """A part that cannot be decided; equal texts that cannot be for the same reason are the same unknown.

    The reason counts, since it is what tells dialects apart: one text may mean two things in two of them.
    """
    digest = _digest("opaque", text, because)
    return _intern(digest, lambda: Opaque(text, because, digest))


def doubt(about: str) -> Predicate:
    """Something that was not read."""
    digest = _digest("doubt", about)
    return _intern(digest, lambda: Doubt(about, digest))


def sampled(text: str, rate: str) -> Predicate:
    """A sample; a rate of 1 or more keeps everything, 0 or less nothing. A rate that is no number is opaque."""
    share = number(rate)
    if share is None:
        return opaque(f"sample {text} {rate}", "the share of a sample is no number")
    if share >= 1:
        return TRUE
    if share <= 0:
        return FALSE
    digest = _digest("sampled", text, rate)
    return _intern(digest, lambda: Sampled(text, rate, digest))


def negate(part: Predicate) -> Predicate:
    """True where `part` is false; for an absent field, `negate(atom(…))` is therefore true."""
    if part is TRUE:
        return FALSE
    if part is FALSE:
        return TRUE
    if isinstance(part, Not):
        return part.part
    digest = _digest("not", part.digest)
    return _intern(digest, lambda: Not(part, digest))


def _gather(parts: Iterable[Predicate], kind: type[And] | type[Or]) -> dict[bytes, Predicate]:
    gathered: dict[bytes, Predicate] = {}
    for part in parts:
        if isinstance(part, And | Or) and isinstance(part, kind):
            gathered.update((inner.digest, inner) for inner in part.parts)
        else:
            gathered[part.digest] = part
    return gathered


def _join(
    parts: Iterable[Predicate], kind: type[And] | type[Or], neutral: Predicate, ruin: Predicate
) -> Predicate:
    live = tuple([part for part in parts if part is not neutral])
    if not live:
        return neutral
    if len(live) == 1:
        return live[0]
    return ruin if ruin in live else _joined(live, conjunction=kind is And)


@lru_cache(maxsize=REMEMBERED)
def _joined(live: "tuple[Predicate, ...]", *, conjunction: bool) -> Predicate:
    """Two parts or more, none of which is a constant, put together."""
    kind: type[And | Or] = And if conjunction else Or
    ruin = FALSE if conjunction else TRUE
    gathered = _gather(live, kind)
    if any(isinstance(part, Not) and part.part.digest in gathered for part in gathered.values()):
        return ruin
    ordered = tuple(gathered[key] for key in sorted(gathered))
    if len(ordered) == 1:
        return ordered[0]
    digest = _digest(kind.__name__, *(part.digest for part in ordered))
    return _intern(digest, lambda: kind(ordered, digest))


def all_of(*parts: Predicate) -> Predicate:
    """True where every part is; of nothing, true."""
    return _join(parts, And, TRUE, FALSE)


def any_of(*parts: Predicate) -> Predicate:
    """True where any part is; of nothing, false."""
    return _join(parts, Or, FALSE, TRUE)


def _inner(part: Predicate) -> "tuple[Predicate, ...]":
    match part:
        case Not():
            return (part.part,)
        case And() | Or():
            return part.parts
        case _:
            return ()


@lru_cache(maxsize=REMEMBERED)
def _inside_out(predicate: Predicate) -> tuple[Predicate, ...]:
    """Every part of the predicate once, each after all of its own parts; the predicate itself comes last."""
    found: list[Predicate] = []
    seen: set[bytes] = set()
    stack: list[tuple[Predicate, bool]] = [(predicate, False)]
    while stack:
        part, ready = stack.pop()
        if ready:
            found.append(part)
        elif part.digest not in seen:
            seen.add(part.digest)
            stack.append((part, True))
            stack.extend((inner, False) for inner in reversed(_inner(part)))
    return tuple(found)


def rebuild(predicate: Predicate, change: Callable[[Leaf], Predicate]) -> Predicate:
    """The predicate with every leaf replaced by what `change` makes of it."""
    done: dict[bytes, Predicate] = {}
    for part in _inside_out(predicate):
        match part:
            case Constant():
                made: Predicate = part
            case Not():
                made = negate(done[part.part.digest])
            case And():
                made = all_of(*(done[inner.digest] for inner in part.parts))
            case Or():
                made = any_of(*(done[inner.digest] for inner in part.parts))
            case _:
                made = change(part)
        done[part.digest] = made
    return done[predicate.digest]


@lru_cache(maxsize=REMEMBERED)
def leaves(predicate: Predicate) -> tuple[Leaf, ...]:
    """Every leaf once, in a fixed order."""
    return tuple(part for part in _inside_out(predicate) if isinstance(part, Atom | Opaque | Doubt | Sampled))


def doubts(predicate: Predicate) -> frozenset[str]:
    """What the predicate doubts: the `about` of its doubts."""
    return frozenset(leaf.about for leaf in leaves(predicate) if isinstance(leaf, Doubt))


def substitute(predicate: Predicate, known: Record) -> Predicate:
    """The predicate once the value of some fields is known: their comparisons become true or false."""
    if isinstance(predicate, Constant):
        return predicate
    settled = tuple(
        (compare(leaf, known[leaf.field]) if leaf.field in known else None) for leaf in _atoms(predicate)
    )
    return _settled(predicate, settled) if settled.count(None) < len(settled) else predicate


@lru_cache(maxsize=REMEMBERED)
def _atoms(predicate: Predicate) -> tuple[Atom, ...]:
    """Every comparison once, in a fixed order."""
    return tuple(leaf for leaf in leaves(predicate) if isinstance(leaf, Atom))


@lru_cache(maxsize=REMEMBERED)
def _settled(predicate: Predicate, settled: tuple[bool | None, ...]) -> Predicate:
    """The predicate once some of its comparisons, in the order of `_atoms`, are settled.

    Thousands of emitters differ in what they write, and hardly in how a filter's comparisons come out for it.
    """
    outcomes = {
        leaf.digest: TRUE if outcome else FALSE
        for leaf, outcome in zip(_atoms(predicate), settled, strict=True)
        if outcome is not None
    }
    return rebuild(predicate, lambda leaf: outcomes.get(leaf.digest, leaf))


@lru_cache(maxsize=REMEMBERED)
def resolve(predicate: Predicate, *, hopeful: bool) -> Predicate:
    """The predicate without doubts and opaque parts: the most (`hopeful`) or the least that it may let through.

    Each is replaced by the value that helps (or hurts) where it stands, so the most is never less, and the
    least never more, than what any reality could be.
    """
    least: dict[bytes, Predicate] = {}
    most: dict[bytes, Predicate] = {}
    for part in _inside_out(predicate):
        key = part.digest
        match part:
            case Opaque() | Doubt():
                least[key], most[key] = FALSE, TRUE
            case Not():
                least[key], most[key] = negate(most[part.part.digest]), negate(least[part.part.digest])
            case And():
                least[key] = all_of(*(least[inner.digest] for inner in part.parts))
                most[key] = all_of(*(most[inner.digest] for inner in part.parts))
            case Or():
                least[key] = any_of(*(least[inner.digest] for inner in part.parts))
                most[key] = any_of(*(most[inner.digest] for inner in part.parts))
            case _:
                least[key] = most[key] = part
    return (most if hopeful else least)[predicate.digest]


def number(text: str) -> Decimal | None:
    """The number that the text is, or None."""
    try:
        value = Decimal(text.strip())
    except (InvalidOperation, ValueError):
        return None
    return value if value.is_finite() else None


def written_pieces(test: Atom) -> tuple[str, ...]:
    """What a comparison of text looks for: runs of characters as they were written, with anything between each two.

    `=` is one piece, `prefix` a piece and an empty one, `suffix` an empty piece and one, and so on.

    Raises:
        ValueError: the comparison is none of text.
    """
    match test.op:
        case "=":
            return (test.value,)
        case "prefix":
            return (test.value, "")
        case "suffix":
            return ("", test.value)
        case "contains":
            return ("", test.value, "")
        case "glob":
            return tuple(test.value.split("*"))
        case _:
            raise ValueError(f"{test.op} has no pieces")


@lru_cache(maxsize=1 << 14)
def pieces(test: Atom) -> tuple[str, ...]:
    """The pieces of a comparison in the form in which it compares.

    Globs are cut at their `*` before they are folded, since folding turns other characters into `*`.

    Raises:
        ValueError: the comparison is none of text.
    """
    written = written_pieces(test)
    return tuple(map(fold, written)) if test.kind == "fold" else written


def pieces_match(wanted: Sequence[str], text: str) -> bool:
    """Whether the text is these pieces in this order, with some run of characters between each two.

    Takes each piece as far left as it can be, which never loses a match; so it never tries twice.
    """
    first, *rest = wanted
    if not rest:
        return text == first
    if not text.startswith(first):
        return False
    at = len(first)
    *middle, last = rest
    for piece in middle:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(text) - at >= len(last) and text.endswith(last)


def glob_matches(pattern: str, text: str) -> bool:
    """Whether the text is the pattern with each `*` replaced by some run of characters."""
    return pieces_match(pattern.split("*"), text)


def _compare_number(op: Op, left: Decimal | None, right: Decimal | None) -> bool:
    if left is None or right is None:
        return False
    match op:
        case "=":
            return left == right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case _:
            return False


def _compare_one(test: Atom, value: str) -> bool:
    if test.op == "present":
        return True
    if test.kind == "number":
        return _compare_number(test.op, number(value), number(test.value))
    if test.op in {"<", "<=", ">", ">="}:
        return False
    return pieces_match(pieces(test), fold(value) if test.kind == "fold" else value)


def compare(test: Atom, value: Value) -> bool:
    """Whether the comparison holds for a value that is there; for several, whether it does for any."""
    if isinstance(value, tuple):
        return any(_compare_one(test, one) for one in value)
    return _compare_one(test, value)


def holds(predicate: Predicate, record: Record, assumed: Mapping[bytes, bool] | None = None) -> bool | None:
    """What the predicate says of one concrete record: yes, no, or None where an undecidable part decides.

    `assumed` gives outcomes, by digest, for samples, doubts and opaque parts.
    """
    given = assumed or {}
    done: dict[bytes, bool | None] = {}
    for part in _inside_out(predicate):
        answer: bool | None
        match part:
            case Constant():
                answer = part.value
            case Atom():
                answer = part.field in record and compare(part, record[part.field])
            case Not():
                inner = done[part.part.digest]
                answer = None if inner is None else not inner
            case And():
                answers = [done[inner.digest] for inner in part.parts]
                answer = False if False in answers else None if None in answers else True
            case Or():
                answers = [done[inner.digest] for inner in part.parts]
                answer = True if True in answers else None if None in answers else False
            case _:
                answer = given.get(part.digest)
        done[part.digest] = answer
    return done[predicate.digest]
