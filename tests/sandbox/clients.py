"""Clients for the tests: the real ones, and plain HTTP where a test looks at what goes over the wire."""

import asyncio
import json
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

BASES = {"storage": "/storage/v1/", "bigquery": "/bigquery/v2/", "compute": "/compute/v1/"}


class GoogleClients:
    """Clients of google-api-python-client, anonymous, that ask one endpoint: `clients("logging", "v2")`."""

    def __init__(self, endpoint: str, timeout: float = 10.0) -> None:
        self._endpoint, self._timeout = endpoint, timeout
        self._made: list[Any] = []

    def __call__(self, service: str, version: str) -> Any:
        import httplib2
        from google.auth.credentials import AnonymousCredentials
        from google_auth_httplib2 import AuthorizedHttp
        from googleapiclient.discovery import build

        http = AuthorizedHttp(AnonymousCredentials(), http=httplib2.Http(timeout=self._timeout))
        client = build(
            service,
            version,
            http=http,
            static_discovery=True,
            cache_discovery=False,
            client_options={"api_endpoint": self._endpoint + BASES.get(service, "/")},
        )
        self._made.append(client)
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._made:
            client.close()


def everything(list_method: Any, next_method: Any, key: str) -> list[Any]:
    """All items of a list, page by page, and never stopping at an empty one."""
    return [item for page in pages(list_method, next_method) for item in page.get(key, [])]


def pages(request: Any, next_method: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    found = []
    while request is not None:
        answer = request.execute(num_retries=3)
        found.append(answer)
        request = next_method(request, answer)
    return found


def okta_config(endpoint: str, **client: Any) -> dict[str, Any]:
    """The configuration of a RequestExecutor that reads no file and no environment."""
    return {
        "client": {
            "authorizationMode": "SSWS",
            "orgUrl": endpoint,
            "token": "placeholder",
            "requestTimeout": 10,
            "connectionTimeout": 10,
            "rateLimit": {"maxRetries": 0},
            "cache": {"enabled": False},
            "logging": {"enabled": False},
            **client,
        },
        "testing": {"testingDisableHttpsCheck": True},
    }


def okta_get(endpoint: str, path: str, **client: Any) -> tuple[Any, Any, Any]:
    """One GET by Okta's own RequestExecutor: response, body, error."""
    from okta.cache.no_op_cache import NoOpCache
    from okta.request_executor import RequestExecutor

    async def ask() -> tuple[Any, Any, Any]:
        executor = RequestExecutor(okta_config(endpoint, **client), NoOpCache())
        request, error = await executor.create_request("GET", path, headers={})
        if error:
            return None, None, error
        return await executor.execute(request)

    return asyncio.run(ask())


def plain(
    url: str, body: Any = None, *, headers: dict[str, str] | None = None, timeout: float = 10.0
) -> tuple[int, Any, Any]:
    """One request: status, headers, JSON body. A body makes it a POST."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data=data, headers=headers or {})
    try:
        with urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, error.headers, json.loads(error.read())
