from typing import Any

import pytest

from logcov.inventory import Unread
from logcov.providers.aws.tags import tags_of
from providers.aws.crawl import open_session
from providers.aws.stage import SCOPE, Stage


@pytest.mark.parametrize(
    "told",
    [{"env": "prod"}, [{"Key": "env", "Value": "prod"}], [{"key": "env", "value": "prod"}]],
)
def test_every_spelling_of_tags_is_read(stage: Stage, told: Any) -> None:
    place = open_session(stage.endpoint).place("", None, SCOPE)
    assert tags_of(place, "eks:DescribeCluster", told) == {"env": "prod"}


def test_a_tag_without_a_value_has_an_empty_one(stage: Stage) -> None:
    place = open_session(stage.endpoint).place("", None, SCOPE)
    assert tags_of(place, "eks:DescribeCluster", [{"Key": "old"}]) == {"old": ""}


@pytest.mark.parametrize("told", [None, 3, ["env"], [{"Value": "prod"}], {"env": 1}])
def test_what_are_no_tags_is_unread(stage: Stage, told: Any) -> None:
    place = open_session(stage.endpoint).place("", None, SCOPE)
    assert isinstance(tags_of(place, "eks:DescribeCluster", told), Unread)
