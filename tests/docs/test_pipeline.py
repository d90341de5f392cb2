"""The pipeline: lint and test on changes, an audit on a schedule."""

import re

import pytest
import yaml

from docs.prose import ROOT, text_of
from logcov.findings import GAPS

PIPELINE = yaml.safe_load(text_of(".gitlab-ci.yml"))
AUDIT = PIPELINE["audit"]
TARGETS = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))


def test_every_job_has_a_stage_that_there_is():
    jobs = {name: job for name, job in PIPELINE.items() if isinstance(job, dict) and "script" in job}

    assert {"lint", "test", "faults", "audit"} == jobs.keys()
    assert {job["stage"] for job in jobs.values()} <= set(PIPELINE["stages"])


@pytest.mark.parametrize("place", [".gitlab-ci.yml", ".ci/run", "README.md", "CONTRIBUTING.md"])
def test_every_make_target_that_is_called_exists(place):
    called = set(re.findall(r"(?:^|[\[\s`])make ([a-z]+)", text_of(place), re.MULTILINE))

    assert called
    # Prose uses the verb, too.
    assert called <= TARGETS | {"equal", "sure"}


def test_changes_are_linted_and_tested_and_schedules_audited():
    assert PIPELINE["lint"]["script"] == ["make lint"]
    assert PIPELINE["test"]["script"] == ["make coverage"]
    assert AUDIT["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    for job in ("lint", "test", "faults"):
        assert all(
            "schedule" not in rule["if"].replace('!= "schedule"', "") for rule in PIPELINE[job]["rules"]
        )


def test_the_audit_keeps_its_report_whatever_the_verdict_and_shows_it_to_members_only():
    written = set(re.findall(r"-o (\S+)", " ".join(AUDIT["script"])))

    assert AUDIT["artifacts"]["when"] == "always"
    assert AUDIT["artifacts"]["access"] == "developer"
    assert written < set(AUDIT["artifacts"]["paths"])


def test_gaps_warn_and_what_could_not_be_looked_at_fails():
    assert AUDIT["allow_failure"] == {"exit_codes": [GAPS]}


def test_the_audit_signs_in_without_a_stored_key():
    assert AUDIT["id_tokens"] == {"AWS_ID_TOKEN": {"aud": "https://gitlab.com"}}
    assert any("AWS_WEB_IDENTITY_TOKEN_FILE" in line for line in AUDIT["before_script"])


def test_the_image_is_built_of_what_it_needs_and_nothing_that_lies_about():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text_of("Containerfile"), re.MULTILINE)
    sources = {name for line in copied for name in line.split()}

    assert {"pyproject.toml", "src", "coverage_policies", "constraints.txt"} <= sources
    assert "." not in sources
    for name in sources:
        assert (ROOT / name).exists(), name
