"""What a command is asked to look at."""

import pytest

from cli.running import MET, written
from logcov.catalogue import SOURCES
from logcov.cli.asking import asked_for, bound, sources_asked_for, sources_of
from logcov.errors import UsageError

NOBODY = "version: 1\npolicies: [met.yaml]\nokta: [{org_url: 'https://acme.okta.com'}]\n"


def test_policies_ask_for_the_log_sources_that_their_patterns_fit(tmp_path):
    policy = written(
        tmp_path, "met.yaml", MET.replace("okta.system_log", '"gcp.audit.*"').replace(", searchable: 90d", "")
    )

    assert sources_of(bound([policy])) == {
        source.id for source in SOURCES if source.id.startswith("gcp.audit.")
    }


def test_what_counts_instead_is_read_too(tmp_path):
    text = MET.replace("reach:", "instead: [{logs: aws.vpc.flow}], reach:")

    assert sources_asked_for([written(tmp_path, "met.yaml", text)]) == {"okta.system_log", "aws.vpc.flow"}


def test_without_policies_every_log_source_is_asked_for():
    assert sources_asked_for([]) == {source.id for source in SOURCES}


def test_an_audit_needs_a_policy():
    with pytest.raises(UsageError, match="no policy"):
        bound([])


def test_policies_of_the_command_line_replace_those_of_the_configuration(tmp_path):
    written(tmp_path, "met.yaml", MET)
    config = written(tmp_path, "logcov.yaml", NOBODY)

    with asked_for(config, [], sandbox=False) as (what, files):
        assert [file.name for file in files] == ["met.yaml"]
        assert what.okta
    with asked_for(config, [tmp_path / "own.yaml"], sandbox=False) as (_, files):
        assert [file.name for file in files] == ["own.yaml"]
