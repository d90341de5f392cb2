"""The fields of records: what each can hold, and plain conditions on them (dialect `fields`, policies)."""

from collections.abc import Iterator, Mapping

from logcov.inventory.rows import Field, LogSource
from logcov.selection import event_selectors
from logcov.selection.cloud_logging import entry
from logcov.selection.cloud_logging.entry import canonical, rows
from logcov.selection.cloud_logging.parser import path_of
from logcov.selection.jsontext import UnreadableJsonError, read_object
from logcov.selection.predicate import Kind, Predicate, all_of, any_of, atom, opaque


class RecordFields(Mapping[str, Field]):
    """The fields of a log source's records, by name.

    It holds the row's own, and answers for others whose type the provider documents: `httpRequest.status` is one
    number, any label is one text. Without this, a record could be imagined that has two severities.
    """

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self._row = {field.name: field for field in source.fields}

    def __getitem__(self, name: str) -> Field:
        found = self._row.get(name) or _standard(name, self._source)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


def _standard(name: str, source: LogSource) -> Field | None:
    if source.provider == "gcp":
        return entry.standard_field(name, source)
    return event_selectors.standard_field(name) if source.id.startswith("aws.cloudtrail.") else None


def condition(only: Mapping[str, tuple[str, ...]], source: LogSource) -> Predicate:
    """The records whose every named field has one of its values.

    `*` in a value is any run of characters; `*` alone asks for presence. A field that is absent never fits.
    Names may be aliases of the row's fields; text is compared without regard to case where the row says so.
    A field without values fits no record.
    """
    return all_of(
        *(any_of(*(_fits(name, value, source) for value in values)) for name, values in only.items())
    )


def compile_fields(text: str, source: LogSource) -> Predicate:
    """The condition that a JSON object holds: field → value, or list of values."""
    try:
        found = read_object(text)
    except UnreadableJsonError as error:
        return opaque(text, str(error))
    only: dict[str, tuple[str, ...]] = {}
    for name, given in found.items():
        values = [_plain(value) for value in (given if isinstance(given, list) else [given])]
        if None in values:
            return opaque(text, f"the values of {name} are not all plain")
        only[name] = tuple(value for value in values if value is not None)
    return condition(only, source)


def find(name: str, source: LogSource) -> tuple[str, Field | None]:
    """The name by which predicates know a field, and the row's entry for it, by name, alias or spelling."""
    for field in source.fields:
        if name == field.name or name in field.aliases:
            return field.name, field
    if source.provider != "gcp":
        return name, None
    spelled = canonical(path_of(name))
    if spelled is None:
        return name, None
    row = rows(source).get(spelled)
    return (row.name, row) if row else (spelled, None)


def kind_of(field: Field | None) -> Kind:
    """How values of a field are compared."""
    if field is None:
        return "text"
    if field.kind == "number":
        return "number"
    return "fold" if field.case == "insensitive" else "text"


def _fits(name: str, value: str, source: LogSource) -> Predicate:
    spelled, field = find(name, source)
    kind = kind_of(field)
    if kind == "number" and "*" in value:
        kind = "text"
    return atom(spelled, "glob", value, kind)


def _plain(value: object) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return None
