"""Where reports go: files, checked before any call and written whole or not at all; and standard output."""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from logcov.errors import OutputError, UsageError
from logcov.findings import Assessment
from logcov.report import FORMATS, Format, format_for

TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Output:
    """A report to be written."""

    format: Format
    path: Path


def check_writable(paths: Sequence[Path]) -> None:
    """Refuses paths that cannot be written.

    Raises:
        UsageError: for the first such path; nothing has been called yet.
    """
    for path in paths:
        folder = path.parent
        existing = folder
        while not existing.exists():
            existing = existing.parent
        if path.is_dir():
            raise UsageError(f"{path} is a folder, so it cannot be written", "Name a file in it.")
        if not existing.is_dir() or not os.access(existing, os.W_OK):
            raise UsageError(
                f"{path} cannot be written: no right to write into {existing}", "Name another place."
            )
        if not folder.exists() and folder.name != ".logcov":
            raise UsageError(
                f"{path} cannot be written: the folder {folder} does not exist", "Make it first."
            )
        if path.exists() and not os.access(path, os.W_OK):
            raise UsageError(f"{path} cannot be written: it is write-protected", "Name another place.")


def opened_outputs(specs: Sequence[str], shown: str) -> list[Output]:
    """The outputs asked for, all of them writable.

    Raises:
        UsageError: an unknown format, or a place that cannot be written.
    """
    if shown != TERMINAL and shown not in FORMATS:
        raise UsageError(
            f"--format {shown!r} is unknown", f"Choose one of {', '.join([TERMINAL, *FORMATS])}."
        )
    outputs = [Output(*format_for(spec)) for spec in specs]
    check_writable([output.path for output in outputs])
    return outputs


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a good one is never replaced by half of another.

    Raises:
        OutputError: it cannot be written.
    """
    beside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            dir=path.parent,
            prefix=f".{path.name}.",
            delete=False,
            errors="surrogatepass",
        ) as file:
            beside = Path(file.name)
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        beside.replace(path)
    except OSError as error:
        if beside is not None:
            beside.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def terminal_size() -> tuple[int, bool]:
    """Columns of standard output, and whether it shows colours (a terminal, and NO_COLOR is not set)."""
    width = shutil.get_terminal_size((100, 24)).columns
    return max(width, 60), sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def show(assessment: Assessment, shown: str) -> None:
    """Prints the assessment to standard output in this format."""
    if shown == TERMINAL:
        from logcov.report.terminal import render

        width, color = terminal_size()
        text = render(assessment, width=width, color=color)
    else:
        text = FORMATS[shown].render(assessment)
    sys.stdout.write(text)
