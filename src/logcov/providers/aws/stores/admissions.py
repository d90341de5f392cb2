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
from dataclasses import dataclass
from typing import Any, Literal

from logcov.inventory import Admission, Lock, Route, Unread
from logcov.providers.aws.arns import Arn, parsed
from logcov.providers.aws.client import ACCOUNT_PREFIX, AwsPlace, AwsSession, Organization
from logcov.providers.aws.globs import UNKNOWN
from logcov.providers.aws.stores.bucket_keys import Keys
from logcov.providers.aws.stores.bucket_policy import Ruling, Write, ruling
from logcov.providers.aws.stores.bucket_reader import Reader
from logcov.providers.aws.stores.identity_writes import identity_of, let_in

CLOUDTRAIL = "cloudtrail.amazonaws.com"
VENDED = "delivery.logs.amazonaws.com"
LOAD_BALANCING = "logdelivery.elasticloadbalancing.amazonaws.com"
SERVER_ACCESS = "logging.s3.amazonaws.com"
CONFIG = "config.amazonaws.com"
BEDROCK = "bedrock.amazonaws.com"
CLOUDFRONT = "awslogsdelivery"
"""The account by which CloudFront's standard logs (legacy) are written; no policy names it."""

SERVICES = frozenset({CLOUDTRAIL, VENDED, LOAD_BALANCING, SERVER_ACCESS, CONFIG, BEDROCK, CLOUDFRONT})
"""Services that need a grant of the bucket. Other writers are IAM identities, or none is named."""

OWNER_CONTROL = "bucket-owner-full-control"
SETS_ACL = frozenset({CLOUDTRAIL, VENDED, CONFIG})
"""Writers that say `bucket-owner-full-control`; of the others, nobody knows whether they name an ACL."""

AWS_LOGS_DELIVERY = {"aws": "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"}
"""Partition → the canonical user of `awslogsdelivery`."""
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

PROVIDER_KEYS_ONLY = frozenset({LOAD_BALANCING, SERVER_ACCESS})
"""Writers for which only S3's own keys (SSE-S3) are documented to work."""

BY_KEY_POLICY = frozenset({VENDED, CLOUDFRONT})
"""Writers that the policy of a KMS key must let in, and of whose deliveries into buckets no API tells."""

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
        told = known[same]
        allowed, because = _allowed(asked, route, told)
        yield Admission(
            route=route.id,
            destination=destination,
            allowed=allowed,
            because=because,
            readings=tuple(asked.reader.readings),
            raw={"Statement": told.statement} if isinstance(told, Ruling) and told.statement else {},
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
    ruled = let_in(document, asked.reader.bucket, owner, identity, route)
    allowed, because = _allowed(asked, route, ruled)
    return Admission(
        route=route.id,
        destination=destination,
        allowed=allowed,
        because=because,
        readings=tuple(asked.reader.readings),
        raw={"Statement": ruled.statement} if ruled.statement else {},
    )


def policy_of(
    place: AwsPlace, policy: Mapping[str, Any] | Unread | None
) -> Mapping[str, Any] | Unread | None:
    """The document in GetBucketPolicy's answer; None where the bucket has no policy."""
    if policy is None or isinstance(policy, Unread):
        return policy
    text = policy.get("Policy")
    try:
        document = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return place.misread("s3:GetBucketPolicy", "the policy is no JSON object")
    return document


# --- as whom it writes ------------------------------------------------------------------------------------


def _writes(asked: Asked, route: Route, document: Mapping[str, Any] | None) -> tuple[Write, ...]:
    """The guises in which the writer may come; one that is let in is enough."""
    session = asked.session
    partition = session.caller().partition
    resource = f"arn:{partition}:s3:::{asked.reader.bucket}/{route.prefix}"
    as_account = {"aws:securetransport": "true", "aws:principalisawsservice": "false"}
    if route.writer == CLOUDFRONT:
        return (Write(service=CLOUDFRONT, account="", resource=resource, context=as_account),)
    context = {
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": route.writer,
        **_source(route, partition),
    }
    if route.writer in SETS_ACL:
        context["s3:x-amz-acl"] = OWNER_CONTROL
    if "sourceorgid" in json.dumps(document).lower():
        account = context.get("aws:sourceaccount") or _owner(route)
        organization = session.organization_of(account) if account in session.audited else None
        if isinstance(organization, Organization):
            context["aws:sourceorgid"] = organization.id
    service = Write(service=route.writer, resource=resource, context=context)
    if route.writer != LOAD_BALANCING:
        return (service,)
    older = LOAD_BALANCING_ACCOUNTS.get(str(route.location), "")
    return service, Write(service=route.writer, account=older, resource=resource, context=as_account)


def _owner(route: Route) -> str:
    """The account on whose behalf is written: a trail's own, or the one that the records are of."""
    arn = parsed(route.raw.get("TrailARN"))
    return arn.account if arn else route.origin.removeprefix(ACCOUNT_PREFIX)


def _source(route: Route, partition: str) -> Mapping[str, str]:
    """What the service says of the resource on whose behalf it writes, as far as that is documented."""
    account = _owner(route)
    match route.writer:
        case "cloudtrail.amazonaws.com":
            found = {"aws:sourcearn": str(route.raw["TrailARN"])} if "TrailARN" in route.raw else {}
            if route.raw.get("IsOrganizationTrail") is False:
                found["aws:sourceaccount"] = account
            return found
        case "delivery.logs.amazonaws.com" if route.origin.startswith(ACCOUNT_PREFIX):
            arn = route.raw.get("DeliverySourceArn")
            if not isinstance(arn, str):
                where = f"{route.location}:{account}:" if route.location else ""
                arn = f"arn:{partition}:logs:{where}{UNKNOWN}"
            return {"aws:sourceaccount": account, "aws:sourcearn": arn}
        case "config.amazonaws.com":
            return {"aws:sourceaccount": account}
        case "bedrock.amazonaws.com":
            arn = f"arn:{partition}:bedrock:{route.location}:{account}:{UNKNOWN}"
            return {"aws:sourceaccount": account, "aws:sourcearn": arn}
        case "logging.s3.amazonaws.com" if route.resource:
            return {"aws:sourceaccount": account, "aws:sourcearn": f"arn:{partition}:s3:::{route.resource}"}
        case _:
            return {}


# --- whether it is let in ---------------------------------------------------------------------------------


def _ruled(asked: Asked, document: Mapping[str, Any] | None, writes: Sequence[Write]) -> Ruling | Unread:
    service = writes[0].service
    told = [ruling(document, write) for write in writes if write.service != CLOUDFRONT]
    for answer in (True, None):
        for one in told:
            if one.allowed is answer:
                return one
    if service not in BY_ACL:
        return told[0]
    # With an ACL's grant, only a statement that denies stands in the way. As which account it writes is not known.
    stranger = Write(
        service=service,
        account="",
        resource=writes[0].resource,
        context={"aws:securetransport": "true", "aws:principalisawsservice": "false"},
    )
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
    if not isinstance(grants, list):
        return asked.reader.place.misread(call, "the answer has no Grants")
    user = AWS_LOGS_DELIVERY.get(asked.session.caller().partition)
    group = service == SERVER_ACCESS
    allowed: bool | None = False
    for grant in grants:
        grantee, permission = grant.get("Grantee", {}), grant.get("Permission")
        if permission not in {"WRITE", "FULL_CONTROL"}:
            continue
        mine = grantee.get("URI") == LOG_DELIVERY_GROUP if group else grantee.get("ID") == user
        if mine and (permission == "FULL_CONTROL" or group):
            return Ruling(allowed=True, because=f"the bucket's ACL lets {service} write")
        if mine or (not group and user is None):
            allowed = None
    if allowed is None:
        return Ruling(allowed=None, because=f"whether the bucket's ACL lets {service} write cannot be told")
    where = (
        "the bucket's ACL does not" if service == CLOUDFRONT else "neither the bucket's policy nor its ACL"
    )
    verb = "let" if service == CLOUDFRONT else "lets"
    return Ruling(allowed=False, because=f"{where} {verb} {service} write there")


def _allowed(asked: Asked, route: Route, told: Ruling | Unread) -> tuple[bool | Unread, str]:
    """What is ruled, and what else must hold: keys, locks, and that nobody else could write instead."""
    place = asked.reader.place
    if isinstance(told, Unread):
        return told, ""
    if told.allowed is None:
        return place.not_told("s3:GetBucketPolicy", told.because, route.setting), told.because
    if not told.allowed:
        if route.writer == CONFIG and SERVICE_LINKED not in str(route.raw.get("roleARN", "")):
            why = "Config may write with its recorder's own role, whose permissions are not read"
            return place.not_told("iam:SimulatePrincipalPolicy", why, route.setting), told.because
        return False, told.because
    key = asked.keys.by_route[route.id]
    works, _ = asked.keys.usable()
    if works is True and key.usable is not True:
        return key.usable, key.because
    if route.writer == SERVER_ACCESS and asked.lock is not False:
        because = "S3 writes no access logs into a bucket with a default retention"
        return (asked.lock if isinstance(asked.lock, Unread) else False), because
    if route.writer in PROVIDER_KEYS_ONLY and _by_kms(asked.encryption):
        why = f"{route.writer} is documented to write only to buckets with S3's own keys, and this one's are KMS's"
        return place.not_told("s3:GetBucketEncryption", why, route.setting), why
    if route.writer in BY_KEY_POLICY and _by_kms(asked.encryption):
        why = "whether the bucket's KMS key lets log deliveries use it is not read"
        return place.not_told("kms:GetKeyPolicy", why, route.setting), why
    return True, told.because


def _by_kms(encryption: Mapping[str, Any] | Unread | None) -> bool:
    return isinstance(encryption, Mapping) and "aws:kms" in json.dumps(encryption, default=str)
