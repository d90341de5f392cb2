"""With whose keys a bucket's objects are encrypted, and whether those keys work.

A trail without a key of its own writes with S3's keys, whatever the bucket's default is (CloudTrail user guide,
"Encrypting CloudTrail log files … with AWS KMS keys").

Sources: s3:GetBucketEncryption, kms:DescribeKey.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.inventory import Encryption, Route, Unread
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.keys import KeyState, key_state
from logcov.providers.aws.stores.bucket_reader import Reader
from logcov.providers.aws.stores.writers import CLOUDTRAIL

S3S_OWN = KeyState(usable=True, encryption="provider")
NAMES_KEY = ("KmsKeyId", "s3KmsKeyArn")
"""What a setting's own key is called: a trail's, a delivery channel's."""


def default_key(place: AwsPlace, answer: Mapping[str, Any] | Unread | None) -> str | Encryption | Unread:
    """The bucket's default key, or `provider` where S3 or AWS has it (every bucket has SSE-S3 since 2023)."""
    call = "s3:GetBucketEncryption"
    if isinstance(answer, Unread):
        return answer
    if answer is None:
        return "provider"
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    chosen = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules]
    match [(told.get("SSEAlgorithm"), told.get("KMSMasterKeyID")) for told in chosen]:
        case [("AES256", _)] | [("aws:kms" | "aws:kms:dsse", None)]:
            return "provider"
        case [("aws:kms" | "aws:kms:dsse", str(key))]:
            return key
        case other:
            return place.misread(call, f"an unknown default encryption {[name for name, _ in other]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys that writers to a bucket use: a trail's own, or else the bucket's default."""

    by_route: Mapping[str, KeyState]
    default: KeyState
    own: frozenset[str] = frozenset()
    """Routes whose setting names a key, so that the bucket's does not matter."""

    @classmethod
    def of(
        cls, session: AwsSession, reader: Reader, default: str | Encryption | Unread, routes: Sequence[Route]
    ) -> "Keys":
        """The state of each route's key. A key named by its id alone is one of the bucket's account."""
        place = reader.place
        account = reader.owner or place.account

        def state(key: str) -> KeyState:
            return key_state(session, key, account, place.region, place.about)

        match default:
            case Unread():
                fallback = KeyState(usable=default, encryption=default)
            case "provider" | "none" | "customer-key":
                fallback = S3S_OWN
            case key:
                fallback = state(key)
        own = {
            route.id: str(route.raw[name]) for route in routes for name in NAMES_KEY if route.raw.get(name)
        }

        def used(route: Route) -> KeyState:
            if route.id in own:
                return state(own[route.id])
            return S3S_OWN if route.writer == CLOUDTRAIL and isinstance(default, str) else fallback

        return cls(
            default=fallback,
            own=frozenset(own),
            by_route={route.id: used(route) for route in routes},
        )

    def _used(self) -> list[KeyState]:
        # Equal states of one key are one: KeyState is compared by content.
        used: list[KeyState] = []
        for state in self.by_route.values() or (self.default,):
            if state not in used:
                used.append(state)
        return used

    def usable(self) -> tuple[bool | Unread, str]:
        """Whether the bucket takes records at all. Where only some writers' keys work, their admissions say so."""
        used = self._used()
        if any(state.usable is True for state in used):
            return True, ""
        for state in used:
            if isinstance(state.usable, Unread):
                return state.usable, ""
        return False, used[0].because

    def encryption(self) -> Encryption | Unread:
        """With whose keys what is written here is encrypted: the weakest that any writer uses."""
        told = [state.encryption for state in self._used()]
        if "provider" in told:
            return "provider"
        return next((one for one in told if isinstance(one, Unread)), "customer-key")

    def readings(self) -> tuple[str, ...]:
        """What the keys' states rest on."""
        return tuple(reading for state in self._used() for reading in state.readings)
