"""Acme's AWS on loopback: moto behind a layer that injects faults, cuts pages and answers what moto cannot.

```
request ─► recognise ─► note the call ─► fault? ─► kept answer? ─► rewrite ─► moto
           (aws_wire)   (exchange)      (faults)                  (aws_rewrite, aws_trails)
```

The world is static, so each distinct answer is made once and kept; faults are asked about before that, so that
they hit whenever they are set. Credentials are free: a key id that holds an account's number belongs to it (that
is what AssumeRole gives out), any other to the world's `caller`; signatures are not checked.
"""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from logcov.sandbox import aws_answers as answers
from logcov.sandbox import aws_wire as wire
from logcov.sandbox.aws_moto import MotoBox
from logcov.sandbox.aws_refused import Refused
from logcov.sandbox.aws_server import LoopbackServer, Reply
from logcov.sandbox.aws_wire import Answer, Ask
from logcov.sandbox.exchange import Call, Calls
from logcov.sandbox.faults import Fault, Faults

KEPT = 50_000
"""So many answers are kept; then all are made anew. A crawl of Acme needs some hundred."""

SUBJECTS = (
    "Name",
    "TrailName",
    "EventDataStore",
    "KeyId",
    "ResourceId",
    "ParentId",
    "ChildId",
    "AccountId",
    "RoleArn",
    "logGroupName",
)
"""Parameters that name what a call is about, in protocols whose path is always `/`."""


class AwsServer:
    """A running AWS. `endpoint` is its URL, for every service, account and region."""

    def __init__(self, server: LoopbackServer) -> None:
        self._server = server
        self.endpoint = server.url

    @property
    def connections(self) -> int:
        """How many connections clients have opened so far."""
        return self._server.connections

    def stop(self) -> None:
        """Ends it, whatever it is just answering. May be called again."""
        self._server.stop()


def start(
    world: Mapping[str, Any], faults: Faults, calls: Calls, *, port: int = 0, now: datetime | None = None
) -> AwsServer:
    """Serves a world's AWS on 127.0.0.1.

    Args:
        world: the `aws` section of a world file, or a whole one.
        faults: what goes wrong; asked for each call.
        calls: where calls are noted: `operation` is the IAM action, `place` the account's number, `location`
            the region, `path` what the call is about: `/acme-org-trail` for a bucket, `/arn:aws:kms:…` for a key.
        port: 0 takes a free one.
        now: what relative dates are counted back from; the hour that has begun, if not said.

    Raises:
        SandboxError: moto is not installed, the world is wrong, or the port is taken.
    """
    from logcov.sandbox.aws_rewrite import Rewriter
    from logcov.sandbox.aws_seed import seed
    from logcov.sandbox.aws_world import world_of

    now = now or datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    checked = world_of(world.get("aws", world), now)
    box = MotoBox()
    rewriter = Rewriter(checked, seed(box, checked), box.answer, now)
    layer = Layer(rewriter, faults, calls)
    return AwsServer(LoopbackServer(layer.reply, stopping=faults.stopping, port=port))


class Layer:
    """From request to reply. Safe to share between threads."""

    def __init__(self, rewriter: Any, faults: Faults, calls: Calls) -> None:
        self._rewriter = rewriter
        self._world = rewriter.world
        self._faults = faults
        self._calls = calls
        self._kept: dict[tuple[Any, ...], Answer] = {}
        self._whole: dict[tuple[str, ...], Answer | Mapping[str, Any]] = {}
        self._making = threading.Lock()

    def reply(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The reply to one request, and how to send it."""
        self._faults.pause()
        try:
            ask = wire.recognise(method, path, query, headers, body, caller=self._world.caller)
        except wire.Unrecognised as problem:
            return Reply(answers.misunderstood(headers, str(problem)))
        call = _call(ask)
        self._calls.note(call)
        fault = self._faults.meet(call)
        if fault is None and call.operation != f"{ask.signing}:{ask.operation}":
            # A world may also say GetBucketEncryption, as the API does and IAM does not.
            fault = self._faults.meet(replace(call, operation=f"{ask.signing}:{ask.operation}"))
        if fault is None:
            return Reply(self._answer(ask))
        match fault.fault:
            case "slow":
                return Reply(self._answer(ask), wait=1.0 if fault.seconds is None else fault.seconds)
            case "timeout":
                return Reply(None, wait=3600.0 if fault.seconds is None else fault.seconds)
            case "cut_off":
                return Reply(self._answer(ask), cut=True)
            case "invalid_json":
                return Reply(answers.garbled(self._answer(ask)))
            case "empty_page":
                return Reply(self._answer(ask, empty_first=True))
            case _:
                return Reply(failure(ask, fault, self._world.role))

    def _answer(self, ask: Ask, *, empty_first: bool = False) -> Answer:
        key = (*ask.key, empty_first)
        kept = self._kept.get(key)
        if kept is None:
            with self._making:
                kept = self._kept.get(key) or self._made(ask, empty_first=empty_first)
                if ask.service != "sts":
                    if len(self._kept) >= KEPT:
                        self._kept.clear()
                        self._whole.clear()
                    self._kept[key] = kept
        return kept

    def _made(self, ask: Ask, *, empty_first: bool) -> Answer:
        try:
            return self._page(ask, empty_first=empty_first)
        except Refused as refused:
            return answers.error(ask, refused.code, refused.message, refused.status)

    def _page(self, ask: Ask, *, empty_first: bool) -> Answer:
        paging = wire.paginator(ask.service, ask.operation)
        if paging is None:
            whole = self._rewriter.answer(ask)
            return whole if isinstance(whole, Answer) else answers.render(ask, whole)
        names = [paging["input_token"], *([paging["limit_key"]] if "limit_key" in paging else [])]
        bare = wire.with_params(ask, without=names)
        if bare.key not in self._whole:
            self._whole[bare.key] = self._rewriter.answer(bare)
        whole = self._whole[bare.key]
        token, limit = wire.token_of(ask, names[0]), wire.limit_of(ask, names[1]) if len(names) > 1 else None
        sizes = self._sizes(ask)
        if isinstance(whole, Answer):
            if whole.status >= answers.ERRORS or (
                token is None and limit is None and not sizes and not empty_first
            ):
                return whole
            whole = answers.parse(bare, whole)
        page = answers.cut(ask, whole, sizes, token=token, limit=limit, empty_first=empty_first)
        if page is None:
            raise Refused("InvalidNextTokenException", "The token is not one that this list gave out.")
        return answers.render(ask, page)

    def _sizes(self, ask: Ask) -> tuple[int, ...]:
        where = f"{ask.account}/{ask.region}"
        for paged in self._world.pages:
            if paged.operation == ask.action and fnmatchcase(where, paged.at):
                return tuple(paged.sizes)
        return ()


def _call(ask: Ask) -> Call:
    paging = wire.paginator(ask.service, ask.operation)
    return Call(
        provider="aws",
        operation=ask.action,
        place=ask.account,
        location=ask.region,
        method=ask.method,
        path=unquote(ask.path) if ask.service == "s3" else "/" + _subject(ask.params),
        page=paging is not None and wire.token_of(ask, paging["input_token"]) is not None,
    )


def _subject(params: Mapping[str, Any]) -> str:
    for name in SUBJECTS:
        if isinstance(params.get(name), str):
            return str(params[name])
    return ""


def failure(ask: Ask, fault: Fault, role: str) -> Answer:
    """The error that AWS answers for a fault, in the words and the protocol of the service.

    Source: "Common errors" of each service's API reference; IAM user guide, "Troubleshoot access denied error
    messages".
    """
    from logcov.sandbox.aws_rewrite import bad_credentials, denial

    who = f"User: arn:aws:sts::{ask.account}:assumed-role/{role}/logcov is not authorized to perform: {fault.permission or ask.action}"
    said = "You are not authorized to perform this operation. " if ask.protocol == "ec2" else ""
    refused = 403 if ask.protocol in ("ec2", "query", "rest-xml") else 400
    match fault.fault:
        case "denied":
            because = "because no identity-based policy allows the action"
            return answers.error(ask, denial(ask.protocol), f"{said}{who} {because}", refused)
        case "scp_denied":
            because = "with an explicit deny in a service control policy"
            return answers.error(ask, denial(ask.protocol), f"{said}{who} {because}", refused)
        case "throttled":
            codes = {
                "ec2": ("RequestLimitExceeded", 503),
                "rest-xml": ("SlowDown", 503),
                "query": ("Throttling", 400),
            }
            code, status = codes.get(ask.protocol, ("ThrottlingException", 400))
            return answers.error(ask, code, "Rate exceeded", status, retry_after=fault.retry_after)
        case "expired_token":
            codes = {
                "ec2": ("RequestExpired", 400),
                "rest-xml": ("ExpiredToken", 400),
                "query": ("ExpiredToken", 403),
            }
            code, status = codes.get(ask.protocol, ("ExpiredTokenException", 400))
            return answers.error(ask, code, "The security token included in the request is expired", status)
        case "region_disabled":
            words = (
                "AWS was not able to validate the provided access credentials"
                if ask.protocol == "ec2"
                else "The security token included in the request is invalid."
            )
            return answers.error(
                ask, bad_credentials(ask.protocol), words, 401 if ask.protocol == "ec2" else refused
            )
        case "api_disabled":
            code = {"ec2": "OptInRequired", "query": "OptInRequired", "rest-xml": "NotSignedUp"}.get(
                ask.protocol, "SubscriptionRequiredException"
            )
            return answers.error(
                ask, code, "The AWS Access Key Id needs a subscription for the service", refused
            )
        case _:
            codes = {
                "ec2": ("InternalError", 500),
                "rest-xml": ("InternalError", 500),
                "query": ("InternalFailure", 500),
            }
            code, status = codes.get(ask.protocol, ("InternalServerException", 500))
            return answers.error(ask, code, "An internal error occurred.", status)
