"""That somebody hears of a log entry: from a metric or a matching alert to a channel."""

import pytest

from logcov.inventory import Unread
from logcov.providers.gcp.detection.notification_channels import read_channel
from providers.gcp.acme import CONTAINERS, own_sinks
from providers.gcp.detection.watching import (
    CHANGES,
    CHANNELS,
    METRICS,
    POLICIES,
    SCOPES,
    P,
    channel,
    heard,
    log_match,
    metric,
    policy,
    threshold,
    watch,
)
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.leading import Read, route

OF_ORG = "/v2/organizations/123456789012/sinks"


@pytest.fixture(autouse=True)
def only_the_sinks_that_every_project_has(google) -> None:
    for name in CONTAINERS:
        google.answers[f"/v2/{name}/sinks"] = Pages("sinks", [own_sinks(name) if name == P else []])


def status(session, **more) -> str:
    return heard(session, **more).status


# --- metrics and thresholds -------------------------------------------------------------------------------


def test_a_change_that_is_counted_and_raises_an_alert_that_tells_a_channel_is_heard(google, session) -> None:
    watch(google)
    assert status(session) == "covered"


def test_the_record_that_nobody_hears_of_is_the_witness(google, session) -> None:
    watch(google, metrics=[metric(filter=f"{CHANGES} AND severity>=ERROR")])
    found = heard(session)
    assert (found.status, found.reason) == ("gap", "filtered-out")
    assert found.witness is not None


def test_a_project_that_counts_nothing_lets_nobody_hear(google, session) -> None:
    watch(google, metrics=[])
    assert status(session) == "gap"


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": [metric(disabled=True)]},
        {"policies": [policy(enabled=False)]},
        {"policies": [policy(validity={"code": 3, "message": "no such metric"})]},
        {"policies": [policy(notificationChannels=[])]},
        {"policies": [policy({"conditionThreshold": threshold(thresholdValue=5)})]},
        {"policies": [policy({"conditionThreshold": threshold(trigger={"count": 2})})]},
        {"policies": [policy({"conditionThreshold": threshold(filter='metric.type="logging.googleapis.com/user/other"')})]},
        {"policies": [policy({"conditionThreshold": threshold(filter='metric.type="a.example/b-c" AND metric.label.d="e"')})]},
        {"policies": [policy({"conditionPrometheusQueryLanguage": {"query": "up == 0"}})]},
        {"policies": [policy({"conditionAbsent": {"filter": threshold()["filter"], "duration": "300s"}})]},
        {"policies": [policy({"conditionThreshold": threshold(filter=f"{threshold()['filter']} resource.type=\"gce_instance\"")})]},
        {"channels": []},
        {"channels": [channel(enabled=False)]},
        {"channels": [channel(verificationStatus="UNVERIFIED", type="sms")]},
    ],
)  # fmt: skip
def test_whatever_breaks_the_chain_is_a_gap(google, session, change) -> None:
    watch(google, **change)
    assert status(session, only="{method: SetIamPolicy, resource.type: project}") == "gap"


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": [metric(valueExtractor="EXTRACT(protoPayload.status.code)")]},
        {"metrics": [metric(metricDescriptor={"metricKind": "DELTA", "valueType": "DISTRIBUTION"})]},
        *(
            {"policies": [policy({"conditionThreshold": threshold(**change)})]}
            for change in (
                {"duration": "300s"},
                {"comparison": "COMPARISON_LT"},
                {"thresholdValue": -1},
                {"comparison": "COMPARISON_GE"},
                {"aggregations": []},
                {"aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_COUNT"}]},
                {"aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_COUNT"}]},
                {"forecastOptions": {"forecastHorizon": "3600s"}},
                {"denominatorFilter": 'metric.type="logging.googleapis.com/user/all"'},
                {"trigger": {"percent": 50}},
                {"filter": f"{threshold()['filter']} AND metric.label.user=\"x\""},
                {"filter": 'metric.type=starts_with("logging.googleapis.com/user/")'},
                {"filter": f"{threshold()['filter']} AND resource.type=\"global\""},
            )
        ),
        {"policies": [policy({"conditionMonitoringQueryLanguage": {"query": "fetch global::logging.googleapis.com/user/changes"}})]},
        {"policies": [policy({"conditionPrometheusQueryLanguage": {"query": "logging_googleapis_com:user_changes > 0"}})]},
        {"policies": [policy({"conditionSql": {"query": "SELECT 1"}})]},
        {"policies": [policy({"conditionThreshold": threshold()}, {"conditionThreshold": threshold()}, combiner="AND")]},
        {"policies": [policy(alertStrategy={"notificationPrompts": ["CLOSED"]})]},
        {"channels": [channel(type="pubsub", labels={"topic": "nonsense"})]},
    ],
)  # fmt: skip
def test_what_one_record_does_not_surely_set_off_is_unknown(google, session, change) -> None:
    watch(google, **change)
    assert status(session, only="{method: SetIamPolicy, resource.type: project}") == "unknown"


@pytest.mark.parametrize(
    "change",
    [
        {"thresholdValue": 1, "comparison": "COMPARISON_GE"},
        {"aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}]},
        {"aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_SUM", "crossSeriesReducer": "REDUCE_SUM"}]},
        {"filter": f"resource.type = \"project\" AND {threshold()['filter']}"},
        {"filter": f"resource.type = \"project\"\n{threshold()['filter']}", "trigger": {"count": 1}},
    ],
)  # fmt: skip
def test_alerts_that_one_record_surely_sets_off_are_heard(google, session, change) -> None:
    watch(google, policies=[policy({"conditionThreshold": threshold(**change)})])
    assert status(session, only="{method: SetIamPolicy, resource.type: project}") == "covered"


def test_a_rate_of_one_record_may_be_too_small_for_the_threshold(google, session) -> None:
    slow = [{"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_RATE"}]
    watch(
        google, policies=[policy({"conditionThreshold": threshold(thresholdValue=0.01, aggregations=slow)})]
    )
    assert status(session) == "gap"


def test_two_metrics_may_be_heard_of_together(google, session) -> None:
    halves = [
        metric(name="changes", filter=f"{CHANGES} AND severity>=ERROR"),
        metric(name="rest", filter=f"{CHANGES} AND severity<ERROR"),
    ]
    rest = threshold(filter='metric.type="logging.googleapis.com/user/rest"')
    watch(
        google,
        metrics=halves,
        policies=[policy({"conditionThreshold": threshold()}, {"conditionThreshold": rest})],
    )
    assert status(session) == "covered"


def test_exclusions_of_sinks_take_nothing_away_from_metrics(google, session) -> None:
    watch(google)
    google.answers[f"/v2/{P}/sinks"] = Pages("sinks", [[]])
    assert status(session) == "covered"


# --- alerts on entries ------------------------------------------------------------------------------------


def test_an_alert_on_entries_hears_what_the_required_bucket_stores(google, session) -> None:
    watch(google, metrics=[], policies=[policy(log_match())])
    assert status(session) == "covered"


def test_an_alert_on_entries_does_not_hear_of_what_no_bucket_stores(google, session) -> None:
    watch(google, metrics=[], policies=[policy(log_match())])
    bucket = f"logging.googleapis.com/{P}/locations/global/buckets/_Default"
    google.answers[f"/v2/{P}/sinks"] = Pages(
        "sinks", [[{"name": "_Default", "destination": bucket, "filter": 'NOT LOG_ID("cloudaudit.googleapis.com/activity")'}]]
    )  # fmt: skip
    assert status(session) == "gap"


def test_an_alert_on_other_entries_is_a_gap(google, session) -> None:
    watch(google, metrics=[], policies=[policy(log_match('protoPayload.methodName="Other"'))])
    assert status(session) == "gap"


# --- interception -----------------------------------------------------------------------------------------


def intercepting(words: str) -> Pages:
    sink = {
        "name": "all",
        "destination": "logging.googleapis.com/projects/acme-central",
        "filter": words,
        "includeChildren": True,
        "interceptChildren": True,
        "writerIdentity": "serviceAccount:service-org-123456789012@gcp-sa-logging.iam.gserviceaccount.com",
    }
    return Pages("sinks", [[sink]])


@pytest.mark.parametrize("by", [{}, {"metrics": [], "policies": [policy(log_match())]}])
def test_whether_intercepted_activity_is_still_heard_of_is_unknown(google, session, by) -> None:
    watch(google, **by)
    google.answers[OF_ORG] = intercepting("")
    assert status(session) == "unknown"


def test_what_is_intercepted_of_other_logs_is_not_counted(google, session) -> None:
    watch(google)
    google.answers[OF_ORG] = intercepting('LOG_ID("cloudaudit.googleapis.com/data_access")')
    wanted = "{service: storage.googleapis.com, method: SetIamPolicy, log_type: DATA_WRITE}"
    found = heard(session, source="gcp.audit.data_access", only=wanted)
    assert (found.status, found.reason) == ("gap", "intercepted")
    assert status(session) == "covered"


def test_what_is_routed_to_a_project_is_counted_by_its_metrics(google, session) -> None:
    watch(google, metrics=[], policies=[])
    central = "projects/acme-central"
    google.answers[OF_ORG] = intercepting("")
    google.answers[f"/v2/{central}/metrics"] = Pages("metrics", [[metric()]])
    google.answers[f"/v3/{central}/alertPolicies"] = Pages("alertPolicies", [[policy()]])
    assert status(session) == "covered"


def test_a_metric_of_a_log_bucket_counts_what_comes_to_rest_there(google, session) -> None:
    of_bucket = metric(bucketName="projects/1001/locations/global/buckets/_Required")
    watch(google, metrics=[of_bucket])
    assert status(session) == "covered"


def test_a_metric_of_another_log_bucket_does_not_count_it(google, session) -> None:
    watch(google, metrics=[metric(bucketName=f"{P}/locations/global/buckets/_Default")])
    assert status(session) == "gap"


# --- other projects' alerts -------------------------------------------------------------------------------


def test_an_alert_of_another_project_that_watches_this_one_is_heard(google, session) -> None:
    watch(google, policies=[], scopes=("1001", "1002"))
    google.answers["/v3/projects/acme-siem/alertPolicies"] = Pages(
        "alertPolicies", [[policy(name="projects/acme-siem/alertPolicies/9")]]
    )
    assert status(session) == "covered"


def test_who_else_watches_cannot_be_read_so_silence_proves_nothing(google, session) -> None:
    watch(google, policies=[])
    google.answers[SCOPES] = error(403)
    assert status(session) == "unknown"


@pytest.mark.parametrize(
    "scopes", [[], [{}], [{"name": "locations/global/metricsScopes/1001"}, {"name": "x"}], 5]
)
def test_an_odd_answer_of_who_else_watches_proves_nothing(google, session, scopes) -> None:
    watch(google, policies=[])
    google.answers[SCOPES] = Wrong({"metricsScopes": scopes})
    assert status(session) == "unknown"


def test_alerts_of_another_project_that_cannot_be_read_leave_doubt(google, session) -> None:
    watch(google, policies=[], scopes=("1001", "1002"))
    google.answers["/v3/projects/acme-siem/alertPolicies"] = error(403)
    assert status(session) == "unknown"


def test_an_alert_of_its_own_is_heard_whoever_else_may_watch(google, session) -> None:
    watch(google)
    google.answers[SCOPES] = error(403)
    assert status(session) == "covered"


# --- what cannot be read ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [METRICS, POLICIES, CHANNELS])
@pytest.mark.parametrize("answer", [error(403), error(500), Wrong([]), Wrong({"metrics": 1, "alertPolicies": 1, "notificationChannels": 1})])  # fmt: skip
def test_what_cannot_be_read_leaves_doubt(google, session, path, answer) -> None:
    watch(google)
    google.answers[path] = answer
    assert status(session) == "unknown"


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": [metric(disabled="no")]},
        {"metrics": [metric(filter=5)]},
        {"metrics": [metric(bucketName="nonsense")]},
        {"metrics": [metric(sampled=True)]},
        {"metrics": ["nonsense"]},
        {"policies": [policy(enabled=None)]},
        {"policies": [policy(conditions=5)]},
        {"policies": [policy(conditions=[{"conditionNew": {}}])]},
        {"policies": [policy(notificationChannels=5)]},
        {"policies": [policy(notificationChannels=["nonsense"])]},
        {"policies": [policy(muted=True)]},
        {"policies": [policy({"conditionThreshold": threshold(thresholdValue="0")})]},
        {"channels": [channel(enabled=None)]},
        {"channels": [channel(verificationStatus="NEW")]},
        {"channels": [channel(type=5)]},
        {"channels": [channel(name=5)]},
    ],
)
def test_an_odd_field_leaves_doubt(google, session, change) -> None:
    watch(google)
    for key, (path, items) in {
        "metrics": (METRICS, "metrics"),
        "policies": (POLICIES, "alertPolicies"),
        "channels": (CHANNELS, "notificationChannels"),
    }.items():
        if key in change:
            google.answers[path] = Wrong({items: change[key]})
    assert status(session) == "unknown"


def test_where_monitoring_is_switched_off_nobody_hears(google, session) -> None:
    watch(google)
    disabled = {"service": "monitoring.googleapis.com", "consumer": "projects/1001"}
    google.answers[POLICIES] = error(403, reason="SERVICE_DISABLED", metadata=disabled)
    assert status(session) == "unknown"


def test_where_monitoring_is_surely_switched_off_nobody_hears(google, session) -> None:
    watch(google)
    google.answers[POLICIES] = error(403, reason="SERVICE_DISABLED")
    google.answers[f"/v1/{P}/services/monitoring.googleapis.com"] = {
        "name": f"{P}/services/monitoring.googleapis.com",
        "state": "DISABLED",
    }
    assert status(session) == "gap"


def test_ways_to_people_matter_to_nobody_who_asks_for_stores(google, session) -> None:
    watch(google)
    google.answers[METRICS] = error(403)
    assert heard(session, reach="gcp:bigquery/*").status == "gap"


def test_calls_are_one_a_project_for_each_list(google, session) -> None:
    watch(google)
    heard(session)
    assert [google.count(path) for path in (METRICS, POLICIES, CHANNELS)] == [1, 1, 1]


# --- channels ---------------------------------------------------------------------------------------------

TO = f"gcp:monitoring/{P}/channels/7"
AGENT = "serviceAccount:service-1001@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
TOPIC = "/v1/projects/acme-siem/topics/audit"


def by_topic(google, session, *, writer: str = AGENT):
    list(session.scopes())
    google.answers[CHANNELS] = Pages(
        "notificationChannels",
        [[channel(type="pubsub", labels={"topic": "projects/acme-siem/topics/audit"})]],
    )
    google.answers[f"{TOPIC}:getIamPolicy"] = {
        "bindings": [{"role": "roles/pubsub.publisher", "members": [writer]}]
    }
    return Read(session, read_channel, TO, route(TO)).destination


def test_a_topic_tells_those_who_take_messages_out_of_it(google, session) -> None:
    found = by_topic(google, session)
    assert (found.exists, found.usable, found.consumed) == (True, True, True)


def test_a_topic_that_monitoring_may_not_publish_to_tells_nobody(google, session) -> None:
    assert by_topic(google, session, writer="user:a@acme.example").usable is not True


def test_a_topic_that_is_gone_tells_nobody(google, session) -> None:
    del google.answers[TOPIC]
    assert by_topic(google, session).usable is False


def test_a_topic_that_cannot_be_read_is_in_doubt(google, session) -> None:
    google.answers[TOPIC] = error(403)
    assert isinstance(by_topic(google, session).usable, Unread)


def test_addresses_and_tokens_are_not_kept(google, session) -> None:
    watch(google)
    list(session.scopes())
    assert "b.example" not in repr(Read(session, read_channel, TO, route(TO)).facts)
