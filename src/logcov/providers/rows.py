"""The rows by which providers register what they can read: plain data and the functions that read it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from logcov.inventory import DestinationKind, Fact, HopKind, LogSource, Remedy, Route, Scope

Observe = Callable[[Any, Scope, str | None], Iterator[Fact]]
"""`observe(place, scope, location)`: yields facts and, after the last page, listings."""

Read = Callable[[Any, str, Sequence[Route]], Iterator[Fact]]
"""`read(session, destination, routes)`: yields the destination and what is onward from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One API operation that logcov may call. All of them only read.

    Attributes:
        call: as access policies and readings name it: `cloudtrail:DescribeTrails`, `logging.sinks.list`.
        permission: what it takes, if that is not the same word: `s3:GetLifecycleConfiguration`.
        wire: how it is recognised on the wire: `cloudtrail DescribeTrails`, `GET /v2/{parent}/sinks`.
        why: what is read with it.
    """

    call: str
    permission: str = ""
    wire: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverRow:
    """An observer: where it runs, what it lists when it succeeds, and for which log sources it is needed.

    Attributes:
        name: unique, `aws.trails`.
        scope_kinds: it runs once for each scope of these kinds …
        per_location: … and enabled location.
        listings: the listing kinds that are missing there if it fails.
        sources: the log sources whose verdicts need it; it runs only if a policy asks for one of them.
    """

    name: str
    provider: str
    scope_kinds: tuple[str, ...]
    observe: Observe
    listings: tuple[str, ...]
    sources: tuple[str, ...]
    operations: tuple[Operation, ...] = ()
    per_location: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRow:
    """A destination reader: run once for each destination that matches the pattern and that a route leads to."""

    name: str
    provider: str
    pattern: str
    read: Read
    operations: tuple[Operation, ...] = ()
    listings: tuple[str, ...] = field(default=())


Ask = Callable[[Any, Sequence[Scope], Sequence[Fact], frozenset[str]], Iterator[Fact]]
"""`ask(session, scopes, facts, sources)`: yields emitters at the scopes where `facts` has no listing of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutRow:
    """An inventory service that knows what a provider's places held some time ago, asked where they cannot be read.

    It names resources, by readings that say `via` which service and how old they may be. It yields no listing and no
    route: nothing is ever concluded from it.

    Attributes:
        name: unique; what its readings say in `via`.
        asked_for: whether a target's configuration asks for it.
        sources: the log sources of which it can name resources.
    """

    name: str
    provider: str
    asked_for: Callable[[Any], bool]
    ask: Ask
    sources: tuple[str, ...]
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What one module adds to the catalogue: log sources, and the hops, destinations, functions and remedies of theirs."""

    sources: tuple[LogSource, ...] = ()
    hop_kinds: tuple[HopKind, ...] = ()
    destination_kinds: tuple[DestinationKind, ...] = ()
    observers: tuple[ObserverRow, ...] = ()
    readers: tuple[ReaderRow, ...] = ()
    remedies: tuple[Remedy, ...] = ()
