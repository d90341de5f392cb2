"""Turns: the order of the tasks, but no place has most of the workers while others wait."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.providers.turns import Turns


def test_tasks_begin_in_their_order_as_long_as_nobody_has_too_much():
    turns = Turns(["a", "b", "a", "c"], share=2)

    assert [turns.take() for _ in range(4)] == [0, 1, 2, 3]


def test_a_place_that_has_its_share_lets_others_go_first():
    turns = Turns(["slow"] * 5 + ["b", "c"], share=2)

    assert [turns.take() for _ in range(4)] == [0, 1, 5, 6]


def test_no_worker_is_idle_while_something_waits():
    turns = Turns(["slow"] * 5 + ["b"], share=1)

    assert [turns.take() for _ in range(6)] == [0, 5, 1, 2, 3, 4]


def test_of_several_busy_places_the_least_busy_goes_on():
    turns = Turns(["a", "a", "a", "b", "b", "b"], share=1)

    assert [turns.take() for _ in range(6)] == [0, 3, 1, 4, 2, 5]


def test_whose_task_ended_may_begin_another_in_its_turn():
    turns = Turns(["a", "a", "b", "b"], share=1)
    assert [turns.take(), turns.take()] == [0, 2]

    turns.end(0)

    assert (turns.take(), turns.under_way()) == (1, {"a": 1, "b": 1})


@settings(max_examples=150, deadline=None)
@given(
    places=st.lists(st.sampled_from("abcd"), max_size=30),
    share=st.integers(1, 4),
    workers=st.integers(1, 8),
    draw=st.randoms(use_true_random=False),
)
def test_every_task_begins_once_and_shares_hold_while_others_wait(places, share, workers, draw):
    turns = Turns(places, share)
    running: list[int] = []
    begun: list[int] = []
    while len(begun) < len(places):
        if running and (len(running) == workers or draw.random() < 0.4):
            done = running.pop(draw.randrange(len(running)))
            turns.end(done)
            continue
        had = Counter(places[number] for number in running)
        waiting = {place for number, place in enumerate(places) if number not in begun}
        number = turns.take()
        assert had[places[number]] < share or all(had[place] >= share for place in waiting)
        running.append(number)
        begun.append(number)

    assert sorted(begun) == list(range(len(places)))
    assert turns.under_way() == Counter(places[number] for number in running)
