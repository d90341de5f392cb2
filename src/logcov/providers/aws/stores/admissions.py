"""Whether a bucket lets the services in that are to write log files there.

Most need a grant in the bucket's policy. Log deliveries of CloudFront, of S3 itself and of CloudWatch may be let in
by the bucket's access control list instead, which is asked for only where the policy does not grant it.

Sources: Elastic Load Balancing user guides, "Enable access logs" (service principal, accounts of older regions,
SSE-S3 only); CloudWatch Logs user guide, "Logs sent to Amazon S3"; CloudFront developer guide, "Configure standard
logging (legacy)" (`awslogsdelivery`); S3 user guide, "Enabling server access logging"; Config developer guide,
"Permissions for the Amazon S3 bucket".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from logcov.inventory import Admission, Lock, Route, Unread
from logcov.providers.aws.arns import Arn
from logcov.providers.aws.client import AwsPlace, AwsSession, Organization
from logcov.providers.aws.globs import UNKNOWN
from logcov.providers.aws.key_policies import CALL as POLICY_CALL
from logcov.providers.aws.key_policies import KeyRuling, may_encrypt, read_policy
from logcov.providers.aws.keys import KeyState
from logcov.providers.aws.partitions import COMMERCIAL, NAMED_ALIKE
from logcov.providers.aws.resource_policy import Request, Ruling, ruling
from logcov.providers.aws.stores.bucket_keys import Keys
from logcov.providers.aws.stores.bucket_reader import Reader
from logcov.providers.aws.stores.identity_writes import PURPOSE, PUT, identity_of, let_in
from logcov.providers.aws.stores.writers import (
    CLOUDFRONT,
    CLOUDTRAIL,
    CONFIG,
    LOAD_BALANCING,
    SERVER_ACCESS,
    SERVICES,
    VENDED,
    source_of,
    written_for,
)
from logcov.providers.aws.stores.written_keys import JUDGED, bucket_key, by_kms, key_use
from logcov.providers.aws.strict_json import strict

OWNER_CONTROL = "bucket-owner-full-control"
SETS_ACL = frozenset({CLOUDTRAIL, VENDED, CONFIG})
"""Writers that say `bucket-owner-full-control`; of the others, nobody knows whether they name an ACL."""

AWS_LOGS_DELIVERY = {
    "aws": "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0",
    "aws-cn": "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56",
}
"""Partition → the canonical user of `awslogsdelivery` (CloudFront developer guides of AWS and of AWS in China)."""
LOG_DELIVERY_GROUP = "http://acs.amazonaws.com/groups/s3/LogDelivery"
BY_ACL = frozenset({CLOUDFRONT, VENDED, SERVER_ACCESS})

LOAD_BALANCING_ACCOUNTS = {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742989",
    "us-west-2": "797873946194",
    "af-south-1": "098369216593",
    "ap-east-1": "754344448648",
    "ap-northeast-1": "582318560864",
    "ap-northeast-2": "600734575887",
    "ap-northeast-3": "383597477331",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ap-southeast-3": "589379963580",
    "ca-central-1": "985666609251",
    "eu-central-1": "054676820928",
    "eu-north-1": "897822967062",
    "eu-south-1": "635631232127",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-west-3": "009996457667",
    "me-south-1": "076674570225",
    "sa-east-1": "507241528517",
    "us-gov-east-1": "190560391635",
    "us-gov-west-1": "048591011584",
    "cn-north-1": "638102146993",
    "cn-northwest-1": "037604701340",
}
"""Region → the account as which its load balancers may write, too. Younger regions have none that is documented."""

UNVERIFIED = (
    f"the policy lets {LOAD_BALANCING} in; that load balancers of this partition write as it is not verified"
)
"""In GovCloud and China, only the accounts above are documented for sure."""

PROVIDER_KEYS_ONLY = frozenset({LOAD_BALANCING, SERVER_ACCESS})
"""Writers for which only S3's own keys (SSE-S3) are documented to work."""

SERVICE_LINKED = "/aws-service-role/config.amazonaws.com/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A bucket whose door is looked at, and what was read of it before."""

    session: AwsSession
    reader: Reader
    keys: Keys
    policy: Mapping[str, Any] | Unread | None
    lock: Lock | Literal[False] | Unread
    encryption: Mapping[str, Any] | Unread | None


def admissions(asked: Asked, destination: str, routes: Sequence[Route]) -> Iterator[Admission]:
    """One admission for each route whose writer needs a grant."""
    document = policy_of(asked.reader.place, asked.policy)
    known: dict[tuple[object, ...], Ruling | Unread] = {}
    for route in routes:
        if not needs_grant(route):
            continue
        if isinstance(document, Unread):
            yield Admission(route=route.id, destination=destination, allowed=document)
            continue
        identity = identity_of(route)
        if identity is not None:
            yield _of_identity(asked, destination, route, identity, document)
            continue
        writes = _writes(asked, route, document)
        same = tuple((one.service, one.account, one.resource, *sorted(one.context.items())) for one in writes)
        if same not in known:
            known[same] = _ruled(asked, document, writes)
        yield _admission(asked, destination, route, known[same])


def _admission(asked: Asked, destination: str, route: Route, told: Ruling | Unread) -> Admission:
    outcome = _outcome(asked, route, told)
    deciding = {
        "Statement": told.statement if isinstance(told, Ruling) else None,
        "KeyStatement": outcome.statement,
    }
    return Admission(
        route=route.id,
        destination=destination,
        allowed=outcome.allowed,
        because=outcome.because,
        barred_by=outcome.barred_by,
        readings=(*asked.reader.readings, *outcome.readings),
        raw={name: statement for name, statement in deciding.items() if statement},
    )


def needs_grant(route: Route) -> bool:
    """Whether the bucket must let the route's writer in."""
    return route.writer in SERVICES or identity_of(route) is not None


def _of_identity(
    asked: Asked, destination: str, route: Route, identity: Arn, document: Mapping[str, Any] | None
) -> Admission:
    place, owner = asked.reader.place, asked.reader.owner
    if owner is None:
        told = f"whose bucket it is, is not known, nor whether {route.writer} may write there"
        return Admission(
            route=route.id,
            destination=destination,
            allowed=place.not_told("s3:GetBucketPolicy", told, route.setting),
        )
    return _admission(
        asked, destination, route, let_in(document, asked.reader.bucket, owner, identity, route)
    )


def policy_of(
    place: AwsPlace, policy: Mapping[str, Any] | Unread | None
) -> Mapping[str, Any] | Unread | None:
    """The document in GetBucketPolicy's answer; None where the bucket has no policy."""
    if policy is None or isinstance(policy, Unread):
        return policy
    try:
        document = strict(policy.get("Policy"))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return place.misread("s3:GetBucketPolicy", "the policy is no JSON object")
    return document


# --- as whom it writes ------------------------------------------------------------------------------------


def _writes(asked: Asked, route: Route, document: Mapping[str, Any] | None) -> tuple[Request, ...]:
    """The guises in which the writer may come; one that is let in is enough."""
    session = asked.session
    partition = session.caller().partition
    resource = f"arn:{partition}:s3:::{asked.reader.bucket}/{route.prefix}{UNKNOWN}"
    as_account = {"aws:securetransport": "true", "aws:principalisawsservice": "false"}
    if route.writer == CLOUDFRONT:
        return (_put(CLOUDFRONT, resource, as_account, account=""),)
    context = {
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": route.writer,
        **source_of(route, partition),
    }
    if route.writer in SETS_ACL:
        context["s3:x-amz-acl"] = OWNER_CONTROL
    context |= _organization(asked.session, route, document)
    service = _put(route.writer, resource, context)
    if route.writer != LOAD_BALANCING:
        return (service,)
    older = LOAD_BALANCING_ACCOUNTS.get(str(route.location), "")
    return service, _put(route.writer, resource, as_account, account=older)


def _put(service: str, resource: str, context: Mapping[str, str], *, account: str | None = None) -> Request:
    return Request(
        service=service, account=account, action=PUT, purpose=PURPOSE, resource=resource, context=context
    )


def _organization(session: AwsSession, route: Route, policy: object) -> Mapping[str, str]:
    """The organisation of the account on whose behalf is written, asked for only where a policy wants to know."""
    if isinstance(policy, Unread) or "sourceorgid" not in json.dumps(policy).lower():
        return {}
    account = written_for(route)
    organization = session.organization_of(account) if account in session.audited else None
    return {"aws:sourceorgid": organization.id} if isinstance(organization, Organization) else {}


# --- whether it is let in ---------------------------------------------------------------------------------


def _ruled(asked: Asked, document: Mapping[str, Any] | None, writes: Sequence[Request]) -> Ruling | Unread:
    service = writes[0].service
    told = [ruling(document, write) for write in writes if write.service != CLOUDFRONT]
    if service == LOAD_BALANCING and told[0].allowed and asked.session.caller().partition != COMMERCIAL:
        told[0] = replace(told[0], allowed=None, because=UNVERIFIED)
    for answer in (True, None):
        for one in told:
            if one.allowed is answer:
                return one
    if service not in BY_ACL:
        return told[0]
    # With an ACL's grant, only a statement that denies stands in the way. As which account it writes is not known.
    as_account = {"aws:securetransport": "true", "aws:principalisawsservice": "false"}
    stranger = _put(service, writes[0].resource, as_account, account="")
    barred = [ruling(document, write, granted=True) for write in (writes[0], stranger)]
    for one in barred:
        if one.allowed is False:
            return one
    listed = _listed(asked, service)
    if isinstance(listed, Unread) or listed.allowed is not True:
        return listed
    return next((one for one in barred if one.allowed is None), listed)


def _listed(asked: Asked, service: str) -> Ruling | Unread:
    """What the bucket's access control list says of a log delivery. A bucket without ACLs lists its owner only."""
    call = "s3:GetBucketAcl"
    answer = asked.reader.ask("GetBucketAcl")
    if isinstance(answer, Unread):
        return answer
    grants = answer.get("Grants") if answer else None
    if answer is None or not isinstance(grants, list):
        return asked.reader.place.misread(call, "the answer has no Grants")
    user = AWS_LOGS_DELIVERY.get(asked.session.caller().partition)
    group, owner = service == SERVER_ACCESS, answer.get("Owner") or {}
    allowed: bool | None = False
    for grant in grants:
        grantee, permission = grant.get("Grantee", {}), grant.get("Permission")
        if permission not in {"WRITE", "FULL_CONTROL"}:
            continue
        who = grantee.get("ID")
        mine = grantee.get("URI") == LOG_DELIVERY_GROUP if group else user is not None and who == user
        if mine and (permission == "FULL_CONTROL" or group):
            return Ruling(allowed=True, because=f"the bucket's ACL lets {service} write")
        owners = who is not None and who == owner.get("ID")
        if mine or (not group and user is None and not owners):
            allowed = None
    if allowed is None:
        return Ruling(allowed=None, because=f"whether the bucket's ACL lets {service} write cannot be told")
    where = (
        "the bucket's ACL does not" if service == CLOUDFRONT else "neither the bucket's policy nor its ACL"
    )
    verb = "let" if service == CLOUDFRONT else "lets"
    return Ruling(allowed=False, because=f"{where} {verb} {service} write there")


def _outcome(asked: Asked, route: Route, told: Ruling | Unread) -> KeyRuling:
    """What is ruled, and what else must hold: keys, locks, and that nobody else could write instead."""
    place = asked.reader.place

    def unknown(call: str, why: str) -> KeyRuling:
        return KeyRuling(allowed=place.not_told(call, why, route.setting), because=why)

    if isinstance(told, Unread):
        return KeyRuling(allowed=told)
    partition = asked.session.caller().partition
    if partition not in NAMED_ALIKE and route.writer in SERVICES:
        why = f"how policies of buckets name {route.writer} in the partition {partition} is not verified"
        return unknown("s3:GetBucketPolicy", why)
    if told.allowed is None:
        return unknown("s3:GetBucketPolicy", told.because)
    if not told.allowed:
        return _refused(asked, route, KeyRuling(allowed=False, because=told.because))
    key = asked.keys.by_route[route.id]
    works, _ = asked.keys.usable()
    if works is True and key.usable is not True:
        return KeyRuling(allowed=key.usable, because=key.because, barred_by=key.arn or "its key")
    if route.writer == SERVER_ACCESS and asked.lock is not False:
        because = "S3 writes no access logs into a bucket with a default retention"
        allowed = asked.lock if isinstance(asked.lock, Unread) else False
        return KeyRuling(allowed=allowed, because=because, barred_by="default retention")
    if route.writer in PROVIDER_KEYS_ONLY and by_kms(asked.encryption):
        why = f"{route.writer} is documented to write only to buckets with S3's own keys, and this one's are KMS's"
        return unknown("s3:GetBucketEncryption", why)
    own = route.id in asked.keys.own
    if route.writer in JUDGED and key.usable is True and (own or by_kms(asked.encryption)):
        if route.writer == CLOUDTRAIL and not own:
            return KeyRuling(allowed=True, because=told.because)
        if key.encryption == "provider":
            return unknown(POLICY_CALL, f"{route.writer} is not documented to write with a key of AWS's own")
        return _by_key(asked, route, key, told.because)
    return KeyRuling(allowed=True, because=told.because)


def _refused(asked: Asked, route: Route, no: KeyRuling) -> KeyRuling:
    if route.writer == CONFIG and SERVICE_LINKED not in str(route.raw.get("roleARN", "")):
        why = "Config may write with its recorder's own role, whose permissions are not read"
        return replace(
            no, allowed=asked.reader.place.not_told("iam:SimulatePrincipalPolicy", why, route.setting)
        )
    return no


def _by_key(asked: Asked, route: Route, key: KeyState, bucket_says: str) -> KeyRuling:
    """What the key's policy says of a writer that the bucket lets in."""
    session, partition = asked.session, asked.session.caller().partition
    policy = read_policy(session, key, asked.reader.place.about, route.setting)
    source = {**source_of(route, partition), **_organization(session, route, policy.document)}
    use = key_use(
        route,
        source,
        bucket=asked.reader.bucket,
        partition=partition,
        own=route.id in asked.keys.own,
        with_bucket_key=bucket_key(asked.encryption),
    )
    found = may_encrypt(policy, use, asked.reader.place, route.setting)
    if found.allowed is True:
        return replace(found, because=f"{bucket_says}; {found.because}")
    return _refused(asked, route, found) if found.allowed is False else found
