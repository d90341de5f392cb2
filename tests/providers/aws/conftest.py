"""One small company in moto, built once; in front of it a server that each test gives its own faults."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from providers.aws.company import Company, before_moto, built
from providers.aws.front import Front, Kept
from providers.aws.stage import Stage

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "nowhere",
}


@pytest.fixture(autouse=True)
def _no_machine_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, str(tmp_path / value) if value == "nowhere" else value)


@pytest.fixture(scope="session")
def company() -> Iterator[Company]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    try:
        yield built(port)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kept() -> Kept:
    return {}


@pytest.fixture
def front(company: Company, kept: Kept) -> Iterator[Front]:
    """The server before moto, with quiet answers for what moto does not know. A test puts its rules first."""
    with before_moto(company, kept) as server:
        yield server


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A server that answers what the test tells it, and nothing else until moto is seeded."""
    server = Stage()
    yield server
    server.stop()
