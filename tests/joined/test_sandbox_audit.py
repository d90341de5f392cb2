"""The whole audit of the pretend company: every status and reason arises, and twice the same."""

import re
from collections.abc import Iterator

import pytest

from acme import Acme
from logcov.evaluate import evaluate
from logcov.findings import exit_code
from providers.aws import awscli

REASONS = {
    "not-generated",
    "partly-generated",
    "not-routed",
    "filtered-out",
    "intercepted",
    "route-disabled",
    "delivery-failing",
    "stale",
    "wrong-destination",
    "destination-missing",
    "destination-unusable",
    "writer-denied",
    "no-consumer",
    "retention-too-short",
    "not-searchable-long-enough",
    "not-immutable",
    "not-encrypted",
    "not-validated",
    "attestation-expired",
    "blind-spot",
    "undecidable-filter",
    "unclassified",
}


@pytest.fixture(scope="module")
def acme() -> Iterator[Acme]:
    with Acme() as served:
        yield served


@pytest.fixture(scope="module")
def assessment(acme):
    return evaluate(acme.inventory({}), acme.policies, as_of=acme.today)


def test_every_reason_arises(assessment):
    assert {finding.reason for finding in assessment.findings} >= REASONS


WORKLOADS = {
    "aws.apigateway.access",
    "aws.bedrock.invocation",
    "aws.cloudfront.access",
    "aws.config.item",
    "aws.eks.control_plane",
    "aws.elb.access",
    "aws.guardduty.finding",
    "aws.lambda.log",
    "aws.rds.log",
    "aws.redshift.audit",
    "aws.route53.public_query",
    "aws.route53.resolver_query",
    "aws.s3.access",
    "aws.ssm.session",
    "aws.transit_gateway.flow",
    "aws.vpn.client",
    "aws.waf.access",
}


CLOUD = {
    "gcp.any",
    "gcp.armor.request",
    "gcp.asset.change",
    "gcp.audit.activity",
    "gcp.dns.query",
    "gcp.dns.zone_query",
    "gcp.firewall.connection",
    "gcp.gke.control_plane",
    "gcp.gke.system",
    "gcp.gke.workload",
    "gcp.ids.threat",
    "gcp.ids.traffic",
    "gcp.lb.flow",
    "gcp.lb.request",
    "gcp.nat.flow",
    "gcp.new_project",
    "gcp.sql.audit",
    "gcp.sql.connection",
    "gcp.sql.server_audit",
    "gcp.storage.usage",
    "gcp.vpc.flow",
}


@pytest.mark.parametrize("source", sorted(CLOUD))
def test_of_everything_that_runs_in_google_cloud_something_is_covered_lost_and_unknown(assessment, source):
    statuses = {
        finding.status
        for finding in assessment.findings
        if finding.source == source and finding.requirement.startswith("acme-cloud:")
    }

    assert {"covered", "gap", "unknown"} <= statuses


def cloud(assessment, requirement, scope, resource=""):
    """Status and reason of the one finding of a requirement about a resource whose name ends so."""
    (one,) = {
        (finding.status, finding.reason)
        for finding in assessment.findings
        if finding.requirement == f"acme-cloud:{requirement}"
        and finding.scope == f"gcp:{scope}"
        and (finding.resource or "").endswith(resource)
    }
    return one


@pytest.mark.parametrize(
    ("requirement", "scope", "resource", "status", "reason"),
    [
        ("flows-searchable", "projects/acme-net", "database", "covered", None),
        ("flows-searchable", "projects/acme-net", "app", "gap", "sampled"),
        ("flows-searchable", "projects/acme-net", "subnetworks/legacy", "gap", "not-generated"),
        ("flows-searchable", "projects/acme-net", "proxies", "not-applicable", None),
        ("flows-searchable", "projects/acme-lab", "default", "unknown", "blind-spot"),
        ("firewall-searchable", "projects/acme-net", "4750100100/rules/100", "covered", None),
        ("firewall-searchable", "projects/acme-net", "from-old-office", "not-applicable", None),
        ("nat-searchable", "projects/acme-net", "builds", "gap", "partly-generated"),
        ("queries-searchable", "projects/acme-net", "networks/legacy", "gap", "not-generated"),
        ("queries-searchable", "projects/acme-net", "inside", "not-applicable", None),
        ("connections-searchable", "projects/acme-web", "voice", "unknown", "blind-spot"),
        ("statements-kept", "projects/acme-data", "crm", "unknown", "blind-spot"),
        ("logins-searchable", "projects/acme-data", "ledger", "unknown", "blind-spot"),
        ("server-audits-uploaded", "projects/acme-data", "ledger", "covered", None),
        ("file-requests-kept", "projects/acme-data", "imports", "unknown", "blind-spot"),
        ("every-entry-kept", "projects/acme-lab", "", "unknown", "undecidable-filter"),
        ("every-entry-kept", "projects/acme-apps-logs", "", "gap", "filtered-out"),
        ("new-projects-logged", "folders/4750/new-projects", "", "covered", None),
        ("new-projects-logged", "folders/4760/new-projects", "", "gap", "route-disabled"),
        ("new-projects-logged", "folders/4761/new-projects", "", "unknown", "blind-spot"),
        ("staff-access-in-siem", "projects/acme-data", "", "covered", None),
        ("staff-access-in-siem", "projects/acme-web", "", "unknown", "blind-spot"),
        ("history-kept", "projects/acme-idle", "", "gap", "not-generated"),
        ("roles-heard", "projects/acme-web", "", "covered", None),
        ("roles-heard", "projects/acme-data", "", "gap", "route-disabled"),
        ("roles-heard", "projects/acme-lab", "", "unknown", "blind-spot"),
        ("networks-heard", "projects/acme-data", "", "gap", "filtered-out"),
        ("databases-heard", "projects/acme-data", "", "covered", None),
        ("search-locked", "projects/acme-apps-logs", "buckets/apps", "covered", None),
        ("search-locked", "projects/acme-apps-logs", "apps-lab", "gap", "retention-too-short"),
        ("files-guarded", "projects/acme-apps-logs", "acme-apps-files-old", "unknown", "blind-spot"),
    ],
)
def test_what_runs_in_google_cloud_is_judged_as_the_world_has_it(
    assessment, requirement, scope, resource, status, reason
):
    assert cloud(assessment, requirement, scope, resource) == (status, reason)


def test_where_an_api_is_off_nothing_that_it_tells_of_can_exist(assessment):
    found = [
        finding
        for finding in assessment.findings
        if finding.scope == "gcp:projects/acme-idle" and finding.detail.endswith("API is switched off.")
    ]

    assert {finding.status for finding in found} == {"not-applicable"}
    assert {"gcp.vpc.flow", "gcp.gke.system", "gcp.sql.audit", "gcp.dns.zone_query"} <= {
        finding.source for finding in found
    }


@pytest.mark.parametrize("source", sorted(WORKLOADS))
def test_of_everything_that_runs_in_aws_something_is_covered_and_something_is_lost(assessment, source):
    statuses = {finding.status for finding in assessment.findings if finding.source == source}

    assert {"covered", "gap"} <= statuses


def found(assessment, requirement, *, resource="", location=None, **dimensions):
    """The one finding of a requirement about a resource whose name ends so."""
    (one,) = [
        finding
        for finding in assessment.findings
        if finding.requirement == f"acme-workloads:{requirement}"
        and (finding.resource or "").endswith(resource)
        and location in {None, finding.location}
        and dimensions.items() <= dict(finding.dimensions).items()
    ]
    return one


@pytest.mark.parametrize(
    ("requirement", "resource", "dimensions", "reason"),
    [
        ("eks-audit-searchable", "shop", {"component": "scheduler"}, "route-disabled"),
        ("requests-archived", "batch-classic", {}, "writer-denied"),
        ("api-requests-searchable", "beta", {}, "not-routed"),
        ("database-audit", "db:reports", {"log": "audit"}, "not-generated"),
        ("database-audit", "cluster:warehouse", {"log": "useractivitylog"}, "not-generated"),
        ("functions-searchable", "mailer", {}, "not-searchable-long-enough"),
        ("object-requests", "acme-prod-data", {}, "not-routed"),
        ("root-heard-in-staging", "", {}, "no-consumer"),
        ("archive-locked", "acme-web-logs", {}, "not-immutable"),
    ],
)
def test_what_is_lost_has_the_reason_that_the_world_gives_it(
    assessment, requirement, resource, dimensions, reason
):
    finding = found(assessment, requirement, resource=resource, **dimensions)

    assert (finding.status, finding.reason) == ("gap", reason)


def test_a_rule_that_is_off_tells_nobody(assessment):
    finding = found(assessment, "posture-heard", location="eu-west-1")

    assert (finding.status, finding.reason) == ("gap", "route-disabled")
    assert finding.cause.endswith("/posture")


def test_a_web_acl_that_logs_only_what_it_blocks_loses_what_it_allows(assessment):
    (finding,) = [
        one
        for one in assessment.findings
        if one.source == "aws.waf.access" and one.location == "eu-west-1" and one.status == "gap"
    ]

    assert finding.reason == "filtered-out"
    assert finding.witness["action"] == "ALLOW"


def test_a_cluster_is_followed_through_a_stream_into_the_archive(assessment):
    finding = found(assessment, "eks-archived")

    assert finding.status == "covered"
    assert "workload-archive" in finding.detail
    assert finding.detail.startswith("Every record reaches aws:s3/acme-workload-logs")


def test_a_load_balancer_whose_attribute_is_off_is_covered_by_a_delivery(assessment):
    (finding,) = [one for one in assessment.findings if "/shop-api/" in (one.resource or "")]

    assert finding.status == "covered"
    assert "aws:log-delivery/" in finding.detail


def test_records_that_cannot_exist_are_not_applicable(assessment):
    (balancer,) = [one for one in assessment.findings if "/shop-tcp/" in (one.resource or "")]
    (inspection,) = [one for one in assessment.findings if one.source == "aws.network_firewall.tls"]

    assert {balancer.status, inspection.status} == {"not-applicable"}


def test_whoever_is_on_call_hears_of_the_root_user_of_every_account(assessment):
    finding = found(assessment, "root-heard", location="eu-west-1")

    assert finding.status == "covered"
    assert finding.detail.startswith("Every record reaches aws:sns/us-east-1/111111111111/root-used")


def test_a_trail_counts_in_place_of_a_buckets_own_log(assessment):
    assert found(assessment, "object-requests", resource="acme-staging-stale").status == "covered"
    assert found(assessment, "object-requests", resource="acme-prod-customers").status == "covered"


def test_whether_a_search_domain_writes_audit_records_is_the_one_thing_that_no_api_tells(assessment):
    unknown = [
        finding
        for finding in assessment.findings
        if finding.requirement.startswith("acme-workloads:") and finding.status == "unknown"
    ]

    assert [finding.resource for finding in unknown] == ["metrics"]


def test_the_sandbox_answers_whatever_is_asked(assessment):
    strange = [
        spot
        for spot in assessment.blind_spots
        if spot.kind in {"server-error", "unparseable"}
        # Of whose regions one does not answer.
        and spot.scope != "gcp:projects/acme-lab"
    ]

    assert strange == []


def test_every_status_arises_and_both_bases_of_covered(assessment):
    statuses = {(finding.status, finding.basis) for finding in assessment.findings}

    assert {("covered", "proven"), ("covered", "attested")} <= statuses
    assert {status for status, _ in statuses} == {"covered", "gap", "unknown", "exempt", "not-applicable"}


def test_the_audit_ends_with_gaps_and_unknowns(assessment):
    assert exit_code(assessment) == 12


def _on_the_wire(wire: str) -> re.Pattern[str]:
    """`GET v2/{parent}/sinks` as a pattern of method and path."""
    method, path = wire.split(" ", 1)
    pattern = re.sub(
        r"\\{(\w+)\\}", lambda part: ".+" if part[1] == "parent" else "[^/]+", re.escape(path.lstrip("/"))
    )
    return re.compile(f"{method} /{pattern}")


def test_only_operations_of_the_catalogue_are_called(acme):
    from logcov.catalogue import operations_of

    for provider, calls in acme.calls.items():
        operations = operations_of(provider)
        if provider == "aws":
            allowed = {name for one in operations for name in (one.call, one.permission)}
            strange = {call.operation for call in calls if call.operation not in allowed}
        else:
            patterns = [_on_the_wire(one.wire) for one in operations]
            strange = {
                f"{call.method} {call.path}"
                for call in calls
                if not any(pattern.fullmatch(f"{call.method} {call.path}") for pattern in patterns)
            }

        assert strange == set(), provider


def test_aws_is_only_read(acme):
    # API Gateway's permissions are HTTP methods.
    begins = ("Get", "List", "Describe", "Head", "Lookup", "AssumeRole", "GET")

    assert {
        call.operation
        for call in acme.calls["aws"]
        if not call.operation.partition(":")[2].startswith(begins)
    } == set()


def test_the_company_is_as_large_as_the_issue_asks(acme):
    scopes = {
        fact.id: fact for facts in acme.facts.values() for fact in facts if type(fact).__name__ == "Scope"
    }
    accounts = [one for one in scopes.values() if one.kind == "aws.account" and one.state == "active"]

    assert sum(one.kind == "gcp.project" for one in scopes.values()) >= 12
    assert len(accounts) == 4
    assert all(sum(one.locations.values()) == 3 for one in accounts)


def test_witnesses_are_concrete_records_of_their_place(assessment):
    for finding in assessment.findings:
        if finding.status == "gap":
            assert finding.witness is not None
            assert finding.detail.endswith(".")
            assert finding.path
            assert finding.cause
            assert finding.remediation


def test_most_gaps_of_aws_come_with_commands_that_its_api_takes(assessment):
    gaps = [one for one in assessment.findings if one.status == "gap" and one.source.startswith("aws.")]
    told = [one.remediation.partition("\n\n")[2] for one in gaps]

    assert sum(map(bool, told)) > len(gaps) * 3 / 4
    for text in filter(None, told):
        for command in awscli.commands(text):
            assert awscli.problems(command) == "", text
