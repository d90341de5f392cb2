import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from logcov.config import load_config
from logcov.errors import SandboxError
from logcov.sandbox import start


def alive(pid: int) -> bool:
    """Whether a process still runs: a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(pid: int, within: float = 10.0) -> bool:
    until = time.monotonic() + within
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pid)


def test_a_sandbox_serves_until_it_is_stopped(tmp_path: Path) -> None:
    with start(with_aws=False) as running:
        with urlopen(f"{running.google}/v2/projects/acme-shop-prod/sinks", timeout=10) as answer:
            assert answer.status == 200
        assert running.okta == running.google
        assert running.aws == ""
        (tmp_path / "logcov.yaml").write_text(running.config, encoding="utf-8")
        config = load_config(tmp_path / "logcov.yaml")
        assert config.policies == tuple(str(path) for path in running.policies)
        assert config.aws == ()
        pid, copy = running.pid, running.policies[0]
        assert copy.is_file()
    running.stop()
    assert not alive(pid)
    assert not copy.exists()
    with pytest.raises(URLError):
        urlopen(f"{running.google}/_sandbox/calls", timeout=5)


def test_aws_is_served_by_the_same_child() -> None:
    with start() as running:
        assert running.aws.startswith("http://127.0.0.1:")
        assert running.aws != running.google
        assert f"endpoint: {running.aws}" in running.config
        assert "role: LogcovReader" in running.config


def test_the_policies_may_be_written_where_they_stay(tmp_path: Path) -> None:
    with start(with_aws=False, folder=tmp_path) as running:
        assert running.policies[0] == (tmp_path / "acme-estate.yaml").resolve()
    assert running.policies[0].is_file()


@pytest.mark.parametrize("ending", ["sys.exit(0)", "os.kill(os.getpid(), 9)"])
def test_the_child_ends_with_its_parent(ending: str, tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        import os, sys
        from pathlib import Path
        from logcov.sandbox import start
        running = start(with_aws=False, folder=Path({str(tmp_path)!r}))
        print(running.pid, flush=True)
        {ending}
    """)
    parent = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    pid = int(parent.stdout)
    assert gone(pid)


def test_it_starts_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logging.py").write_text(
        "raise SystemExit('a foreign module was imported')\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    with start(with_aws=False) as running:
        assert running.google.startswith("http://127.0.0.1:")


def test_a_wrong_world_is_told_by_the_parent(tmp_path: Path) -> None:
    world = tmp_path / "mine.yaml"
    world.write_text("okat: {}\n", encoding="utf-8")
    with pytest.raises(SandboxError, match="did you mean `okta`"):
        start(world, with_aws=False)


def test_a_world_of_ones_own_is_served(tmp_path: Path) -> None:
    world = tmp_path / "mine.yaml"
    world.write_text(
        "okta: {orgs: [{host: tiny.okta.com, companyName: Tiny, created: -1d}]}\n", encoding="utf-8"
    )
    with start(world, with_aws=False) as running:
        assert list(running.okta_orgs) == ["tiny.okta.com"]


def test_it_can_be_run_by_hand() -> None:
    command = [sys.executable, "-m", "logcov.sandbox", "--without-aws"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert b"http://127.0.0.1:" in process.stdout.readline()
            process.send_signal(2)
            assert process.wait(10) == 0
        finally:
            process.kill()  # if it does not end, the test fails, and does not wait for ever
    assert not alive(process.pid)


def test_nothing_is_left_of_a_child_that_did_not_start(tmp_path: Path) -> None:
    with pytest.raises(SandboxError):
        start(tmp_path / "none.yaml", with_aws=False)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
