"""Calls, wall time, CPU and peak memory of an audit of the sandbox, with 0 and 100 ms added to every answer.

`--json` prints the figures as JSON. Each audit runs in a process of its own, so that its memory is its own.
Machines are noisy: compare ratios, and medians of several runs.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LATENCIES = (0, 100)


def _post(url: str, body: object) -> None:
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=10):
        pass


def one_audit(config: str) -> dict[str, Any]:
    """Runs one audit in this process and gives its figures, step by step."""
    from logcov.catalogue import SOURCES
    from logcov.collect import collect
    from logcov.config import load_config
    from logcov.evaluate import evaluate
    from logcov.inventory.file import write_inventory
    from logcov.policy.load import load_policies
    from logcov.report.markdown import render

    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        loaded = load_config(Path(config))
        policies = load_policies([Path(path) for path in loaded.policies], SOURCES)

        def step(name: str, run: Any) -> Any:
            wall, cpu = time.perf_counter(), time.process_time()
            result = run()
            figures[name] = {
                "wall_s": round(time.perf_counter() - wall, 3),
                "cpu_s": round(time.process_time() - cpu, 3),
                "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
            return result

        everything = frozenset(source.id for source in SOURCES)
        inventory = step("collect", lambda: collect(loaded, everything))
        inventory = step("write", lambda: write_inventory(inventory, Path(folder) / "inventory.jsonl.gz"))
        assessment = step("judge", lambda: evaluate(inventory, policies, as_of=datetime.now(UTC).date()))
        step("report", lambda: render(assessment))
        figures["facts"] = len(inventory.facts)
        figures["findings"] = len(assessment.findings)
    return figures


def main() -> None:
    """Serves the sandbox, audits it at each latency, prints the figures."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one_audit(sys.argv[2])))
        return
    from logcov.sandbox import start

    results: dict[int, dict[str, Any]] = {}
    with start() as running, tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "logcov.yaml"
        config.write_text(running.config, encoding="utf-8")
        for latency in LATENCIES:
            _post(f"{running.google}/_sandbox/reset", {})
            _post(f"{running.google}/_sandbox/latency", latency)
            shown = subprocess.run(
                [sys.executable, __file__, "--one", str(config)], capture_output=True, text=True, check=True
            )
            figures = json.loads(shown.stdout)
            with urllib.request.urlopen(f"{running.google}/_sandbox/calls", timeout=10) as answer:
                calls = json.loads(answer.read())
            figures["calls"] = dict(Counter(call["provider"] for call in calls))
            figures["busiest"] = Counter(
                f"{call['provider']} {call['operation']}" for call in calls
            ).most_common(12)
            results[latency] = figures
    if "--json" in sys.argv[1:]:
        print(json.dumps(results, indent=2))
        return
    for latency, figures in results.items():
        print(f"\n{latency} ms added: {figures['facts']} facts, {figures['findings']} findings")
        total = sum(figures["calls"].values())
        print(
            f"  {total} calls: "
            + ", ".join(f"{name} {count}" for name, count in sorted(figures["calls"].items()))
        )
        for name in ("collect", "write", "judge", "report"):
            one = figures[name]
            print(
                f"  {name:8} {one['wall_s']:8.3f} s wall {one['cpu_s']:8.3f} s CPU {one['peak_mib']:6} MiB peak so far"
            )
    print("\nbusiest operations:")
    for name, count in results[LATENCIES[0]]["busiest"]:
        print(f"  {count:4} {name}")
    first, last = (results[latency]["collect"]["wall_s"] for latency in LATENCIES)
    print(f"\ncollecting with {LATENCIES[1]} ms against none: {last / first:.1f} times as long")


if __name__ == "__main__":
    main()
