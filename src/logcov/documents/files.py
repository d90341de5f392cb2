"""Documents from files: what can go wrong before there is any text, said in one sentence."""

import codecs
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from logcov.documents.json_text import parse_json
from logcov.documents.model import Document
from logcov.documents.yaml_text import parse_yaml
from logcov.errors import DocumentError, Problem

MAX_BYTES = 5_000_000
"""How big a document may be."""

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def shown_path(path: str | Path) -> str:
    """The path as problems and findings name it: relative to the working folder if below it, else as given."""
    given = Path(path)
    if given.is_absolute() and given.is_relative_to(Path.cwd()):
        given = given.relative_to(Path.cwd())
    return given.as_posix()


def _whole(name: str, message: str) -> Problem:
    """A problem with the file as a whole."""
    return Problem(file=name, line=0, column=0, path="", message=message)


def _read(path: str | Path, name: str) -> bytes | Problem:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return _whole(name, "there is no such file")
    except IsADirectoryError:
        return _whole(name, "this is a directory, not a file")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return _whole(name, f"this file cannot be read ({getattr(error, 'strerror', None) or error})")
    if len(content) > MAX_BYTES:
        return _whole(name, f"this file is bigger than {MAX_BYTES // 1_000_000} MB")
    if content.startswith(_WIDE):
        return _whole(name, "this file is UTF-16 or UTF-32; save it as UTF-8")
    return content


def _load(
    path: str | Path, error: type[DocumentError], name: str | None, parse: Callable[..., Document]
) -> Document:
    called = name or shown_path(path)
    content = _read(path, called)
    if isinstance(content, Problem):
        raise error([content])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as bad:
        before = content[: bad.start]
        line_start = before.rfind(b"\n") + 1
        problem = Problem(
            file=called,
            line=before.count(b"\n") + 1,
            column=len(before[line_start:].decode("utf-8")) + 1,
            path="",
            message="this byte is not UTF-8; save the file as UTF-8",
        )
        raise error([problem]) from None
    return replace(parse(text, called, error=error), sha256=hashlib.sha256(content).hexdigest())


def load_yaml(
    path: str | Path, *, error: type[DocumentError] = DocumentError, name: str | None = None
) -> Document:
    """Reads a YAML file. `error` is the class to raise, `name` what problems call it (`shown_path` if not given).

    Raises:
        DocumentError: (or `error`) it cannot be read, is too big, is no UTF-8, or breaks the rules of YAML.
    """
    return _load(path, error, name, parse_yaml)


def load_json(
    path: str | Path, *, error: type[DocumentError] = DocumentError, name: str | None = None
) -> Document:
    """Reads a JSON file; otherwise like `load_yaml`.

    Raises:
        DocumentError: (or `error`) it cannot be read, is too big, is no UTF-8, or is no JSON.
    """
    return _load(path, error, name, parse_json)
