"""Which format an output asks for."""

import subprocess
import sys
from pathlib import Path

import pytest

from logcov.errors import UsageError
from logcov.report import FORMATS, format_for


@pytest.mark.parametrize(
    ("spec", "name", "path"),
    [
        ("report.md", "markdown", "report.md"),
        ("out/Report.MD", "markdown", "out/Report.MD"),
        ("result.json", "json", "result.json"),
        ("json=result", "json", "result"),
        ("markdown=a=b.json", "markdown", "a=b.json"),
        ("runs/day=1/report.md", "markdown", "runs/day=1/report.md"),
    ],
)
def test_the_suffix_or_the_name_tells_the_format(spec, name, path):
    found, where = format_for(spec)
    assert (found.name, where) == (name, Path(path))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("report.pdf", "the suffix '.pdf' names no format"),
        ("report", "the suffix '' names no format"),
        ("pdf=report.md", "there is no format 'pdf'"),
        ("json=", "names no file"),
        ("", "-o names no file"),
    ],
)
def test_anything_else_names_the_formats_that_there_are(spec, said):
    with pytest.raises(UsageError) as caught:
        format_for(spec)
    assert said in caught.value.message
    assert caught.value.hint == "Write FILE.md or markdown=FILE, FILE.json or json=FILE."


def test_each_format_renders_text_that_ends_with_a_newline(sample):
    for one in FORMATS.values():
        text = one.render(sample)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        text.encode("utf-8")


def test_importing_the_reports_imports_no_heavy_library():
    code = "import sys, logcov.report, logcov.report.terminal, logcov.report.explain, logcov.report.json_format; "
    code += "print([name for name in ('rich', 'jinja2', 'pydantic', 'yaml') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
