"""The shipped world, served from threads of this process, and the real clients that ask it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from logcov.documents import parse_yaml
from logcov.sandbox import Here, serve_here
from logcov.sandbox.world import World, world_of
from sandbox.clients import GoogleClients

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def shipped() -> Iterator[Here]:
    """The shipped world without AWS."""
    with serve_here() as here:
        yield here


@pytest.fixture
def here(shipped: Here) -> Iterator[Here]:
    """The shipped world, with its own faults and no calls made."""
    shipped.faults.reset()
    shipped.calls.reset()
    yield shipped
    shipped.faults.reset()


@pytest.fixture
def google(here: Here) -> Iterator[GoogleClients]:
    """Real Google clients for the world: `google("logging", "v2")`."""
    with GoogleClients(here.google) as clients:
        yield clients


@pytest.fixture
def write_world(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a world file."""

    def write(text: str) -> Path:
        path = tmp_path / "world.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def small() -> Callable[[Any], World]:
    """Builds a small world of what a world file would hold."""
    return lambda data: world_of(parse_yaml(json.dumps({"aws": {}, **data}), "small"), now=NOW)
