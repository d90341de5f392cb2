"""The commands of gcloud and bq that remedies print: which flags are documented, and how a printed text is taken apart."""

import re
import shlex
from dataclasses import dataclass, field

REFERENCE = "https://cloud.google.com/sdk/gcloud/reference/"
"""The page of a command is this and its words, separated by slashes; bq's are on BQ_REFERENCE."""

BQ_REFERENCE = "https://cloud.google.com/bigquery/docs/reference/bq-cli-reference"

EVERYWHERE = frozenset({"--project", "--format"})
"""Flags of every command: https://cloud.google.com/sdk/gcloud/reference#GLOBAL-FLAGS."""

_HOLDERS = "--folder --organization"
FLAGS = {
    "logging sinks create": f"{_HOLDERS} --include-children --log-filter",
    "logging sinks describe": _HOLDERS,
    "logging sinks update": f"{_HOLDERS} --include-children --log-filter --no-disabled --remove-exclusions",
    "logging buckets create": "--location --retention-days",
    "logging buckets describe": f"{_HOLDERS} --location",
    "logging buckets update": f"{_HOLDERS} --location --locked --retention-days",
    "logging buckets undelete": f"{_HOLDERS} --location",
    "logging settings update": f"{_HOLDERS} --disable-default-sink",
    "alpha monitoring policies update": "--enabled",
    "projects get-iam-policy": "",
    "projects set-iam-policy": "",
    "projects add-iam-policy-binding": "--condition --member --role",
    "projects undelete": "",
    "resource-manager folders get-iam-policy": "",
    "resource-manager folders set-iam-policy": "",
    "organizations get-iam-policy": "",
    "organizations set-iam-policy": "",
    "storage buckets describe": "",
    "storage buckets create": "--location --public-access-prevention --uniform-bucket-level-access",
    "storage buckets update": "--lock-retention-period --log-bucket --retention-period",
    "storage buckets add-iam-policy-binding": "--condition --member --role",
    "pubsub topics create": "",
    "pubsub topics add-iam-policy-binding": "--member --role",
    "pubsub subscriptions create": "--expiration-period --message-retention-duration --topic",
    "compute networks subnets describe": "--region",
    "compute networks subnets update": (
        "--enable-flow-logs --logging-filter-expr --logging-flow-sampling --region"
    ),
    "compute firewall-rules update": "--enable-logging",
    "compute network-firewall-policies rules update": (
        "--enable-logging --firewall-policy --firewall-policy-region --global-firewall-policy"
    ),
    "compute firewall-policies rules update": "--enable-logging --firewall-policy --organization",
    "compute routers nats update": "--enable-logging --log-filter --region --router",
    "compute backend-services update": "--enable-logging --global --logging-sample-rate --region",
    "dns policies create": "--description --enable-logging --networks",
    "dns policies update": "--enable-logging",
    "dns managed-zones update": "--log-dns-queries",
    "container clusters describe": "--location",
    "container clusters update": "--location --logging",
    "sql instances describe": "",
    "sql instances patch": (
        "--audit-bucket-path --audit-retention-interval --audit-upload-interval --database-flags"
    ),
    "ids endpoints describe": "--zone",
    "ids endpoints update": "--threat-exceptions --zone",
    "services enable": "",
    "asset feeds create": "--asset-types --content-type --folder --organization --pubsub-topic",
    "kms keys describe": "--keyring --location",
    "kms keys versions enable": "--key --keyring --location",
}
"""Command → the documented flags that remedies use; checked against gcloud 528.0.0."""

BQ_FLAGS = {
    "query": "--project_id --nouse_legacy_sql",
    "update": "--dataset --default_partition_expiration --default_table_expiration --source",
    "show": "--format",
    "mk": "--dataset",
}
SWITCHES = frozenset(
    {
        "--include-children",
        "--no-disabled",
        "--locked",
        "--enabled",
        "--public-access-prevention",
        "--uniform-bucket-level-access",
        "--lock-retention-period",
        "--enable-flow-logs",
        "--enable-logging",
        "--global-firewall-policy",
        "--global",
        "--log-dns-queries",
        "--nouse_legacy_sql",
        "--dataset",
    }
)
"""Flags without a value."""


@dataclass(frozen=True)
class Command:
    """A command as it would be run. `flags`: name → value, empty for switches. `sets`: the variable that takes its output."""

    tool: str
    name: str
    arguments: tuple[str, ...]
    flags: dict[str, str] = field(default_factory=dict)
    sets: str = ""
    written_to: str = ""


def commands(text: str, variables: dict[str, str] | None = None) -> list[Command]:
    """The commands before the Terraform. `$NAME` is looked up among the variables, if they are given."""
    lines = text.partition("\n\n# Terraform\n")[0].split("\n")
    return [parsed(line, variables or {}) for line in lines if line and not line.startswith("#")]


def parsed(line: str, variables: dict[str, str]) -> Command:
    sets = ""
    taken = re.fullmatch(r"([A-Z]+)=\$\((.*)\)", line)
    if taken:
        sets, line = taken.groups()
    for name, value in variables.items():
        line = line.replace(f'"${name}"', shlex.quote(value))
    words = shlex.split(line)
    written_to = ""
    if ">" in words:
        at = words.index(">")
        words, written_to = words[:at], words[at + 1]
    tool, *rest = words
    known = FLAGS if tool == "gcloud" else BQ_FLAGS
    name = max((one for one in known if rest[: len(one.split())] == one.split()), key=len, default="")
    rest = rest[len(name.split()) :]
    flags = dict(word.partition("=")[::2] for word in rest if word.startswith("--"))
    arguments = tuple(word for word in rest if not word.startswith("--"))
    return Command(tool, name, arguments, flags, sets, written_to)


def problems(command: Command) -> str:
    """What is wrong with a command; empty if every part of it is documented."""
    known = FLAGS if command.tool == "gcloud" else BQ_FLAGS
    if command.tool not in {"gcloud", "bq"} or command.name not in known:
        return f"no such command: {command}"
    documented = set(known[command.name].split()) | (EVERYWHERE if command.tool == "gcloud" else set())
    strangers = set(command.flags) - documented
    if strangers:
        return f"not documented: {strangers}"
    for flag, value in command.flags.items():
        if (flag in SWITCHES) is bool(value) and flag not in {"--log-filter", "--threat-exceptions"}:
            return f"{flag} takes a value, or none"
    return ""
