"""Every command that could be printed is one that gcloud or bq documents, and says what it would overwrite."""

import re
from fnmatch import fnmatchcase
from string import Formatter

import pytest

from logcov.evaluate.remedies import fix
from logcov.findings import GAP_REASONS
from logcov.inventory import Emitter, Remedy
from logcov.providers.gcp.rows import DESTINATION_KINDS, REMEDIES, SOURCES
from providers.gcp import gcloud

SAMPLES = {
    "scope": "acme-prod",
    "at": "gcp:projects/acme-prod",
    "source": "gcp.audit.activity",
    "resource": "acme-data",
    "location": "europe-west1",
    "days": "400",
    "writer": "serviceAccount:service-1001@gcp-sa-logging.iam.gserviceaccount.com",
    "project": "acme-prod",
    "folder": "10",
    "organization": "123456789012",
    "_sink": "siem",
    "_kind": "projects",
    "_holder": "acme-prod",
    "sink": "siem",
    "log": "cloudaudit.googleapis.com%2Factivity",
    "field_logName": "projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity",
    "filter": "severity>=ERROR",
    "exclusions": "noise,more-noise",
    "part": "filter",
    "to_project": "acme-siem",
    "to_location": "eu",
    "bucket": "acme-logs",
    "log_bucket": "audit",
    "topic": "audit",
    "dataset": "audit",
    "service": "storage.googleapis.com",
    "log_type": "DATA_READ",
    "subnet": "web",
    "region": "europe-west1",
    "router": "edge",
    "nat": "all",
    "rule": "allow-web",
    "policy": "edge",
    "priority": "1000",
    "network": "shop",
    "zone": "acme-example",
    "backend": "web",
    "cluster": "one",
    "component": "APISERVER",
    "instance": "orders",
    "endpoint": "edge",
    "key": "logs",
    "key_project": "acme-keys",
    "key_location": "eu",
    "ring": "ring",
}
"""A value for every name that templates use."""

OVERWRITING = re.compile(
    r"set-iam-policy|--logging=|--database-flags|--threat-exceptions|--remove-exclusions|--log-bucket=|--source="
    r"|--logging-filter-expr|--retention-period"
)
"""How commands look that replace what somebody set up."""
SHOWS = re.compile(r"gcloud .* (describe|get-iam-policy) |bq show ")


def label(remedy: Remedy) -> str:
    return f"{remedy.reasons[0]} {remedy.sources[0]} {remedy.cause or remedy.given.get('resource', '')} {remedy.to}"


every_remedy = pytest.mark.parametrize("remedy", REMEDIES, ids=label)
every_command = pytest.mark.parametrize(
    "remedy",
    [one for one in REMEDIES if any(not line.startswith("#") for line in one.commands.split("\n"))],
    ids=label,
)


def told(remedy: Remedy, **changes: str) -> str:
    """The remedy as a gap that it is made for would have it."""
    samples = SAMPLES | changes
    source = next((one.id for one in SOURCES if fnmatchcase(one.id, remedy.sources[0])), "")
    given = {name: made.format_map(samples) for name, made in remedy.given.items()}
    return fix(
        [remedy],
        Emitter(
            source=source,
            scope=f"gcp:projects/{samples['scope']}",
            resource=given.pop("resource", samples["resource"]),
            dimensions={
                name: samples[name] for name in ("service", "log_type", "component") if name not in given
            },
        ),
        reason=remedy.reasons[0],
        cause=remedy.cause.partition("|")[0].format_map(samples),
        wanted=[remedy.to.format_map(samples)],
        days=int(samples["days"]),
        writer=samples["writer"],
        more={name: samples[name] for name in ("filter", "exclusions", "at")} | given,
    )


@every_remedy
def test_it_is_told_of_a_gap_that_it_is_made_for(remedy: Remedy) -> None:
    assert set(remedy.reasons) <= set(GAP_REASONS)
    assert any(fnmatchcase(one.id, pattern) for pattern in remedy.sources for one in SOURCES)
    for pattern in remedy.sources:
        assert any(fnmatchcase(one.id, pattern) for one in SOURCES), pattern
    patterns = [kind.pattern for kind in DESTINATION_KINDS]
    assert not remedy.to or any(fnmatchcase(remedy.to, pattern) for pattern in patterns)
    assert told(remedy)


@every_command
def test_each_command_and_flag_is_documented(remedy: Remedy) -> None:
    found = gcloud.commands(told(remedy))
    assert found
    for command in found:
        assert gcloud.problems(command) == "", command
        assert command.name == "logging settings update" or command.arguments, command


@every_remedy
def test_what_a_command_overwrites_is_said_and_shown_before(remedy: Remedy) -> None:
    lines = remedy.commands.split("\n")
    for at, line in enumerate(lines):
        if not line.startswith("#") and OVERWRITING.search(line):
            before = lines[:at]
            assert any(one.startswith("#") for one in before)
            assert any(SHOWS.search(one) for one in before if not one.startswith("#")), line


@every_remedy
def test_what_cannot_be_undone_is_said(remedy: Remedy) -> None:
    final = re.compile(r"--locked|--lock-retention-period")
    if final.search(remedy.commands):
        assert "cannot be undone" in remedy.commands
    if "is_locked        = true" in remedy.terraform:
        assert "cannot be undone" in remedy.terraform


@every_remedy
def test_no_comment_opens_a_quote(remedy: Remedy) -> None:
    for line in remedy.commands.split("\n"):
        assert line.count("'") % 2 == 0
        assert not line.startswith("#") or "'" not in line
        assert not line.startswith(" ")


@every_remedy
def test_names_from_the_cloud_are_quoted_or_refused(remedy: Remedy) -> None:
    changes = dict.fromkeys(
        SAMPLES.keys()
        - {
            "days",
            "at",
            "part",
            "field_logName",
            "_kind",
            "_holder",
            "resource",
            "scope",
            "source",
            "writer",
        },
        "$(reboot);x",
    )
    text = told(remedy, **{name: value for name, value in changes.items() if "/" not in SAMPLES[name]})
    shell = text.partition("\n\n# Terraform\n")[0]
    for line in shell.split("\n"):
        if not line.startswith("#"):
            bare = re.sub(r"'[^']*'", "", line)
            assert "$(reboot)" not in bare


@every_remedy
def test_terraform_is_whole_and_every_name_in_it_is_one_of_google(remedy: Remedy) -> None:
    depth = 0
    for line in remedy.terraform.format_map(SAMPLES).split("\n"):
        if line.lstrip().startswith("#"):
            continue
        bare = re.sub(r'"(\\.|[^"\\])*"', '""', line)
        assert bare.count('"') % 2 == 0
        depth += bare.count("{") - bare.count("}")
        assert bare.count("[") == bare.count("]")
        assert depth >= 0
        assert re.fullmatch(r'\s*|\s*\}|\s*(resource "" "" |\w+ )\{|\s*\w+ += .+', bare), line
    assert depth == 0
    for kind in re.findall(r'^resource "(\S+)"', remedy.terraform, re.MULTILINE):
        assert kind in TERRAFORM, kind
    for block in re.findall(
        r'^resource "(\S+)" "\w+" \{\{\n(.*?)^\}\}', remedy.terraform, re.MULTILINE | re.DOTALL
    ):
        kind, body = block
        top = set(re.findall(r"^  (\w+)", body, re.MULTILINE))
        assert top <= set(TERRAFORM[kind].split()), (kind, top)


TERRAFORM = {
    "google_project_iam_audit_config": "project service audit_log_config",
    "google_folder_iam_audit_config": "folder service audit_log_config",
    "google_organization_iam_audit_config": "org_id service audit_log_config",
    "google_logging_project_sink": "name project destination filter disabled unique_writer_identity exclusions",
    "google_logging_folder_sink": "name folder destination filter disabled include_children exclusions",
    "google_logging_organization_sink": "name org_id destination filter disabled include_children exclusions",
    "google_logging_project_bucket_config": "project location bucket_id retention_days locked",
    "google_logging_folder_bucket_config": "folder location bucket_id retention_days",
    "google_logging_organization_bucket_config": "organization location bucket_id retention_days",
    "google_logging_folder_settings": "folder disable_default_sink",
    "google_logging_organization_settings": "organization disable_default_sink",
    "google_monitoring_alert_policy": "project enabled",
    "google_project_iam_member": "project role member",
    "google_project_service": "project service disable_on_destroy",
    "google_storage_bucket": (
        "name location uniform_bucket_level_access public_access_prevention retention_policy logging"
    ),
    "google_storage_bucket_iam_member": "bucket role member",
    "google_pubsub_topic": "project name",
    "google_pubsub_topic_iam_member": "project topic role member",
    "google_pubsub_subscription": "project name topic message_retention_duration expiration_policy",
    "google_bigquery_dataset": "project dataset_id",
    "google_bigquery_dataset_iam_member": "project dataset_id role member",
    "google_compute_subnetwork": "project region name log_config",
    "google_compute_firewall": "project name log_config",
    "google_compute_network_firewall_policy_rule": "project firewall_policy priority enable_logging",
    "google_compute_region_network_firewall_policy_rule": "project region firewall_policy priority enable_logging",
    "google_compute_firewall_policy_rule": "firewall_policy priority enable_logging",
    "google_compute_router_nat": "project region router name log_config",
    "google_compute_backend_service": "project name log_config",
    "google_compute_region_backend_service": "project region name log_config",
    "google_dns_policy": "project name enable_logging networks",
    "google_dns_managed_zone": "project name cloud_logging_config",
    "google_container_cluster": "project location name logging_config",
    "google_sql_database_instance": "project name settings",
    "google_cloud_ids_endpoint": "project location name severity threat_exceptions",
    "google_cloud_asset_project_feed": "project feed_id content_type asset_types feed_output_config",
}
"""Resource → its documented arguments that remedies use: https://registry.terraform.io/providers/hashicorp/google/latest/docs."""


def test_all_names_are_known_to_whoever_fills_them_in() -> None:
    asked = {
        name
        for remedy in REMEDIES
        for _, name, _, _ in Formatter().parse(remedy.commands + remedy.terraform)
        if name
    }
    assert asked <= SAMPLES.keys()


def test_a_filter_is_widened_as_a_whole() -> None:
    text = fix(
        REMEDIES,
        Emitter(
            source="gcp.audit.activity",
            scope="gcp:projects/acme-prod",
            fields={"logName": SAMPLES["field_logName"]},
        ),
        reason="filtered-out",
        cause="gcp:sinks/projects/acme-prod/siem",
        wanted=["gcp:storage/acme-logs"],
        days=None,
        writer="",
        more={"part": "filter", "filter": "a='x' OR b=1", "field_logName": SAMPLES["field_logName"]},
    )

    (command,) = gcloud.commands(text)
    assert (
        command.flags["--log-filter"]
        == "(a='x' OR b=1) OR logName:\"/logs/cloudaudit.googleapis.com%2Factivity\""
    )


def test_a_gap_without_a_safe_command_has_none() -> None:
    text = fix(
        REMEDIES,
        Emitter(source="gcp.nat.flow", scope="gcp:projects/acme-prod", resource="regions/r/routers/e/nats/n"),
        reason="not-routed",
        cause="gcp:projects/acme-prod",
        wanted=["gcp:storage/*", "aws:s3/acme-logs"],
        days=None,
        writer="",
    )
    assert text == ""
