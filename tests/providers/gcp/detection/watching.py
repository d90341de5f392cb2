"""A project whose log entries are counted, alerted on, and told of."""

from typing import Any

from providers.gcp.fake_google import Pages
from providers.gcp.gathering import AUDIT_ROWS
from providers.gcp.judging import gather, judged

P = "projects/acme-prod"
CHANNEL = f"{P}/notificationChannels/7"
METRICS = f"/v2/{P}/metrics"
POLICIES = f"/v3/{P}/alertPolicies"
CHANNELS = f"/v3/{P}/notificationChannels"
SCOPES = "/v1/locations/global/metricsScopes:listMetricsScopesByMonitoredProject"
ROWS = (*AUDIT_ROWS, "gcp.log_metrics", "gcp.log_alerts")
CHANGES = 'protoPayload.methodName="SetIamPolicy"'


def metric(**more: Any) -> dict[str, Any]:
    return {"name": "changes", "filter": CHANGES} | more


def threshold(**more: Any) -> dict[str, Any]:
    return {
        "filter": 'metric.type="logging.googleapis.com/user/changes"',
        "comparison": "COMPARISON_GT",
        "thresholdValue": 0,
        "duration": "0s",
        "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_DELTA"}],
    } | more


def policy(*conditions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": f"{P}/alertPolicies/1",
        "enabled": True,
        "combiner": "OR",
        "conditions": list(conditions) or [{"conditionThreshold": threshold()}],
        "notificationChannels": [CHANNEL],
    } | more


def log_match(words: str = CHANGES) -> dict[str, Any]:
    return {"conditionMatchedLog": {"filter": words}}


def channel(**more: Any) -> dict[str, Any]:
    return {
        "name": CHANNEL,
        "type": "email",
        "enabled": True,
        "labels": {"email_address": "a@b.example"},
    } | more


def watch(google, *, metrics=None, policies=None, channels=None, scopes=("1001",)) -> None:
    """What the project counts, which alerts it has, and whom those tell: one of each unless told otherwise."""
    google.answers[METRICS] = Pages("metrics", [[metric()] if metrics is None else metrics])
    google.answers[POLICIES] = Pages("alertPolicies", [[policy()] if policies is None else policies])
    google.answers[CHANNELS] = Pages("notificationChannels", [[channel()] if channels is None else channels])
    google.answers[SCOPES] = {
        "metricsScopes": [{"name": f"locations/global/metricsScopes/{number}"} for number in scopes]
    }


def heard(session, *, source="gcp.audit.activity", only="{method: SetIamPolicy}", reach="gcp:monitoring/*"):
    """The finding about the project: that somebody hears of each such record."""
    line = f'require: [{{id: line, title: a line, logs: {source}, only: {only}, reach: "{reach}"}}]\n'
    facts = gather(session, *ROWS)
    (found,) = [
        one
        for one in judged(session, facts, line).findings
        if one.scope == f"gcp:{P}" and one.source == source
    ]
    return found
