"""Progress: a bar for people at a terminal, a few plain lines for everything else."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.running import MAIN, environment
from logcov.cli import progress
from logcov.cli.progress import shown_progress
from logcov.collect import Progress

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def _on_a_terminal(
    arguments: list[str], cwd: Path, *, columns: int = 80, main: str = MAIN, **env: str
) -> tuple[int, str]:
    """Runs logcov with a terminal as its output, and gives its exit code and everything that came out of it."""
    ours, theirs = pty.openpty()
    subprocess.run(["stty", "cols", str(columns), "rows", "40"], stdin=theirs, check=True)
    running = subprocess.Popen(
        [sys.executable, "-c", main, *arguments],
        cwd=cwd,
        env=environment(**{"TERM": "xterm-256color", **env}),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if not select.select([ours], [], [], 1.0)[0]:
            continue
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end was closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return running.wait(30), shown.decode()


def _lines(capsys: pytest.CaptureFixture[str], *steps: tuple[str, int, int]) -> list[str]:
    with shown_progress() as report:
        for phase, done, total in steps:
            report(Progress(phase=phase, done=done, total=total))
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()


def test_without_a_terminal_a_phase_has_a_line_at_its_beginning_and_at_its_end(capsys):
    steps = [("reading", done, 100) for done in range(101)]

    assert _lines(capsys, *steps) == ["reading: 0 of 100", "reading: 100 of 100"]


def test_the_end_of_a_phase_is_told_once(capsys):
    steps = [("reading", 0, 2), ("reading", 2, 2), ("reading", 2, 2)]

    assert _lines(capsys, *steps) == ["reading: 0 of 2", "reading: 2 of 2"]


def test_a_phase_with_nothing_to_do_has_one_line(capsys):
    assert _lines(capsys, ("reading", 0, 0), ("reading", 0, 0)) == ["reading: 0 of 0"]


def test_a_phase_of_several_rounds_tells_each(capsys):
    steps = [("onward", 0, 2), ("onward", 2, 2), ("onward", 0, 1), ("onward", 1, 1)]

    assert _lines(capsys, *steps) == ["onward: 0 of 2", "onward: 2 of 2", "onward: 0 of 1", "onward: 1 of 1"]


def test_a_long_phase_has_a_line_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)

    assert len(_lines(capsys, *[("reading", done, 5) for done in range(6)])) == 6


def test_a_long_phase_says_whom_it_waits_for(capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    waiting = {"aws:accounts/333333333333": 12, "aws:accounts/222222222222": 1}
    with shown_progress() as report:
        for done in (0, 1, 2):
            report(Progress(phase="reading", done=done, total=2, waiting=waiting))

    assert capsys.readouterr().err.splitlines() == [
        "reading: 0 of 2",
        "reading: 1 of 2, waiting for aws:accounts/333333333333 (12)",
        "reading: 2 of 2",
    ]


def test_a_bar_that_stands_still_says_whom_it_waits_for_and_takes_no_name_for_markup(tmp_path):
    script = (
        "import time; from logcov.cli import progress; from logcov.collect import Progress\n"
        "progress.STANDSTILL = 0.2\n"
        "with progress.shown_progress() as report:\n"
        "    for _ in range(8):\n"
        "        report(Progress(phase='reading', done=1, total=2, waiting={'a[/b][red]c': 12})); time.sleep(0.1)\n"
    )
    code, shown = _on_a_terminal([], tmp_path, main=script)

    assert code == 0
    assert "waiting for a[/b][red]c (12)" in ESCAPES.sub("", shown)


def test_without_a_terminal_there_are_no_control_characters(logcov, acme):
    ran = logcov("audit")

    assert "\x1b" not in ran.out + ran.err
    assert "\r" not in ran.out + ran.err


def test_on_a_terminal_a_bar_comes_and_goes_and_the_report_stays(acme, tmp_path):
    code, shown = _on_a_terminal(["audit"], tmp_path)

    assert code == 10
    assert "\x1b[?25l" in shown  # the cursor hides while the bar is there
    assert shown.rindex("\x1b[?25h") < shown.index("As of 20")
    assert "finding scopes: 0 of" not in shown
    assert "\x1b[3" in shown[shown.rindex("\x1b[?25h") :], "the report is coloured"


def test_no_color_means_none(acme, tmp_path):
    code, shown = _on_a_terminal(["audit"], tmp_path, NO_COLOR="1")

    assert code == 10
    assert "\x1b" not in shown[shown.index("As of 20") :]


def test_a_terminal_that_can_do_nothing_gets_plain_lines(acme, tmp_path):
    code, shown = _on_a_terminal(["audit"], tmp_path, TERM="dumb")

    assert code == 10
    assert "finding scopes: 2 of 2" in shown
    assert "\x1b[?25l" not in shown


@pytest.mark.parametrize("columns", [60, 80])
def test_the_report_fits_the_terminal(acme, tmp_path, columns):
    code, shown = _on_a_terminal(["audit", "--format", "terminal"], tmp_path, columns=columns)

    report = ESCAPES.sub("", shown[shown.index("As of 20") :])
    assert code == 10
    assert max(len(line.rstrip("\r")) for line in report.split("\n")) <= columns


def test_the_narrowest_terminal_still_gets_a_report(acme, tmp_path):
    code, shown = _on_a_terminal(["audit"], tmp_path, columns=20)

    assert code == 10
    assert "Traceback" not in shown


def test_json_on_a_terminal_is_nothing_but_json(acme, tmp_path):
    code, shown = _on_a_terminal(["evaluate", ".logcov/inventory.jsonl.gz"], tmp_path)
    assert code == 2
    code, shown = _on_a_terminal(["audit", "--format", "json"], tmp_path)

    assert code == 10
    assert json.loads(shown[shown.index("\n{") :] if "\n{" in shown else shown[shown.index("{\r\n") :])
