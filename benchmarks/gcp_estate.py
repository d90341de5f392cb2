"""A Google Cloud organisation of 5,000 projects in 300 folders with 40 sinks of its own, read and judged.

Prints calls by API method, wall time, CPU and peak memory of reading it directly and by way of Cloud Asset Inventory,
with 50 ms added to every answer, over HTTP on loopback; then how long judging all its audit logs takes, for a quarter,
half and all of the projects. The estate is served by another process, so that its CPU and memory are not counted.
Reading includes the second look: what would be a gap, and a sample of passes, is read again directly.
`--projects N`, `--latency SECONDS`, `--json`. Machines are noisy: compare ratios, and medians of several runs.
"""

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from gcp_served import ARCHIVE, ORG, PROJECTS

Json = dict[str, Any]

SERVED = Path(__file__).with_name("gcp_served.py")
POLICY = f"""\
version: 1
name: bench
title: Audit logs of the whole organisation
owner: bench@example.com
require:
  - id: audit-logs
    title: Every audit log reaches the archive
    logs: gcp.audit.*
    reach: "gcp:storage/{ARCHIVE}"
"""


def measure(endpoint: str, read: Any) -> None:
    """Collects and judges in this process, and prints what each cost."""
    from logcov.catalogue import SOURCES
    from logcov.cli import RARELY
    from logcov.collect import collect
    from logcov.config import Config, GcpTarget
    from logcov.evaluate import evaluate, places_to_confirm
    from logcov.policy.load import load_policies

    gc.set_threshold(*RARELY)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.yaml"
        path.write_text(POLICY, encoding="utf-8")
        policies = load_policies([path], SOURCES)
    sources = frozenset(source.id for source in SOURCES if source.id.startswith("gcp.audit."))
    target = GcpTarget(organization=ORG.partition("/")[2], endpoint=endpoint, read=read)
    today = date(2026, 1, 1)
    wall, cpu = time.perf_counter(), time.process_time()
    inventory = collect(
        Config(gcp=(target,)), sources, second_look=lambda one: places_to_confirm(one, policies, as_of=today)
    )
    figures: Json = {
        "facts": len(inventory.facts),
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    cpu = time.process_time()
    summary = evaluate(inventory, policies, as_of=today).summary
    figures["judging_cpu_s"] = round(time.process_time() - cpu, 2)
    figures["findings"] = {
        "covered": summary.covered,
        "gap": summary.gap,
        "unknown": summary.unknown,
    }
    print(json.dumps(figures))


def measured(projects: int, latency: float, reads: Sequence[str]) -> dict[str, Json]:
    """The figures of an estate of so many projects, by way of reading it."""
    found: dict[str, Json] = {}
    with subprocess.Popen(
        [sys.executable, str(SERVED), str(projects)],
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

        tell(f"latency {latency}")
        for read in reads:
            command = [sys.executable, __file__, "--measure", endpoint, "--read", read]
            ran = subprocess.run(command, capture_output=True, text=True, check=True)
            found[read] = json.loads(ran.stdout) | {"calls": json.loads(tell("calls"))}
        server.stdin.close()
    return found


def main() -> None:
    """Serves, collects, judges, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=PROJECTS)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", default="", help=argparse.SUPPRESS)
    parser.add_argument("--read", default="direct", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.measure, asked.read)
        return
    figures = measured(asked.projects, asked.latency, ("direct", "asset-inventory"))
    judging = {
        size: measured(size, 0.0, ("asset-inventory",))["asset-inventory"]["judging_cpu_s"]
        for size in (asked.projects // 4, asked.projects // 2)
    }
    judging[asked.projects] = figures["asset-inventory"]["judging_cpu_s"]
    if asked.json:
        print(json.dumps({"reading": figures, "judging_cpu_s": judging}, indent=2))
        return
    report(figures, judging, asked.projects, asked.latency)


def report(figures: Mapping[str, Json], judging: Mapping[int, float], projects: int, latency: float) -> None:
    """Prints the figures."""
    print(f"{projects} projects, {latency * 1000:.0f} ms added per call")
    for read, one in figures.items():
        total = sum(one["calls"].values())
        print(
            f"\n{read}: {one['facts']} facts by {total} calls: {one['wall_s']} s wall, {one['cpu_s']} s CPU,"
            f" {one['peak_mib']} MiB peak; {one['findings']}"
        )
        for name, count in sorted(one["calls"].items(), key=lambda pair: (-pair[1], pair[0])):
            print(f"{count:7}  {name}")
    print("\njudging every audit log, CPU on one core:")
    for size, seconds in judging.items():
        print(f"{size:7} projects  {seconds} s")


if __name__ == "__main__":
    main()
