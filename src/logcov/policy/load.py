"""From policy files to one `PolicySet`, or to everything that is wrong with them at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, TypeVar

from logcov.documents import Document, Mark, Path, load_yaml, problems_of, shown_path
from logcov.errors import PolicyError
from logcov.inventory import LogSource
from logcov.policy.model import PolicySet

if TYPE_CHECKING:
    from logcov.policy.book import Book, PolicyFile

Shape = TypeVar("Shape")


def _filled(document: Document) -> Document:
    """The document with the file's `defaults` put into every requirement that lacks the key.

    A requirement is one of two sentences; defaults of the other one are not meant for it. Marks go along, so
    that what is wrong with a default is told at its own line.
    """
    from logcov.policy.language import ABOUT_RECORDS, ABOUT_STORES

    data = document.data
    defaults = data.get("defaults")
    require = data.get("require")
    if not isinstance(defaults, Mapping) or require is None:
        return document
    entries = require if isinstance(require, list) else [require]
    marks = document.marks.children["require"]
    filled: list[Any] = []
    filled_marks: dict[str | int, Mark] = {}
    for index, entry in enumerate(entries):
        mark = marks.children[index] if isinstance(require, list) else marks
        if isinstance(entry, Mapping):
            default = document.marks.children["defaults"]
            other = (
                ABOUT_RECORDS
                if ABOUT_STORES & entry.keys()
                else ABOUT_STORES
                if ABOUT_RECORDS & entry.keys()
                else frozenset()
            )
            missing = [key for key in defaults if key not in entry and key not in other]
            filled.append({**entry, **{key: defaults[key] for key in missing}})
            mark = Mark(
                mark.line,
                mark.column,
                {**mark.keys, **{key: default.keys[key] for key in missing}},
                {**mark.children, **{key: default.children[key] for key in missing}},
            )
        else:
            filled.append(entry)
        filled_marks[index] = mark
    root = document.marks
    listed = Mark(marks.line, marks.column, {}, filled_marks)
    return replace(
        document,
        data={**data, "require": filled},
        marks=Mark(root.line, root.column, root.keys, {**root.children, "require": listed}),
    )


def _items(value: Any) -> Iterator[tuple[int, Any]]:
    """The entries of a section that is a list, or one entry that stands alone."""
    yield from enumerate(value if isinstance(value, list) else () if value is None else (value,))


def _names(value: Any) -> Iterator[tuple[str, Any]]:
    yield from value.items() if isinstance(value, Mapping) else ()


def _read_file(path: str | FilePath, book: "Book") -> "PolicyFile | None":
    """One file, each of its parts on its own: a problem in one does not hide those of another."""
    from pydantic import ValidationError

    from logcov.policy import language
    from logcov.policy.book import PolicyFile

    document = load_yaml(path, error=PolicyError)
    head = None
    try:
        head = language.HeadShape.model_validate(document.data)
    except ValidationError as error:
        book.problems.extend(problems_of(error, document))
    if not isinstance(document.data, Mapping):
        return None
    document = _filled(document)
    data = document.data

    def take(check: Callable[[Any], Shape], value: Any, at: Path) -> Shape | None:
        try:
            return check(value)
        except ValidationError as error:
            book.problems.extend(problems_of(error, document, at))
            return None

    def section(key: str, check: Callable[[Any], Shape]) -> dict[str, Shape | None]:
        return {name: take(check, value, (key, name)) for name, value in _names(data.get(key))}

    def entries(key: str, check: Callable[[Any], Shape]) -> dict[int, Shape]:
        made = ((index, take(check, value, (key, index))) for index, value in _items(data.get(key)))
        return {index: shape for index, shape in made if shape is not None}

    name = data.get("name")
    return PolicyFile(
        document=document,
        name=name if isinstance(name, str) else document.name,
        head=head,
        log_groups=section("log_groups", language.LOG_ITEMS.validate_python),
        scopes=section("scopes", language.SELECTOR.validate_python),
        destinations=section("destinations", language.DESTINATION.validate_python),
        requirements=entries("require", language.RequirementShape.model_validate),
        attestations=entries("attestations", language.AttestationShape.model_validate),
        exemptions=entries("exemptions", language.ExemptionShape.model_validate),
    )


def load_policies(paths: Iterable[str | FilePath], sources: Sequence[LogSource]) -> PolicySet:
    """Reads policy files, checks them against the log sources that there are, and binds their names to each other.

    A file that is given twice counts once. What is right but odd is in the result's `warnings`.

    Raises:
        PolicyError: a file cannot be read or breaks the language's rules, a name is unbound, or a log
            source or field does not exist: every problem of every file, in order of files and places.
    """
    from logcov.policy.bind import bind
    from logcov.policy.book import Book

    book = Book(sources)
    distinct: dict[FilePath, str | FilePath] = {}
    for path in paths:
        distinct.setdefault(FilePath(path).absolute(), path)
    ordered = list(distinct.values())
    for path in ordered:
        try:
            file = _read_file(path, book)
        except PolicyError as error:
            book.problems.extend(error.problems)
            file = None
        if file is None:
            book.whole = False
        else:
            book.files.append(file)
    policies = bind(book)
    if book.problems:
        order = {shown_path(path): index for index, path in enumerate(ordered)}
        # One problem of a default shows up in every requirement that it was put into.
        told = {
            (one.file, one.line, one.column, one.message): one for one in sorted(book.problems, reverse=True)
        }
        raise PolicyError(sorted(told.values(), key=lambda one: (order.get(one.file, -1), one)))
    return policies
