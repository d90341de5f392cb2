"""The command line in this process, and the pretend company that it audits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.running import MET, POLICY, Ran, Run, written
from logcov.cli import run
from logcov.sandbox import Here, serve_here
from logcov.sandbox.configuration import config_text


@pytest.fixture
def logcov(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process, in an empty folder, with no credentials at hand."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Ran:
        code = run(arguments)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return call


@pytest.fixture(scope="module")
def served() -> Iterator[Here]:
    """Acme without AWS, served by threads of this process."""
    with serve_here() as here:
        yield here


@pytest.fixture
def here(served: Here) -> Iterator[Here]:
    """The same, with none but its own faults, before and afterwards."""
    served.faults.reset()
    served.calls.reset()
    yield served
    served.faults.reset()


@pytest.fixture
def acme(here: Here, tmp_path: Path) -> Path:
    """A `logcov.yaml` for Acme's Okta orgs, and a policy beside it that one of them does not meet."""
    policy = written(tmp_path, "okta.yaml", POLICY)
    written(tmp_path, "met.yaml", MET)
    text = config_text(google="", okta=here.okta, aws="", role="", policies=(policy,))
    return written(tmp_path, "logcov.yaml", text)
