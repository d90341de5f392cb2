"""Whether a KMS key's policy lets an AWS service encrypt with it, as far as that can be told.

A service principal has no IAM policies: what a key's policy leaves to IAM (the statement for the account's root) lets
no service in. A grant may (kms:CreateGrant, `GranteeServicePrincipal`; in older ones, `GranteePrincipal` names the service).
So where the policy does not allow it, the grants are looked at. What one that may fit comes to is not judged.

Sources: kms:GetKeyPolicy (no cross-account use), ListGrants; KMS developer guide, "Key policies in AWS KMS", "Default key policy",
"AWS KMS condition keys"; S3 user guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)" (encrypting an object
is kms:GenerateDataKey).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import parsed
from logcov.providers.aws.client import Answer, AwsPlace, AwsSession
from logcov.providers.aws.keys import CALL as DESCRIBE
from logcov.providers.aws.keys import KeyState
from logcov.providers.aws.resource_policy import Request, Ruling, ruling, same_service
from logcov.providers.aws.strict_json import strict

CALL, GRANTS = "kms:GetKeyPolicy", "kms:ListGrants"
MARKER = ("Marker", "NextMarker")
PAGE = 100
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
    """Whether a service may encrypt with a key, and what that rests on. `barred_by`: as `Admission.barred_by`."""

    allowed: bool | Unread
    because: str = ""
    barred_by: str = ""
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
    readings = policy.readings
    if not allowed and not all(one.allowed is False for one in must):
        allowed = place.not_told(CALL, because, subject)
    elif not allowed:
        # A statement that denies is stronger than any grant.
        open_ = [name for name, one in zip(use.must, must, strict=True) if one.statement is None]
        granted, read = _granted(place, policy.key, use.service, open_, subject) if open_ else (None, ())
        allowed, readings = granted or False, (*readings, *read)
    return KeyRuling(
        allowed=allowed,
        because=because,
        barred_by="" if allowed is True else policy.key,
        statement=decisive.statement or {},
        readings=readings,
    )


def _granted(
    place: AwsPlace, key: str, service: str, actions: Sequence[str], subject: str
) -> tuple[Unread | None, tuple[str, ...]]:
    """The doubt whether a grant of the key lets a service take one of these actions; None if none does."""
    arn = parsed(key)
    assert arn is not None  # `read_policy` saw to it
    owner = place.elsewhere(arn.account, arn.region, place.about)

    def ask() -> Answer:
        return owner.pages("kms", "ListGrants", "Grants", token=MARKER, subject=key, KeyId=key, Limit=PAGE)

    try:
        answer = place.session.once.get(("key grants", key), ask)
    except ReadFailure as failure:
        return owner.unread(failure, key), ()
    if any(_may_let_in(grant, service, actions) for grant in answer.data):
        told = f"a grant of the key {key} may let {service} in; what it comes to is not judged"
        return place.not_told(GRANTS, told, subject), (answer.reading,)
    return None, (answer.reading,)


def _may_let_in(grant: Mapping[str, Any], service: str, actions: Sequence[str]) -> bool:
    """Whether a grant may be one to the service, for any of the actions. What it does not tell may be anything."""
    operations = grant.get("Operations")
    if isinstance(operations, list) and not {f"kms:{name}" for name in operations} & set(actions):
        return False
    named = grant.get("GranteeServicePrincipal") or grant.get("GranteePrincipal")
    if not isinstance(named, str):
        return True
    return parsed(named) is None and same_service(named, service) is not False


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
