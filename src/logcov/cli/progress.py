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
STANDSTILL = 5.0
"""Seconds without anything done after which a bar says whom it waits for."""


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
            waiting = "" if finished or phase not in told else _waiting(progress)
            told[phase] = now
            print(f"{phase}: {progress.done} of {progress.total}{waiting}", file=sys.stderr, flush=True)
        if finished:
            ended.add(phase)

    return report


def _waiting(progress: "Progress") -> str:
    """Where most of what is under way is being read."""
    for place, tasks in progress.waiting.items():
        return f", waiting for {place} ({tasks})"
    return ""


@contextmanager
def _bar() -> Iterator[Callable[["Progress"], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    # Names of places come from the cloud: they are no markup.
    words = TextColumn("{task.description}", markup=False)
    with Bar(
        words, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        phases: dict[str, TaskID] = {}
        moved: dict[str, tuple[int, float]] = {}

        def report(progress: "Progress") -> None:
            phase, now = progress.phase, time.monotonic()
            if phase not in phases:
                phases[phase] = bar.add_task(phase, total=progress.total)
            done, since = moved.get(phase, (-1, now))
            moved[phase] = (progress.done, since if progress.done == done else now)
            still = progress.done < progress.total and now - moved[phase][1] >= STANDSTILL
            bar.update(
                phases[phase],
                description=phase + (_waiting(progress) if still else ""),
                completed=progress.done,
                total=progress.total,
            )

        yield report
