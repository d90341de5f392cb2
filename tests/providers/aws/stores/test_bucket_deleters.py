from typing import Any

import pytest

from logcov.providers.aws.stores.bucket_deleters import OF_OBJECTS, OF_THE_BUCKET, deleters

ROLE = "arn:aws:iam::111122223333:role/break-glass/Admin"
BOTH = ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]


def deny(*actions: str, **changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions) or [*OF_OBJECTS, *OF_THE_BUCKET],
        "Resource": BOTH,
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": ROLE}},
    }
    return {name: value for name, value in (statement | changes).items() if value is not None}


def told(*statements: dict[str, Any]) -> tuple[str, ...] | None:
    return deleters({"Statement": list(statements)}, "logs", "444455556666", partition="aws")


LEFT = ("aws:role/111122223333/break-glass/Admin", "aws:root/444455556666")


@pytest.mark.parametrize(
    "statement",
    [
        deny(),
        deny("s3:*"),
        deny("S3:Delete*", "s3:PutBucket*", "s3:PutLifecycle*"),
        deny(Resource="*"),
        deny(Principal={"AWS": "*"}),
        deny(Condition={"StringNotEquals": {"AWS:PrincipalARN": [ROLE]}}),
        deny(Principal=None, Condition=None, NotPrincipal={"AWS": ROLE}),
    ],
)
def test_a_denial_for_everybody_else_leaves_those_that_it_names(statement: dict[str, Any]) -> None:
    assert told(statement) == LEFT


def test_a_denial_for_all_leaves_the_root_user_who_may_take_the_policy_away() -> None:
    assert told(deny(Condition=None)) == ("aws:root/444455556666",)


def test_several_denials_leave_those_whom_all_of_them_leave() -> None:
    other = {"ArnNotLike": {"aws:PrincipalArn": [ROLE, "arn:aws:iam::111122223333:user/eve"]}}
    assert told(deny(Condition=other)) == (*LEFT, "aws:user/111122223333/eve")
    assert told(deny(Condition=other), deny()) == LEFT


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::1:root", "aws:root/1"),
        ("arn:aws:sts::1:assumed-role/a/b", "aws:principal/arn:aws:sts::1:assumed-role/a/b"),
        ("*", "aws:principal/*"),
    ],
)
def test_every_principal_has_a_name(arn: str, name: str) -> None:
    found = told(deny(Condition={"ArnNotLike": {"aws:PrincipalArn": arn}}))
    assert found is not None
    assert name in found


@pytest.mark.parametrize(
    "statement",
    [
        deny("s3:DeleteObject"),
        deny(*OF_OBJECTS),
        deny(Effect="Allow"),
        deny(Resource="arn:aws:s3:::logs/*"),
        deny(Resource=["arn:aws:s3:::logs", "arn:aws:s3:::logs/AWSLogs/*"]),
        deny(Principal={"AWS": ROLE}),
        deny(Principal={"Service": "x.amazonaws.com"}),
        deny(Condition={"Bool": {"aws:SecureTransport": "false"}}),
        deny(Condition={"ArnNotLike": {"aws:PrincipalArn": ROLE, "aws:PrincipalOrgID": "o-1"}}),
        deny(Condition={"ArnNotLike": {"aws:PrincipalOrgID": "o-1"}}),
        deny(Condition={"ArnNotLike": {"aws:PrincipalArn": [5]}}),
        deny(Condition={"ArnNotLike": ROLE}),
        deny(Condition={"ArnNotLike": {"aws:PrincipalArn": ROLE}, "Bool": {"aws:SecureTransport": "true"}}),
        deny(Condition="never"),
        deny(Principal=None, NotPrincipal={"AWS": ROLE}),
        deny(Principal=None, Condition=None, NotPrincipal={"AWS": "Admin"}),
        deny(Principal=None, Condition=None, NotPrincipal={"Service": "x.amazonaws.com"}),
        deny(Principal=None, Condition=None, NotPrincipal="*"),
        deny(Action=[5]),
    ],
)
def test_any_other_policy_keeps_nobody_from_it(statement: dict[str, Any]) -> None:
    assert told(statement) is None


def test_no_statement_keeps_nobody_from_it() -> None:
    assert deleters({}, "logs", "1", partition="aws") is None
    assert deleters({"Statement": deny()}, "logs", "444455556666", partition="aws") == LEFT
