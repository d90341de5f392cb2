"""An AWS organisation of 20 accounts × 17 regions, audited over HTTP with 100 ms added to every answer.

Prints the calls by operation beside the fewest that AWS's APIs allow for the same facts, wall time, CPU, peak
memory and connections. The estate is served by another process, so that its CPU and memory are not counted.
`--accounts N`, `--latency SECONDS`, `--json`. Machines are noisy: compare ratios, and medians of several runs.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
BUSY = ("eu-west-1", "us-east-1")
"""Regions in which every account has something beyond its default VPC."""
MANAGEMENT = "100000000000"


@dataclass(frozen=True)
class Estate:
    """The size of what is audited: `stores` is how many buckets records go to."""

    accounts: int
    stores: int = 2

    @property
    def places(self) -> int:
        """Pairs of account and region."""
        return self.accounts * len(REGIONS)


FEWEST: Mapping[str, tuple[str, Callable[[Estate], int]]] = {
    "sts:GetCallerIdentity": ("one identity", lambda _: 1),
    "sts:AssumeRole": ("each account but the caller's", lambda e: e.accounts - 1),
    "organizations:DescribeOrganization": ("one organisation", lambda _: 1),
    "organizations:ListAccounts": ("a page of 20", lambda e: -(-e.accounts // 20)),
    "organizations:ListTagsForResource": ("accounts and OUs, one at a time", lambda e: e.accounts + 1),
    "account:ListRegions": ("each account", lambda e: e.accounts),
    "cloudtrail:DescribeTrails": ("each account and region", lambda e: e.places),
    "cloudtrail:GetTrailStatus": ("the organisation's trail in each account and region", lambda e: e.places),
    "cloudtrail:GetEventSelectors": ("one trail", lambda _: 1),
    "cloudtrail:ListEventDataStores": ("each account and region", lambda e: e.places),
    "ec2:DescribeVpcs": ("each account and region", lambda e: e.places),
    "ec2:DescribeNetworkInterfaces": ("each account and region", lambda e: e.places),
    "ec2:DescribeFlowLogs": ("each account and region", lambda e: e.places),
    "s3:ListAllMyBuckets": ("each account", lambda e: e.accounts),
    "organizations:ListRoots": ("one organisation", lambda _: 1),
    "organizations:ListAccountsForParent": ("the root and each OU", lambda _: 2),
    "organizations:ListOrganizationalUnitsForParent": ("the root and each OU", lambda _: 2),
    "s3:GetBucketPolicy": ("each bucket that records go to", lambda e: e.stores),
    "s3:GetLifecycleConfiguration": ("each bucket that records go to", lambda e: e.stores),
    "s3:GetBucketObjectLockConfiguration": ("each bucket that records go to", lambda e: e.stores),
    "s3:GetBucketVersioning": ("each bucket that records go to", lambda e: e.stores),
    "s3:GetEncryptionConfiguration": ("each bucket that records go to", lambda e: e.stores),
    "s3:GetBucketPublicAccessBlock": ("each bucket that records go to", lambda e: e.stores),
    "s3:ListBucket": ("ListBuckets tells the regions", lambda _: 0),
    "s3:GetBucketLogging": ("each bucket", lambda e: e.stores),
    "apigateway:GET": ("REST and HTTP APIs of each account and region", lambda e: 2 * e.places),
    "elasticloadbalancing:DescribeLoadBalancers": (
        "both kinds in each account and region",
        lambda e: 2 * e.places,
    ),
    "wafv2:ListWebACLs": ("each account and region, and CloudFront's", lambda e: e.places + e.accounts),
    "cloudfront:ListDistributions": ("each account", lambda e: e.accounts),
    "route53:ListHostedZones": ("each account", lambda e: e.accounts),
    "cloudtrail:GetInsightSelectors": ("one trail", lambda _: 1),
    "organizations:ListDelegatedAdministrators": ("one organisation", lambda _: 1),
    "tag:GetResources": ("each account and region with buckets", lambda _: 1),
}
"""Operation → why it cannot be asked less often, and how often that is."""


def account(number: int) -> str:
    """The id of an account; the first is the management account."""
    return str(int(MANAGEMENT) + number)


def world(accounts: int) -> dict[str, Any]:
    """The estate as a world of the sandbox."""
    numbers = [account(number) for number in range(accounts)]

    def bucket(name: str, service: str, source: str) -> dict[str, Any]:
        under = ["AWSLogs/"]
        return {
            "name": name,
            "account": numbers[1],
            "region": "us-east-1",
            "lifecycle": [
                {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 400}}
            ],
            "admits": [{"service": service, "under": under, "source": source}],
        }

    trail = f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/org"
    return {
        "organization": {"id": "o-bench00001", "root": "r-ab12", "management": MANAGEMENT},
        "caller": MANAGEMENT,
        "role": "LogcovReader",
        "regions": list(REGIONS),
        "ous": [{"id": "ou-ab12-work0001", "name": "Workloads", "parent": "r-ab12"}],
        "accounts": [
            {
                "id": number,
                "name": f"account-{index}",
                "parent": "ou-ab12-work0001",
                "tags": {"env": "prod" if index % 2 else "test"},
            }
            for index, number in enumerate(numbers)
        ],
        "buckets": [
            bucket("bench-trail", "cloudtrail", trail),
            bucket("bench-flow", "delivery.logs", "arn:aws:logs:*:*:*"),
        ],
        "trails": [
            {
                "name": "org",
                "account": MANAGEMENT,
                "home": "us-east-1",
                "multi_region": True,
                "organization": True,
                "bucket": "bench-trail",
            }
        ],
        "vpcs": [
            {
                "name": f"net-{index}-{region}",
                "account": number,
                "region": region,
                "cidr": f"10.{index}.0.0/16",
                "flow_logs": [{"traffic": "ALL", "to": "s3:bench-flow"}],
            }
            for index, number in enumerate(numbers)
            for region in BUSY
        ],
    }


def serve(accounts: int) -> None:
    """Serves the estate; `latency SECONDS` and `calls` on standard input, answers on standard output."""
    from logcov.sandbox import aws
    from logcov.sandbox.exchange import Calls
    from logcov.sandbox.faults import Faults

    faults, calls = Faults(), Calls()
    server = aws.start(world(accounts), faults, calls)
    print(server.endpoint, flush=True)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "latency":
            faults.add_latency(float(rest))
            print("ok", flush=True)
        if word == "calls":
            counted = Counter(call["operation"] for call in calls.as_json())
            print(json.dumps({"calls": counted, "connections": server.connections}), flush=True)
    server.stop()


def collect_once(endpoint: str) -> None:
    """Collects everything of AWS in this process, and prints what it cost."""
    from logcov.catalogue import SOURCES
    from logcov.collect import collect
    from logcov.config import AwsTarget, Config

    target = AwsTarget(endpoint=endpoint, organization=True, role="LogcovReader")
    sources = frozenset(source.id for source in SOURCES if source.provider == "aws")
    wall, cpu = time.perf_counter(), time.process_time()
    inventory = collect(Config(aws=(target,)), sources)
    figures = {
        "facts": len(inventory.facts),
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(figures))


def main() -> None:
    """Serves, collects, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--collect", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.accounts)
        return
    if asked.collect:
        collect_once(asked.collect)
        return
    with subprocess.Popen(
        [sys.executable, __file__, "--serve", "--accounts", str(asked.accounts)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        endpoint = server.stdout.readline().strip()

        def tell(line: str) -> str:
            print(line, file=server.stdin, flush=True)
            return server.stdout.readline() if server.stdout is not None else ""

        def collected() -> str:
            command = [sys.executable, __file__, "--collect", endpoint]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

        # The estate makes each answer once, which takes far longer than to give it: not what is measured here.
        collected()
        before = json.loads(tell("calls"))
        tell(f"latency {asked.latency}")
        figures = json.loads(collected())
        after = json.loads(tell("calls"))
        figures["calls"] = Counter(after["calls"]) - Counter(before["calls"])
        figures["connections"] = after["connections"] - before["connections"]
        server.stdin.close()
    if asked.json:
        print(json.dumps(figures, indent=2))
        return
    report(figures, Estate(accounts=asked.accounts), asked.latency)


def report(figures: Mapping[str, Any], estate: Estate, latency: float) -> None:
    """Prints the figures, each operation beside the fewest calls that would do."""
    total = sum(figures["calls"].values())
    print(f"{estate.accounts} accounts x {len(REGIONS)} regions, {latency * 1000:.0f} ms added per call")
    print(
        f"{figures['facts']} facts by {total} calls over {figures['connections']} connections:"
        f" {figures['wall_s']} s wall, {figures['cpu_s']} s CPU, {figures['peak_mib']} MiB peak"
    )
    print(f"calls x latency / wall = {total * latency / figures['wall_s']:.1f} in flight on average\n")
    print(f"{'calls':>6} {'fewest':>7}  operation")
    for name, count in sorted(figures["calls"].items(), key=lambda pair: (-pair[1], pair[0])):
        why, fewest = FEWEST.get(name, ("each account and region", lambda e: e.places))
        print(f"{count:6} {fewest(estate):7}  {name} ({why})")


if __name__ == "__main__":
    main()
