"""How a collection's progress shows: a bar on a terminal, plain lines elsewhere. Always on standard error."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from logcov.collect import Progress

EVERY = 15.0
"""Seconds between two lines of one phase, where there is no terminal."""


@contextmanager
def shown_progress() -> Iterator[Callable[["Progress"], None]]:
    """Gives the function that shows progress, for as long as the collection runs."""
    if sys.stderr.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}:
        with _bar() as report:
            yield report
    else:
        yield _lines()


def _lines() -> Callable[["Progress"], None]:
    """A line when a phase begins, when it ends, and now and then in between."""
    told: dict[str, float] = {}
    ended: set[str] = set()

    def report(progress: "Progress") -> None:
        now = time.monotonic()
        phase = progress.phase
        finished = progress.done >= progress.total
        if phase in ended:
            if finished:
                return
            ended.remove(phase)  # a phase of several rounds begins again
            del told[phase]
        if phase not in told or finished or now - told[phase] >= EVERY:
            told[phase] = now
            print(f"{phase}: {progress.done} of {progress.total}", file=sys.stderr, flush=True)
        if finished:
            ended.add(phase)

    return report


@contextmanager
def _bar() -> Iterator[Callable[["Progress"], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        phases: dict[str, TaskID] = {}

        def report(progress: "Progress") -> None:
            if progress.phase not in phases:
                phases[progress.phase] = bar.add_task(progress.phase, total=progress.total)
            bar.update(phases[progress.phase], completed=progress.done, total=progress.total)

        yield report
