"""What the tests of reports share: one rich assessment, and golden files."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from logcov.findings import Assessment
from report.specimen import rich_sample

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def sample() -> Assessment:
    return rich_sample()


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares with a file under golden/; UPDATE_GOLDEN=1 writes it anew, to be looked at before it is committed."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
