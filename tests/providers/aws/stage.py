"""A server on loopback for the tests of one family: answers that a test tells, and moto behind them.

Every answer is checked against botocore's output shapes and rendered in the protocol of its service, so that what
a test invents cannot drift from the API. What no test tells, a moto of the stage's own answers; `stage.moto(...)`
gives clients that seed it.
"""

import atexit
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from botocore.validate import ParamValidator

from logcov.sandbox import aws_answers as answers
from logcov.sandbox import aws_wire as wire
from logcov.sandbox.aws_moto import MotoBox
from logcov.sandbox.aws_server import LoopbackServer, Reply
from logcov.sandbox.aws_wire import Answer, Ask
from providers.aws.crawl import Crawl, crawl

HOME = "111122223333"
OTHER = "444455556666"
REGION = "eu-west-1"
ROLE = {"AccessKeyId": "", "SecretAccessKey": "secret", "SessionToken": "token", "Expiration": None}

SCOPE = f"aws:accounts/{HOME}"

Content = Mapping[str, Any]
Tell = Callable[[Ask], Content | Answer]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer for one call, as `eks:ListClusters`, and where it holds."""

    call: str
    tell: Tell
    where: Mapping[str, str] = field(default_factory=dict)

    def fits(self, ask: Ask) -> bool:
        return self.call == f"{ask.service}:{ask.operation}" and all(
            getattr(ask, name) == value for name, value in self.where.items()
        )


def checked(ask: Ask, content: Content) -> Content:
    """The content, if it has the shape that the API gives."""
    shape = wire.model(ask.service).operation_model(ask.operation).output_shape
    wrong = ParamValidator().validate(dict(content), shape)
    assert not wrong.has_errors(), f"{ask.service}:{ask.operation}: {wrong.generate_report()}"
    return content


class _House:
    """The one server of this process: stages use it one after the other, so that clients and connections last."""

    def __init__(self) -> None:
        self.playing: Stage | None = None
        self.server = LoopbackServer(self._reply, stopping=threading.Event())
        atexit.register(self.server.stop)

    def _reply(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Reply:
        assert self.playing is not None
        return self.playing.reply(method, path, query, headers, body)


@cache
def _house() -> _House:
    return _House()


class Stage:
    """What the server says while this is on. What was told last comes first; `calls` is what was asked."""

    def __init__(self) -> None:
        self.calls: list[Ask] = []
        self.problems: list[str] = []
        self._told: list[Told] = []
        self._box: MotoBox | None = None
        self._house = _house()
        self._house.playing = self
        self.tell("sts:AssumeRole", assumed)
        self.tell("sts:GetCallerIdentity", _caller)
        self.tell("ec2:DescribeRegions", _regions)
        self.refuse("organizations:DescribeOrganization", "AWSOrganizationsNotInUseException", status=400)
        self.refuse("organizations:ListTagsForResource", "AWSOrganizationsNotInUseException", status=400)

    @property
    def endpoint(self) -> str:
        return self._house.server.url

    def stop(self) -> None:
        self._house.playing = None
        assert not self.problems, self.problems

    def tell(self, call: str, content: Content | Tell, **where: str) -> None:
        """The answer of a call, `where` an account or region: a dictionary as boto3 gives it, or a function of the ask."""
        answer: Tell = content if callable(content) else lambda _: content
        self._told.insert(0, Told(call, answer, where))

    def refuse(self, call: str, code: str, message: str = "no", status: int = 400, **where: str) -> None:
        """An error in the protocol of the service."""
        self._told.insert(0, Told(call, lambda ask: answers.error(ask, code, message, status), where))

    def deny(self, call: str, **where: str) -> None:
        """A refusal as IAM words it."""
        self.refuse(call, "AccessDeniedException", f"User is not authorized to perform: {call}", 403, **where)

    def moto(self, service: str, region: str = REGION, account: str = HOME) -> Any:
        """A client that seeds the moto behind this stage."""
        if self._box is None:
            self._box = MotoBox()
        return self._box.client(service, region, account, "stage")

    def crawl(self, *rows: str, accounts: tuple[str, ...] = (HOME,), **target: Any) -> Crawl:
        """Runs these observers, and the readers of what they lead to, in the accounts and `REGION`."""
        return crawl(self.endpoint, rows, accounts=accounts, **({"regions": (REGION,)} | target))

    def asked(self, call: str) -> int:
        """How often a call was made."""
        return sum(f"{ask.service}:{ask.operation}" == call for ask in self.calls)

    def reply(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The reply to one request."""
        try:
            ask = wire.recognise(method, path, query, headers, body, caller=HOME)
        except wire.Unrecognised as problem:
            self.problems.append(str(problem))
            return Reply(answers.misunderstood(headers, str(problem)))
        self.calls.append(ask)
        for told in self._told:
            if told.fits(ask):
                try:
                    found = told.tell(ask)
                    return Reply(
                        found if isinstance(found, Answer) else answers.render(ask, checked(ask, found))
                    )
                except Exception as problem:
                    self.problems.append(repr(problem))
                    raise
        if self._box is not None:
            return Reply(self._box.answer(ask))
        return Reply(answers.error(ask, "UnknownOperationException", f"nobody told {ask.action}", 400))


def _caller(ask: Ask) -> Content:
    return {"Account": ask.account, "Arn": f"arn:aws:iam::{ask.account}:role/auditor", "UserId": "AROA"}


def assumed(ask: Ask) -> Content:
    """The role of an account, taken."""
    account = str(ask.params["RoleArn"]).split(":")[4]
    return {
        "Credentials": ROLE
        | {"AccessKeyId": wire.key_for(account), "Expiration": datetime.now(UTC) + timedelta(hours=1)},
        "AssumedRoleUser": {
            "Arn": f"arn:aws:sts::{account}:assumed-role/Reader/logcov",
            "AssumedRoleId": "AROA:logcov",
        },
    }


def _regions(_: Ask) -> Content:
    names = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1")
    return {"Regions": [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in names]}
