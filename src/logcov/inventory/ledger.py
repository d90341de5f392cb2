"""The book that clients write their readings and blind spots into while observers yield facts."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from logcov.errors import ReadFailure
from logcov.inventory.records import BlindSpot, Identity, Reading, Unread


def utc_now() -> str:
    """The time now, UTC, to the second: `2026-11-22T08:30:00Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Noted:
    """What was noted within one block of one thread, by id."""

    readings: set[str] = field(default_factory=set)
    blind_spots: set[str] = field(default_factory=set)


class Ledger:
    """Readings, blind spots and identities of one collection; safe to share among threads.

    Ids are made of what was asked, so that two runs that make the same calls give the same ids.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings: dict[str, Reading] = {}
        self._indirect: set[str] = set()
        self._blind_spots: dict[str, BlindSpot] = {}
        self._identities: dict[tuple[str, str], Identity] = {}
        self._here = threading.local()

    @contextmanager
    def noting(self) -> Iterator[Noted]:
        """Within it, whatever this thread notes is noted once more in the `Noted` that it gives."""
        noted = Noted()
        self._here.noted = noted
        try:
            yield noted
        finally:
            del self._here.noted

    def restore(self, records: Iterable[Reading | BlindSpot]) -> None:
        """Takes over what an earlier collection noted; what is known already stays."""
        with self._lock:
            for record in records:
                if isinstance(record, Reading):
                    self._readings.setdefault(record.id, record)
                    if record.via != "direct":
                        self._indirect.add(record.id)
                else:
                    self._blind_spots.setdefault(record.id, record)

    def read(
        self,
        call: str,
        place: str,
        location: str | None = None,
        *,
        subject: str = "",
        identity: str = "",
        pages: int = 1,
        via: str = "direct",
        as_old_as: int = 0,
    ) -> str:
        """Notes an answer and gives its id. `subject` tells calls about different things at one place apart."""
        key = " ".join(part for part in (call, place, location or "", subject) if part)
        reading = Reading(
            id=key,
            call=call,
            place=place,
            location=location,
            at=utc_now(),
            identity=identity,
            pages=pages,
            via=via,
            as_old_as=as_old_as,
        )
        with self._lock:
            self._readings.setdefault(key, reading)
            if via != "direct":
                self._indirect.add(key)
        noted: Noted | None = getattr(self._here, "noted", None)
        if noted is not None:
            noted.readings.add(key)
        return key

    def corrected(self, reading: str, other: str) -> None:
        """Notes that a direct answer says otherwise than the older one of an inventory service."""
        with self._lock:
            self._readings[reading] = replace(self._readings[reading], corrects=other)

    def indirect(self) -> frozenset[str]:
        """The ids of the answers so far that an inventory service gave in the provider's stead."""
        with self._lock:
            return frozenset(self._indirect)

    def forget(self, blind_spots: Iterable[str]) -> None:
        """Takes back blind spots of a read that is made anew. Facts that name them must go, too."""
        with self._lock:
            for key in blind_spots:
                self._blind_spots.pop(key, None)

    def blind(
        self,
        failure: ReadFailure,
        place: str,
        location: str | None = None,
        *,
        subject: str = "",
        hides: tuple[str, ...] = (),
    ) -> Unread:
        """Notes a failed read and gives what stands in for the value. `hides`: the listings now missing here."""
        key = " ".join(part for part in ("!" + failure.call, place, location or "", subject) if part)
        with self._lock:
            known = self._blind_spots.get(key)
            self._blind_spots[key] = BlindSpot(
                id=key,
                place=place,
                location=location,
                call=failure.call,
                kind=failure.kind,
                permission=failure.permission,
                detail=failure.detail,
                hides=tuple(sorted({*hides, *(known.hides if known else ())})),
            )
        noted: Noted | None = getattr(self._here, "noted", None)
        if noted is not None:
            noted.blind_spots.add(key)
        return Unread(key)

    def identify(self, provider: str, principal: str) -> None:
        """Notes who the calls are made as."""
        with self._lock:
            self._identities[provider, principal] = Identity(provider=provider, principal=principal)

    def named(self, ids: Iterable[str]) -> list[Reading | BlindSpot]:
        """The readings and blind spots of these ids; other ids are passed over."""
        found: list[Reading | BlindSpot] = []
        with self._lock:
            for key in sorted(ids):
                one = self._readings.get(key) or self._blind_spots.get(key)
                if one is not None:
                    found.append(one)
        return found

    def readings(self) -> list[Reading]:
        """All readings so far, by id."""
        with self._lock:
            return [self._readings[key] for key in sorted(self._readings)]

    def blind_spots(self) -> list[BlindSpot]:
        """All blind spots so far, by id."""
        with self._lock:
            return [self._blind_spots[key] for key in sorted(self._blind_spots)]

    def identities(self) -> tuple[Identity, ...]:
        """Everybody that calls were made as."""
        with self._lock:
            return tuple(self._identities[key] for key in sorted(self._identities))
