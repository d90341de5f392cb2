from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.groups import log_groups
from providers.aws.judging import findings, judged
from providers.aws.stage import HOME, REGION, SCOPE, Stage

SOURCE = "aws.opensearch.audit"
GROUP = "/aws/opensearch/audit"
LOGS = {"CloudWatchLogsLogGroupArn": f"arn:aws:logs:{REGION}:{HOME}:log-group:{GROUP}:*", "Enabled": True}
SEVEN = tuple(f"log{letter}" for letter in "abcdefg")
SECURE = {"AdvancedSecurityOptions": {"Enabled": True}}
PUBLISHED = {**SECURE, "LogPublishingOptions": {"AUDIT_LOGS": LOGS}}


def status(name: str, told: dict[str, Any]) -> dict[str, Any]:
    arn = f"arn:aws:es:{REGION}:{HOME}:domain/{name}"
    return {"DomainId": f"{HOME}/{name}", "DomainName": name, "ARN": arn, "ClusterConfig": {}, **told}


def domains(stage: Stage, **named: dict[str, Any]) -> None:
    def described(ask: Any) -> dict[str, Any]:
        return {"DomainStatusList": [status(name, named[name]) for name in ask.params["DomainNames"]]}

    stage.tell("opensearch:ListDomainNames", {"DomainNames": [{"DomainName": name} for name in named]})
    stage.tell("opensearch:DescribeDomains", described)
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": []})
    log_groups(stage, GROUP)


def verdict(stage: Stage) -> tuple[str, str | None]:
    (one,) = findings(stage.crawl("aws.opensearch"), SOURCE)
    return one.status, one.reason


def test_five_domains_are_described_at_once(stage: Stage) -> None:
    domains(stage, **dict.fromkeys(SEVEN, PUBLISHED))
    found = stage.crawl("aws.opensearch")
    assert [one.resource for one in found.all(Emitter)] == list(SEVEN)
    assert stage.asked("opensearch:DescribeDomains") == 2
    for kind in ("domain", "plugin", "publishing"):
        assert found.listed(f"aws.opensearch.{kind}") == {(SCOPE, REGION)}


def test_a_published_domain_is_unknown_because_nobody_tells_what_it_writes(stage: Stage) -> None:
    domains(stage, loga=PUBLISHED)
    assert verdict(stage) == ("unknown", "blind-spot")


def test_an_attestation_can_vouch_for_the_switch_inside(stage: Stage) -> None:
    domains(stage, loga=PUBLISHED)
    policy = f"""\
require: [{{id: line, title: a line, logs: {SOURCE}, reach: "*"}}]
attestations:
  - id: word
    logs: {SOURCE}
    by: owner@example.com
    evidence: seen in the dashboard
    from: 2026-06-01
    expires: 2027-05-01
"""
    (one,) = judged(stage.crawl("aws.opensearch"), policy).findings
    assert (one.status, one.basis) == ("covered", "attested")


def test_a_domain_without_fine_grained_access_writes_nothing(stage: Stage) -> None:
    domains(stage, loga={**PUBLISHED, "AdvancedSecurityOptions": {"Enabled": False}})
    assert verdict(stage) == ("gap", "not-generated")


@pytest.mark.parametrize("options", [{}, {"AUDIT_LOGS": {"Enabled": False}}])
def test_a_domain_that_publishes_nothing_is_a_gap(stage: Stage, options: dict[str, Any]) -> None:
    domains(stage, loga={**SECURE, "LogPublishingOptions": options})
    assert verdict(stage) == ("gap", "not-routed")


def test_publishing_that_is_switched_off_is_a_gap(stage: Stage) -> None:
    domains(stage, loga={**SECURE, "LogPublishingOptions": {"AUDIT_LOGS": {**LOGS, "Enabled": False}}})
    assert verdict(stage) == ("gap", "route-disabled")


@pytest.mark.parametrize(
    "told",
    [{"LogPublishingOptions": {"AUDIT_LOGS": LOGS}}, {**SECURE, "LogPublishingOptions": {"AUDIT_LOGS": {}}}],
)
def test_what_is_not_told_is_unread(stage: Stage, told: dict[str, Any]) -> None:
    domains(stage, loga=told)
    assert verdict(stage)[0] == "unknown"


def test_domains_that_may_not_be_described_are_known(stage: Stage) -> None:
    domains(stage, loga=PUBLISHED, logb=PUBLISHED)
    stage.deny("opensearch:DescribeDomains")
    found = stage.crawl("aws.opensearch")
    assert [isinstance(one.labels, Unread) for one in found.all(Emitter)] == [True, True]
    assert all(isinstance(route.enabled, Unread) for route in found.all(Route))
    assert {one.status for one in findings(found, SOURCE)} == {"unknown"}
    assert found.spots("opensearch:DescribeDomains")[0].permission == "es:DescribeDomains"


def test_a_domain_that_was_deleted_does_not_hide_the_others(stage: Stage) -> None:
    domains(stage, loga=PUBLISHED, logb=PUBLISHED)

    def described(ask: Any) -> Any:
        from logcov.sandbox import aws_answers

        if "logb" in ask.params["DomainNames"]:
            return aws_answers.error(ask, "ResourceNotFoundException", "no", 409)
        return {"DomainStatusList": [status("loga", PUBLISHED)]}

    stage.tell("opensearch:DescribeDomains", described)
    assert [one.resource for one in stage.crawl("aws.opensearch").all(Emitter)] == ["loga"]


def test_a_domain_that_the_answer_leaves_out_does_not_vanish(stage: Stage) -> None:
    domains(stage, loga=PUBLISHED, logb=PUBLISHED)
    stage.tell("opensearch:DescribeDomains", {"DomainStatusList": [status("loga", PUBLISHED)]})
    found = findings(stage.crawl("aws.opensearch"), SOURCE, reach=f'"aws:logs/{REGION}/{HOME}/*"')
    assert {one.resource: one.status for one in found} == {"loga": "unknown", "logb": "unknown"}


def test_a_domain_that_is_being_deleted_is_none(stage: Stage) -> None:
    domains(stage, loga={**PUBLISHED, "Deleted": True})
    assert stage.crawl("aws.opensearch").all(Emitter) == []


def test_refused_domains_leave_no_listing(stage: Stage) -> None:
    stage.deny("opensearch:ListDomainNames")
    found = stage.crawl("aws.opensearch")
    assert found.listed("aws.opensearch.domain") == set()
    assert [one.status for one in findings(found, SOURCE)] == ["unknown"]
