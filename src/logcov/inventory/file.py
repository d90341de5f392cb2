"""The inventory's file: JSON Lines, gzip. A header, one record a line, and a footer with counts and a digest.

Listings come last. A file that was cut short has thus lost the listings that anything missing would have
been proved by, so that whatever could depend on the rest is in doubt.
"""

import gzip
import hashlib
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logcov.errors import InventoryError, OutputError
from logcov.inventory.records import (
    Activity,
    Admission,
    BlindSpot,
    Delivery,
    Destination,
    Emitter,
    Fact,
    Filter,
    Header,
    Inventory,
    Listing,
    Reading,
    Route,
    Scope,
    Unread,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = "logcov.inventory/v1"
_FAMILY = "logcov.inventory/"
_UNREAD = "$unread"
"""The mark of an unread value. A key of our own that begins with `$`, a label's say, is written with one more."""

_TAGS: dict[type, str] = {
    Reading: "reading",
    BlindSpot: "blind_spot",
    Scope: "scope",
    Emitter: "emitter",
    Filter: "filter",
    Route: "route",
    Admission: "admission",
    Destination: "destination",
    Activity: "activity",
    Listing: "listing",
}
_ORDER = {kind: number for number, kind in enumerate(_TAGS)}


def _escaped(value: object) -> object:
    """The value with no key that could be taken for a mark."""
    if isinstance(value, Mapping):
        return {
            f"${name}" if str(name).startswith("$") else name: _escaped(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_escaped(inner) for inner in value]
    return value


def _plain(value: object) -> object:
    """What JSON cannot say by itself: a record as its fields that differ from their defaults, an unread value by a mark."""
    if isinstance(value, Unread):
        return {_UNREAD: value.blind_spot}
    if is_dataclass(value) and not isinstance(value, type):
        plain: dict[str, object] = {}
        for one in fields(value):
            content = getattr(value, one.name)
            default = one.default_factory() if one.default_factory is not MISSING else one.default
            if default is MISSING or content != default or type(content) is not type(default):
                plain[one.name] = _escaped(content)
        return plain
    raise TypeError(f"{type(value).__name__} has no place in an inventory")


def _line(content: object) -> str:
    return json.dumps(content, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _encoded(line: str) -> bytes:
    """The line as it stands in the file. Providers may give half a surrogate pair, and get it back."""
    return line.encode("utf-8", "surrogatepass") + b"\n"


def ordered(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts, each once, in the order of the file: by kind, then by content; listings last."""
    lines: dict[tuple[int, str], Fact] = {}
    for fact in facts:
        lines[_ORDER[type(fact)], _line(fact)] = fact
    return tuple(lines[key] for key in sorted(lines))


def _lines(inventory: Inventory) -> Iterator[str]:
    yield _line({"schema": SCHEMA, "header": inventory.header})
    for fact in inventory.facts:
        yield _line({_TAGS[type(fact)]: fact})


def digest(inventory: Inventory) -> str:
    """The sha256 of the content: of every line before the footer."""
    sha256 = hashlib.sha256()
    for line in _lines(inventory):
        sha256.update(_encoded(line))
    return sha256.hexdigest()


def write_inventory(inventory: Inventory, path: Path) -> Inventory:
    """Writes the inventory, in full or not at all, and gives it back with its digest.

    Raises:
        OutputError: the file cannot be written.
    """
    inventory = Inventory(
        header=inventory.header, facts=ordered(inventory.facts), cut_short=inventory.cut_short
    )
    sha256 = hashlib.sha256()
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
            for line in _lines(inventory):
                data = _encoded(line)
                sha256.update(data)
                packed.write(data)
            if not inventory.cut_short:
                counts = Counter(_TAGS[type(fact)] for fact in inventory.facts)
                footer = {"footer": {"counts": dict(sorted(counts.items())), "sha256": sha256.hexdigest()}}
                packed.write(_encoded(_line(footer)))
        beside.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return Inventory(
        header=inventory.header,
        facts=inventory.facts,
        cut_short=inventory.cut_short,
        sha256=sha256.hexdigest(),
    )


def unmarked(content: dict[str, Any]) -> object:
    """What a JSON object of a line stands for: an unread value, or a mapping whose own `$` is taken off again."""
    if content.keys() == {_UNREAD} and isinstance(content[_UNREAD], str):
        return Unread(content[_UNREAD])
    return {name[1:] if name.startswith("$$") else name: value for name, value in content.items()}


def _raw_lines(path: Path) -> Iterator[bytes]:
    """The complete lines of the file; ends where the file was cut."""
    try:
        with gzip.open(path, "rb") as packed:
            for line in packed:
                if not line.endswith(b"\n"):
                    return
                yield line
    except EOFError:
        return
    except zlib.error as error:
        raise InventoryError(f"{path} is damaged: {error}", "Collect it again.") from error
    except gzip.BadGzipFile as error:
        raise InventoryError(
            f"{path} is not an inventory: {error}", "Inventories are written by `logcov collect -o FILE`."
        ) from error
    except FileNotFoundError as error:
        raise InventoryError(
            f"{path} does not exist", "Write one with `logcov collect -o FILE` or `logcov audit`."
        ) from error
    except OSError as error:
        raise InventoryError(f"{path} cannot be read: {error.strerror or error}") from error


@cache
def _adapters() -> Mapping[str, "TypeAdapter[Any]"]:
    """What checks records, by tag; made at the first use, since pydantic takes its time."""
    from pydantic import TypeAdapter

    return {tag: TypeAdapter(kind) for kind, tag in {**_TAGS, Header: "header"}.items()}


def _header(path: Path, line: bytes) -> Header:
    from pydantic import ValidationError

    try:
        first = json.loads(line, object_hook=unmarked)
        schema = first["schema"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InventoryError(f"{path} is not an inventory: its first line is no header") from error
    if schema != SCHEMA:
        if isinstance(schema, str) and schema.startswith(_FAMILY):
            raise InventoryError(
                f"{path} is of the version {schema}; this logcov reads {SCHEMA}",
                "Use the logcov that wrote it, or a newer one.",
            )
        raise InventoryError(f"{path} is not an inventory but {schema!r}")
    try:
        header: Header = _adapters()["header"].validate_python(first.get("header"))
    except ValidationError as error:
        raise InventoryError(f"{path}: the header does not fit {SCHEMA}: {_first(error)}") from error
    if problem := _misfit(header, first["header"]):
        raise InventoryError(f"{path}: the header does not fit {SCHEMA}: {problem}")
    return header


_TIMES: Mapping[type, tuple[str, ...]] = {
    Reading: ("at",),
    Activity: ("at",),
    Route: ("since",),
    Destination: ("since",),
    Delivery: ("last_success",),
    Header: ("started_at", "finished_at"),
}


def _misfit(record: object, written: object) -> str:
    """What of a record, at any depth, no field of it holds, or is no time where a time must be; empty if all fits.

    A key that is not known may be what a newer logcov needs to be right.
    """
    if isinstance(record, tuple) and isinstance(written, list):
        return next((found for pair in zip(record, written, strict=True) if (found := _misfit(*pair))), "")
    if not is_dataclass(record) or isinstance(record, type | Unread) or not isinstance(written, Mapping):
        return ""
    names = [one.name for one in fields(record)]
    if strange := written.keys() - set(names):
        return f"{min(strange)} is not known"
    for name in _TIMES.get(type(record), ()):
        if not _is_time(getattr(record, name)):
            return f"{name} is no time"
    for name in names:
        if found := _misfit(getattr(record, name), written.get(name)):
            return f"{name}.{found}"
    return ""


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _first(error: Any) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"


def encoded(fact: Fact) -> bytes:
    """A record as a line of the file."""
    return _encoded(_line({_TAGS[type(fact)]: fact}))


def decoded(content: object, where: str) -> Fact:
    """The record that a line holds, read from JSON with `unmarked` as its hook.

    Raises:
        InventoryError: it is none of this version; `where` says of what.
    """
    from pydantic import ValidationError

    if not isinstance(content, dict) or len(content) != 1:
        raise InventoryError(f"{where} is not a record of {SCHEMA}")
    ((tag, record),) = content.items()
    if tag not in _TAGS.values():
        raise InventoryError(f"{where} is not a record of {SCHEMA}: {tag!r}")
    try:
        fact: Fact = _adapters()[tag].validate_python(record)
    except ValidationError as error:
        raise InventoryError(f"{where} does not fit {SCHEMA}: {tag}.{_first(error)}") from error
    if problem := _misfit(fact, record):
        raise InventoryError(f"{where} does not fit {SCHEMA}: {tag}.{problem}")
    return fact


def read_inventory(path: Path) -> Inventory:
    """Reads an inventory. A file without its footer was cut short: it still loads, and says so.

    Raises:
        InventoryError: missing, not an inventory, of a newer version, or changed after it was written.
    """
    lines = _raw_lines(path)
    first = next(lines, None)
    if first is None:
        raise InventoryError(f"{path} is empty or was cut before its header ended", "Collect it again.")
    header = _header(path, first)
    sha256 = hashlib.sha256(first)
    facts: list[Fact] = []
    latest = 0
    for number, line in enumerate(lines, start=2):
        try:
            content = json.loads(line, object_hook=unmarked)
        except (ValueError, RecursionError) as error:
            raise InventoryError(
                f"{path}:{number} is not JSON", "The file is damaged: collect it again."
            ) from error
        if isinstance(content, dict) and content.keys() == {"footer"}:
            _check_footer(path, content["footer"], sha256.hexdigest(), facts)
            return Inventory(header=header, facts=tuple(facts), sha256=sha256.hexdigest())
        fact = decoded(content, f"{path}:{number}")
        if _ORDER[type(fact)] < latest:
            # A listing before what it speaks of would outlive it in a file that is cut short.
            tag = _TAGS[type(fact)]
            raise InventoryError(f"{path}:{number} is out of order: {tag} stands after what must come last")
        latest = _ORDER[type(fact)]
        facts.append(fact)
        sha256.update(line)
    return Inventory(header=header, facts=tuple(facts), cut_short=True, sha256=sha256.hexdigest())


def _check_footer(path: Path, footer: Any, sha256: str, facts: list[Fact]) -> None:
    counts = Counter(_TAGS[type(fact)] for fact in facts)
    if not isinstance(footer, dict) or footer.get("sha256") != sha256 or footer.get("counts") != dict(counts):
        raise InventoryError(
            f"{path} was changed after it was written: its content does not fit its footer",
            "Collect it again.",
        )
