"""Whether a KMS key's policy lets an AWS service encrypt with it, as far as that can be told.

A service principal has no IAM policies: what a key's policy leaves to IAM (the statement for the account's root) lets
no service in. Grants are not read: whoever makes one names an AWS account or an IAM identity ("Grants in AWS KMS").

Sources: kms:GetKeyPolicy (no cross-account use); KMS developer guide, "Key policies in AWS KMS", "Default key policy",
"AWS KMS condition keys"; S3 user guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)" (encrypting an object
is kms:GenerateDataKey).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import parsed
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.keys import CALL as DESCRIBE
from logcov.providers.aws.keys import KeyState
from logcov.providers.aws.resource_policy import Request, Ruling, ruling
from logcov.providers.aws.strict_json import strict

CALL = "kms:GetKeyPolicy"
POLICY = "default"
"""The only name that a key's policy has."""
GENERATE, ENCRYPT, DECRYPT = "kms:GenerateDataKey", "kms:Encrypt", "kms:Decrypt"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """A service that encrypts with a key, as its documentation tells it.

    Attributes:
        service: its principal.
        context: what holds of its requests, as `Request.context`.
        or_else: what may hold of them instead; nothing is concluded from it but doubt.
        must: actions with none of which nothing can be encrypted; with all of them, it can.
        also: actions that its documentation asks for, too. Whether it writes without them is not known.
    """

    service: str
    context: Mapping[str, str]
    or_else: Mapping[str, str] | None = None
    must: tuple[str, ...] = (GENERATE,)
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRuling:
    """Whether a service may encrypt with a key, and what that rests on."""

    allowed: bool | Unread
    because: str = ""
    statement: Mapping[str, Any] = field(default_factory=dict)
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPolicy:
    """The policy of one key, or why it was not read, and the reading that it rests on."""

    key: str
    document: Mapping[str, Any] | Unread
    readings: tuple[str, ...] = ()


def read_policy(session: AwsSession, key: KeyState, about: str, subject: str = "") -> KeyPolicy:
    """The policy of a key whose state is known; asked for once per key, as the account whose it is.

    Blind spots name `about`, the destination, and `subject`, the setting that wants to know.
    """
    arn = parsed(key.arn)
    if arn is None or not arn.resource.startswith("key/"):
        place = session.place("", None, about)
        return KeyPolicy(key="", document=place.misread(DESCRIBE, "a key without its ARN", subject))
    place = session.place(arn.account, arn.region, about)

    def ask() -> tuple[Mapping[str, Any], str]:
        if not session.may_read(arn.account):
            told = f"the key {key.arn} belongs to account {arn.account}, which is not audited"
            raise ReadFailure(call=CALL, kind="not-observable", detail=told)
        answer = place.call("kms", "GetKeyPolicy", subject=key.arn, KeyId=key.arn, PolicyName=POLICY)
        return _parsed(answer.data.get("Policy"), key.arn), answer.reading

    try:
        document, reading = session.once.get(("key policy", key.arn), ask)
    except ReadFailure as failure:
        return KeyPolicy(key=key.arn, document=place.unread(failure, key.arn))
    return KeyPolicy(key=key.arn, document=document, readings=(reading,))


def _parsed(text: object, key: str) -> Mapping[str, Any]:
    try:
        document = strict(text)
    except ValueError as error:
        raise unparseable(CALL, f"the policy of the key {key} is not understood: {error}") from error
    if not isinstance(document, dict):
        raise unparseable(CALL, f"the policy of the key {key} is no JSON object")
    return document


def may_encrypt(policy: KeyPolicy, use: KeyUse, place: AwsPlace, subject: str = "") -> KeyRuling:
    """What the policy of a working key says of a service. Doubts are noted at `place`, about `subject`."""
    document = policy.document
    if isinstance(document, Unread):
        return KeyRuling(allowed=document, readings=policy.readings)
    must, also = (
        [_ruled(document, use, action, policy.key) for action in actions] for actions in (use.must, use.also)
    )
    decisive = next((one for one in (*must, *also) if not one.allowed), must[0])
    because = f"policy of the key {policy.key}: {decisive.because}"
    allowed: bool | Unread = decisive.allowed is True
    if not allowed and not all(one.allowed is False for one in must):
        allowed = place.not_told(CALL, because, subject)
    return KeyRuling(
        allowed=allowed, because=because, statement=decisive.statement or {}, readings=policy.readings
    )


def _ruled(policy: Mapping[str, Any], use: KeyUse, action: str, key: str) -> Ruling:
    request = Request(service=use.service, action=action, purpose=action, resource=key, context=use.context)
    told = ruling(policy, request)
    if told.allowed is False and use.or_else is not None:
        other = ruling(policy, replace(request, context=use.or_else))
        if other.allowed is not False:
            return replace(
                other, allowed=None, because=f"whether {use.service} fits a statement cannot be told"
            )
    return told
