"""Reports: each format is one function of an assessment.

Importing this imports no rich, jinja2 or pydantic: a format's own module is imported when it is rendered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from logcov.errors import UsageError
from logcov.findings import Assessment

__all__ = ["FORMATS", "Format", "format_for"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that a report can be written in.

    Attributes:
        name: as `--format` and `-o name=file` call it.
        suffixes: the file suffixes that mean it, in lower case.
        render: the whole report as text that ends with a newline.
    """

    name: str
    suffixes: tuple[str, ...]
    render: Callable[[Assessment], str]


def _markdown(assessment: Assessment) -> str:
    from logcov.report.markdown import render

    return render(assessment)


def _json(assessment: Assessment) -> str:
    from logcov.report.json_format import render

    return render(assessment)


FORMATS: Mapping[str, Format] = {
    "markdown": Format("markdown", (".md",), _markdown),
    "json": Format("json", (".json",), _json),
}


def format_for(spec: str) -> tuple[Format, Path]:
    """The format and the file that `-o SPEC` asks for: `report.md`, or `markdown=anything`.

    What stands before the first `=` is a format if it is a bare word: `runs/day=1/report.md` is a path.

    Raises:
        UsageError: a format or suffix that logcov does not write, or no file name.
    """
    name, equals, rest = spec.partition("=")
    if equals and name.isalnum():
        if name not in FORMATS:
            raise UsageError(f"-o {spec!r}: there is no format {name!r}", _known())
        if not rest.strip():
            raise UsageError(f"-o {spec!r} names no file", _known())
        return FORMATS[name], Path(rest)
    if not spec.strip():
        raise UsageError("-o names no file", _known())
    path = Path(spec)
    for one in FORMATS.values():
        if path.suffix.lower() in one.suffixes:
            return one, path
    raise UsageError(f"-o {spec!r}: the suffix {path.suffix!r} names no format", _known())


def _known() -> str:
    return f"Write {', '.join(f'FILE{one.suffixes[0]} or {one.name}=FILE' for one in FORMATS.values())}."
