"""Functions with a log group each in one region of one account: what an audit of all those groups costs.

Prints calls beside the fewest that AWS's APIs allow, wall time, CPU, and how much memory each group takes; 100 groups are
audited first, for what is there anyway. The groups are served by another process. `--groups N`, `--latency SECONDS`.
"""

import argparse
import json
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
PAGE = 50
"""The most that one answer of DescribeLogGroups or ListFunctions holds."""
BY_NAME = 10
FEW = 100

NOTHING: Mapping[str, dict[str, Any]] = {
    "sts:GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:role/auditor"},
    "account:ListRegions": {"Regions": [{"RegionName": REGION, "RegionOptStatus": "ENABLED_BY_DEFAULT"}]},
    "organizations:ListTagsForResource": {"Tags": []},
    "resourcegroupstaggingapi:GetResources": {"ResourceTagMappingList": []},
    "logs:DescribeSubscriptionFilters": {"subscriptionFilters": []},
    "logs:DescribeAccountPolicies": {"accountPolicies": []},
    "logs:DescribeMetricFilters": {"metricFilters": []},
    "cloudwatch:DescribeAlarms": {"MetricAlarms": [], "CompositeAlarms": []},
}
"""What is answered always the same."""


def page(ask: Any, key: str, tokens: tuple[str, str], items: list[dict[str, Any]]) -> dict[str, Any]:
    """The page of a list that the request's token stands for."""
    start = int(ask.params.get(tokens[0]) or 0)
    more = {tokens[1]: str(start + PAGE)} if start + PAGE < len(items) else {}
    return {key: items[start : start + PAGE], **more}


def answers_of(groups: int) -> Callable[[Any], dict[str, Any]]:
    """The answers of a region with so many functions and their groups."""
    names = [f"/aws/lambda/f{number:06}" for number in range(groups)]
    functions = [
        {
            "FunctionName": name.removeprefix("/aws/lambda/"),
            "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name.removeprefix('/aws/lambda/')}",
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": name},
        }
        for name in names
    ]
    there = set(names)

    def answer(ask: Any) -> dict[str, Any]:
        match f"{ask.service}:{ask.operation}":
            case "lambda:ListFunctions":
                return page(ask, "Functions", ("Marker", "NextMarker"), functions)
            case "logs:DescribeLogGroups":
                prefix = ask.params.get("logGroupNamePrefix")
                wanted = names if prefix is None else [prefix] if prefix in there else []
                told = [{"logGroupName": name, "logGroupClass": "STANDARD"} for name in wanted]
                return page(ask, "logGroups", ("nextToken", "nextToken"), told)
            case call:
                return NOTHING[call]

    return answer


def serve(groups: int, latency: float) -> None:
    """Serves the region; a line on standard input is answered with the calls since the last one."""
    from logcov.sandbox import aws_answers, aws_wire
    from logcov.sandbox.aws_server import LoopbackServer, Reply

    calls: Counter[str] = Counter()
    answer = answers_of(groups)

    def respond(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Reply:
        ask = aws_wire.recognise(method, path, query, headers, body, caller=ACCOUNT)
        calls[f"{ask.service}:{ask.operation}"] += 1
        return Reply(aws_answers.render(ask, answer(ask)), wait=latency)

    server = LoopbackServer(respond, stopping=threading.Event())
    print(server.url, flush=True)
    for _ in sys.stdin:
        print(json.dumps(calls), flush=True)
        calls.clear()
    server.stop()


def collect_once(endpoint: str) -> None:
    """Collects what functions log in this process, and prints what it cost."""
    from logcov.collect import collect
    from logcov.config import AwsTarget, Config
    from logcov.inventory import Destination

    wall, cpu = time.perf_counter(), time.process_time()
    target = AwsTarget(endpoint=endpoint, regions=(REGION,))
    inventory = collect(Config(aws=(target,)), frozenset({"aws.lambda.log"}))
    figures = {
        "groups": sum(isinstance(fact, Destination) and fact.exists is True for fact in inventory.facts),
        "facts": len(inventory.facts),
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    print(json.dumps(figures))


def measured(groups: int, latency: float) -> dict[str, Any]:
    """The figures of one collection, its calls among them."""
    command = [sys.executable, __file__, "--serve", "--groups", str(groups), "--latency", str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        endpoint = server.stdout.readline().strip()
        done = subprocess.run(
            [sys.executable, __file__, "--collect", endpoint], capture_output=True, text=True, check=True
        )
        print("calls", file=server.stdin, flush=True)
        figures: dict[str, Any] = json.loads(done.stdout)
        figures["calls"] = json.loads(server.stdout.readline())
        server.stdin.close()
    return figures


def main() -> None:
    """Serves, collects, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--collect", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.groups, asked.latency)
        return
    if asked.collect:
        collect_once(asked.collect)
        return
    few, many = measured(FEW, asked.latency), measured(asked.groups, asked.latency)
    each = (many["peak_kib"] - few["peak_kib"]) / max(1, many["groups"] - few["groups"])
    print(f"{many['groups']} groups, {many['facts']} facts: {many['wall_s']} s wall, {many['cpu_s']} s CPU,")
    print(f"{many['peak_kib'] / 1024:.0f} MiB peak, {each:.1f} KiB for each group\n")
    pages = -(-asked.groups // PAGE)
    fewest = {
        "logs:DescribeSubscriptionFilters": (asked.groups, "one group at a time"),
        "logs:DescribeLogGroups": (pages, f"a page of {PAGE}; {BY_NAME} are asked for by name first"),
        "lambda:ListFunctions": (pages, f"a page of {PAGE}"),
    }
    print(f"{'calls':>6} {'fewest':>7}  operation")
    for name, count in sorted(many["calls"].items(), key=lambda pair: (-pair[1], pair[0])):
        least, why = fewest.get(name, (1, "once"))
        print(f"{count:>6} {least:>7}  {name} ({why})")


if __name__ == "__main__":
    main()
