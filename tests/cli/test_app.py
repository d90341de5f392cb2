"""The commands and their options, as somebody meets them who has just installed logcov."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cli.running import environment
from logcov import __version__

COMMANDS = [
    "audit",
    "collect",
    "evaluate",
    "report",
    "explain",
    "filter",
    "filter gcp",
    "filter cloudtrail",
    "policy",
    "policy check",
    "policy list",
    "policy schema",
    "sources",
    "permissions",
    "sandbox",
]
HEAVY = [
    "boto3",
    "botocore",
    "googleapiclient",
    "google.auth",
    "okta",
    "aiohttp",
    "yaml",
    "jinja2",
    "rich.table",
    "moto",
    "requests",
    "logcov.policy.language",
    "logcov.config.language",
    "logcov.documents.strict",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(logcov, command):
    ran = logcov(*command.split(), "--help")

    assert ran.code == 0
    assert ran.out.startswith(f"Usage: logcov {command} ")
    assert ran.err == ""


def test_the_help_names_every_command(logcov):
    ran = logcov("--help")

    assert ran.code == 0
    for command in COMMANDS:
        assert f"  {command.split()[0]} " in ran.out


def test_the_help_says_what_each_option_may_be(logcov):
    ran = logcov("audit", "--help")

    for words in (
        "--config, -c",
        "--policy",
        "-o ",
        "--format",
        "--as-of",
        "--fail-on",
        "--allow-unknown",
        "--sandbox",
    ):
        assert words in ran.out.replace("-c, --config", "--config, -c"), words


def test_without_a_command_there_is_the_help_and_a_usage_error(logcov):
    ran = logcov()

    assert ran.code == 2
    assert "Usage: logcov" in ran.out + ran.err


def test_the_version_is_told(logcov):
    ran = logcov("--version")

    assert (ran.code, ran.out) == (0, f"logcov {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "nonsense"),
        (["audit", "--nonsense"], "--nonsense"),
        (["audit", "--as-of", "yesterday"], "'yesterday' is not a day such as 2026-11-22"),
        (["audit", "--as-of", "2026-02-30"], "'2026-02-30' is not a day such as 2026-11-22"),
        (["audit", "--as-of", ""], "'' is not a day"),
        (["audit", "--as-of"], "--as-of"),
        (["audit", "--format", "pdf"], "Choose one of terminal, markdown, json."),
        (["audit", "--fail-on", "urgent"], "Choose one of low, medium, high, critical."),
        (["audit", "-o", "report.pdf"], "the suffix '.pdf' names no format"),
        (["audit", "-o", "pdf=report"], "there is no format 'pdf'"),
        (["audit", "-o", ""], "-o names no file"),
        (["explain"], "FINDING-ID"),
        (["collect"], "-o"),
        (["permissions"], "provider"),
        (["permissions", "azure"], "Choose one of aws, gcp, okta, workspace."),
        (["sources", "gcp.audit.data_acess"], "Did you mean gcp.audit.data_access?"),
        (["filter", "gcp"], "--filter"),
        (["policy", "check"], "files"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error_that_says_why(logcov, arguments, said):
    ran = logcov(*arguments)

    assert ran.code == 2
    assert said in ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["sources"], ["permissions", "aws"]])
def test_what_needs_no_network_loads_no_sdk_and_none_of_our_models(arguments, tmp_path: Path):
    script = textwrap.dedent(f"""
        import sys
        from logcov.cli import run
        code = run({arguments!r})
        print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
        sys.exit(code)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "[]"
