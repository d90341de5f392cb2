"""Thousands of log groups in one region: few calls, memory that does not grow with what is only passed by.

Each audit is a process of its own, so that its memory is its own; the server is this process. `PAGE` groups come at
once, as CloudWatch Logs gives them.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logcov.providers.aws.stores.log_groups import SINGLY
from logcov.sandbox.aws_wire import Ask
from providers.aws.stage import HOME, REGION, Content, Stage

PAGE = 50
SCRIPT = """
import json, sys
from logcov.cli import run
code = run(sys.argv[1:])
# What getrusage tells would be no less than the memory of the process that started this one.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status["VmHWM"].split()[0]) / 1024
print(json.dumps({"code": code, "peak_mib": peak}), file=sys.stderr)
"""


@dataclass(frozen=True)
class Cost:
    """What an audit came to: its findings by status, the calls that it made, and its peak memory in MiB."""

    statuses: Counter[tuple[str, str | None]]
    calls: Counter[str]
    peak: float


def paged(ask: Ask, key: str, token: tuple[str, str], items: list[dict[str, Any]]) -> Content:
    """The page of a list that the request's token stands for."""
    start = int(ask.params.get(token[0]) or 0)
    more = {token[1]: str(start + PAGE)} if start + PAGE < len(items) else {}
    return {key: items[start : start + PAGE], **more}


def log_groups(stage: Stage, number: int, name: str) -> None:
    """So many groups, of names that no other begins with, and nothing onward from them."""
    names = [f"{name}{one:05}" for one in range(number)]

    def listed(ask: Ask) -> Content:
        wanted = [one for one in names if one.startswith(str(ask.params.get("logGroupNamePrefix", "")))]
        return paged(ask, "logGroups", ("nextToken", "nextToken"), [{"logGroupName": one} for one in wanted])

    stage.tell("logs:DescribeLogGroups", listed)
    stage.tell("logs:DescribeSubscriptionFilters", {"subscriptionFilters": []})
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
    stage.tell("logs:DescribeMetricFilters", {"metricFilters": []})
    stage.tell("cloudwatch:DescribeAlarms", {"MetricAlarms": [], "CompositeAlarms": []})


def audited(stage: Stage, folder: Path, source: str) -> Cost:
    """Audits that every record of one source comes to a log group, in a process of its own."""
    folder.mkdir()
    (folder / "policy.yaml").write_text(
        "version: 1\nname: many\ntitle: Many\nowner: o@example.com\n"
        f"require: [{{id: kept, title: kept, logs: {source}, reach: 'aws:logs/*'}}]\n"
    )
    (folder / "logcov.yaml").write_text(
        "version: 1\npolicies: [policy.yaml]\naws:\n"
        f"  - {{accounts: ['{HOME}'], role: Reader, regions: [{REGION}], endpoint: '{stage.endpoint}'}}\n"
    )
    stage.calls.clear()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "audit", "-o", "report.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    told = json.loads(done.stderr.splitlines()[-1])
    findings = json.loads((folder / "report.json").read_text())["findings"]
    return Cost(
        statuses=Counter((one["status"], one["reason"]) for one in findings),
        calls=Counter(f"{ask.service}:{ask.operation}" for ask in stage.calls),
        peak=told["peak_mib"],
    )


# --- many groups, of which a few matter ---------------------------------------------------------------------

USED = SINGLY + 2
"""More groups than are asked for by name: then all of the region's are listed."""


def flows(stage: Stage, groups: int) -> None:
    """VPCs with a flow log each, to the first groups of many; that of the last one is missing."""
    vpcs = [{"VpcId": f"vpc-{number}", "OwnerId": HOME} for number in range(USED + 1)]
    logs = [
        {
            "FlowLogId": f"fl-{number}",
            "ResourceId": f"vpc-{number}",
            "FlowLogStatus": "ACTIVE",
            "DeliverLogsStatus": "SUCCESS",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": f"app-{number if number < USED else 99_999:05}",
        }
        for number in range(USED + 1)
    ]
    stage.tell("ec2:DescribeVpcs", {"Vpcs": vpcs})
    stage.tell("ec2:DescribeNetworkInterfaces", {"NetworkInterfaces": []})
    stage.tell("ec2:DescribeFlowLogs", {"FlowLogs": logs})
    stage.tell("securitylake:ListDataLakes", {"dataLakes": []})
    log_groups(stage, groups, "app-")


def test_ten_thousand_groups_cost_a_list_of_them_and_no_memory(stage: Stage, tmp_path: Path) -> None:
    flows(stage, 500)
    few = audited(stage, tmp_path / "few", "aws.vpc.flow")
    flows(stage, 10_000)
    many = audited(stage, tmp_path / "many", "aws.vpc.flow")

    assert few.statuses == many.statuses == Counter({("covered", None): USED, ("unknown", "blind-spot"): 1})
    assert few.calls["logs:DescribeLogGroups"] == SINGLY + 500 // PAGE
    assert many.calls["logs:DescribeLogGroups"] == SINGLY + 10_000 // PAGE
    for call in few.calls.keys() - {"logs:DescribeLogGroups"}:
        assert many.calls[call] == few.calls[call]
    assert many.calls["logs:DescribeSubscriptionFilters"] == USED
    assert sum(many.calls.values()) < SINGLY + 10_000 // PAGE + 2 * USED + 15
    assert many.peak - few.peak < 40


# --- many groups that all matter --------------------------------------------------------------------------------


def functions(stage: Stage, number: int) -> None:
    """Functions with a log group each."""
    told = [
        {
            "FunctionName": f"f{one:05}",
            "FunctionArn": f"arn:aws:lambda:{REGION}:{HOME}:function:f{one:05}",
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/f{one:05}"},
        }
        for one in range(number)
    ]
    stage.tell("lambda:ListFunctions", lambda ask: paged(ask, "Functions", ("Marker", "NextMarker"), told))
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": []})
    log_groups(stage, number, "/aws/lambda/f")


def test_of_groups_that_all_matter_each_costs_one_call_and_little_memory(
    stage: Stage, tmp_path: Path
) -> None:
    """`benchmarks/aws_log_groups.py` does it with ten thousand."""
    functions(stage, 1_000)
    found = audited(stage, tmp_path / "many", "aws.lambda.log")

    assert found.statuses == Counter({("covered", None): 1_000})
    assert found.calls["logs:DescribeLogGroups"] == SINGLY + 1_000 // PAGE
    # Subscriptions can be asked for one group at a time only.
    assert found.calls["logs:DescribeSubscriptionFilters"] == 1_000
    for call in ("logs:DescribeAccountPolicies", "logs:DescribeMetricFilters", "cloudwatch:DescribeAlarms"):
        assert found.calls[call] == 1
    assert sum(found.calls.values()) < 1_000 + SINGLY + 2 * 1_000 // PAGE + 15
    assert found.peak < 180, "a hundred is what an audit of nothing takes"
