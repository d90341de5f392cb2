"""The workers of a collection: who does which task when, and what a failed task leaves.

The only place that turns an error into a blind spot.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Ledger
from logcov.inventory.journal import Journal
from logcov.inventory.ledger import Noted
from logcov.inventory.results import Results
from logcov.providers.calls import Patience
from logcov.providers.turns import Turns

WORKERS: Mapping[str, int] = {"aws": 48, "gcp": 16, "okta": 4, "workspace": 8}
"""Calls in flight per provider. AWS limits per account, region and service; Google per consumer project."""

LOOK_UP = 0.1
"""Seconds between two looks at the keyboard while waiting for workers."""

SHARE = 4
"""One place may have one in so many workers while tasks of others wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a collection has come, for a display.

    Attributes:
        phase: in words.
        done, total: tasks.
        waiting: place → how many of its tasks are under way; the busiest places first.
    """

    phase: str
    done: int
    total: int
    waiting: Mapping[str, int] = field(default_factory=dict)


Report = Callable[[Progress], None]


def no_report(progress: Progress) -> None:
    """Reports nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One observer at one place, or one reader at one destination.

    `hides`: the listings that are missing at the place (and location) if it fails.
    """

    provider: str
    place: str
    location: str | None
    hides: tuple[str, ...]
    run: Callable[[], Iterator[Fact]]
    name: str = ""
    """What tells it apart in a journal; empty for what every run does anew."""
    run_directly: Callable[[], Iterator[Fact]] | None = None
    """The same with direct answers only; None where it is the same anyway."""


class Crew:
    """The workers of one collection, a pool per provider."""

    def __init__(
        self, ledger: Ledger, patience: Patience, report: Report, journal: Journal | None = None
    ) -> None:
        self._journal = journal
        self._ledger = ledger
        self._patience = patience
        self._report = report
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self.results = Results(ledger)

    def _pool(self, provider: str) -> ThreadPoolExecutor:
        if provider not in self._pools:
            self._pools[provider] = ThreadPoolExecutor(
                WORKERS[provider], thread_name_prefix=f"logcov-{provider}"
            )
        return self._pools[provider]

    def _work(self, task: Task) -> list[Fact]:
        """Runs a task to its end or its first failed read; the facts that it gave before that stay."""
        found: list[Fact] = []
        if self._patience.stop.is_set():
            return found
        recalled = self.results.recall(task.name)
        if recalled is not None:
            return recalled
        directly = self.results.directly(task.place)
        run = task.run_directly if directly and task.run_directly is not None else task.run
        known = self._journal.done(task.name, self._ledger) if self._journal and not directly else None
        noted: Noted | None = None
        if known is not None:
            found = list(known)
        else:
            with self._ledger.noting() as noted:
                try:
                    for fact in run():
                        found.append(fact)  # `extend` would lose what came before a failure
                except ReadFailure as failure:
                    self._ledger.blind(failure, task.place, task.location, hides=task.hides)
            if self._journal and task.name and not directly and not self._patience.stop.is_set():
                # What ended while the run was being stopped may have been cut short.
                self._journal.note(task.name, found, noted, self._ledger)
        self.results.note(task.name, task.place, found, noted)
        return found

    def wave(self, phase: str, tasks: Sequence[Task]) -> list[list[Fact]]:
        """Runs all tasks and gives what each found.

        Any exception but a failed read is a bug: the first one ends the run.
        """
        self._report(Progress(phase=phase, done=0, total=len(tasks)))
        answers: list[list[Fact]] = [[] for _ in tasks]
        queues: list[Turns] = []
        waiting: set[Future[None]] = set()
        for provider in dict.fromkeys(task.provider for task in tasks):
            numbers = [number for number, task in enumerate(tasks) if task.provider == provider]
            turns = Turns([tasks[number].place for number in numbers], WORKERS[provider] // SHARE)
            queues.append(turns)

            def work(turns: Turns = turns, numbers: Sequence[int] = numbers) -> None:
                # Whose turn it is, is known only when a worker is free.
                turn = turns.take()
                try:
                    answers[numbers[turn]] = self._work(tasks[numbers[turn]])
                finally:
                    turns.end(turn)

            waiting |= {self._pool(provider).submit(work) for _ in numbers}
        while waiting:
            finished, waiting = wait(waiting, timeout=LOOK_UP)
            for future in finished:
                future.result()
            busy = [pair for turns in queues for pair in turns.under_way().items()]
            self._report(
                Progress(
                    phase=phase,
                    done=len(tasks) - len(waiting),
                    total=len(tasks),
                    waiting=dict(sorted(busy, key=lambda pair: (-pair[1], pair[0]))),
                )
            )
        return answers

    @property
    def facts(self) -> list[Fact]:
        """Everything that was found so far."""
        return self.results.facts()

    def stop(self) -> None:
        """Lets nothing new begin."""
        self._patience.stop.set()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def dismiss(self) -> None:
        """Waits for the workers to go home."""
        for pool in self._pools.values():
            pool.shutdown(wait=True)
