"""Whether the log sources and record fields that a policy names exist."""

from collections.abc import Iterable, Mapping, Sequence

from logcov.documents import Path, nearest
from logcov.inventory import Field, LogSource
from logcov.policy.book import PROVIDERS, Book, PolicyFile
from logcov.selection.predicate import fold, glob_matches


def matching(sources: Iterable[LogSource], patterns: Iterable[str]) -> tuple[LogSource, ...]:
    """The log sources whose id fits any of the patterns."""
    wanted = tuple(patterns)
    return tuple(source for source in sources if any(glob_matches(pattern, source.id) for pattern in wanted))


def check_pattern(book: Book, file: PolicyFile, path: Path, pattern: str) -> None:
    """Complains of a pattern that no log source fits; only warns if its whole provider is absent.

    `pattern` is none of the file's own log groups.
    """
    if matching(book.sources, (pattern,)):
        return
    provider = pattern.split(".", 1)[0]
    if provider in PROVIDERS and all(source.provider != provider for source in book.sources):
        book.warn(
            file, path, f"no log source of `{provider}` is known here, so nothing can match `{pattern}`"
        )
        return
    known = [*(source.id for source in book.sources), *file.log_groups]
    what = "no log source matches" if "*" in pattern else "unknown log source"
    hint = nearest(pattern, known) or "; `logcov sources` lists them"
    book.problem(file, path, f"{what} `{pattern}`{hint}")


def names_of(source: LogSource) -> set[str]:
    """Every word by which policies may name a field or dimension of the source."""
    fields = {name for field in source.fields for name in (field.name, *field.aliases)}
    return fields | {dimension.name for dimension in source.dimensions}


def _fields(sources: Sequence[LogSource], key: str) -> list[Field]:
    return [
        field for source in sources for field in source.fields if key == field.name or key in field.aliases
    ]


def _check_key(book: Book, file: PolicyFile, path: Path, key: str, sources: Sequence[LogSource]) -> None:
    names: set[str] = set()
    for source in sources:
        own = names_of(source)
        if not own:  # nothing is known of its fields, so nothing can be unknown
            return
        names |= own
    if key in names:
        return
    ids = ", ".join(f"`{source.id}`" for source in sources[:3]) + (" …" if len(sources) > 3 else "")  # noqa: PLR2004
    root = key.split(".", 1)[0]
    if "." in key and root in {name.split(".", 1)[0] for name in names}:
        # Records have more fields than a row lists, so this may be right; one letter off rarely is.
        near = nearest(key, names, cutoff=0.9)
        if near:
            book.warn(file, path, f"`{key}` is no field of {ids} that logcov knows{near}", at_key=True)
        return
    hint = nearest(key, names) or f"; `logcov sources {sources[0].id}` lists those that are known"
    book.problem(file, path, f"unknown field `{key}` of {ids}{hint}", at_key=True)


def _can_be(field: Field, pattern: str) -> bool:
    if field.case == "insensitive":
        return any(glob_matches(fold(pattern), fold(value)) for value in field.values)
    return any(glob_matches(pattern, value) for value in field.values)


def check_condition(
    book: Book,
    file: PolicyFile,
    path: Path,
    condition: Mapping[str, Sequence[str]],
    sources: Sequence[LogSource],
) -> None:
    """Complains of fields that none of the sources has, and of values that none of them can hold.

    `path` is that of the condition; without sources (they are unknown, which was said) nothing is checked.
    """
    if not sources:
        return
    for key, patterns in condition.items():
        _check_key(book, file, (*path, key), key, sources)
        fields = _fields(sources, key)
        if not fields or any(field.kind != "finite" for field in fields):
            continue
        for index, pattern in enumerate(patterns):
            if not any(_can_be(field, pattern) for field in fields):
                values = sorted({value for field in fields for value in field.values})
                shown = ", ".join(f"`{value}`" for value in values[:8]) + (" …" if len(values) > 8 else "")  # noqa: PLR2004
                message = f"`{key}` is never `{pattern}`{nearest(pattern, values)}; it can be {shown}"
                book.problem(file, (*path, key, index), message)
