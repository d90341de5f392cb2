"""The family that the page on adding a log source builds: its file works, and its tests pass."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from docs.prose import ROOT, blocks
from logcov.inventory import HopKind, LogSource
from logcov.providers.aws import rows
from logcov.providers.aws.permissions import permission_of
from providers.aws import crawl, judging
from providers.aws.stage import Stage

PAGE = ROOT / "docs/adding-a-log-source.md"
FILE, TESTS = blocks("python", [PAGE])
NAME = "logcov.providers.aws.msk"
CASES = [line[4:].partition("(")[0] for line in TESTS.text.splitlines() if line.startswith("def test_")]
NOBODY = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}


def run(text: str, name: str) -> ModuleType:
    made = ModuleType(name)
    # A file name like that is no file: nobody looks for its source, measurers of coverage included.
    exec(compile(text, f"<{PAGE.name}: {name}>", "exec"), made.__dict__)
    return made


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The page's family, in the tables that tests of a family look things up in, as its line would put it there."""
    for name, file in NOBODY.items():
        monkeypatch.setenv(name, str(tmp_path / file))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    module = run(FILE.text, NAME)
    monkeypatch.setitem(sys.modules, NAME, module)
    made = module.MSK_FAMILY
    monkeypatch.setattr(crawl, "OBSERVERS", (*crawl.OBSERVERS, *made.observers))
    monkeypatch.setattr(judging, "SOURCES", (*judging.SOURCES, *made.sources))
    monkeypatch.setattr(judging, "HOP_KINDS", (*judging.HOP_KINDS, *made.hop_kinds))
    return made


@pytest.fixture
def stage() -> Iterator[Stage]:
    server = Stage()
    yield server
    server.stop()


@pytest.mark.parametrize("case", CASES)
def test_the_tests_of_the_page_pass(family: Any, stage: Stage, case: str) -> None:
    assert family.sources
    vars(run(TESTS.text, "test_msk"))[case](stage)


def test_the_page_adds_what_is_not_there_yet(family: Any) -> None:
    assert not {row.id for row in family.sources} & {row.id for row in rows.SOURCES}
    assert "MSK_FAMILY" not in (ROOT / "src/logcov/providers/aws/rows.py").read_text(encoding="utf-8")


def test_the_rows_of_the_page_are_whole(family: Any) -> None:
    (source,), (hop,), (observer,) = family.sources, family.hop_kinds, family.observers

    assert isinstance(source, LogSource)
    assert isinstance(hop, HopKind)
    assert {*source.needs, source.emitters} <= set(observer.listings)
    assert set(hop.leads_to) <= {kind.pattern for kind in rows.DESTINATION_KINDS}
    assert all((one.permission or one.call) == permission_of(one.call) for one in observer.operations)
    assert source.needs == (hop.id,)
