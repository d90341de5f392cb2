import random
from decimal import Decimal

import pytest

from logcov.selection.clashes import Clash, Unsure
from logcov.selection.numbers import _Bound, _near, number_between
from logcov.selection.predicate import Atom, atom, compare, number
from selection.brute import NUMBERS


def number_test(op, value):
    made = atom("n", op, value, "number")
    assert isinstance(made, Atom)
    return made


@pytest.mark.parametrize(
    ("wanted", "unwanted", "value"),
    [
        (["= 5.0"], [], "5.0"),
        (["= 5", ">= 5"], ["= 6"], "5"),
        ([">= 400"], [], "400"),
        ([">= 400", "< 500"], ["= 400"], "401"),
        (["<= 10"], [], "10"),
        (["< 10"], [], "9"),
        (["< 10.5"], [], "10"),
        (["> 4", "< 5"], [], "4.5"),
        (["> 4", "< 5"], ["= 4.5"], "4.25"),
        (["> 4", "< 6"], ["= 5"], "4.5"),
        ([], ["= 1"], "2"),
        ([], ["< 3"], "3"),
        ([], ["> 3", "= 3"], "2"),
        ([], [], "1"),
        ([">= 3", ">= 4", "> 2"], [], "4"),
        ([">= 4", "> 4"], [], "5"),
        (["<= 4", "< 4", "<= 9"], [], "3"),
        ([">= 4", "<= 4"], [], "4"),
    ],
)
def test_the_number_is_one_that_a_person_would_name(wanted, unwanted, value):
    assert (
        number_between(
            [number_test(*one.split()) for one in wanted], [number_test(*one.split()) for one in unwanted]
        )
        == value
    )


@pytest.mark.parametrize(
    ("wanted", "unwanted", "blamed"),
    [
        (["= 5", "> 6"], [], ["= 5", "> 6"]),
        (["= 5"], ["> 9", "<= 5.0"], ["= 5", "<= 5.0"]),
        (["> 5", "< 4", ">= 1"], [], ["> 5", "< 4"]),
        (["> 5", "<= 5"], [], ["> 5", "<= 5"]),
        ([">= 5", "<= 5"], ["= 5.0", "= 7"], [">= 5", "<= 5", "= 5.0"]),
        ([], ["> 2", "<= 4"], ["<= 4", "> 2"]),
        (["> 0"], ["> 2", "<= 4"], ["<= 4", "> 2", "> 0"]),
    ],
)
def test_a_clash_blames_the_bounds_that_leave_nothing(wanted, unwanted, blamed):
    found = number_between(
        [number_test(*one.split()) for one in wanted], [number_test(*one.split()) for one in unwanted]
    )
    assert isinstance(found, Clash)
    assert [f"{one.op} {one.value}" for one in found.tests] == blamed


def test_numbers_too_long_to_reckon_with_are_compared_all_the_same():
    vast = "1e999999"
    assert number_between([number_test(">=", vast)], []) == vast
    assert isinstance(number_between([number_test(">", vast)], []), Unsure)
    assert isinstance(number_between([number_test(">", "1" * 1001)], []), Unsure)
    assert isinstance(number_between([number_test(">", vast), number_test("<", "3")], []), Clash)


def test_there_is_always_room_between_two_bounds():
    holes = [number_test("=", f"4.{'0' * index}1") for index in range(30)] + [
        number_test("=", str(1 / 2**index)) for index in range(60)
    ]
    found = number_between([number_test(">", "0"), number_test("<", "1")], holes)
    assert isinstance(found, str)
    assert not any(compare(hole, found) for hole in holes)
    assert compare(number_test(">", "0"), found)
    assert compare(number_test("<", "1"), found)


@pytest.mark.parametrize(("low", "high"), [(None, None), ("1", None), (None, "9"), ("1", "9"), ("1", "1.5")])
def test_more_numbers_are_tried_than_can_be_forbidden(low, high):
    def bound(value):
        at = number(value) if value else None
        return at and _Bound(at, strict=True, test=number_test("=", value))

    holes = {Decimal(one): number_test("=", str(one)) for one in range(5)}
    tried = list(_near(bound(low), bound(high), holes))
    assert len({one for one in tried if not (low and high) or Decimal(low) < one < Decimal(high)}) > len(
        holes
    )


def test_trying_all_numbers_agrees():
    dice = random.Random(5)
    clashes = 0
    for _ in range(3000):
        tests = [
            number_test(dice.choice(("=", "<", "<=", ">", ">=")), dice.choice(("1", "2", "2.0", "3", "4")))
            for _ in range(dice.randint(0, 5))
        ]
        cut = dice.randint(0, len(tests))
        wanted, unwanted = tests[:cut], tests[cut:]

        def fits(value, wanted=wanted, unwanted=unwanted):
            return all(compare(one, value) for one in wanted) and not any(
                compare(one, value) for one in unwanted
            )

        found = number_between(wanted, unwanted)
        if isinstance(found, str):
            assert fits(found)
        else:
            assert isinstance(found, Clash)
            clashes += 1
            blamed = {one.digest for one in found.tests}
            kept = (
                [one for one in wanted if one.digest in blamed],
                [one for one in unwanted if one.digest in blamed],
            )
            assert not any(fits(value, *kept) for value in NUMBERS)
            assert kept[0] or not wanted
    assert clashes > 500
