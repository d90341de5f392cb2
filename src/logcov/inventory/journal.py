"""What a collection has read so far, on disk task by task, so that one that was interrupted can go on.

One line a task: its name, its facts, and the readings and blind spots that they rest on. A line is written in one
piece after the task has ended; a last line that was cut off is as if the task had never run. The journal lies
beside the inventory and goes away when that is whole.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from logcov.errors import BlindKind, InventoryError, OutputError
from logcov.inventory.file import decoded, encoded, unmarked
from logcov.inventory.ledger import Ledger, Noted
from logcov.inventory.records import BlindSpot, Fact, Reading, Unread

SCHEMA = "logcov.journal/v1"
LONGEST = timedelta(hours=24)
"""An older journal tells of another day: what it holds is read again."""

LASTING: frozenset[BlindKind] = frozenset({"not-observable"})
"""Blind spots that no other try would lift. A task that met one of another kind is run again: by then somebody may
have granted the permission, or the service may answer."""


def journal_path(inventory: Path) -> Path:
    """Where the journal of an inventory lies."""
    return inventory.with_name(inventory.name + ".journal")


class Journal:
    """The tasks that have ended, in memory and on disk. Safe to share among threads."""

    def __init__(self, path: Path, asked: Mapping[str, object], *, resume: bool) -> None:
        """Opens a journal; with `resume`, takes over what an earlier one holds of the same question.

        `asked`: what is being collected: targets, log sources, version. A journal of another question is not
        taken over.

        Raises:
            OutputError: the file cannot be written.
            InventoryError: it is to be resumed, but is damaged before its end.
        """
        self.path = path
        self.taken_over = 0
        self._lock = threading.Lock()
        self._done: dict[str, tuple[Fact, ...]] = {}
        now = datetime.now(UTC)
        head = json.dumps({"schema": SCHEMA, "asked": asked}, sort_keys=True)
        kept = _kept(path, head, now) if resume else []
        for number, line in enumerate(kept, start=3):
            name, facts = _task(line, f"{path}:{number}")
            self._done[name] = facts
        self.taken_over = len(self._done)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not kept:
                path.write_text(f"{head}\n{json.dumps(now.isoformat())}\n", encoding="utf-8")
            with path.open("r+b") as file:
                # What was cut off goes: the next line must begin on its own.
                file.truncate(sum(len(line) for line in file.readlines() if line.endswith(b"\n")))
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error

    def done(self, task: str, ledger: Ledger) -> tuple[Fact, ...] | None:
        """The facts of a task that an earlier collection ended, its readings and blind spots put into the ledger."""
        facts = self._done.get(task)
        if facts is None:
            return None
        ledger.restore(fact for fact in facts if isinstance(fact, Reading | BlindSpot))
        return tuple(fact for fact in facts if not isinstance(fact, Reading | BlindSpot))

    def note(self, task: str, facts: Iterable[Fact], noted: Noted, ledger: Ledger) -> None:
        """Writes down a task that has ended, unless it met a failure that another try may lift.

        Raises:
            OutputError: the disk is full, say.
        """
        facts = tuple(facts)
        basis = ledger.named(_names(facts) | noted.readings | noted.blind_spots)
        if any(isinstance(one, BlindSpot) and one.kind not in LASTING for one in basis):
            return
        lines = b",".join(encoded(fact).rstrip(b"\n") for fact in (*basis, *facts))
        line = json.dumps(task).encode() + b": [" + lines + b"]}\n"
        try:
            with self._lock, self.path.open("ab") as file:
                file.write(b"{" + line)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror or error}") from error

    def discard(self) -> None:
        """Takes it away: what was collected is whole, and lies elsewhere."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def _kept(path: Path, head: str, now: datetime) -> list[bytes]:
    """The lines of tasks in an earlier journal; none if there is none, or if it answers another question or day."""
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InventoryError(f"{path} cannot be read: {error.strerror or error}") from error
    whole = [line for line in lines if line.endswith(b"\n")]
    if len(whole) < 2 or whole[0].decode(errors="replace") != head + "\n":  # noqa: PLR2004 - head and time
        return []
    try:
        began = datetime.fromisoformat(json.loads(whole[1]))
    except (ValueError, TypeError) as error:
        raise InventoryError(f"{path}:2 is no time", "Delete it, and collect anew.") from error
    return whole[2:] if timedelta(0) <= now - began <= LONGEST else []


def _task(line: bytes, where: str) -> tuple[str, tuple[Fact, ...]]:
    hint = "Delete it, and collect anew."
    try:
        content = json.loads(line, object_hook=unmarked)
    except (ValueError, RecursionError) as error:
        raise InventoryError(f"{where} is not JSON", hint) from error
    if not isinstance(content, dict) or len(content) != 1:
        raise InventoryError(f"{where} is no task of {SCHEMA}", hint)
    ((name, records),) = content.items()
    if not isinstance(records, list):
        raise InventoryError(f"{where} is no task of {SCHEMA}", hint)
    return name, tuple(decoded(record, where) for record in records)


def _names(value: object) -> set[str]:
    """Every id of a reading or blind spot that records name."""
    if isinstance(value, Unread):
        return {value.blind_spot}
    if isinstance(value, tuple):
        found = {one for one in value if isinstance(one, str)}
        return found.union(*(_names(one) for one in value))
    if is_dataclass(value) and not isinstance(value, type):
        return set().union(*(_names(getattr(value, one.name)) for one in fields(value)))
    return set()
