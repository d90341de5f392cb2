"""Calls: tried again where that makes sense, within a budget; asked once, whoever needs the answer."""

import threading
import time
import traceback

import pytest

from logcov.errors import ReadFailure
from logcov.providers.calls import FIRST_WAIT, Once, Patience, Refusal, attempt

CALL = "nimbus:List"


class Busy(Exception):
    """The provider says no."""

    def __init__(self, **refusal):
        super().__init__("busy")
        self.refusal = Refusal(**{"kind": "throttled", "retry": True, "wait": 0.0, **refusal})


def classify(error):
    return error.refusal if isinstance(error, Busy) else None


class Answers:
    """Answers one call after the other with what it was given: exceptions are raised."""

    def __init__(self, *answers):
        self.left = list(answers)
        self.calls = 0

    def __call__(self):
        self.calls += 1
        answer = self.left.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Waits(Patience):
    """Notes how long it was asked to wait, and does not."""

    def __init__(self, **more):
        super().__init__(**more)
        self.asked = []

    def wait(self, seconds):
        self.asked.append(seconds)
        return True


def asking(operation, patience=None, draw=lambda: 1.0):
    return attempt(operation, call=CALL, classify=classify, patience=patience or Patience(), draw=draw)


def test_an_answer_is_given_as_it_is():
    assert asking(Answers("yes")) == "yes"


def test_what_may_succeed_a_moment_later_is_tried_again():
    answers = Answers(Busy(), Busy(), "yes")

    assert asking(answers) == "yes"
    assert answers.calls == 3


def test_what_will_not_succeed_is_asked_once():
    answers = Answers(
        Busy(kind="access-denied", retry=False, code="AccessDenied", detail="no", permission="nimbus:List")
    )

    with pytest.raises(ReadFailure) as caught:
        asking(answers)

    assert answers.calls == 1
    told = caught.value
    assert (told.call, told.kind, told.code, told.detail, told.permission) == (
        CALL,
        "access-denied",
        "AccessDenied",
        "no",
        "nimbus:List",
    )
    assert isinstance(told.__cause__, Busy)


def test_after_the_last_attempt_the_failure_stands():
    answers = Answers(*(Busy() for _ in range(9)))

    with pytest.raises(ReadFailure):
        asking(answers, Patience(attempts=3))

    assert answers.calls == 3


def test_what_is_not_the_providers_doing_goes_on_up():
    answers = Answers(ZeroDivisionError("a bug"))

    with pytest.raises(ZeroDivisionError, match="a bug"):
        asking(answers)
    assert answers.calls == 1


def test_an_interrupt_is_never_classified():
    with pytest.raises(KeyboardInterrupt):
        asking(Answers(KeyboardInterrupt()))


def test_waits_double_with_jitter_up_to_the_longest():
    patience = Waits(attempts=6, longest_wait=2.0)
    draws = iter([0.5, 1.0, 0.0, 1.0, 0.25])

    with pytest.raises(ReadFailure):
        asking(Answers(*(Busy(wait=None) for _ in range(6))), patience, draw=lambda: next(draws))

    assert patience.asked == [0.5 * FIRST_WAIT, 2 * FIRST_WAIT, 0.0, 2.0, 0.5]


def test_the_providers_own_wish_is_heeded_without_jitter_but_not_for_ever():
    patience = Waits(longest_wait=60.0)

    assert asking(Answers(Busy(wait=7.5), Busy(wait=3600.0), "yes"), patience, draw=lambda: 0.0) == "yes"
    assert patience.asked == [7.5, 60.0]


def test_a_spent_budget_ends_all_retries():
    patience = Patience(budget=0.02)

    assert asking(Answers(Busy(wait=0.02), "yes"), patience) == "yes"
    answers = Answers(Busy(wait=0.01), "never asked")
    with pytest.raises(ReadFailure):
        asking(answers, patience)

    assert answers.calls == 1


def test_a_stop_ends_every_wait_at_once():
    patience = Patience()
    threading.Timer(0.05, patience.stop.set).start()
    began = time.monotonic()

    with pytest.raises(ReadFailure):
        asking(Answers(Busy(wait=30.0), "never asked"), patience)

    assert time.monotonic() - began < 10


def test_a_pause_is_no_longer_than_one_wait_and_none_once_the_budget_is_spent():
    began = time.monotonic()
    Patience(longest_wait=0.01).pause(3600.0)
    Patience(budget=0.001).pause(3600.0)

    assert time.monotonic() - began < 20.0


def test_the_budget_is_shared_among_threads():
    patience = Patience(budget=0.05)
    outcomes = [None] * 10

    def work(number):
        outcomes[number] = patience.wait(0.01)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count(True) in {4, 5}  # five hundredths, give or take the last bit
    assert patience.budget < 0.01


def test_what_many_need_is_asked_once():
    once, answers = Once(), Answers("yes")

    assert [once.get("key", answers) for _ in range(3)] == ["yes"] * 3
    assert answers.calls == 1


def test_nothing_is_an_answer_too():
    once, answers = Once(), Answers(None)

    assert [once.get("key", answers), once.get("key", answers)] == [None, None]


def test_other_keys_are_other_questions():
    once = Once()

    assert [once.get(key, lambda key=key: key * 2) for key in ("a", "b", "a")] == ["aa", "bb", "aa"]


def test_a_failure_is_everybodys():
    once = Once()
    failure = ReadFailure(call=CALL, kind="access-denied")
    answers = Answers(failure)

    for _ in range(2):
        with pytest.raises(ReadFailure) as caught:
            once.get("key", answers)
        assert caught.value is failure
    assert answers.calls == 1


def test_a_bug_is_no_answer():
    once, answers = Once(), Answers(ZeroDivisionError(), "yes")

    with pytest.raises(ZeroDivisionError):
        once.get("key", answers)
    assert once.get("key", answers) == "yes"


def test_many_threads_ask_once_and_do_not_wait_for_other_keys():
    once = Once()
    gate = threading.Event()
    calls, found = [], []

    def slow():
        calls.append("slow")
        gate.wait(10)
        return "slow"

    threads = [threading.Thread(target=lambda: found.append(once.get("slow", slow))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert once.get("fast", lambda: "fast") == "fast"
    gate.set()
    for thread in threads:
        thread.join()

    assert calls == ["slow"]
    assert found == ["slow"] * 8


def test_a_failure_that_is_told_many_times_does_not_grow():
    once = Once()

    def ask():
        raise ReadFailure(call="x:Get", kind="throttled")

    def frames():
        with pytest.raises(ReadFailure) as told:
            once.get("key", ask)
        return len(list(traceback.walk_tb(told.value.__traceback__)))

    frames()
    assert len({frames() for _ in range(5)}) == 1
