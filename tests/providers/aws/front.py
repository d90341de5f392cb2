"""A server on loopback that stands before moto: it notes calls, refuses some, and answers what moto cannot.

Answers that tests invent are checked against botocore's output shapes, so that a fake can't drift from the API.
"""

import http.client
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore.session
from botocore.validate import ParamValidator

HOME = "123456789012"
"""The account that moto gives to any key that it did not make itself."""

S3_QUERIES = {
    "policy": "GetBucketPolicy",
    "lifecycle": "GetBucketLifecycleConfiguration",
    "versioning": "GetBucketVersioning",
    "object-lock": "GetObjectLockConfiguration",
    "encryption": "GetBucketEncryption",
    "publicAccessBlock": "GetPublicAccessBlock",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A call as it came in. `params` are those of JSON and form bodies."""

    service: str
    operation: str
    account: str
    region: str
    path: str
    params: Mapping[str, Any]

    @property
    def call(self) -> str:
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. `cut`: the connection closes halfway through the body. `hang`: seconds before anything."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


Kept = dict[tuple[Any, ...], "Reply"]

Rule = Callable[[Ask], Reply | None]


def told(call: str, **content: Any) -> Reply:
    """A JSON answer, checked against the operation's output shape. Times are numbers of seconds."""
    service, operation = call.split(":")
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    wrong = ParamValidator().validate(content, model.output_shape)
    assert not wrong.has_errors(), wrong.generate_report()
    return Reply(body=json.dumps(content).encode())


def refused(ask: Ask, code: str, message: str = "no", status: int = 400) -> Reply:
    """An error, in the service's own protocol."""
    if ask.operation == "HeadBucket":
        return Reply(status=status, body=b"")
    if ask.service in {"s3", "sts", "ec2"}:
        error = f"<Code>{code}</Code><Message>{message}</Message>"
        body = {
            "s3": f"<Error>{error}</Error>",
            "sts": f"<ErrorResponse><Error>{error}</Error></ErrorResponse>",
            "ec2": f"<Response><Errors><Error>{error}</Error></Errors></Response>",
        }[ask.service]
        return Reply(status=status, body=body.encode())
    body = json.dumps({"__type": code, "message": message})
    return Reply(status=status, body=body.encode(), headers={"x-amzn-errortype": code})


def denied(ask: Ask) -> Reply:
    """A refusal as AWS words it."""
    code = {"ec2": "UnauthorizedOperation", "s3": "AccessDenied", "sts": "AccessDenied"}
    message = f"User is not authorized to perform: {ask.call}"
    return refused(ask, code.get(ask.service, "AccessDeniedException"), message, 403)


def on(call: str, answer: Callable[[Ask], Reply], **where: str) -> Rule:
    """A rule for one operation, and an account or region."""

    def rule(ask: Ask) -> Reply | None:
        fits = all(getattr(ask, name) == value for name, value in where.items())
        return answer(ask) if ask.call == call and fits else None

    return rule


class Front:
    """The running server. `rules` are tried in order before moto is asked; `calls` is what was asked.

    What moto answers is kept in `kept`, which outlives a test: the company behind it never changes.
    """

    def __init__(self, moto_port: int, kept: Kept) -> None:
        self._kept = kept
        self.rules: list[Rule] = []
        self.calls: list[Ask] = []
        self.accounts: dict[str, str] = {}
        self._moto = moto_port
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet per answer, or each waits for the other side's delayed ACK

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                front._handle(self, self.rfile.read(length))

            do_GET = do_POST = do_HEAD = do_PUT = handle_any  # noqa: N815 - http.server's names

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handle(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        ask = self._recognised(handler, body)
        self.calls.append(ask)
        for rule in self.rules:
            reply = rule(ask)
            if reply is not None:
                break
        else:
            same = (handler.command, handler.path, body, ask.call, ask.account, ask.region)
            reply = self._kept.get(same) or self._asked_of_moto(handler, ask, body)
            if ask.service != "sts":  # whose a key is, each server learns for itself
                self._kept[same] = reply
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
        handler.close_connection = reply.cut

    def _recognised(self, handler: BaseHTTPRequestHandler, body: bytes) -> Ask:
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", handler.headers["Authorization"])
        assert scope is not None
        key, region, signed = scope.groups()
        service = "cloudwatch" if signed == "monitoring" else signed
        url = urlsplit(handler.path)
        params: Mapping[str, Any] = {}
        target = handler.headers.get("X-Amz-Target")
        if target:
            operation, params = target.rpartition(".")[2], json.loads(body or b"{}")
        elif service == "s3":
            asked = parse_qs(url.query, keep_blank_values=True)
            named = [S3_QUERIES[name] for name in asked if name in S3_QUERIES]
            operation = named[0] if named else "HeadBucket" if handler.command == "HEAD" else "ListBuckets"
        elif service == "account":
            operation, params = "ListRegions", json.loads(body or b"{}")
        else:
            params = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            operation = str(params["Action"])
        return Ask(
            service=service,
            operation=operation,
            account=self.accounts.get(key, HOME),
            region=region,
            path=url.path,
            params=params,
        )

    def _asked_of_moto(self, handler: BaseHTTPRequestHandler, ask: Ask, body: bytes) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self._moto, timeout=30)
        headers = {name: value for name, value in handler.headers.items() if name.lower() != "host"}
        connection.request(handler.command, handler.path, body, headers)
        answer = connection.getresponse()
        told = answer.read()
        connection.close()
        if ask.operation == "AssumeRole":
            key = re.search(rb"<AccessKeyId>(.+?)</AccessKeyId>", told)
            if key is not None:
                self.accounts[key[1].decode()] = str(ask.params["RoleArn"]).split(":")[4]
        skipped = {"content-length", "transfer-encoding", "connection", "server", "date"}
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in skipped}
        return Reply(status=answer.status, body=told, headers=kept)
