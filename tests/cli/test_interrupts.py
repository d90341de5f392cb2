"""Ctrl-C in mid-run: it ends at once, keeps what was read, and leaves good reports alone."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.running import MET, process, started, written
from logcov.inventory import Listing
from logcov.inventory.file import read_inventory
from logcov.sandbox import Here
from logcov.sandbox.configuration import config_text
from logcov.sandbox.faults import Fault

SLOW = 45.0
"""Seconds that the slow answers take: far longer than any test here may last."""


@pytest.fixture
def begun(here: Here, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts a command against Acme at Google, and returns when it waits for an answer that does not come.

    An old report and an old assessment are there from an earlier run.
    """
    policy = written(tmp_path, "policy.yaml", MET.replace("okta.system_log", "gcp.audit.*"))
    written(
        tmp_path, "logcov.yaml", config_text(google=here.google, okta={}, aws="", role="", policies=(policy,))
    )
    (tmp_path / ".logcov").mkdir()
    written(tmp_path, "report.md", "the old report")
    written(tmp_path, ".logcov/assessment.json", "the old assessment")

    def begin(*arguments: str, waiting: str = "*setIamPolicy*") -> subprocess.Popen[str]:
        here.faults.replace([Fault(fault="slow", operation=waiting, seconds=SLOW)])
        here.calls.reset()
        running = started(*arguments, cwd=tmp_path)
        until = time.monotonic() + 60
        while time.monotonic() < until and running.poll() is None:
            if any(_is_like(waiting, call["operation"]) for call in here.calls.as_json()):
                return running
            time.sleep(0.05)
        running.kill()
        raise AssertionError(running.communicate())

    return begin


def _is_like(pattern: str, operation: str) -> bool:
    return pattern.strip("*") in operation


def _interrupted(running: subprocess.Popen[str], times: int = 1) -> tuple[str, float]:
    """Presses Ctrl-C so many times; what was said, and the seconds until the end."""
    began = time.monotonic()
    for _ in range(times):
        if running.poll() is None:
            running.send_signal(signal.SIGINT)
            time.sleep(0.1)
    try:
        out, err = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    return err, time.monotonic() - began


def _left_over(folder: Path) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.name.endswith(".tmp") or path.name.startswith(".report")
    ]


def test_an_interrupted_audit_keeps_what_was_read_and_touches_no_report(begun, tmp_path):
    err, seconds = _interrupted(begun("audit", "-o", "report.md", waiting="*sinks*"))

    assert (
        "logcov: interrupted; what was read by then is in .logcov/inventory.jsonl.gz, marked incomplete"
        in err
    )
    assert err.count("interrupted") == 1
    assert seconds < 20
    kept = read_inventory(tmp_path / ".logcov" / "inventory.jsonl.gz")
    assert not kept.header.complete
    assert any(isinstance(fact, Listing) for fact in kept.facts)
    assert (tmp_path / "report.md").read_text() == "the old report"
    assert (tmp_path / ".logcov" / "assessment.json").read_text() == "the old assessment"
    assert _left_over(tmp_path) == []


def _verdicts(folder: Path, inventory: str) -> dict[str, str]:
    ran = process("evaluate", inventory, "--policy", "policy.yaml", "--format", "json", cwd=folder)
    assert ran.code in {10, 11, 12}, ran.err
    return {finding["id"]: finding["status"] for finding in json.loads(ran.out)["findings"]}


def test_what_an_interrupted_audit_kept_is_judged_and_what_it_lacks_is_unknown(begun, here, tmp_path):
    _interrupted(begun("audit", waiting="*sinks*"))
    here.faults.replace([])
    assert process("collect", "-o", "whole.jsonl.gz", cwd=tmp_path).code == 11  # some of it no API tells

    whole = _verdicts(tmp_path, "whole.jsonl.gz")
    part = _verdicts(tmp_path, ".logcov/inventory.jsonl.gz")

    changed = {status for name, status in part.items() if status != whole.get(name)}
    assert changed == {"unknown"}
    assert "covered" in whole.values()


def test_an_interrupted_collection_is_marked_incomplete(begun, tmp_path):
    err, _ = _interrupted(begun("collect", "-o", "inventory.jsonl.gz", waiting="*sinks*"))

    assert "logcov: interrupted; inventory.jsonl.gz holds what was read by then, marked incomplete" in err
    assert not read_inventory(tmp_path / "inventory.jsonl.gz").header.complete


def test_an_interrupt_before_any_scope_was_found_keeps_an_empty_inventory(begun, tmp_path):
    _interrupted(begun("audit", waiting="*organizations.get*"))

    assert not read_inventory(tmp_path / ".logcov" / "inventory.jsonl.gz").header.complete


def test_ctrl_c_twice_or_more_ends_just_as_quietly(begun, tmp_path):
    _interrupted(begun("audit", "-o", "report.md", waiting="*sinks*"), times=4)

    assert (tmp_path / "report.md").read_text() == "the old report"
    assert _left_over(tmp_path) == []


def test_ctrl_c_while_the_sandbox_starts_leaves_nothing_behind(tmp_path):
    running = started("audit", "--sandbox", cwd=tmp_path)
    time.sleep(1.5)

    err, _ = _interrupted(running)

    assert "interrupted" in err
    assert not (tmp_path / "report.md").exists()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_audit_goes_on_where_it_was_and_comes_to_the_same(begun, here, tmp_path, ending):
    running = begun("audit", waiting="*sinks*")
    running.send_signal(ending)
    running.communicate(timeout=30)
    kept = tmp_path / ".logcov" / "inventory.jsonl.gz"
    assert kept.with_name(kept.name + ".journal").exists()
    here.faults.replace([])
    here.calls.reset()
    assert process("collect", "-o", "whole.jsonl.gz", cwd=tmp_path).code == 11
    calls_of_a_whole = len(here.calls.as_json())
    here.calls.reset()

    resumed = process("audit", "--resume", cwd=tmp_path)

    assert resumed.code in {10, 11, 12}
    assert "finished steps of the last run are taken over" in resumed.err
    assert len(here.calls.as_json()) < calls_of_a_whole
    assert _verdicts(tmp_path, str(kept)) == _verdicts(tmp_path, "whole.jsonl.gz")
    assert not kept.with_name(kept.name + ".journal").exists()


def test_with_nothing_to_go_on_with_a_resumed_audit_is_an_audit(begun, here, tmp_path):
    running = begun("audit", waiting="*sinks*")
    running.kill()
    running.communicate(timeout=30)
    here.faults.replace([])
    (tmp_path / ".logcov" / "inventory.jsonl.gz.journal").unlink()

    resumed = process("collect", "--resume", "-o", ".logcov/inventory.jsonl.gz", cwd=tmp_path)

    assert resumed.code == 11
    assert "there is nothing to resume" in resumed.err
