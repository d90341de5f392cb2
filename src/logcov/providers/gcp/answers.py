"""What the API answered: objects, lists, and doubts over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from logcov.errors import BlindKind, ReadFailure
from logcov.inventory import Ledger, Unread
from logcov.providers.gcp.operations import Method


@dataclass(frozen=True, slots=True)
class Answer:
    """One object as the API gave it, and the id of its reading."""

    body: Mapping[str, Any]
    reading: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The items of a list that came, and whether these are all.

    Attributes:
        items: in the order of the pages.
        readings: the id of the reading; empty if not even one page came.
        failure: why the rest is missing; None after the last page.
    """

    items: tuple[Any, ...]
    readings: tuple[str, ...] = ()
    failure: ReadFailure | None = None

    def complete(self) -> None:
        """Says that all items came.

        Raises:
            ReadFailure: they did not.
        """
        if self.failure is not None:
            raise self.failure


@dataclass(frozen=True, slots=True)
class About:
    """What an answer was about, so that a doubt over one of its fields can be noted."""

    ledger: Ledger
    method: Method
    place: str
    subject: str = ""

    def _note(self, kind: BlindKind, field: str, detail: str) -> Unread:
        failure = ReadFailure(call=self.method.operation.call, kind=kind, detail=detail)
        return self.ledger.blind(failure, self.place, subject=" ".join(filter(None, (self.subject, field))))

    def odd(self, field: str, detail: str) -> Unread:
        """A field that is not what the API's documentation says."""
        return self._note("unparseable", field, detail)

    def unseen(self, field: str, detail: str) -> Unread:
        """A fact that this answer cannot tell, or not to this version of logcov."""
        return self._note("not-observable", field, detail)

    def failed(self, failure: ReadFailure) -> Unread:
        """A call that failed."""
        return self.ledger.blind(failure, self.place, subject=self.subject)
