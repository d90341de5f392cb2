"""Whether the public is kept out of a bucket: by its own block, or by that of its whole account.

Sources: s3:GetPublicAccessBlock; s3control:GetPublicAccessBlock; S3 user guide, "Blocking public access to your Amazon
S3 storage": S3 applies the more restrictive of the two, setting by setting.
"""

from collections.abc import Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.permissions import reads

ACCOUNT_CALL = "s3control:GetPublicAccessBlock"
OPERATIONS = reads({ACCOUNT_CALL: "that nobody outside may read, where a bucket's own block is not complete"})
ABSENT = "NoSuchPublicAccessBlockConfiguration"
SHUT = ("RestrictPublicBuckets", "IgnorePublicAcls")
"""With both, neither a policy nor an ACL lets the public read."""


def private(
    place: AwsPlace, account: str | None, block: Mapping[str, Any] | Unread | None
) -> tuple[bool | Unread, tuple[str, ...]]:
    """True where S3 keeps the public out, whatever policy and ACLs say, and the readings beyond the bucket's own.

    Otherwise the policy and the ACLs would decide, which are not read to the end.

    Args:
        place: the bucket.
        account: its owner, if that is audited.
        block: the bucket's own block; None if it has none.
    """
    own = _settings(block)
    if all(own.get(name) is True for name in SHUT):
        return True, ()
    if account is None:
        return block if isinstance(block, Unread) else _open(place), ()
    try:
        answer = place.session.once.get(("public access", account), lambda: _of_account(place, account))
    except ReadFailure as failure:
        unread = place.unread(failure)
        return (block if isinstance(block, Unread) else unread), ()
    both = {name: own.get(name) is True or _settings(answer.data).get(name) is True for name in SHUT}
    if all(both.values()):
        return True, (answer.reading,)
    return block if isinstance(block, Unread) else _open(place), (answer.reading,)


def _settings(block: Mapping[str, Any] | Unread | None) -> Mapping[str, Any]:
    if block is None or isinstance(block, Unread):
        return {}
    found: Mapping[str, Any] = block.get("PublicAccessBlockConfiguration", {})
    return found


def _of_account(place: AwsPlace, account: str) -> Answer:
    """The block of an account, asked once for all its buckets."""
    home = place.session.place(account, place.session.home_region(), ACCOUNT_PREFIX + account)
    try:
        return home.call("s3control", "GetPublicAccessBlock", AccountId=account)
    except ReadFailure as failure:
        if failure.code != ABSENT:
            raise
        return Answer({}, home.noted(ACCOUNT_CALL))


def _open(place: AwsPlace) -> Unread:
    """Neither block is complete. ACLs, which would decide, are not read: noted by whoever waits for it."""
    return Unread(f"!s3:GetBucketAcl {place.about}")
