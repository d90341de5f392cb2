import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.sandbox.paging import BadToken, page, token_of


def pages(items: list[int], size: int) -> list[list[int]]:
    found, token = [], ""
    while True:
        part, token = page(items, name="list", token=token, size=size)
        found.append(part)
        if not token:
            return found


def test_a_list_that_fits_has_one_page() -> None:
    assert pages([1, 2], 2) == [[1, 2]]
    assert pages([], 2) == [[]]


def test_a_longer_list_has_an_empty_page_after_its_first() -> None:
    assert pages([1, 2, 3, 4, 5], 2) == [[1, 2], [], [3, 4], [5]]


@settings(max_examples=100)
@given(st.lists(st.integers()), st.integers(min_value=1, max_value=7))
def test_following_tokens_gives_every_item_once_and_in_order(items: list[int], size: int) -> None:
    assert [item for part in pages(items, size) for item in part] == items


@pytest.mark.parametrize("token", ["x", "abcd", "////", token_of("other", 0), token_of("list", 9), "ZZZZZ"])
def test_a_token_that_was_never_given_out_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        page([1, 2, 3], name="list", token=token, size=2)
