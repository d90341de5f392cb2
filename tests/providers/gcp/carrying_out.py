"""What printed commands do, as their documentation tells, to the answers of the pretend Google."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from providers.gcp import gcloud
from providers.gcp.fake_google import Google, Pages
from providers.gcp.gcloud import Command

NEW_WRITER = "serviceAccount:service-new@gcp-sa-logging.iam.gserviceaccount.com"
COMPONENTS = {"SYSTEM": "SYSTEM_COMPONENTS", "WORKLOAD": "WORKLOADS", "API_SERVER": "APISERVER"}


def carry_out(google: Google, text: str) -> None:
    """Carries out all commands of a remedy, and the edits that its comments ask for."""
    variables: dict[str, str] = {}
    shell = text.partition("\n\n# Terraform\n")[0]
    for line in shell.split("\n"):
        if not line or line.startswith("#"):
            continue
        command = gcloud.parsed(line, variables)
        assert gcloud.problems(command) == "", command
        if command.sets:
            variables[command.sets] = _output(google, command)
        elif command.name.endswith("set-iam-policy"):
            _edit_policy(google, command, shell)
        elif not re.search(r"describe|get-iam-policy|show", command.name):
            EFFECTS[command.tool, command.name](google, command)


def _items(google: Google, path: str, kind: str) -> list[Any]:
    """The items of a list, as one page that can be added to."""
    known = google.answers.get(path, {})
    found = [one for page in known.pages for one in page] if isinstance(known, Pages) else known.get(kind, [])
    google.answers[path] = {kind: found}
    return found


def _all(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, Pages):
        value = value.pages
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _all(one)


def _named(google: Google, path: str, name: str, key: str = "name") -> dict[str, Any]:
    """What has this name, or a name that ends with it, somewhere in an answer."""
    (found,) = (one for one in _all(google.answers[path]) if str(one.get(key, "")).rpartition("/")[2] == name)
    return found


def _holder(command: Command) -> str:
    for name in ("project", "folder", "organization"):
        if f"--{name}" in command.flags:
            return f"{name}s/{command.flags[f'--{name}']}"
    raise AssertionError(command)


def _output(google: Google, command: Command) -> str:
    if command.name == "logging sinks describe":
        sinks = _items(google, f"/v2/{_holder(command)}/sinks", "sinks")
        (sink,) = (one for one in sinks if one["name"] == command.arguments[0])
        return sink["writerIdentity"]
    assert command.name == "kms keys describe"
    return "1"


# --- sinks and policies -----------------------------------------------------------------------------------


def _make_sink(google: Google, command: Command) -> None:
    name, destination = command.arguments
    holder = _holder(command)
    sink: dict[str, Any] = {"name": name, "destination": destination}
    if not destination.startswith(f"logging.googleapis.com/{holder}/"):
        sink["writerIdentity"] = NEW_WRITER
    if "--log-filter" in command.flags:
        sink["filter"] = command.flags["--log-filter"]
    if "--include-children" in command.flags:
        sink["includeChildren"] = True
    _items(google, f"/v2/{holder}/sinks", "sinks").append(sink)


def _change_sink(google: Google, command: Command) -> None:
    sinks = _items(google, f"/v2/{_holder(command)}/sinks", "sinks")
    (sink,) = (one for one in sinks if one["name"] == command.arguments[0])
    flags = command.flags
    if "--no-disabled" in flags:
        sink["disabled"] = False
    if "--include-children" in flags:
        sink["includeChildren"] = True
    if "--log-filter" in flags:
        sink["filter"] = flags["--log-filter"]
    gone = flags.get("--remove-exclusions", "").split(",")
    sink["exclusions"] = [one for one in sink.get("exclusions", []) if one["name"] not in gone]


def _bind(google: Google, path: str, command: Command) -> None:
    policy = google.answers.setdefault(path, {})
    binding = {"role": command.flags["--role"], "members": [command.flags["--member"]]}
    policy["bindings"] = [*policy.get("bindings", []), binding]


def _edit_policy(google: Google, command: Command, shell: str) -> None:
    kind = command.name.split()[-2]
    policy = google.answers[f"/v3/{kind}/{command.arguments[0]}:getIamPolicy"]
    configs = policy.setdefault("auditConfigs", [])
    for told in re.findall(r"^#   (\{.*\})$", shell, re.MULTILINE):
        entry = json.loads(told)
        same = [one for one in configs if one["service"] == entry["service"]]
        (same[0]["auditLogConfigs"].extend(entry["auditLogConfigs"]) if same else configs.append(entry))
    for service in re.findall(r"the entry of (\S+) in auditConfigs must have no exemptedMembers", shell):
        for log in (log for one in configs if one["service"] == service for log in one["auditLogConfigs"]):
            log.pop("exemptedMembers", None)


def _grant_dataset(google: Google, command: Command) -> None:
    project, dataset, member = re.fullmatch(
        r'GRANT `roles/bigquery.dataEditor` ON SCHEMA `(.+)`.`(.+)` TO "(.+)"', command.arguments[0]
    ).groups()
    body = google.answers[f"/bigquery/v2/projects/{project}/datasets/{dataset}"]
    body["access"].append({"role": "WRITER", "userByEmail": member.partition(":")[2]})


# --- stores -----------------------------------------------------------------------------------------------


def _log_bucket(command: Command) -> str:
    return f"/v2/{_holder(command)}/locations/{command.flags['--location']}/buckets/{command.arguments[0]}"


def _make_log_bucket(google: Google, command: Command) -> None:
    path = _log_bucket(command)
    google.answers[path] = {
        "name": path.removeprefix("/v2/"),
        "lifecycleState": "ACTIVE",
        "retentionDays": int(command.flags.get("--retention-days", "30")),
    }


def _change_log_bucket(google: Google, command: Command) -> None:
    body = google.answers[_log_bucket(command)]
    if "--retention-days" in command.flags:
        body["retentionDays"] = int(command.flags["--retention-days"])
    if "--locked" in command.flags:
        body["locked"] = True


def _change_storage(google: Google, command: Command) -> None:
    bucket = command.arguments[0].removeprefix("gs://")
    flags = command.flags
    if "--log-bucket" in flags:
        log = flags["--log-bucket"].removeprefix("gs://")
        _named(google, "/storage/v1/b", bucket)["logging"] = {"logBucket": log, "logObjectPrefix": bucket}
        return
    body = google.answers[f"/storage/v1/b/{bucket}"]
    if "--retention-period" in flags:
        days = int(re.fullmatch(r"P(\d+)D", flags["--retention-period"]).group(1))
        body["retentionPolicy"] = {"retentionPeriod": str(days * 86_400), "isLocked": False}
    if "--lock-retention-period" in flags:
        body["retentionPolicy"]["isLocked"] = True


def _topic(command: Command, name: str) -> str:
    return f"/v1/projects/{command.flags['--project']}/topics/{name}"


def _make_topic(google: Google, command: Command) -> None:
    path = _topic(command, command.arguments[0])
    google.answers[path] = {"name": path.removeprefix("/v1/"), "state": "ACTIVE"}
    google.answers[f"{path}:getIamPolicy"] = {}


def _subscribe(google: Google, command: Command) -> None:
    topic = _topic(command, command.flags["--topic"])
    name = f"projects/{command.flags['--project']}/subscriptions/{command.arguments[0]}"
    google.answers[f"{topic}/subscriptions"] = {"subscriptions": [name]}
    google.answers[f"/v1/{name}"] = {"name": name, "topic": topic.removeprefix("/v1/"), "state": "ACTIVE"}


def _make_storage(google: Google, command: Command) -> None:
    name = command.arguments[0].removeprefix("gs://")
    google.answers[f"/storage/v1/b/{name}"] = {
        "kind": "storage#bucket",
        "name": name,
        "projectNumber": "1002",
        "iamConfiguration": {
            "publicAccessPrevention": "enforced",
            "uniformBucketLevelAccess": {"enabled": True},
        },
    }
    google.answers[f"/storage/v1/b/{name}/iam"] = {"kind": "storage#policy"}


def _dataset(command: Command) -> str:
    project, _, dataset = command.arguments[0].partition(":")
    return f"/bigquery/v2/projects/{project}/datasets/{dataset}"


def _make_dataset(google: Google, command: Command) -> None:
    path = _dataset(command)
    *_, project, _, dataset = path.split("/")
    google.answers[path] = {
        "datasetReference": {"projectId": project, "datasetId": dataset},
        "access": [{"role": "OWNER", "specialGroup": "projectOwners"}],
    }
    google.answers[f"{path}/tables"] = {"tables": []}


def _change_dataset(google: Google, command: Command) -> None:
    body = google.answers[_dataset(command)]
    if "--source" in command.flags:
        body["access"] = [one for one in body["access"] if "iamMember" not in one]
        return
    assert (
        command.flags["--default_table_expiration"] == command.flags["--default_partition_expiration"] == "0"
    )
    body.pop("defaultTableExpirationMs", None)
    body.pop("defaultPartitionExpirationMs", None)


def _enable_key(google: Google, command: Command) -> None:
    flags = command.flags
    ring = f"projects/{flags['--project']}/locations/{flags['--location']}/keyRings/{flags['--keyring']}"
    google.answers[f"/v1/{ring}/cryptoKeys/{flags['--key']}"]["primary"]["state"] = "ENABLED"


# --- resources --------------------------------------------------------------------------------------------


def _compute(command: Command, rest: str) -> str:
    return f"/compute/v1/projects/{command.flags['--project']}/{rest}"


def _subnet(google: Google, command: Command) -> None:
    body = _named(google, _compute(command, "aggregated/subnetworks"), command.arguments[0])
    config = body.get("logConfig", {}) | {
        "enable": True,
        "flowSampling": float(command.flags["--logging-flow-sampling"]),
    }
    if "--logging-filter-expr" in command.flags:
        config["filterExpr"] = command.flags["--logging-filter-expr"]
    body["logConfig"] = config


def _policy_rule(google: Google, command: Command) -> None:
    policy = command.flags["--firewall-policy"]
    path = (
        _compute(command, "aggregated/firewallPolicies")
        if "--project" in command.flags
        else f"/compute/v1/locations/global/firewallPolicies/{policy}"
    )
    rules = _named(google, path, policy)["rules"]
    (rule,) = (one for one in rules if str(one["priority"]) == command.arguments[0])
    rule["enableLogging"] = True


def _backend(google: Google, command: Command) -> None:
    body = _named(google, _compute(command, "aggregated/backendServices"), command.arguments[0])
    body["logConfig"] = {"enable": True, "sampleRate": float(command.flags["--logging-sample-rate"])}


def _make_dns_policy(google: Google, command: Command) -> None:
    project = command.flags["--project"]
    url = f"https://www.googleapis.com/compute/v1/projects/{project}/global/networks/{command.flags['--networks']}"
    policy = {"name": command.arguments[0], "enableLogging": True, "networks": [{"networkUrl": url}]}
    _items(google, f"/dns/v1/projects/{project}/policies", "policies").append(policy)


def _cluster(google: Google, command: Command) -> None:
    body = _named(
        google, f"/v1/projects/{command.flags['--project']}/locations/-/clusters", command.arguments[0]
    )
    named = [COMPONENTS.get(one, one) for one in command.flags["--logging"].split(",")]
    body["loggingService"] = "logging.googleapis.com/kubernetes"
    body["loggingConfig"] = {"componentConfig": {"enableComponents": named}}


def _instance(google: Google, command: Command) -> None:
    body = _named(google, f"/v1/projects/{command.flags['--project']}/instances", command.arguments[0])
    settings = body["settings"]
    if "--database-flags" in command.flags:
        pairs = [one.partition("=") for one in command.flags["--database-flags"].split(",")]
        settings["databaseFlags"] = [{"name": name, "value": value} for name, _, value in pairs]
    if "--audit-bucket-path" in command.flags:
        settings["sqlServerAuditConfig"] = {"bucket": command.flags["--audit-bucket-path"]}


def _endpoint(google: Google, command: Command) -> None:
    body = _named(
        google, f"/v1/projects/{command.flags['--project']}/locations/-/endpoints", command.arguments[0]
    )
    body["threatExceptions"] = [one for one in command.flags["--threat-exceptions"].split(",") if one]


def _gateway(google: Google, command: Command) -> None:
    body = _named(google, _compute(command, "aggregated/routers"), command.arguments[0])
    body["logConfig"] = {"enable": True, "filter": command.flags["--log-filter"]}


EFFECTS: dict[tuple[str, str], Callable[[Google, Command], None]] = {
    ("gcloud", "logging sinks create"): _make_sink,
    ("gcloud", "logging sinks update"): _change_sink,
    ("gcloud", "logging buckets create"): _make_log_bucket,
    ("gcloud", "logging buckets update"): _change_log_bucket,
    ("gcloud", "logging buckets undelete"): lambda google, command: google.answers[
        _log_bucket(command)
    ].update(lifecycleState="ACTIVE"),
    ("gcloud", "logging settings update"): lambda google, command: google.answers[
        f"/v2/{_holder(command)}/settings"
    ].update(disableDefaultSink=command.flags["--disable-default-sink"] == "true"),
    ("gcloud", "projects add-iam-policy-binding"): lambda google, command: _bind(
        google, f"/v3/projects/{command.arguments[0]}:getIamPolicy", command
    ),
    ("gcloud", "projects undelete"): lambda google, command: google.answers[
        f"/v3/projects/{command.arguments[0]}"
    ].update(state="ACTIVE"),
    ("gcloud", "storage buckets add-iam-policy-binding"): lambda google, command: _bind(
        google, f"/storage/v1/b/{command.arguments[0].removeprefix('gs://')}/iam", command
    ),
    ("gcloud", "storage buckets create"): _make_storage,
    ("gcloud", "storage buckets update"): _change_storage,
    ("gcloud", "pubsub topics create"): _make_topic,
    ("gcloud", "pubsub topics add-iam-policy-binding"): lambda google, command: _bind(
        google, f"{_topic(command, command.arguments[0])}:getIamPolicy", command
    ),
    ("gcloud", "pubsub subscriptions create"): _subscribe,
    ("bq", "query"): _grant_dataset,
    ("bq", "mk"): _make_dataset,
    ("bq", "update"): _change_dataset,
    ("gcloud", "kms keys versions enable"): _enable_key,
    ("gcloud", "compute networks subnets update"): _subnet,
    ("gcloud", "compute firewall-rules update"): lambda google, command: _named(
        google, _compute(command, "global/firewalls"), command.arguments[0]
    ).update(logConfig={"enable": True}),
    ("gcloud", "compute network-firewall-policies rules update"): _policy_rule,
    ("gcloud", "compute firewall-policies rules update"): _policy_rule,
    ("gcloud", "compute routers nats update"): _gateway,
    ("gcloud", "compute backend-services update"): _backend,
    ("gcloud", "dns policies create"): _make_dns_policy,
    ("gcloud", "dns policies update"): lambda google, command: _named(
        google, f"/dns/v1/projects/{command.flags['--project']}/policies", command.arguments[0]
    ).update(enableLogging=True),
    ("gcloud", "dns managed-zones update"): lambda google, command: _named(
        google, f"/dns/v1/projects/{command.flags['--project']}/managedZones", command.arguments[0]
    ).update(cloudLoggingConfig={"enableLogging": True}),
    ("gcloud", "container clusters update"): _cluster,
    ("gcloud", "sql instances patch"): _instance,
    ("gcloud", "ids endpoints update"): _endpoint,
    ("gcloud", "services enable"): lambda google, command: google.answers[
        f"/v1/projects/{command.flags['--project']}/services/{command.arguments[0]}"
    ].update(state="ENABLED"),
}
"""Command → what it does."""
