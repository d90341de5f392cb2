"""audit, collect, evaluate, report and explain, against an Okta org that is served on loopback."""

import gzip
import json
from pathlib import Path

import jsonschema_rs
import pytest

from cli.running import DENIED, MET, POLICY, process, written
from logcov.inventory.file import read_inventory
from logcov.report.schema import json_schema
from logcov.sandbox import Here
from logcov.sandbox.faults import faults_of

BOTH = "*"
MAIN = "acme.okta.com"


def _deny(here: Here, place: str) -> None:
    here.faults.replace(faults_of(json.loads(DENIED % place)))


def _json(logcov, *arguments: str) -> dict:
    ran = logcov(*arguments, "--format", "json")
    return json.loads(ran.out)


# --- exit codes -----------------------------------------------------------------------------------------------


def test_an_audit_without_gaps_ends_with_0(logcov, acme):
    ran = logcov("audit", "--policy", "met.yaml")

    assert ran.code == 0
    assert "Traceback" not in ran.err


def test_an_audit_with_gaps_ends_with_10(logcov, acme):
    assert logcov("audit").code == 10


def test_an_audit_that_could_not_see_ends_with_11(logcov, acme, here):
    _deny(here, BOTH)

    assert logcov("audit").code == 11


def test_an_audit_with_gaps_that_could_not_see_everything_ends_with_12(logcov, acme, here):
    _deny(here, MAIN)

    assert logcov("audit").code == 12


def test_allowing_unknowns_leaves_only_the_gaps(logcov, acme, here):
    _deny(here, MAIN)
    assert logcov("audit", "--allow-unknown").code == 10
    _deny(here, BOTH)
    assert logcov("audit", "--allow-unknown").code == 0


def test_only_what_is_as_severe_as_asked_for_counts(logcov, acme, here):
    assert logcov("audit", "--fail-on", "high").code == 10
    assert logcov("audit", "--fail-on", "critical").code == 0
    _deny(here, MAIN)
    assert logcov("audit", "--fail-on", "critical").code == 0


def test_where_nothing_was_judged_the_audit_is_incomplete(logcov, acme, tmp_path):
    other = written(tmp_path, "aws.yaml", MET.replace("okta.system_log", "aws.cloudtrail.management"))

    ran = logcov("audit", "--policy", str(other))
    assert ran.code == 11
    assert logcov("audit", "--policy", str(other), "--allow-unknown").code == 11


def test_a_collection_ends_with_0_or_with_11_where_something_could_not_be_read(logcov, acme, here):
    assert logcov("collect", "-o", "whole.jsonl.gz").code == 0
    _deny(here, MAIN)

    ran = logcov("collect", "-o", "blind.jsonl.gz")

    assert ran.code == 11
    assert "1 blind spot" in ran.err


def test_evaluating_knows_the_whole_table(logcov, acme, here):
    logcov("collect", "-o", "whole.jsonl.gz")
    _deny(here, MAIN)
    logcov("collect", "-o", "half.jsonl.gz")
    _deny(here, BOTH)
    logcov("collect", "-o", "blind.jsonl.gz")

    assert logcov("evaluate", "whole.jsonl.gz", "--policy", "met.yaml").code == 0
    assert logcov("evaluate", "whole.jsonl.gz", "--policy", "okta.yaml").code == 10
    assert logcov("evaluate", "blind.jsonl.gz", "--policy", "okta.yaml").code == 11
    assert logcov("evaluate", "half.jsonl.gz", "--policy", "okta.yaml").code == 12
    assert logcov("evaluate", "half.jsonl.gz", "--policy", "okta.yaml", "--allow-unknown").code == 10
    assert logcov("evaluate", "half.jsonl.gz", "--policy", "okta.yaml", "--fail-on", "critical").code == 0


def test_reporting_ends_with_0_whatever_was_found(logcov, acme):
    assert logcov("audit").code == 10

    ran = logcov("report")
    assert ran.code == 0
    assert "1 gap" in ran.out


# --- what is kept, written and shown --------------------------------------------------------------------------


def test_an_audit_keeps_its_inventory_and_its_assessment(logcov, acme, tmp_path):
    shown = _json(logcov, "audit")

    assert read_inventory(tmp_path / ".logcov" / "inventory.jsonl.gz").header.complete
    assert json.loads((tmp_path / ".logcov" / "assessment.json").read_text()) == shown


def test_the_json_fits_its_schema_and_names_what_made_it(logcov, acme):
    shown = _json(logcov, "audit")

    jsonschema_rs.validator_for(json_schema()).validate(shown)
    assert [policy["name"] for policy in shown["policies"]] == ["okta"]


def test_an_audit_is_collect_then_evaluate_then_report(logcov, acme, tmp_path):
    shown = _json(logcov, "audit", "--as-of", "2026-11-20")
    again = _json(
        logcov, "evaluate", ".logcov/inventory.jsonl.gz", "--policy", "okta.yaml", "--as-of", "2026-11-20"
    )
    told = _json(logcov, "report")

    assert again == shown
    assert told == shown
    assert shown["as_of"] == "2026-11-20"


def test_the_assessment_says_which_command_made_it(logcov, acme, tmp_path):
    logcov("collect", "-o", "inventory.jsonl.gz")
    command = ["evaluate", "inventory.jsonl.gz", "--policy", "okta.yaml", "--format", "json"]

    ran = process(*command, cwd=tmp_path)

    assert ran.code == 10
    assert json.loads(ran.out)["command"] == command


def test_evaluating_twice_gives_the_same_bytes(logcov, acme, tmp_path):
    logcov("collect", "-o", "inventory.jsonl.gz")
    for name in ("one.json", "two.json"):
        logcov("evaluate", "inventory.jsonl.gz", "--policy", "okta.yaml", "-o", name)

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_the_suffix_or_a_word_names_the_format_of_each_report(logcov, acme, tmp_path):
    ran = logcov("audit", "-o", "report.md", "-o", "json=result", "--format", "markdown")

    markdown = (tmp_path / "report.md").read_text()
    assert markdown == ran.out
    assert json.loads((tmp_path / "result").read_text())["schema"] == "logcov.assessment/v1"
    assert "wrote report.md" in ran.err
    assert "wrote result" in ran.err


def test_reports_go_to_standard_output_and_all_else_to_standard_error(logcov, acme):
    ran = logcov("audit")

    assert "okta" in ran.out
    assert "finding scopes" in ran.err
    assert "finding scopes" not in ran.out


def test_policies_on_the_command_line_replace_those_of_the_config(logcov, acme):
    shown = _json(logcov, "audit", "--policy", "met.yaml")

    assert [policy["name"] for policy in shown["policies"]] == ["met"]


def test_a_finding_is_explained_by_its_id(logcov, acme):
    shown = _json(logcov, "audit")
    gap = next(one for one in shown["findings"] if one["status"] == "gap")

    ran = logcov("explain", gap["id"])

    assert ran.code == 0
    assert gap["id"] in ran.out
    assert gap["scope"] in ran.out
    assert ran.err == ""


def test_the_assessment_to_explain_may_be_elsewhere(logcov, acme):
    shown = _json(logcov, "audit", "-o", "there.json")

    ran = logcov("explain", shown["findings"][0]["id"], "--assessment", "there.json")

    assert ran.code == 0


def test_an_audit_works_in_any_folder_with_a_config_from_elsewhere(logcov, acme, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert logcov("audit", "-c", "../logcov.yaml").code == 10
    assert (tmp_path / "elsewhere" / ".logcov" / "assessment.json").exists()


# --- bad input: config and policies ---------------------------------------------------------------------------


def _refused(ran, *said: str) -> None:
    assert ran.code == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    for words in said:
        assert words in ran.err, ran.err


def test_without_a_config_it_is_said_how_to_begin(logcov):
    _refused(logcov("audit"), "there is no logcov.yaml here", "`logcov audit --sandbox`")
    _refused(logcov("collect", "-o", "i.jsonl.gz"), "there is no logcov.yaml here")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\nokta: [", "logcov.yaml:3:1"),
        ("version: 1\nversion: 1\n", "logcov.yaml:2:1"),
        ("version: 1\noktaa: []\n", "unknown key `oktaa`"),
        ("version: 2\nokta: [{org_url: 'https://acme.okta.com'}]\n", "logcov.yaml:1:"),
        ("version: 1\n", "there is nothing to audit"),
        ("", "logcov.yaml"),
        ("version: 1\nokta: [{org_url: 'https://acme.okta.com', api_token: 00secret}]\n", "api_token_env"),
        (
            "version: 1\nokta: [{org_url: 'https://acme.okta.com', endpoint: 'http://example.com'}]\n",
            "loopback",
        ),
        ("version: 1\ngcp: [{projects: acme-prod, organization: '1'}]\n", "a target takes one of them"),
    ],
)
def test_a_config_that_breaks_the_rules_is_refused_with_its_line(logcov, tmp_path, text, said):
    written(tmp_path, "logcov.yaml", text)

    ran = logcov("audit", "--policy", "none.yaml")

    _refused(ran, said, "logcov.yaml")
    assert "00secret" not in ran.err


def test_a_config_that_is_not_there_or_no_text_is_refused(logcov, tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")

    _refused(logcov("audit", "-c", "none.yaml"), "none.yaml: there is no such file")
    _refused(logcov("audit", "-c", "."), "a directory")
    _refused(logcov("audit", "-c", "binary.yaml"), "binary.yaml", "UTF-8")


def test_without_a_policy_nothing_is_called(logcov, acme, here):
    text = acme.read_text()
    written(acme.parent, "logcov.yaml", text[: text.index("policies:")] + text[text.index("okta:") :])

    _refused(logcov("audit"), "no policy says what must be covered", "--policy")
    assert here.calls.as_json() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (POLICY.replace("okta.system_log", "okta.sistem_log"), "okta.system_log"),
        (POLICY.replace("reach: siem", "reach: sien"), "sien"),
        (POLICY.replace("severity: high", "severity: urgent"), "severity"),
        (POLICY.replace("severity: high", "severity: high, sevrity: low"), "unknown key `sevrity`"),
        (POLICY.replace("logs: okta.system_log", "logs: okta.system_log, only: {actor: x}"), "actor"),
        (POLICY.replace("version: 1", "version: 1\nversion: 1"), "bad.yaml:2:1"),
        (POLICY.replace("from: 2020-01-01", "from: 2020-13-01"), "bad.yaml:10:"),
        ("require: [", "bad.yaml:2:1"),
        ("", "bad.yaml"),
    ],
)
def test_a_policy_that_breaks_the_rules_is_refused_before_any_call(logcov, acme, here, tmp_path, text, said):
    written(tmp_path, "bad.yaml", text)

    _refused(logcov("audit", "--policy", "bad.yaml"), "bad.yaml", said)
    _refused(logcov("collect", "-o", "i.jsonl.gz", "--policy", "bad.yaml"), "bad.yaml", said)
    assert here.calls.as_json() == []
    assert not (tmp_path / "i.jsonl.gz").exists()


def test_a_policy_that_matches_nothing_is_a_warning_and_the_rest_is_judged(logcov, acme, tmp_path):
    more = "  - {id: none, title: None, logs: okta.system_log, in: {scopes: ['okta:orgs/nobody.okta.com']}}\n"
    written(tmp_path, "okta.yaml", POLICY + more)

    shown = _json(logcov, "audit")

    assert any("okta:orgs/nobody.okta.com" in warning for warning in shown["warnings"])
    assert {line["id"]: line["matched"] for line in shown["requirements"]} == {
        "okta:in-siem": 2,
        "okta:none": 0,
    }


# --- bad input: inventories and assessments -------------------------------------------------------------------


def test_an_inventory_that_is_missing_or_something_else_is_refused(logcov, acme, tmp_path):
    written(tmp_path, "text.jsonl.gz", "hello")
    (tmp_path / "empty.jsonl.gz").write_bytes(b"")
    (tmp_path / "other.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n'))

    for name in ("none", "text", "empty", "other"):
        _refused(logcov("evaluate", f"{name}.jsonl.gz", "--policy", "okta.yaml"), f"{name}.jsonl.gz")
    _refused(logcov("evaluate", ".", "--policy", "okta.yaml"), ". ")


def test_an_inventory_of_a_newer_version_is_refused_and_says_what_to_do(logcov, acme, tmp_path):
    (tmp_path / "new.jsonl.gz").write_bytes(
        gzip.compress(b'{"schema": "logcov.inventory/v2", "header": {}}\n')
    )

    _refused(
        logcov("evaluate", "new.jsonl.gz", "--policy", "okta.yaml"),
        "new.jsonl.gz is of the version logcov.inventory/v2",
        "Use the logcov that wrote it",
    )


def test_an_inventory_that_lost_its_listings_is_judged_and_proves_no_gap(logcov, acme, tmp_path):
    logcov("collect", "-o", "inventory.jsonl.gz")
    lines = gzip.decompress((tmp_path / "inventory.jsonl.gz").read_bytes()).splitlines(keepends=True)
    listings = next(number for number, line in enumerate(lines) if line.startswith(b'{"listing"'))
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"".join(lines[:listings]) + lines[listings][:20]))

    ran = logcov("evaluate", "cut.jsonl.gz", "--policy", "okta.yaml", "--format", "json")

    assert ran.code == 11
    assert "gap" not in {finding["status"] for finding in json.loads(ran.out)["findings"]}


def test_an_inventory_file_that_ends_in_mid_stream_is_judged_as_cut(logcov, acme, tmp_path):
    logcov("collect", "-o", "inventory.jsonl.gz")
    lines = gzip.decompress((tmp_path / "inventory.jsonl.gz").read_bytes()).splitlines(keepends=True)
    part = gzip.compress(b"".join(lines[: len(lines) * 2 // 3]))
    (tmp_path / "cut.jsonl.gz").write_bytes(part[:-20])

    assert logcov("evaluate", "cut.jsonl.gz", "--policy", "okta.yaml").code == 11


def test_an_inventory_that_somebody_changed_is_refused(logcov, acme, tmp_path):
    logcov("collect", "-o", "inventory.jsonl.gz")
    whole = gzip.decompress((tmp_path / "inventory.jsonl.gz").read_bytes())
    (tmp_path / "inventory.jsonl.gz").write_bytes(gzip.compress(whole.replace(b"ACTIVE", b"INACTIVE", 1)))

    _refused(
        logcov("evaluate", "inventory.jsonl.gz", "--policy", "okta.yaml"), "was changed after it was written"
    )


def test_an_assessment_that_is_missing_or_something_else_is_refused(logcov, tmp_path):
    written(tmp_path, "text.json", "hello")
    written(tmp_path, "other.json", '{"schema": "logcov.assessment/v9"}')
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe")

    _refused(logcov("report"), ".logcov/assessment.json", "`logcov audit`")
    _refused(logcov("explain", "lc-1"), ".logcov/assessment.json", "`logcov audit`")
    for name in ("text.json", "other.json", "binary.json"):
        _refused(logcov("report", name), name)
        _refused(logcov("explain", "lc-1", "--assessment", name), name)


def test_a_finding_that_is_not_there_is_a_usage_error(logcov, acme):
    logcov("audit")

    _refused(logcov("explain", "lc-000000000000"), "lc-000000000000")


# --- bad input: places to write to ----------------------------------------------------------------------------


def test_places_that_cannot_be_written_are_refused_before_any_call(logcov, acme, here, tmp_path):
    (tmp_path / "folder").mkdir()

    _refused(logcov("audit", "-o", "missing/report.md"), "missing/report.md", "Make it first.")
    _refused(logcov("audit", "-o", "markdown=folder"), "folder is a folder")
    _refused(logcov("audit", "-o", "logcov.yaml/report.md"), "no folder")
    _refused(logcov("audit", "-o", "report.md", "-o", "./report.md"), "report.md is named as output twice")
    _refused(logcov("audit", "-o", "markdown=logcov.yaml"), "logcov.yaml is read by this command")
    _refused(logcov("audit", "-o", "/proc/report.md"), "/proc/report.md cannot be written")
    _refused(logcov("collect", "-o", "missing/inventory.jsonl.gz"), "missing/inventory.jsonl.gz")
    _refused(logcov("collect", "-o", "folder"), "folder is a folder")
    assert here.calls.as_json() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "folder",
        "logcov.yaml",
        "met.yaml",
        "okta.yaml",
    ]


def test_a_place_to_keep_things_that_cannot_be_written_is_refused_before_any_call(
    logcov, acme, here, tmp_path
):
    written(tmp_path, ".logcov", "a file")

    _refused(logcov("audit"), ".logcov/inventory.jsonl.gz cannot be written", ".logcov is no folder")
    assert here.calls.as_json() == []


def test_a_policy_that_the_config_names_is_not_overwritten(logcov, acme, tmp_path):
    policy = tmp_path / "okta.yaml"
    before = policy.read_bytes()

    _refused(logcov("audit", "-o", "json=okta.yaml"), "okta.yaml is read by this command")
    _refused(logcov("collect", "-o", "okta.yaml"), "okta.yaml is read by this command")

    assert policy.read_bytes() == before


def test_an_inventory_is_not_overwritten_by_its_own_assessment(logcov, acme):
    logcov("collect", "-o", "inventory.jsonl.gz")

    _refused(
        logcov("evaluate", "inventory.jsonl.gz", "--policy", "okta.yaml", "-o", "json=inventory.jsonl.gz"),
        "inventory.jsonl.gz is read by this command",
    )


def test_a_write_that_fails_later_is_1_and_the_old_report_stays_whole(logcov, acme, tmp_path):
    logcov("collect", "-o", "inventory.jsonl.gz")
    written(tmp_path, "report.md", "the old report")
    limit = "import resource, sys\nbefore = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))\n"
    script = limit + "from logcov.cli import run\ncode = run(sys.argv[1:])\n"
    script += "resource.setrlimit(resource.RLIMIT_FSIZE, before)\nsys.exit(code)"

    ran = process(
        "evaluate",
        "inventory.jsonl.gz",
        "--policy",
        "okta.yaml",
        "-o",
        "report.md",
        cwd=tmp_path,
        script=script,
    )

    assert ran.code == 1
    assert "logcov: report.md cannot be written: File too large" in ran.err
    assert "Traceback" not in ran.err
    assert (tmp_path / "report.md").read_text() == "the old report"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".report.md")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_device_is_written_into_and_not_replaced(logcov, acme):
    logcov("audit")

    ran = logcov("report", "-o", "json=/dev/full")

    assert ran.code == 1
    assert "/dev/full cannot be written: No space left on device" in ran.err
    assert Path("/dev/full").is_char_device()
