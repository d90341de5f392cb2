import pytest

from logcov.providers.aws.strict_json import strict


def test_plain_json_is_read():
    assert strict('{"a": [1, "b", null, true]}') == {"a": [1, "b", None, True]}


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": 1, "a": 1}', '[{"a": {"b": 1, "b": 2}}]', "NaN", "[" * 200_000, None, 1]
)
def test_what_is_not_plainly_one_thing_is_refused(text: object):
    with pytest.raises(ValueError, match=r"."):
        strict(text)
