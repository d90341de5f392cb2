"""No failed read changes what is known of metrics, alerts and channels."""

from typing import Any

from providers.gcp.acme import CONTAINERS, answers, own_sinks
from providers.gcp.detection.watching import ROWS, P, channel, log_match, metric, policy, watch
from providers.gcp.fake_google import Google, Pages
from providers.gcp.gathering import gather, session_on
from providers.gcp.test_faults import FAULTS, differences, unreads

AGENT = "serviceAccount:service-1001@gcp-sa-monitoring-notification.iam.gserviceaccount.com"


def watched() -> dict[str, Any]:
    """A project that counts, and alerts by a metric and on entries, by mail and by a topic."""
    google = Google(answers())
    google.server.server_close()
    for name in CONTAINERS:
        google.answers[f"/v2/{name}/sinks"] = Pages("sinks", [own_sinks(name) if name == P else []])
    topic = channel(type="pubsub", labels={"topic": "projects/acme-siem/topics/audit"})
    of_bucket = metric(name="stored", bucketName=f"{P}/locations/global/buckets/_Default")
    watch(
        google,
        metrics=[metric(), of_bucket],
        policies=[policy(), policy(log_match(), name=f"{P}/alertPolicies/2")],
        channels=[channel(name=f"{P}/notificationChannels/8"), topic],
        scopes=("1001", "1002"),
    )
    google.answers["/v1/projects/acme-siem/topics/audit:getIamPolicy"] = {
        "bindings": [{"role": "roles/pubsub.publisher", "members": [AGENT]}]
    }
    return google.answers


def run(google: Google) -> tuple[list[Any], set[str]]:
    session = session_on(google.endpoint)
    facts = gather(session, *ROWS)
    session.close()
    return facts, {spot.id for spot in session.ledger.blind_spots()}


def test_every_failing_read_leaves_doubt_and_changes_nothing() -> None:
    with Google(watched()) as google:
        facts, _ = run(google)
        paths = google.paths()
        assert google.complaints == []
    assert sum("lertPolicies" in path or "metric" in path for path in paths) > 5
    with Google(watched()) as google:
        google.lasting = True
        for path in paths:
            for kind in ("denied", "another shape", "api off"):
                google.faults = {path: [FAULTS[kind]]}
                found, blind = run(google)
                # Where a sink above may intercept, a second way stands for the doubt whether metrics see that.
                lines = [each for each in differences(facts, found) if "intercepted') appeared" not in each]
                assert lines == [], (path, kind)
                assert unreads(found) <= blind
