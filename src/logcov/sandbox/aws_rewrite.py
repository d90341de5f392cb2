"""What moto cannot do: answers made from the world, and moto's answers put right.

Each function says which rule of AWS it stands for. Organizations, Account Management, STS and CloudTrail are
answered from the world alone; EC2, S3, KMS and CloudWatch Logs are moto's, with what it gets wrong rewritten.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from logcov.sandbox import aws_wire as wire
from logcov.sandbox.aws_answers import ERRORS, parse
from logcov.sandbox.aws_organizations import Organizations
from logcov.sandbox.aws_refused import Refused
from logcov.sandbox.aws_seed import Seeded, referred
from logcov.sandbox.aws_trails import CloudTrail
from logcov.sandbox.aws_wire import Answer, Ask
from logcov.sandbox.aws_world import AwsWorld, Bucket, with_times

READS = ("Get", "List", "Describe", "Head", "Lookup", "Assume", "Search", "Select", "BatchGet", "Filter")
"""How operations begin that change nothing. The sandbox refuses all others: its world is a file."""


class Rewriter:
    """Answers for one world. Pure: the same request always gets the same answer."""

    def __init__(self, world: AwsWorld, seeded: Seeded, moto: Callable[[Ask], Answer], now: datetime) -> None:
        self.world = self._world = world
        self._seeded = seeded
        self._moto = moto
        self._now = now
        self._cloudtrail = CloudTrail(world, seeded.keys)
        self._accounts = {account.id: account for account in world.accounts}
        self._buckets: Mapping[str, Bucket] = {bucket.name: bucket for bucket in world.buckets}
        self._whole: Mapping[str, Callable[[Ask], Mapping[str, Any]]] = {
            "organizations": Organizations(world).answer,
            "account": self._account_management,
            "sts": self._sts,
            "cloudtrail": lambda ask: self._cloudtrail.answer(
                ask.operation, ask.account, ask.region, ask.params
            ),
        }
        self._instead: Mapping[tuple[str, str], Callable[[Ask], Mapping[str, Any]]] = {
            ("ec2", "DescribeRegions"): self._describe_regions,
            # No account of Acme's sends all of its log groups on.
            ("logs", "DescribeAccountPolicies"): lambda _: {"accountPolicies": []},
            # Nor has Acme a Security Lake, unless the world tells of one.
            ("securitylake", "ListDataLakes"): lambda _: {"dataLakes": []},
        }
        self._parts: Mapping[tuple[str, str], Callable[[Ask, dict[str, Any]], Mapping[str, Any]]] = {
            ("ec2", "DescribeVpcs"): self._with_shared_vpcs,
            ("ec2", "DescribeSubnets"): self._with_shared_subnets,
            ("ec2", "DescribeFlowLogs"): self._flow_logs,
            ("kms", "DescribeKey"): self._key,
            ("lambda", "ListFunctions"): _with_log_groups,
            ("logs", "DescribeLogGroups"): self._log_groups,
            ("s3", "ListBuckets"): self._list_buckets,
            ("s3", "GetObjectLockConfiguration"): _one_period,
        }

    def answer(self, ask: Ask) -> Answer | Mapping[str, Any]:
        """The answer to a request, all pages of it: shaped as boto3 returns it, or moto's own bytes.

        Raises:
            Refused: what AWS answers with an error.
        """
        self._allowed(ask)
        told = self._told(ask)
        if told is not None:
            return told
        whole = self._whole.get(ask.service)
        if whole is not None:
            return whole(ask)
        own = self._instead.get((ask.service, ask.operation))
        if own is not None:
            return own(ask)
        answer = self._moto(ask)
        part = self._parts.get((ask.service, ask.operation))
        if (ask.service, ask.operation) == ("s3", "GetBucketEncryption"):
            return _sse_by_default(answer)
        if answer.status >= ERRORS or part is None:
            return _or_unknown(ask, answer)
        return part(ask, parse(ask, answer))

    def _told(self, ask: Ask) -> Mapping[str, Any] | None:
        """What the world says itself of a call.

        Raises:
            Refused: it says that AWS answers with an error.
        """
        for told in self.world.told:
            if (
                told.call == f"{ask.service}:{ask.operation}"
                and fnmatchcase(f"{ask.account}/{ask.region}", told.at)
                and all(ask.params.get(name) == value for name, value in told.where.items())
            ):
                if told.error:
                    raise Refused(told.error, "The world says so.", 404 if "NotFound" in told.error else 400)
                answer: Mapping[str, Any] = with_times(referred(told.answer, self._seeded.names), self._now)
                return answer
        return None

    def _allowed(self, ask: Ask) -> None:
        if not ask.operation.startswith(READS):
            raise Refused(denial(ask.protocol), f"The sandbox only reads; {ask.action} would change it.", 403)
        account = self._accounts.get(ask.account)
        if account is None or account.state != "ACTIVE":
            raise Refused(
                bad_credentials(ask.protocol), "The security token included in the request is invalid.", 403
            )
        if ask.service not in GLOBAL and ask.region not in self._world.regions:
            raise Refused(
                bad_credentials(ask.protocol), "The security token included in the request is invalid.", 403
            )
        if ask.service == "s3" and ask.operation != "ListBuckets":
            self._bucket_allowed(ask)
        if ask.service == "kms":
            self._key_allowed(ask)

    # --- Account Management, regions, STS -----------------------------------------------------------------

    def _account_management(self, ask: Ask) -> Mapping[str, Any]:
        """Source: Account Management API reference, `ListRegions`: the management account names other accounts only."""
        if ask.operation != "ListRegions":
            raise Refused("AccessDeniedException", f"The sandbox does not answer {ask.operation}.", 403)
        about = ask.params.get("AccountId")
        if about is not None:
            if about == ask.account:
                raise Refused("ValidationException", "The management account must not name itself.")
            if ask.account != self._world.organization.management or about not in self._accounts:
                raise Refused(
                    "AccessDeniedException", "Only the management account may ask about others.", 403
                )
        regions = [
            {"RegionName": each, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for each in self._world.regions
        ]
        regions += [
            {"RegionName": each, "RegionOptStatus": "DISABLED"} for each in self._world.disabled_regions
        ]
        wanted = ask.params.get("RegionOptStatusContains")
        return {"Regions": [each for each in regions if not wanted or each["RegionOptStatus"] in wanted]}

    def _describe_regions(self, ask: Ask) -> Mapping[str, Any]:
        """EC2's own list: what is not opted in only with `AllRegions`."""
        asked = {value for name, value in ask.params.items() if name.startswith("RegionName.")}
        regions = [(each, "opt-in-not-required") for each in self._world.regions]
        if ask.params.get("AllRegions") == "true":
            regions += [(each, "not-opted-in") for each in self._world.disabled_regions]
        return {
            "Regions": [
                {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": status}
                for name, status in regions
                if not asked or name in asked
            ]
        }

    def _sts(self, ask: Ask) -> Mapping[str, Any]:
        """Sessions hold the account's number in their key, as real ones do; nobody checks signatures."""
        if ask.operation == "GetCallerIdentity":
            if ask.access_key == wire.key_for(ask.account):
                name, kind = f"assumed-role/{self._world.role}/logcov", "AROA"
            else:
                name, kind = "user/auditor", "AIDA"
            service = "sts" if kind == "AROA" else "iam"
            return {
                "UserId": f"{kind}{ask.account}ACME",
                "Account": ask.account,
                "Arn": f"arn:aws:{service}::{ask.account}:{name}",
            }
        if ask.operation != "AssumeRole":
            raise Refused("InvalidAction", f"The sandbox does not answer {ask.operation}.")
        wanted = str(ask.params.get("RoleArn"))
        fit = re.fullmatch(r"arn:aws:iam::(\d{12}):role/(?:.+/)?([\w+=,.@-]+)", wanted)
        account = self._accounts.get(fit.group(1)) if fit else None
        if fit is None or fit.group(2) != self._world.role or account is None or account.state != "ACTIVE":
            who = f"arn:aws:iam::{ask.account}:user/auditor"
            raise Refused(
                "AccessDenied",
                f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {wanted}",
                403,
            )
        session = str(ask.params.get("RoleSessionName"))
        return {
            "Credentials": {
                "AccessKeyId": wire.key_for(account.id),
                "SecretAccessKey": "acme",
                "SessionToken": f"acme-{account.id}",
                "Expiration": datetime.now(tz=self._now.tzinfo).replace(microsecond=0) + timedelta(hours=1),
            },
            "AssumedRoleUser": {
                "AssumedRoleId": f"AROA{account.id}ACME:{session}",
                "Arn": f"arn:aws:sts::{account.id}:assumed-role/{self._world.role}/{session}",
            },
        }

    # --- EC2 ----------------------------------------------------------------------------------------------

    def _with_shared_vpcs(self, ask: Ask, own: dict[str, Any]) -> Mapping[str, Any]:
        """A participant of a shared VPC sees it, with its owner's number. Source: VPC user guide, "Share your VPC"."""
        return {**own, "Vpcs": [*own.get("Vpcs", []), *self._shared(ask, "Vpcs")]}

    def _with_shared_subnets(self, ask: Ask, own: dict[str, Any]) -> Mapping[str, Any]:
        return {**own, "Subnets": [*own.get("Subnets", []), *self._shared(ask, "Subnets")]}

    def _shared(self, ask: Ask, what: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for owner in sorted(
            {owner for owner, others in self._seeded.shared.values() if ask.account in others}
        ):
            answer = self._moto(wire.as_account(ask, owner))
            if answer.status < ERRORS:
                found += [
                    each
                    for each in parse(ask, answer).get(what, [])
                    if ask.account in self._seeded.shared.get(each["VpcId"], ("", ()))[1]
                ]
        return found

    def _flow_logs(self, _: Ask, own: dict[str, Any]) -> Mapping[str, Any]:
        """A flow log's deliveries to S3 never fail in moto, and have no prefix."""
        logs = []
        for log in own.get("FlowLogs", []):
            said = self._seeded.flow_logs.get(log["FlowLogId"])
            if said is not None:
                log |= {"DeliverLogsStatus": said.delivery, "CreationTime": said.created}
                log.pop("DeliverLogsErrorMessage", None)
                if said.error is not None:
                    log["DeliverLogsErrorMessage"] = said.error
                if said.to.startswith("s3:"):
                    log["LogDestination"] = f"arn:aws:s3:::{said.to.removeprefix('s3:')}"
                    log.pop("LogGroupName", None)
            logs.append(log)
        return {**own, "FlowLogs": logs}

    # --- S3, KMS, CloudWatch Logs -------------------------------------------------------------------------

    def _bucket_allowed(self, ask: Ask) -> None:
        """A bucket of another account is forbidden, one that does not exist is missing, to everybody."""
        bucket = self._buckets.get(ask.path.strip("/").partition("/")[0])
        if bucket is None:
            raise Refused("NoSuchBucket", "The specified bucket does not exist", 404)
        expected = ask.headers.get("x-amz-expected-bucket-owner", bucket.account)
        if bucket.account != ask.account or expected != bucket.account:
            raise Refused("AccessDenied", "Access Denied", 403)

    def _key_allowed(self, ask: Ask) -> None:
        """Keys are used by their ARN from other accounts, and none of Acme's lets the auditor do so."""
        named = str(ask.params.get("KeyId", ""))
        fit = re.match(r"arn:aws:kms:([a-z0-9-]+):(\d{12}):", named)
        if fit is None:
            return
        if fit.group(2) != ask.account:
            raise Refused(
                "AccessDeniedException",
                f"User: arn:aws:sts::{ask.account}:assumed-role/{self._world.role}/logcov is not authorized to perform: {ask.action}"
                f" on resource: {named} because the resource does not exist in this Region, no resource-based policies allow access,"
                " or a resource-based policy explicitly denies access",
            )
        if fit.group(1) != ask.region:
            raise Refused("NotFoundException", f"Invalid arn {fit.group(1)}")

    def _key(self, _: Ask, own: dict[str, Any]) -> Mapping[str, Any]:
        metadata = own["KeyMetadata"]
        made = self._seeded.key_times.get(metadata["KeyId"], self._now)
        return {**own, "KeyMetadata": {**metadata, "CreationDate": made}}

    def _log_groups(self, ask: Ask, own: dict[str, Any]) -> Mapping[str, Any]:
        made = {
            group.name: int(group.created.timestamp() * 1000)
            for group in self._world.log_groups
            if (group.account, group.region) == (ask.account, ask.region)
        }
        return {
            **own,
            "logGroups": [
                {**each, "creationTime": made[each["logGroupName"]]} for each in own.get("logGroups", [])
            ],
        }

    def _list_buckets(self, _: Ask, own: dict[str, Any]) -> Mapping[str, Any]:
        """Moto knows no regions in this list. AWS tells them only when asked for pages, as everybody does here."""
        told = [(each, self._buckets[each["Name"]]) for each in own.get("Buckets", [])]
        buckets = [{**each, "CreationDate": of.created, "BucketRegion": of.region} for each, of in told]
        return {**own, "Buckets": buckets}


GLOBAL = ("organizations", "sts", "account", "iam", "s3", "route53", "cloudfront")
"""Services that answer wherever they are asked from."""


def denial(protocol: wire.Protocol) -> str:
    """The code of a refusal. Source: "Common errors" of each service's API reference."""
    return {
        "json": "AccessDeniedException",
        "rest-json": "AccessDeniedException",
        "ec2": "UnauthorizedOperation",
    }.get(protocol, "AccessDenied")


def bad_credentials(protocol: wire.Protocol) -> str:
    """The code for credentials that are not accepted: also what a region says that is not enabled."""
    return {
        "ec2": "AuthFailure",
        "query": "InvalidClientTokenId",
        "rest-xml": "InvalidAccessKeyId",
    }.get(protocol, "UnrecognizedClientException")


def _sse_by_default(answer: Answer) -> Answer:
    """Every bucket is encrypted by S3's own keys if by no others. Source: S3 user guide, since January 2023."""
    if b"ServerSideEncryptionConfigurationNotFoundError" not in answer.body:
        return answer
    body = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>'
        b"<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>"
        b"</Rule></ServerSideEncryptionConfiguration>"
    )
    return Answer(200, (("Content-Type", "application/xml"),), body)


def _with_log_groups(_: Ask, own: dict[str, Any]) -> Mapping[str, Any]:
    """Every function has a log group, its own if it names no other; moto says nothing of them."""
    functions = [
        {"LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{each['FunctionName']}"}, **each}
        for each in own.get("Functions", [])
    ]
    return {**own, "Functions": functions}


def _one_period(_: Ask, own: dict[str, Any]) -> Mapping[str, Any]:
    """A default retention has days or years, never both; moto says `Years: 0` beside the days."""
    retention = own["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
    for unit in ("Days", "Years"):
        if retention.get(unit) == 0:
            del retention[unit]
    return own


def _or_unknown(ask: Ask, answer: Answer) -> Answer:
    """What moto does not know, it answers in HTML, which is no AWS protocol."""
    kind = dict(answer.headers).get("Content-Type", "")
    if (
        answer.status >= ERRORS
        and kind.startswith("text/html")
        and b"<!doctype html" in answer.body[:64].lower()
    ):
        raise Refused("UnknownOperationException", f"The sandbox does not answer {ask.action}.")
    return answer
