"""moto in a box: its answers in process, and its state apart from everybody else's.

moto keeps what it pretends in global dictionaries. The box swaps its own ones in around each call and out
again afterwards, so that two worlds (and any other user of moto in this process) do not see each other. That
costs some microseconds; calls are one at a time, which does not matter as each distinct one is made once.
"""

import io
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any
from urllib.parse import unquote, urlsplit

from logcov.errors import SandboxError
from logcov.sandbox.aws_wire import Answer, Ask, key_for, loader

_TURN = threading.RLock()
"""One box at a time: moto's dictionaries are global."""

_State = list[tuple[Any, dict[str, Any], dict[str, Any]]]
"""moto's dictionaries of backends, what they hold by account, and S3's register of bucket names."""

SETTINGS: Mapping[str, str | None] = {"MOTO_ACCOUNT_ID": None, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
"""moto's own settings, read from the environment at each call: one account for everything must not be set, and
machine images cost a tenth of a second for each account and region. Set once and left: other threads of this process
read the environment too, and must not see it change."""

INSTALL = "Install the sandbox: pip install 'logcov[sandbox]'"


MISSING = Answer(404, (("Content-Type", "text/html; charset=utf-8"),), b"<!doctype html>")
"""What is answered for a service that moto lacks; for an operation that it lacks, moto says much the same."""


class MotoBox:
    """One pretended AWS. Safe to share between threads."""

    def __init__(self) -> None:
        """Starts empty.

        Raises:
            SandboxError: moto or what its server needs is not installed.
        """
        try:
            from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        except ImportError as error:
            raise SandboxError(f"The AWS half of the sandbox needs moto: {error}", INSTALL) from error

        def quiet(service: Any) -> Any:
            app = create_backend_app(service)
            # What moto lacks, it raises: answered by a 500, which `aws_rewrite` puts right, and no traceback.
            app.debug = False
            app.config["PROPAGATE_EXCEPTIONS"] = False
            app.logger.disabled = True
            return app

        _set(SETTINGS)
        self._app = DomainDispatcherApplication(quiet)
        self._kept: _State = []
        self._luck: Any = Random(0).getstate()  # noqa: S311 - ids of pretended resources
        self._clients: dict[tuple[str, str], Any] = {}
        self._account = ""
        self._session: Any = None

    @contextmanager
    def _mine(self) -> Iterator[None]:
        """Within it, moto's global state, its random numbers included, is this box's."""
        from moto.moto_api._internal import mock_random

        with _TURN:
            theirs, their_luck = _taken(), mock_random.getstate()
            _put(self._kept)
            mock_random.setstate(self._luck)
            try:
                yield
            finally:
                self._kept, self._luck = _taken(), mock_random.getstate()
                _put(theirs)
                mock_random.setstate(their_luck)

    def draw(self, luck: str) -> None:
        """Seeds moto's random numbers for the next calls: the same ids in every run, whatever came before."""
        self._luck = Random(luck).getstate()  # noqa: S311 - ids of pretended resources

    def answer(self, ask: Ask) -> Answer:
        """What moto answers; HTML, and a status of 404 or 500, for what it lacks."""
        with _TURN:
            # moto makes what a region has by default (its VPC) when it is first asked about it.
            self.draw(f"{ask.account}/{ask.region}/{ask.service}")
            return self._call(ask.method, ask.path, ask.query, ask.headers, ask.body, ask.account)

    def _call(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, account: str
    ) -> Answer:
        from werkzeug.test import run_wsgi_app

        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path).encode().decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": path + (f"?{query}" if query else ""),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": headers.get("content-type", ""),
            "HTTP_X_MOTO_ACCOUNT_ID": account,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers.items():
            if name not in ("content-length", "content-type", "host", "x-moto-account-id"):
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        if not self._has(environ, path):
            return MISSING
        from moto.moto_api._internal import mock_random

        with self._mine():
            # The first call of a service makes what moto needs for it, with random numbers of its own.
            luck = mock_random.getstate()
            self._app.get_application(environ)
            mock_random.setstate(luck)
            pieces, status, given = run_wsgi_app(self._app, environ, buffered=True)
            content = b"".join(pieces)
        kept = tuple(
            (name, value)
            for name, value in given.items()
            if name.lower() not in ("content-length", "date", "server", "connection")
            and not name.lower().startswith("access-control-")
        )
        return Answer(int(status.split(" ", 1)[0]), kept, content)

    def _has(self, environ: dict[str, Any], path: str) -> bool:
        """Whether moto knows this service. Asked here, as moto itself says no by printing and by crashing."""
        host = self._app.infer_service_region_host(environ, path)
        patterns = self._app.backend_url_patterns
        return (
            host is None or "." not in host or any(pattern.match(f"http://{host}") for _, pattern in patterns)
        )

    # --- Seeding ------------------------------------------------------------------------------------------

    def client(self, service: str, region: str, account: str, luck: str) -> Any:
        """A botocore client that writes to this box in process, as this account; `luck` is for `draw`.

        One client at a time is in use: seeding is single-threaded.
        """
        self._account = account
        self.draw(luck)
        if (service, region) not in self._clients:
            self._clients[service, region] = self._new_client(service, region)
        return self._clients[service, region]

    def _new_client(self, service: str, region: str) -> Any:
        import botocore.session
        from botocore.awsrequest import AWSResponse
        from botocore.config import Config

        if self._session is None:
            self._session = botocore.session.Session()
            self._session.register_component("data_loader", loader())
        client = self._session.create_client(
            service,
            region,
            endpoint_url="http://127.0.0.1",
            aws_access_key_id=key_for("0" * 12),
            aws_secret_access_key="acme",  # noqa: S106 - nobody checks it
            config=Config(
                s3={"addressing_style": "path"}, retries={"total_max_attempts": 1, "mode": "standard"}
            ),
        )

        def send(request: Any, **_: Any) -> Any:
            parts = urlsplit(request.url)
            headers = {
                name.lower(): value.decode() if isinstance(value, bytes) else value
                for name, value in request.headers.items()
            }
            body = request.body or b""
            body = body.read() if hasattr(body, "read") else body
            body = body.encode() if isinstance(body, str) else bytes(body)
            answer = self._call(request.method, parts.path, parts.query, headers, body, self._account)
            return AWSResponse(request.url, answer.status, _headers(answer), _Raw(answer.body))

        client.meta.events.register("before-send.*.*", send)
        return client


def _headers(answer: Answer) -> Any:
    from botocore.compat import HTTPHeaders

    return HTTPHeaders.from_pairs(answer.headers)


class _Raw:
    """As much of a urllib3 response as botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


def _instances() -> list[Any]:
    """The dictionaries of backends in use; moto has no other way to its state."""
    from moto.core import base_backend

    found: list[Any] = vars(base_backend.BackendDict)["_instances"]
    return found


def _taken() -> _State:
    return [(each, dict(each), dict(getattr(each, "bucket_accounts", {}))) for each in _instances()]


def _set(settings: Mapping[str, str | None]) -> None:
    for name, value in settings.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _put(state: _State) -> None:
    """Makes moto's global state this one and no other."""
    instances = _instances()
    for each in instances:
        each.clear()
        if hasattr(each, "bucket_accounts"):
            each.bucket_accounts.clear()
    instances.clear()
    for each, accounts, buckets in state:
        each.update(accounts)
        if hasattr(each, "bucket_accounts"):
            each.bucket_accounts.update(buckets)
        instances.append(each)
