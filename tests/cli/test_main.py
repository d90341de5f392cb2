"""How the process ends: whoever reads its output may go away, and a bug is told as one."""

import os
import subprocess
import sys

import pytest

from cli.running import MAIN, environment, process
from logcov.catalogue import SOURCES


def _piped(arguments: list[str], cwd, lines: int) -> tuple[int, str, str]:
    """Runs logcov and closes its standard output after so many lines."""
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, *arguments],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        read = "".join(running.stdout.readline() for _ in range(lines))
        running.stdout.close()
        err = running.stderr.read()
        return running.wait(60), read, err


def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path):
    code, read, err = _piped(["policy", "schema"], tmp_path, 1)

    assert read == "{\n"
    assert code in {0, 1}  # 0 where everything fitted into the pipe before it closed
    assert err == ""


def test_a_reader_that_was_never_there_ends_the_command_quietly(tmp_path):
    code, _, err = _piped(["policy", "schema"], tmp_path, 0)

    assert code == 1
    assert err == ""


def test_a_reader_of_little_that_goes_away_is_met_at_the_end(tmp_path):
    code, _, err = _piped(["sources"], tmp_path, 0)

    assert code == 1
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert "BrokenPipe" not in err


def test_a_reader_of_everything_that_goes_away_in_mid_run_ends_it_quietly(acme, tmp_path):
    done = subprocess.run(
        ["sh", "-c", '"$0" -m logcov audit 2>&1 | head -n 1', sys.executable],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout == "finding scopes: 0 of 2\n"
    assert done.stderr == ""


@pytest.mark.parametrize("closed", ["1>&-", "1>&- 2>&-"])
def test_closed_output_is_no_bug(tmp_path, closed):
    shell = f'exec "$0" -m logcov sources {closed}'

    done = subprocess.run(
        ["sh", "-c", shell, sys.executable],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")  # noqa: PTH110
def test_a_full_disk_is_told_where_it_shows(tmp_path):
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-c", MAIN, "sources"],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert "logcov: output cannot be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_of_another_encoding_gets_what_it_can_show(tmp_path, encoding):
    for arguments in (
        ["sources", SOURCES[0].id],
        ["sandbox", "--help"],
        ["filter", "gcp", "--filter", "a=ü∧"],
    ):
        ran = subprocess.run(
            [sys.executable, "-c", MAIN, *arguments],
            cwd=tmp_path,
            env=environment(PYTHONIOENCODING=encoding),
            capture_output=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        ran.stdout.decode(encoding)


def test_json_is_utf_8_whatever_the_terminal_is(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", MAIN, "filter", "gcp", "--filter", "a=ü∧", "--format", "json"],
        cwd=tmp_path,
        env=environment(PYTHONIOENCODING="ascii"),
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 0
    assert "ü∧" in ran.stdout.decode("utf-8")


def test_a_bug_is_told_as_one_with_1(tmp_path):
    broken = "import sys; sys.modules['logcov.cli.reference'] = None; "

    ran = process("sources", cwd=tmp_path, script=broken + MAIN)

    assert ran.code == 1
    assert ran.err.startswith("Traceback")
    assert ran.err.endswith("logcov: this is a bug; please report it with the lines above.\n")


def test_the_module_runs_like_the_command(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "logcov", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0
    assert ran.stdout.startswith("logcov ")
