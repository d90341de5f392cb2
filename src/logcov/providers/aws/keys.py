"""KMS keys: whether a key works, and whose it is.

Source: kms:DescribeKey, `KeyState` and `KeyManager`; AWS KMS developer guide, "Key states".
"""

from dataclasses import dataclass

from logcov.errors import ReadFailure
from logcov.inventory import Encryption, Unread
from logcov.providers.aws.arns import parsed
from logcov.providers.aws.client import AwsSession

CALL = "kms:DescribeKey"
WORKING = "Enabled"
BROKEN = frozenset(
    {"Disabled", "PendingDeletion", "PendingReplicaDeletion", "Unavailable", "PendingImport", "Creating"}
)
MANAGERS: dict[str, Encryption] = {"CUSTOMER": "customer-key", "AWS": "provider"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """A key: does it work, whose is it, and the readings that say so. `arn`: its own, whatever alias names it."""

    usable: bool | Unread
    because: str = ""
    encryption: Encryption | Unread
    arn: str = ""
    readings: tuple[str, ...] = ()


def key_state(session: AwsSession, key: str, account: str, region: str | None, about: str) -> KeyState:
    """The state of a key that something of `account` in `region` uses; asked once per key.

    A key named by its ARN is asked about in its own account, if that is audited, else from `account`. What
    is named otherwise is a key of `account`. Blind spots name `about`, the destination.
    """
    arn = parsed(key)
    owner = arn.account if arn and arn.account in session.audited else account
    where = arn.region if arn else region
    place = session.place(owner, where, about)

    def ask() -> KeyState:
        answer = place.call("kms", "DescribeKey", subject=key, KeyId=key)
        told = answer.data.get("KeyMetadata", {})
        state, manager = told.get("KeyState"), told.get("KeyManager")
        usable: bool | Unread = state == WORKING
        if state != WORKING and state not in BROKEN:
            usable = place.misread(CALL, f"a key with the unknown state {state}", key)
        encryption: Encryption | Unread = (
            MANAGERS[manager] if manager in MANAGERS else place.misread(CALL, "a key without KeyManager", key)
        )
        because = f"the key {key} is {state}" if usable is False else ""
        own = told.get("Arn")
        return KeyState(
            usable=usable,
            because=because,
            encryption=encryption,
            arn=own if isinstance(own, str) else "",
            readings=(answer.reading,),
        )

    try:
        return session.once.get(("key", key, owner, where), ask)
    except ReadFailure as failure:
        # In another account, a key that does not exist and one that may not be seen look alike.
        if failure.code == "NotFoundException" and (arn is None or arn.account == owner):
            return KeyState(usable=False, because=f"the key {key} does not exist", encryption="customer-key")
        unread = place.unread(failure, key)
        return KeyState(usable=unread, encryption=unread)
