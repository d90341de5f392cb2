"""Gaps in the pretend company, made one by one, judged, and mended by the commands that are told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from logcov.findings import Finding
from providers.gcp.acme import KEY, ORG, PROD_WRITER, WRITER
from providers.gcp.carrying_out import carry_out
from providers.gcp.fake_google import Google, Pages
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import judged
from providers.gcp.sql_answers import LIST as INSTANCES
from providers.gcp.sql_answers import POLICIES, audit_config, instance, listed

API = "https://www.googleapis.com/compute/v1/projects/acme-prod"
COMPUTE = "/compute/v1/projects/acme-prod"
BUCKET = "gcp:storage/acme-logs"
ARCHIVE = "gcp:storage/acme-archive"
SINKS = "/v2/projects/acme-prod/sinks"
PROD = "gcp:projects/acme-prod"


SIEM = """\
destinations:
  siem:
    at: ["gcp:pubsub/projects/acme-siem/topics/logs"]
    attested: &word
      facts: {retain: 400d}
      by: siem@acme.example
      from: 2020-01-01
      expires: 2099-12-31
      evidence: a ticket
  lost:
    at: ["gcp:pubsub/projects/acme-siem/topics/gone"]
    attested: *word
"""
"""What lies behind topics, no API shows."""


@dataclass(frozen=True)
class Gap:
    """How a gap is made, and what is asked. `one` selects the finding where there are several."""

    rows: tuple[str, ...]
    source: str
    reason: str
    make: Callable[[Google], None]
    reach: str = "*"
    more: str = ""
    one: Callable[[Finding], bool] = lambda finding: finding.scope == PROD
    whole: bool = False


def logs_bucket(google: Google, *members: str) -> None:
    google.answers["/storage/v1/b/acme-logs"] = {
        "kind": "storage#bucket",
        "name": "acme-logs",
        "projectNumber": "1002",
    }
    bindings = [{"role": "roles/storage.objectCreator", "members": list(members)}] if members else []
    google.answers["/storage/v1/b/acme-logs/iam"] = {"kind": "storage#policy", "bindings": bindings}


def sink(google: Google, holder: str = "projects/acme-prod", **more: Any) -> None:
    """A sink to a bucket that lets it write; further fields may be given."""
    writer = PROD_WRITER if holder.startswith("projects/") else WRITER
    logs_bucket(google, writer)
    made = {"name": "siem", "destination": "storage.googleapis.com/acme-logs", "writerIdentity": writer}
    google.answers[f"/v2/{holder}/sinks"] = Pages("sinks", [[made | more]])


def to(destination: str, make: Callable[[Google], None]) -> Callable[[Google], None]:
    """A sink of a project to a destination that is then made, or not."""

    def made(google: Google) -> None:
        sink(google, destination=destination)
        make(google)

    return made


def dataset(google: Google, **more: Any) -> None:
    path = "/bigquery/v2/projects/acme-siem/datasets/logs"
    google.answers[path] = {
        "kind": "bigquery#dataset",
        "datasetReference": {"projectId": "acme-siem", "datasetId": "logs"},
        "access": [{"role": "OWNER", "specialGroup": "projectOwners"}],
    } | more
    google.answers[f"{path}/tables"] = {"tables": []}


def writable(**more: Any) -> Callable[[Google], None]:
    email = PROD_WRITER.partition(":")[2]
    access = [{"role": "WRITER", "userByEmail": email}, *more.pop("access", [])]
    return lambda google: dataset(google, access=access, **more)


def log_bucket(**more: Any) -> Callable[[Google], None]:
    def made(google: Google) -> None:
        at = "projects/acme-prod/locations/eu/buckets/kept"
        google.answers[f"/v2/{at}"] = {"name": at, "lifecycleState": "ACTIVE", "retentionDays": 30} | more
        destination = f"logging.googleapis.com/{at}"
        google.answers[SINKS] = Pages("sinks", [[{"name": "own", "destination": destination}]])

    return made


def topic(google: Google, *, state: str = "ENABLED", read: bool = True, admits: bool = True) -> None:
    at = "/v1/projects/acme-siem/topics/logs"
    google.answers[at] = {"name": at.removeprefix("/v1/"), "state": "ACTIVE", "kmsKeyName": KEY}
    google.answers[f"/v1/{KEY}"]["primary"]["state"] = state
    members = [PROD_WRITER] if admits else []
    google.answers[f"{at}:getIamPolicy"] = {
        "bindings": [{"role": "roles/pubsub.publisher", "members": members}]
    }
    name = "projects/acme-siem/subscriptions/logs"
    google.answers[f"{at}/subscriptions"] = {"subscriptions": [name] if read else []}
    google.answers[f"/v1/{name}"] = {"name": name, "topic": at.removeprefix("/v1/"), "state": "ACTIVE"}


def stored(**more: Any) -> Callable[[Google], None]:
    def made(google: Google) -> None:
        sink(google)
        google.answers["/storage/v1/b/acme-logs"] |= more

    return made


def answered(**answers: Any) -> Callable[[Google], None]:
    """Answers by the last part of a path below the project in the Compute Engine API."""
    return lambda google: google.answers.update({f"{COMPUTE}/{path}": body for path, body in answers.items()})


def compute(path: str, body: Any) -> Callable[[Google], None]:
    return lambda google: google.answers.update({f"{COMPUTE}/{path}": body})


def subnet(**config: Any) -> Callable[[Google], None]:
    def made(google: Google) -> None:
        one = {
            "name": "web",
            "region": f"{API}/regions/europe-west1",
            "network": f"{API}/global/networks/shop",
        }
        body = one | ({"logConfig": config} if config else {})
        google.answers[f"{COMPUTE}/aggregated/subnetworks"] = {
            "items": {"regions/europe-west1": {"subnetworks": [body]}}
        }
        for name in ("projects/acme-prod", ORG):
            google.answers[f"/v1/{name}/locations/global/vpcFlowLogsConfigs"] = {"vpcFlowLogsConfigs": []}
        policy = "projects/acme-prod/policies/compute.requireVpcFlowLogs"
        google.answers[f"/v2/{policy}:getEffectivePolicy"] = {
            "name": policy,
            "spec": {"rules": [{"allowAll": True}]},
        }

    return made


def rule(where: str) -> Callable[[Google], None]:
    """A firewall rule that does not log: of the network, of a policy (global, of a region), or from above."""

    def made(google: Google) -> None:
        network = f"{API}/global/networks/shop"
        plain = {"name": "web", "network": network, "allowed": [{"IPProtocol": "tcp"}]}
        policy = {
            "name": "77",
            "rules": [{"priority": 10, "action": "allow"}, {"priority": 2147483647, "action": "goto_next"}],
            "associations": [{"name": "a", "attachmentTarget": network}],
        }
        region = {"region": f"{API}/regions/europe-west1"} if where == "region" else {}
        held = (
            {"items": {where: {"firewallPolicies": [policy | region]}}}
            if where in {"global", "region"}
            else {}
        )
        attached = {"name": "a", "firewallPolicyId": "77", "attachmentTarget": ORG}
        above = "/compute/v1/locations/global/firewallPolicies"
        google.answers |= {
            f"{COMPUTE}/global/firewalls": {"items": [plain] if where == "network" else []},
            f"{COMPUTE}/aggregated/firewallPolicies": held,
            f"{COMPUTE}/global/networks": {"items": [{"name": "shop"}]},
            f"{above}/listAssociations": {"associations": [attached] if where == "above" else []},
            f"{above}/77": policy,
        }

    return made


def gateway(**log: Any) -> Callable[[Google], None]:
    router = {
        "name": "edge",
        "region": f"{API}/regions/europe-west1",
        "nats": [{"name": "all", "logConfig": log}],
    }
    return compute("aggregated/routers", {"items": {"regions/europe-west1": {"routers": [router]}}})


def names(*policies: dict[str, Any]) -> Callable[[Google], None]:
    def made(google: Google) -> None:
        google.answers[f"{COMPUTE}/global/networks"] = {"items": [{"name": "shop", "id": "100"}]}
        google.answers["/dns/v1/projects/acme-prod/policies"] = {"policies": list(policies)}

    return made


def backend(where: str, **config: Any) -> Callable[[Google], None]:
    regional = {"region": f"{API}/regions/europe-west1"} if where != "global" else {}
    service = {
        "name": "shop",
        "loadBalancingScheme": "EXTERNAL_MANAGED",
        "protocol": "HTTPS",
        "securityPolicy": f"{API}/global/securityPolicies/waf",
        "usedBy": [{"reference": f"{API}/global/urlMaps/web"}],
        "logConfig": config,
    } | regional

    def made(google: Google) -> None:
        google.answers[f"{COMPUTE}/aggregated/backendBuckets"] = {}
        google.answers[f"{COMPUTE}/aggregated/backendServices"] = {
            "items": {where: {"backendServices": [service]}}
        }

    return made


def cluster(google: Google) -> None:
    off = {"name": "one", "location": "europe-west1", "loggingService": "none", "loggingConfig": {}}
    google.answers["/v1/projects/acme-prod/locations/-/clusters"] = {"clusters": [off]}


def database(engine: str, *, recorded: bool = True) -> Callable[[Google], None]:
    def made(google: Google) -> None:
        google.answers |= {path: {} for path in POLICIES}
        flags = {} if recorded else {"cloudsql.enable_pgaudit": "on", "pgaudit.log": "all"}
        google.answers[INSTANCES] = listed(instance("one", engine, flags))
        google.answers[POLICIES[0]] = audit_config("DATA_READ", "DATA_WRITE") if recorded else {}
        google.answers[f"/v2/{ORG}/sinks"] = {}

    return made


def nothing_intercepted(google: Google) -> None:
    google.answers[f"/v2/{ORG}/sinks"] = Pages("sinks", [[]])


def nothing_recorded(google: Google) -> None:
    nothing_intercepted(google)
    for name in ("folders/11", "projects/acme-prod"):
        google.answers[f"/v3/{name}:getIamPolicy"].pop("auditConfigs")


def usage(**logging: Any) -> Callable[[Google], None]:
    def made(google: Google) -> None:
        logs_bucket(google)
        body: dict[str, Any] = {"kind": "storage#bucket", "name": "data", "projectNumber": "1001"}
        google.answers["/storage/v1/b"] = {"kind": "storage#buckets", "items": [body | logging]}

    return made


def usage_elsewhere(google: Google) -> None:
    usage(logging={"logBucket": "acme-archive"})(google)
    group = "group:cloud-storage-analytics@google.com"
    binding = {"role": "roles/storage.objectCreator", "members": [group]}
    google.answers["/storage/v1/b/acme-archive/iam"]["bindings"].append(binding)


def new_projects(google: Google, **settings: Any) -> None:
    for name in (ORG, "folders/10", "folders/11"):
        google.answers[f"/v2/{name}/settings"] = {"name": f"{name}/settings"}
        google.answers[f"/v2/{name}/sinks"] = Pages("sinks", [[]])
    google.answers[f"/v2/{ORG}/settings"] |= settings
    logs_bucket(google)


def old_threats(google: Google) -> None:
    name = "projects/acme-prod/locations/europe-west1-b/endpoints/edge"
    found = {"name": name, "state": "READY", "severity": "INFORMATIONAL", "threatExceptions": ["1000"]}
    google.answers["/v1/projects/acme-prod/locations/-/endpoints"] = {"endpoints": [found]}


def history(google: Google) -> None:
    google.answers["/v1/projects/acme-prod/services/cloudasset.googleapis.com"] = {"state": "DISABLED"}
    for name in (ORG, "folders/10", "folders/11", "projects/acme-prod"):
        google.answers[f"/v1/{name}/feeds"] = {}


ACTIVITY, DATA = "gcp.audit.activity", "gcp.audit.data_access"
AUDIT = ("gcp.audit_logs", "gcp.audit_configs")
TOPIC = "siem"
DATASET = "gcp:bigquery/projects/acme-siem/datasets/logs"
OWN = "gcp:logging/projects/acme-prod/locations/eu/buckets/kept"
OTHER = "gcp:logging/projects/acme-siem/locations/eu/buckets/audit"
ROUTER = "gcp:router/projects/acme-siem"
ALL_AUDITED = ", only: {service: storage.googleapis.com, log_type: DATA_READ}"


def judge(google: Google, gap: Gap) -> Finding:
    reach = f', reach: "{gap.reach}"' if gap.reach else ""
    line = f"{{id: line, title: a line, logs: {gap.source}{reach}{gap.more}}}"
    targets: dict[str, Any] = {} if gap.whole else {"projects": ("acme-prod",)}
    session = session_on(google.endpoint, **targets)
    try:
        facts = gather(session, *gap.rows, "gcp.sinks")
        found = judged(session, facts, f"{SIEM}require: [{line}]\n").findings
    finally:
        session.close()
    (one,) = (each for each in found if each.source == gap.source and gap.one(each))
    return one


def dying_project(google: Google) -> None:
    to("logging.googleapis.com/projects/acme-central", lambda _: None)(google)
    for name in ("acme-central", "1003"):
        google.answers[f"/v3/projects/{name}"]["state"] = "DELETE_REQUESTED"


def server(google: Google) -> None:
    database("sqlserver")(google)
    logs_bucket(google)


def known_history(google: Google) -> None:
    history(google)
    google.answers["/v1/projects/acme-prod/services/cloudasset.googleapis.com"] = {"state": "ENABLED"}


def assert_mended(google: Google, gap: Gap) -> None:
    """Makes the gap, carries its commands out, and asserts that it is closed."""
    gap.make(google)

    before = judge(google, gap)
    assert (before.status, before.reason) == ("gap", gap.reason), (before.reason, before.detail)
    sentence, empty, commands = (before.remediation or "").partition("\n\n")
    assert sentence
    assert empty, before.cause
    carry_out(google, commands)
    after = judge(google, gap)
    assert after.status == "covered", (after.reason, after.detail, commands)
