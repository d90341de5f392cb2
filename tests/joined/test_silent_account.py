"""An account that gives no answer for minutes: its facts are blind spots that say so, and nobody else waits for it.

Times are a fraction of the real ones: an answer may take 1.5 seconds in place of 60.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from acme import EVERY, PROVIDERS, Acme
from logcov.collect import Progress, collect
from logcov.config import Config
from logcov.evaluate import evaluate
from logcov.findings import Assessment
from logcov.inventory import BlindSpot, Emitter, Fact, Inventory, Listing, Route, Scope
from logcov.providers.aws.wire import CONNECT_SECONDS
from logcov.providers.calls import Patience
from logcov.sandbox.faults import Fault
from providers.aws.crawl import changed, key_of

pytestmark = pytest.mark.skipif(not EVERY, reason="rests on the clock; make faults runs it")

SILENT = "444444444444"
SCOPE = f"aws:accounts/{SILENT}"


SHORTER = 40
"""Times are so many times shorter than real ones. On a busy machine, an answer of the sandbox may take a second."""


def scaled(real: Patience) -> Patience:
    """The times that a run has, shortened."""
    return Patience(
        attempts=real.attempts,
        longest_wait=real.longest_wait / SHORTER / 10,
        longest_answer=real.longest_answer / SHORTER,
        longest_silence=real.longest_silence / SHORTER,
    )


def only_aws(acme: Acme) -> Config:
    return replace(acme.config, **{name: () for name in PROVIDERS if name != "aws"})


@dataclass(frozen=True)
class Run:
    """A collection of Acme's AWS while an account is silent."""

    inventory: Inventory
    seconds: float
    asked: int
    told: tuple[Progress, ...]

    def spots(self) -> list[BlindSpot]:
        return [fact for fact in self.inventory.facts if isinstance(fact, BlindSpot) and fact.place == SCOPE]


@pytest.fixture(scope="module")
def acme() -> Iterator[Acme]:
    with Acme(providers=()) as served:
        yield served


@pytest.fixture(scope="module")
def undisturbed(acme: Acme) -> Inventory:
    acme.here.faults.reset()
    return collect(only_aws(acme), acme.sources, patience=Patience(longest_wait=0.05))


@pytest.fixture(scope="module")
def run(acme: Acme, undisturbed: Inventory) -> Run:
    assert undisturbed.header.complete
    told: list[Progress] = []
    acme.here.calls.reset()
    acme.here.faults.reset()
    acme.here.faults.replace(
        (*acme.here.faults.current(), Fault(fault="timeout", provider="aws", place=SILENT))
    )
    began = time.monotonic()
    inventory = collect(only_aws(acme), acme.sources, report=told.append, patience=scaled(Patience()))
    seconds = time.monotonic() - began
    asked = sum(call.place == SILENT for call in acme.here.calls.made())
    acme.here.faults.reset()
    return Run(inventory=inventory, seconds=seconds, asked=asked, told=tuple(told))


def about(fact: Fact) -> str:
    """The scope or destination that a fact is of."""
    match fact:
        case Emitter():
            return fact.scope
        case Listing():
            return fact.at
        case Route():
            return fact.origin
        case Scope():
            return fact.id
        case _:
            return ""


def theirs(facts: tuple[Fact, ...]) -> dict[tuple[object, ...], Fact]:
    """The facts of all others, by what makes them the same in two runs."""
    kept = [fact for fact in facts if isinstance(fact, Emitter | Listing | Route | Scope)]
    return {key_of(fact): fact for fact in kept if SILENT not in about(fact)}


def judged(acme: Acme, inventory: Inventory) -> Assessment:
    return evaluate(inventory, acme.unexempted, as_of=acme.today)


def test_the_facts_of_all_others_are_complete(undisturbed: Inventory, run: Run) -> None:
    before, after = theirs(undisturbed.facts), theirs(run.inventory.facts)

    assert len(before) > 100
    assert after.keys() == before.keys()
    assert [line for key, fact in before.items() for line in changed(fact, after[key])] == []


def test_the_silent_account_is_known_and_what_could_not_be_read_says_so(run: Run) -> None:
    spots = run.spots()

    assert SCOPE in {fact.id for fact in run.inventory.facts if isinstance(fact, Scope)}
    assert {spot.kind for spot in spots} == {"timeout"}
    assert any(spot.hides for spot in spots)
    words = {spot.detail for spot in spots}
    assert f"not asked: account {SILENT} gave no answer for 3 seconds" in words
    assert run.inventory.header.complete


def test_of_the_silent_account_verdicts_are_unknown_and_nothing_is_covered_or_lost(
    acme: Acme, run: Run
) -> None:
    mine = [one for one in judged(acme, run.inventory).findings if one.scope == SCOPE]

    assert mine
    assert {one.status for one in mine} <= {"unknown", "not-applicable"}


def test_verdicts_about_all_others_change_to_unknown_at_most(
    acme: Acme, undisturbed: Inventory, run: Run
) -> None:
    def verdicts(assessment: Assessment) -> dict[tuple[object, ...], str]:
        return {
            (one.policy, one.requirement, one.source, one.scope, one.location, one.resource): one.status
            for one in assessment.findings
            if one.scope.startswith("aws:") and SILENT not in one.scope
        }

    before, after = verdicts(judged(acme, undisturbed)), verdicts(judged(acme, run.inventory))
    assert len(before) > 50
    assert {key for key in before if after.get(key, "unknown") not in {before[key], "unknown"}} == set()


def test_the_run_ends_soon_and_asks_the_silent_account_little(run: Run) -> None:
    tasks = max(one.total for one in run.told)

    assert tasks > 200
    # Each task with all its tries would take five times 1.5 seconds, and there are dozens of them.
    assert run.asked < 150
    assert run.seconds < 60


def test_progress_says_who_is_waited_for(run: Run) -> None:
    reading = [one for one in run.told if one.phase == "reading what is logged"]

    assert any(next(iter(one.waiting), "") == SCOPE for one in reading)
    assert not reading[-1].waiting


def test_a_real_run_waits_a_minute_for_an_answer_and_two_for_a_place() -> None:
    real = Patience()

    assert (real.longest_answer, real.longest_silence, CONNECT_SECONDS) == (60.0, 120.0, 10)
