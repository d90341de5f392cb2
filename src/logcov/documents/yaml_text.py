"""YAML, read strictly: the core schema of YAML 1.2 over PyYAML's event parser.

The parser gives events, never objects: what text means is decided here. Nesting, aliases and numbers are
bounded, so that no text can exhaust the stack, the memory or the clock. YAML 1.2.2, section 10.3 (core
schema): https://yaml.org/spec/1.2.2/#103-core-schema. Stricter than that: numbers with a leading zero are
refused (octal to some readers, decimal to others), infinities and NaN too; hexadecimal and octal are text.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from logcov.documents.model import Document, Mark, WrittenFloat, WrittenInt
from logcov.errors import DocumentError, Problem

MAX_DEPTH = 50
"""How deep collections may nest, aliases followed."""

MAX_ALIASED = 100_000
"""How many values all aliases together may stand for."""

MAX_DIGITS = 18
"""How long a number may be, in characters; longer ones are meant as text."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {
    word: value for value in (True, False) for word in (f"{value}", f"{value}".lower(), f"{value}".upper())
}
_EMPTY: Mapping[Any, Any] = {}
_TAG = "tag:yaml.org,2002:"
_TAGGED: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (WrittenInt,),
    "float": (WrittenFloat, WrittenInt),
}


class _Unusable(ValueError):
    """A scalar that has a problem; its text is the message."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A value, its mark, how many values it holds (itself included), and how deep it nests."""

    data: Any
    mark: Mark
    size: int = 1
    height: int = 0


@dataclass(slots=True)
class _State:
    """What building a document gathers on its way."""

    name: str
    text: str
    events: Iterator[Any]
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, _Node] = field(default_factory=dict)
    aliased: int = 0

    def problem(self, mark: Any, message: str) -> None:
        """Notes a problem at a place of the parser's (which counts from 0)."""
        self.problems.append(
            Problem(file=self.name, line=mark.line + 1, column=mark.column + 1, path="", message=message)
        )

    def fail(self, mark: Any, message: str) -> DocumentError:
        """Notes a problem after which nothing more can be read."""
        self.problem(mark, message)
        return DocumentError(sorted(self.problems))


def _mark(
    event: Any,
    keys: Mapping[str, tuple[int, int]] = _EMPTY,
    children: Mapping[str | int, Mark] = _EMPTY,
) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1, keys, children)


def resolve(text: str) -> Any:
    """What a plain scalar means: None, a boolean, a number, or else the text itself.

    Raises:
        ValueError: it looks like a number that different programs read differently, or that is too long.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _NOT_FINITE.fullmatch(text):
        raise _Unusable("this is not a finite number; if it is text, put it in quotes")
    if not _FLOAT.fullmatch(text):
        return text
    digits = text.lstrip("+-")
    if len(digits) > MAX_DIGITS:
        raise _Unusable("this number is too long; if it is text, put it in quotes")
    if re.match("0[0-9]", digits):
        raise _Unusable(
            "a number with a leading zero is read differently by different programs; put it in quotes"
        )
    if _INT.fullmatch(text):
        return WrittenInt(int(text), text)
    number = float(text)
    if not math.isfinite(number):
        raise _Unusable("this is not a finite number; if it is text, put it in quotes")
    return WrittenFloat(number, text)


def _scalar(event: Any) -> Any:
    text: str = event.value
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _Unusable("this text holds a character that no file may hold (NUL or half a surrogate pair)")
    if event.tag is None:
        return resolve(text) if event.implicit[0] else text
    short = event.tag.removeprefix(_TAG)
    if event.tag == "!" or (event.tag == _TAG + "str"):
        return text
    if event.tag != _TAG + short or short not in _TAGGED:
        raise _Unusable(f"the tag `{event.tag}` is not allowed here; remove it")
    value = resolve(text)
    if not isinstance(value, _TAGGED[short]):
        raise _Unusable(f"this is no `!!{short}`")
    return value


def _collection_tag(state: _State, event: Any, kind: str) -> None:
    if event.tag not in {None, "!", _TAG + kind}:
        state.problem(event.start_mark, f"the tag `{event.tag}` is not allowed here; remove it")


def _alias(state: _State, event: Any, depth: int) -> _Node:
    target = state.anchors.get(event.anchor)
    if target is None:
        raise state.fail(
            event.start_mark,
            f"the alias `*{event.anchor}` stands before its anchor `&{event.anchor}`, or inside it",
        )
    state.aliased += target.size
    if state.aliased > MAX_ALIASED:
        raise state.fail(event.start_mark, f"aliases stand for more than {MAX_ALIASED} values")
    if depth + target.height > MAX_DEPTH:
        raise state.fail(event.start_mark, f"this nests deeper than {MAX_DEPTH} levels")
    # The alias is where the value stands here; what is inside of it stands at its anchor.
    mark = _mark(event, target.mark.keys, target.mark.children)
    return _Node(target.data, mark, target.size, target.height)


def _key(state: _State, event: Any, depth: int) -> str | None:
    """The key that an event (and those that belong to it) spells; None, with a problem noted, if it is no text."""
    from yaml import events

    node = _node(state, event, depth)
    if isinstance(event, events.ScalarEvent):
        if isinstance(node.data, str):
            if node.data == "<<" and event.implicit[0]:
                state.problem(event.start_mark, "merge keys (`<<`) are not allowed; write the keys out")
            return node.data
        state.problem(event.start_mark, f"the key `{event.value}` is not text; put it in quotes")
        return None
    if isinstance(node.data, str):
        return node.data
    state.problem(event.start_mark, "a key must be text, not a list or a mapping")
    return None


def _mapping(state: _State, start: Any, depth: int) -> _Node:
    from yaml import events

    _collection_tag(state, start, "map")
    data: dict[str, Any] = {}
    keys: dict[str, tuple[int, int]] = {}
    children: dict[str | int, Mark] = {}
    size, height = 1, 0
    while not isinstance(event := next(state.events), events.MappingEndEvent):
        key = _key(state, event, depth + 1)
        value = _node(state, next(state.events), depth + 1)
        size, height = size + value.size, max(height, value.height)
        if key is None:
            continue
        if key in keys:
            line, column = keys[key]
            state.problem(
                event.start_mark,
                f"the key `{key}` stands here twice; the first is at line {line}, column {column}",
            )
            continue
        keys[key] = (event.start_mark.line + 1, event.start_mark.column + 1)
        children[key] = value.mark
        data[key] = value.data
    return _Node(data, _mark(start, keys, children), size, height + 1)


def _sequence(state: _State, start: Any, depth: int) -> _Node:
    from yaml import events

    _collection_tag(state, start, "seq")
    nodes: list[_Node] = []
    while not isinstance(event := next(state.events), events.SequenceEndEvent):
        nodes.append(_node(state, event, depth + 1))
    children: dict[str | int, Mark] = {index: node.mark for index, node in enumerate(nodes)}
    return _Node(
        [node.data for node in nodes],
        _mark(start, {}, children),
        1 + sum(node.size for node in nodes),
        1 + max((node.height for node in nodes), default=0),
    )


def _node(state: _State, event: Any, depth: int) -> _Node:
    from yaml import events

    if isinstance(event, events.AliasEvent):
        return _alias(state, event, depth)
    if depth > MAX_DEPTH:
        raise state.fail(event.start_mark, f"this nests deeper than {MAX_DEPTH} levels")
    if event.anchor is not None:
        state.anchors.pop(event.anchor, None)  # an anchor that is set again counts from where it is whole
    if isinstance(event, events.ScalarEvent):
        data = None
        try:
            data = _scalar(event)
        except _Unusable as unusable:
            state.problem(event.start_mark, str(unusable))
        made = _Node(data, _mark(event))
    elif isinstance(event, events.MappingStartEvent):
        made = _mapping(state, event, depth)
    else:
        made = _sequence(state, event, depth)
    if event.anchor is not None:
        state.anchors[event.anchor] = made
    return made


def _document(state: _State) -> _Node:
    from yaml import events

    next(state.events)  # the start of the stream
    start = next(state.events)
    if isinstance(start, events.StreamEndEvent):
        raise state.fail(start.start_mark, "the file is empty")
    root = _node(state, next(state.events), 1)
    next(state.events)  # the end of the document
    after = next(state.events)
    if not isinstance(after, events.StreamEndEvent):
        raise state.fail(after.start_mark, "a second document begins here; a file holds one")
    return root


def _syntax(state: _State, error: Any) -> DocumentError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:  # the parser could not say where
        state.problems.append(
            Problem(file=state.name, line=1, column=1, path="", message=f"this is not YAML: {error}")
        )
        return DocumentError(sorted(state.problems))
    parts = [part for part in (error.context, error.problem) if part]
    tabs = "; indent with spaces, not with tabs" if state.text[mark.index : mark.index + 1] == "\t" else ""
    return state.fail(mark, f"this is not YAML: {', '.join(parts)}{tabs}")


def _from_events(text: str, name: str, loader: Any) -> Document:
    """Builds the document from what PyYAML's `loader` (C or Python) makes of the text."""
    import yaml

    state = _State(name, text, iter(()))
    try:
        state.events = yaml.parse(text, Loader=loader)
        root = _document(state)
    except yaml.YAMLError as error:
        raise _syntax(state, error) from None
    except (ValueError, OverflowError) as error:
        # PyYAML's Python parser lets these out for escapes such as "\Uffffffff".
        raise _syntax(state, yaml.YAMLError(str(error))) from None
    if state.problems:
        raise DocumentError(sorted(state.problems))
    return Document(name, root.data, root.mark)


def parse_yaml(text: str, name: str, *, error: type[DocumentError] = DocumentError) -> Document:
    """Reads YAML text. `name` is what problems call it; `error` is the class to raise.

    Raises:
        DocumentError: (or `error`) the text breaks the rules; all problems at once, as far as it could be read.
    """
    import yaml

    text = text.removeprefix("\ufeff")
    bad = _UNPRINTABLE.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - (text.rfind("\n", 0, bad.start()) + 1) + 1
        message = f"a character that no YAML file may hold (U+{ord(bad.group()):04X})"
        raise error([Problem(file=name, line=line, column=column, path="", message=message)])
    try:
        return _from_events(text, name, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except DocumentError as failure:
        raise error(failure.problems) from None
