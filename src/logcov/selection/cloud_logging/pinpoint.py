"""Which part of a sink's filter, or of an exclusion, decides about the entries of a log.

The tree of the text is walked down to the smallest part that settles the question by itself. Each part is compiled
as the whole was, and asked about the same record; so what is pointed at is what decides, and no second reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from logcov.inventory.records import Filter
from logcov.inventory.rows import LogSource
from logcov.selection.budget import MOST_TEXT
from logcov.selection.cloud_logging.compile import predicate_of
from logcov.selection.cloud_logging.parser import parse
from logcov.selection.cloud_logging.places import Place, place
from logcov.selection.cloud_logging.tree import And, Node, Not, Or, Span, UnreadableError
from logcov.selection.decide import Decision, Domains, Found, decide
from logcov.selection.predicate import Predicate, Record, Sampled, holds, leaves, negate, substitute

MOST = 3
"""Parts that leave a verdict open and are pointed at."""
STEPS = 2_000
"""How much work the question may take whether one part decides about all entries."""
TRIES = 32
"""How many parts are asked that question."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A part of a text, and what it does.

    Attributes:
        within: `filter`, or the name of the exclusion.
        place: where it stands.
        says: what it does, for a person.
    """

    within: str
    place: Place
    says: str


@dataclass(frozen=True, slots=True)
class _Text:
    """A filter's text, or an exclusion's, and its tree: None where it has none; why, if it cannot be read."""

    name: str
    text: str
    node: Node | None
    broken: UnreadableError | None = None

    def points(self, span: Span, says: str) -> Pointer:
        return Pointer(self.name, place(self.text, span), says)


class _Question:
    """What is asked of each part: does it hold of one record; of all records of the log?"""

    def __init__(
        self, source: LogSource, required: Predicate, constant: Mapping[str, str], domains: Domains
    ) -> None:
        self._source = source
        self._required = required
        self._constant = constant
        self._domains = domains
        self._tries = TRIES

    def predicate(self, node: Node) -> Predicate:
        return substitute(predicate_of(node, self._source), self._constant)

    def always(self, node: Node, *, wanted: bool) -> bool:
        """Whether the part, by itself, holds of every record of the log (or of none)."""
        if not self._tries:
            return False
        self._tries -= 1
        test = self.predicate(node)
        decision = decide(self._required, test if wanted else negate(test), self._domains, steps=STEPS)
        return decision.verdict == "ALL"


def pinpoint(
    filter: Filter,  # noqa: A002 - its name in the inventory
    source: LogSource,
    decision: Decision,
    required: Predicate,
    constant: Mapping[str, str],
    domains: Domains,
) -> tuple[Pointer, ...]:
    """The parts that decide; none where the text is empty, or the verdict rests on all of it.

    Args:
        filter: of dialect `gcp.logging`.
        source: the log source that was asked about.
        decision: what came out.
        required: its records.
        constant: fields that are the same in each of them.
        domains: what the others can hold.
    """
    own = _text("filter", filter.text)
    taken: list[_Text] = []
    length = len(filter.text)
    for one in filter.exclusions:
        length += 0 if one.disabled else len(one.text)
        if not one.disabled and length <= MOST_TEXT:
            taken.append(_text(one.name, one.text))
    unread = [
        text.points(text.broken.span, f"cannot be read: {text.broken}")
        for text in (own, *taken)
        if text.broken
    ]
    asking = _Question(source, required, constant, domains)
    match decision.verdict:
        case "ALL":
            return tuple(_all(own, asking))
        case "UNKNOWN":
            return (*unread, *_open((own, *taken), decision, asking))[:MOST]
        case _:
            assert decision.lost is not None
            return tuple(_lost(own, taken, decision.lost, asking, whole=decision.verdict == "NONE"))


def _text(name: str, text: str) -> _Text:
    try:
        return _Text(name, text, parse(text).node)
    except UnreadableError as error:
        return _Text(name, text, None, error)


def _all(own: _Text, asking: _Question) -> Iterator[Pointer]:
    if own.node is None:
        return
    deciding = _settling(own.node, asking, wanted=True)
    if deciding is not None:
        yield own.points(deciding.span, "holds of every record of this log")


def _settling(node: Node, asking: _Question, *, wanted: bool) -> Node | None:
    """The smallest part that settles it for every record of the log by itself; None if it cannot be told."""
    if not asking.always(node, wanted=wanted):
        return None
    while True:
        if isinstance(node, Not):
            node, wanted = node.part, not wanted
            continue
        inner = node.parts if isinstance(node, And | Or) and isinstance(node, Or) is wanted else ()
        smaller = next((part for part in inner if asking.always(part, wanted=wanted)), None)
        if smaller is None:
            return node
        node = smaller


def _lost(
    own: _Text, taken: Sequence[_Text], lost: Found, asking: _Question, *, whole: bool
) -> Iterator[Pointer]:
    """What drops the record that is lost: of the filter, else of the first exclusion that takes it."""
    sides = [(own, False), *((one, True) for one in taken)]
    if whole:
        for one, wanted in sides:
            deciding = None if one.node is None else _settling(one.node, asking, wanted=wanted)
            if deciding is not None:
                says = "holds of every record of this log" if wanted else "holds of no record of this log"
                yield one.points(deciding.span, says)
                return
    for one, wanted in sides:
        if one.node is None:
            continue
        found = _guilty(one.node, lost, asking, wanted=wanted)
        if found is not None:
            node, outcome = found
            sampled = any(isinstance(leaf, Sampled) for leaf in leaves(asking.predicate(node)))
            says = "holds of" if outcome else "does not hold of"
            yield one.points(
                node.span, f"{says} the record that is lost" + (", if it is sampled so" if sampled else "")
            )
            return


def _guilty(node: Node, lost: Found, asking: _Question, *, wanted: bool) -> tuple[Node, bool] | None:
    """The smallest part whose outcome on the record makes the outcome of the whole; None if that is another."""

    def outcome(part: Node) -> bool | None:
        record: Record = lost.record
        return holds(asking.predicate(part), record, lost.assumed)

    if outcome(node) is not wanted:
        return None
    while True:
        if isinstance(node, Not):
            node, wanted = node.part, not wanted
            continue
        inner = node.parts if isinstance(node, And | Or) and isinstance(node, Or) is wanted else ()
        smaller = next((part for part in inner if outcome(part) is wanted), None)
        if smaller is None:
            return node, wanted
        node = smaller


def _open(texts: Sequence[_Text], decision: Decision, asking: _Question) -> Iterator[Pointer]:
    """Where the parts that nobody can decide stand."""
    wanted = {leaf.digest for leaf in decision.open}
    for one in texts if wanted else ():
        stack = [one.node] if one.node is not None else []
        while stack:
            node = stack.pop()
            here = wanted & {leaf.digest for leaf in leaves(asking.predicate(node))}
            if not here:
                continue
            if isinstance(node, And | Or):
                stack.extend(reversed(node.parts))
            elif isinstance(node, Not):
                stack.append(node.part)
            else:
                yield one.points(node.span, "cannot be decided")
