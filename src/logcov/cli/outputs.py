"""Where reports go: files, checked before any call and written whole or not at all; and standard output."""

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from logcov.errors import OutputError, UsageError
from logcov.findings import Assessment
from logcov.report import FORMATS, Format, format_for

TERMINAL = "terminal"
NARROWEST = 60
"""Columns: with fewer, tables are cut by the terminal rather than by us."""


@dataclass(frozen=True, slots=True)
class Output:
    """A report to be written."""

    format: Format
    path: Path


def _special(path: Path) -> bool:
    """Whether it is a device, a pipe or the like (`/dev/stdout`): written into, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def check_writable(paths: Sequence[Path], *, inputs: Sequence[Path] = ()) -> None:
    """Refuses paths that cannot be written, that are named twice, or that are read as well.

    Raises:
        UsageError: for the first such path; nothing has been called yet.
    """
    seen: set[str] = set()
    read = {os.path.realpath(one) for one in inputs}
    for path in paths:
        place = os.path.realpath(path)
        if place in seen:
            raise UsageError(f"{path} is named as output twice", "Name another file for one of the two.")
        if place in read:
            raise UsageError(
                f"{path} is read by this command, so it is not overwritten", "Name another file."
            )
        seen.add(place)
        try:
            _check(path)
        except OSError as error:  # a name that is too long, a folder that one may not look into
            raise UsageError(
                f"{path} cannot be written: {error.strerror or error}", "Name another place."
            ) from error


def _check(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder, so it cannot be written", "Name a file in it.")
    if path.exists() and not os.access(path, os.W_OK):
        raise UsageError(f"{path} cannot be written: it is write-protected", "Name another place.")
    if _special(path):
        return
    folder = Path(os.path.realpath(path)).parent
    if not folder.exists() and folder.name == ".logcov":
        folder = folder.parent  # it is made when something is kept
    if not folder.exists():
        raise UsageError(
            f"{path} cannot be written: the folder {path.parent} does not exist", "Make it first."
        )
    if not folder.is_dir():
        raise UsageError(f"{path} cannot be written: {path.parent} is no folder", "Name another place.")
    # Asking for rights would not do: the disk may be read-only, and root has all of them.
    with tempfile.TemporaryFile(dir=folder, prefix=".logcov-"):
        pass


def opened_outputs(specs: Sequence[str], shown: str, *, inputs: Sequence[Path] = ()) -> list[Output]:
    """The outputs asked for, all of them writable.

    Raises:
        UsageError: an unknown format, or a place that cannot be written.
    """
    if shown != TERMINAL and shown not in FORMATS:
        raise UsageError(
            f"--format {shown!r} is unknown", f"Choose one of {', '.join([TERMINAL, *FORMATS])}."
        )
    outputs = [Output(*format_for(spec)) for spec in specs]
    check_writable([output.path for output in outputs], inputs=inputs)
    return outputs


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a good one is never replaced by half of another.

    A link is followed; a device or pipe is written into.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        if _special(path):
            with path.open("w", encoding="utf-8", errors="surrogatepass") as file:
                file.write(text)
        else:
            _replace(Path(os.path.realpath(path)), text)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def _mode(path: Path) -> int:
    """Who may read it: whoever may by now (a report that was made private stays so), else as the umask says."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _replace(path: Path, text: str) -> None:
    """Puts the text in the place of a file, by way of another one beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    beside = Path(name)
    try:
        with open(number, "w", encoding="utf-8", errors="surrogatepass") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        beside.chmod(_mode(path))
        beside.replace(path)
    except BaseException:  # Ctrl-C, too: nothing is left lying about
        beside.unlink(missing_ok=True)
        raise


def terminal_size() -> tuple[int, bool]:
    """Columns of standard output, and whether it shows colours (a terminal, and NO_COLOR is not set)."""
    width = shutil.get_terminal_size((100, 24)).columns
    return max(width, NARROWEST), sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def show(assessment: Assessment, shown: str) -> None:
    """Prints the assessment to standard output in this format."""
    if shown == TERMINAL:
        from logcov.report.terminal import render

        width, color = terminal_size()
        text = render(assessment, width=width, color=color)
    else:
        text = FORMATS[shown].render(assessment)
        print_document(text)
        return
    sys.stdout.write(text)


def print_document(text: str) -> None:
    """Prints what programs read: always UTF-8, whatever the terminal's own encoding is."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(text)
