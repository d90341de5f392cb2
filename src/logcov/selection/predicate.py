"""The one predicate language that every filter dialect compiles into.

A predicate says of a record yes or no. Records map field names to a value, or to several (a repeated
field); a field that is not in the mapping is absent, and **no comparison with an absent field holds**.

Three leaves are not comparisons:

* `Opaque`: a part of a filter that cannot be decided; what it says of a record is unknown.
* `Doubt`: something about the estate that was not read; the same for every record.
* `Sampled`: keeps some records and loses some, without regard to their content.

Predicates are hash-consed: equal ones are the same object. Their order is that of their digests, so that
results do not depend on the order in which they were built.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
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
            then a field's value that is no number makes the comparison false.
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


def fold(text: str) -> str:
    """The form in which text is compared without regard to case: NFKC, then casefold."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def atom(field: str, op: Op, value: str = "", kind: Kind = "text") -> Predicate:
    """A comparison. An empty prefix, suffix, contains or a glob `*` is `present`; a glob without `*` is `=`."""
    if op == "glob":
        stars = value.count("*")
        if not value.strip("*") and stars:
            op, value = "present", ""
        elif not stars:
            op = "="
        elif stars == 1 and value.endswith("*"):
            op, value = "prefix", value[:-1]
        elif stars == 1 and value.startswith("*"):
            op, value = "suffix", value[1:]
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
    """A part that cannot be decided; equal texts are the same unknown."""
    digest = _digest("opaque", text)
    return _intern(digest, lambda: Opaque(text, because, digest))


def doubt(about: str) -> Predicate:
    """Something that was not read."""
    digest = _digest("doubt", about)
    return _intern(digest, lambda: Doubt(about, digest))


def sampled(text: str, rate: str) -> Predicate:
    """A sample; a rate of 1 or more keeps everything, 0 or less nothing."""
    share = Decimal(rate)
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
    gathered = _gather(parts, kind)
    gathered.pop(neutral.digest, None)
    if ruin.digest in gathered:
        return ruin
    if any(isinstance(part, Not) and part.part.digest in gathered for part in gathered.values()):
        return ruin
    if not gathered:
        return neutral
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


def rebuild(predicate: Predicate, change: Callable[[Leaf], Predicate]) -> Predicate:
    """The predicate with every leaf replaced by what `change` makes of it."""
    done: dict[bytes, Predicate] = {}

    def walk(part: Predicate) -> Predicate:
        known = done.get(part.digest)
        if known is not None:
            return known
        match part:
            case Constant():
                made: Predicate = part
            case Not():
                made = negate(walk(part.part))
            case And():
                made = all_of(*(walk(inner) for inner in part.parts))
            case Or():
                made = any_of(*(walk(inner) for inner in part.parts))
            case _:
                made = change(part)
        done[part.digest] = made
        return made

    return walk(predicate)


def leaves(predicate: Predicate) -> Iterator[Leaf]:
    """Every leaf once, in a fixed order."""
    seen: set[bytes] = set()
    stack = [predicate]
    while stack:
        part = stack.pop()
        if part.digest in seen:
            continue
        seen.add(part.digest)
        match part:
            case Constant():
                pass
            case Not():
                stack.append(part.part)
            case And() | Or():
                stack.extend(reversed(part.parts))
            case _:
                yield part


def doubts(predicate: Predicate) -> frozenset[str]:
    """What the predicate doubts: the `about` of its doubts."""
    return frozenset(leaf.about for leaf in leaves(predicate) if isinstance(leaf, Doubt))


def substitute(predicate: Predicate, known: Record) -> Predicate:
    """The predicate once the value of some fields is known: their comparisons become true or false."""
    return rebuild(
        predicate,
        lambda leaf: (
            (TRUE if compare(leaf, known[leaf.field]) else FALSE)
            if isinstance(leaf, Atom) and leaf.field in known
            else leaf
        ),
    )


def resolve(predicate: Predicate, *, hopeful: bool) -> Predicate:
    """The predicate without doubts and opaque parts: the most (`hopeful`) or the least that it may let through.

    Each is replaced by the value that helps (or hurts) where it stands, so the most is never less, and the
    least never more, than what any reality could be.
    """
    done: dict[tuple[bytes, bool], Predicate] = {}

    def walk(part: Predicate, toward: bool) -> Predicate:  # noqa: FBT001 - a recursion over one flag
        known = done.get((part.digest, toward))
        if known is not None:
            return known
        match part:
            case Opaque() | Doubt():
                made = TRUE if toward else FALSE
            case Not():
                made = negate(walk(part.part, not toward))
            case And():
                made = all_of(*(walk(inner, toward) for inner in part.parts))
            case Or():
                made = any_of(*(walk(inner, toward) for inner in part.parts))
            case _:
                made = part
        done[part.digest, toward] = made
        return made

    return walk(predicate, hopeful)


def number(text: str) -> Decimal | None:
    """The number that the text is, or None."""
    try:
        value = Decimal(text.strip())
    except (InvalidOperation, ValueError):
        return None
    return value if value.is_finite() else None


def glob_matches(pattern: str, text: str) -> bool:
    """Whether the text is the pattern with each `*` replaced by some run of characters. Linear, never backtracks far."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
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


def _compare_one(test: Atom, value: str) -> bool:
    if test.op == "present":
        return True
    if test.kind == "number":
        left, right = number(value), number(test.value)
        if left is None or right is None:
            return False
        match test.op:
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
    want = fold(test.value) if test.kind == "fold" else test.value
    have = fold(value) if test.kind == "fold" else value
    match test.op:
        case "=":
            return have == want
        case "prefix":
            return have.startswith(want)
        case "suffix":
            return have.endswith(want)
        case "contains":
            return want in have
        case "glob":
            return glob_matches(want, have)
        case _:
            return False


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

    def walk(part: Predicate) -> bool | None:
        if part.digest in done:
            return done[part.digest]
        answer: bool | None
        match part:
            case Constant():
                answer = part.value
            case Atom():
                answer = part.field in record and compare(part, record[part.field])
            case Not():
                inner = walk(part.part)
                answer = None if inner is None else not inner
            case And():
                answers = [walk(inner) for inner in part.parts]
                answer = False if False in answers else None if None in answers else True
            case Or():
                answers = [walk(inner) for inner in part.parts]
                answer = True if True in answers else None if None in answers else False
            case _:
                answer = given.get(part.digest)
        done[part.digest] = answer
        return answer

    return walk(predicate)
