from typing import Any

import pytest

from logcov.inventory import Ledger, Unread
from logcov.providers.aws.stores.public_access import private
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, REGION, Stage

CALL = "s3control:GetPublicAccessBlock"
SHUT = {
    "RestrictPublicBuckets": True,
    "IgnorePublicAcls": True,
    "BlockPublicAcls": False,
    "BlockPublicPolicy": False,
}
HALF = SHUT | {"IgnorePublicAcls": False}


def block(settings: dict[str, bool]) -> dict[str, Any]:
    return {"PublicAccessBlockConfiguration": settings}


def told(stage: Stage, own: Any, account: str | None = HOME) -> tuple[bool | Unread, Crawl]:
    ledger = Ledger()
    place = open_session(stage.endpoint, ledger).place(HOME, REGION, "aws:s3/logs")
    answer, _ = private(place, account, own)
    return answer, Crawl((), ledger)


def test_a_bucket_whose_own_block_is_complete_needs_no_other(stage: Stage) -> None:
    assert told(stage, block(SHUT))[0] is True
    assert stage.asked(CALL) == 0


@pytest.mark.parametrize("own", [None, block(HALF), Unread("x")])
def test_the_block_of_the_account_shuts_all_of_its_buckets(stage: Stage, own: Any) -> None:
    stage.tell(CALL, block(SHUT))
    assert told(stage, own)[0] is True


def test_two_blocks_that_complete_each_other_are_one(stage: Stage) -> None:
    stage.tell(CALL, block(HALF))
    assert told(stage, block(HALF | {"RestrictPublicBuckets": False, "IgnorePublicAcls": True}))[0] is True


@pytest.mark.parametrize("account", [None, HOME])
def test_without_a_complete_block_policy_and_acls_decide(stage: Stage, account: str | None) -> None:
    stage.refuse(CALL, "NoSuchPublicAccessBlockConfiguration", status=404)
    answer, found = told(stage, block(HALF), account)
    assert answer == Unread("!s3:GetBucketAcl aws:s3/logs")
    assert found.ledger.blind_spots() == []


def test_a_refused_block_of_the_account_is_unread(stage: Stage) -> None:
    stage.deny(CALL)
    answer, found = told(stage, None)
    assert found.why(answer).permission == "s3:GetAccountPublicAccessBlock"


@pytest.mark.parametrize("account", [None, HOME])
def test_an_unread_block_of_the_bucket_stays_unread_where_nothing_else_shuts(
    stage: Stage, account: str | None
) -> None:
    stage.tell(CALL, block(HALF))
    assert told(stage, Unread("own"), account)[0] == Unread("own")
    stage.deny(CALL)
    assert told(stage, Unread("own"), account)[0] == Unread("own")


def test_an_account_is_asked_once_for_all_its_buckets(stage: Stage) -> None:
    stage.tell(CALL, block(SHUT))
    place = open_session(stage.endpoint).place(HOME, REGION, "aws:s3/logs")
    assert [private(place, HOME, None)[0] for _ in range(3)] == [True] * 3
    assert stage.asked(CALL) == 1
