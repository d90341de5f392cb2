from collections.abc import Iterator

import pytest

from logcov.inventory import Ledger, Unread
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.resource_tags import labels_of, tags_by_arn
from providers.aws.crawl import open_session
from providers.aws.stage import HOME, REGION, Stage

CALL = "resourcegroupstaggingapi:GetResources"
ARN = f"arn:aws:lambda:{REGION}:{HOME}:function:a"


@pytest.fixture
def place(stage: Stage) -> Iterator[AwsPlace]:
    session = open_session(stage.endpoint, Ledger())
    yield session.place(HOME, REGION)
    session.close()


def test_all_pages_of_tags_are_read(stage: Stage, place: AwsPlace) -> None:
    def page(ask):  # type: ignore[no-untyped-def]
        if ask.params.get("PaginationToken"):
            return {"ResourceTagMappingList": [], "PaginationToken": ""}
        tags = [{"Key": "env", "Value": "prod"}]
        return {"ResourceTagMappingList": [{"ResourceARN": ARN, "Tags": tags}], "PaginationToken": "2"}

    stage.tell(CALL, page)
    found = tags_by_arn(place, "lambda:function")
    assert labels_of(found, ARN) == {"env": "prod"}
    assert labels_of(found, ARN + "b") == {}
    assert stage.asked(CALL) == 2


def test_tags_that_may_not_be_read_are_unread(stage: Stage, place: AwsPlace) -> None:
    stage.deny(CALL)
    found = tags_by_arn(place, "lambda:function")
    assert isinstance(labels_of(found, ARN), Unread)
    assert [spot.permission for spot in place.session.ledger.blind_spots()] == ["tag:GetResources"]


def test_a_resource_without_an_arn_is_not_understood(stage: Stage, place: AwsPlace) -> None:
    stage.tell(CALL, {"ResourceTagMappingList": [{"Tags": []}]})
    assert isinstance(tags_by_arn(place, "lambda:function"), Unread)
