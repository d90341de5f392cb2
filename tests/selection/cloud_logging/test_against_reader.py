"""Verdicts and witnesses against a reading of the text that shares no code with the product.

Filters with exclusions are made by chance, and taken from live ones. `reference_reader` reads their text, and
`reference_query` says of concrete entries whether they pass. A verdict must hold of every entry; a record that is shown
as lost must really be dropped, and one that is kept must really pass.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from logcov.inventory.records import Exclusion, Filter
from logcov.inventory.rows import LogSource
from logcov.selection import compile_filter
from logcov.selection.decide import decide, domains_of
from logcov.selection.predicate import all_of, atom
from reference_query import evaluate
from reference_reader import entry_of, read
from selection_rows import AUDIT, AUDIT_LOG, FLOWS

OWN = Path(__file__).parent.parent / "filters.yaml"
CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "gcp_filters.yaml"
CONTAINER = "projects/acme-prod"


def base(source: LogSource) -> dict[str, Any]:
    """What each record of the log holds."""
    log = f"{CONTAINER}{source.shape[0].value}"
    made: dict[str, Any] = {"logName": log, "insertId": "i", "resource": {"type": "t"}, "severity": "DEFAULT"}
    made["protoPayload" if source is AUDIT else "jsonPayload"] = (
        {"@type": AUDIT_LOG, "serviceName": "s"} if source is AUDIT else {}
    )
    return made


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    return {
        **below,
        **{
            name: merged(below[name], value)
            if isinstance(value, dict) and isinstance(below.get(name), dict)
            else value
            for name, value in above.items()
        },
    }


class Checked:
    """One sink against the oracle; `seen` counts what was found out."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def check(self, texts: Sequence[str], source: LogSource, entries: Sequence[dict[str, Any]]) -> None:
        text, *excluded = texts
        queries = [read(one) for one in texts]

        def passes(entry: dict[str, Any]) -> bool | None:
            taken = ("or", *queries[1:])
            return evaluate(("and", queries[0], ("not", taken)), entry)

        sink = Filter(
            id="f",
            dialect="gcp.logging",
            text=text,
            exclusions=tuple(Exclusion(name=str(at), text=one) for at, one in enumerate(excluded)),
        )
        required = all_of(
            atom("logName", "=", f"{CONTAINER}{source.shape[0].value}"),
            *(atom(shape.field, shape.op, shape.value) for shape in source.shape[1:]),
        )
        found = decide(required, compile_filter(sink, source), domains_of(source))
        self.seen[found.verdict] += 1
        for witness, outcome in ((found.lost, False), (found.kept, True)):
            if witness is not None:
                said = passes(merged(base(source), entry_of(dict(witness.record))))
                assert said is not (not outcome), (texts, witness.record, said)
                self.seen["witness" if said is outcome else "witness of which nothing is said"] += 1
        wrong = {"ALL": False, "NONE": True}.get(found.verdict)
        for entry in entries if wrong is not None else ():
            self.seen["entry"] += 1
            assert passes(entry) is not wrong, (texts, entry)


# --- Filters and entries by chance --------------------------------------------------------------------------

VALUES = (
    "a",
    "b",
    "ab",
    "A",
    "Ab",
    "5",
    "true",
    "x y",
    "Straße",
    "10.0.0.1",
    "10.9.9.9",
    "192.0.2.9",
    "get",
    "Get.it",
)
PATTERNS = (
    "^a",
    "b$",
    "^ab$",
    "a|b",
    "^(a|x)",
    "a.*b",
    "[ab]",
    "G.t",
    r"\.it$",
    "^[^b]+$",
    "a?b",
    "(?i)ab",
    r"\d",
    "^.*$",
)
OPEN = (
    "labels.k",
    'labels."a.b"',
    "trace",
    "httpRequest.requestUrl",
    "httpRequest.remoteIp",
    "resource.labels.zone",
)
FIELDS = {
    AUDIT: (
        *OPEN,
        "protoPayload.serviceName",
        "protopayload.method_name",
        "protoPayload.authenticationInfo.principalEmail",
        "protoPayload.authorizationInfo.permission",
        "protoPayload.request.name",
        "jsonPayload.a",
    ),
    FLOWS: (*OPEN, "jsonPayload.reporter", "jsonPayload.a", 'jsonPayload."b"', "jsonPayload.ip"),
}  # fmt: skip


def comparison(dice: random.Random, source: LogSource) -> str:
    field = dice.choice(FIELDS[source])
    match dice.randrange(10):
        case 0:
            return f"severity {dice.choice(('=', '!=', '<', '>=', '<=', '>'))} {dice.choice(('INFO', 'error', 'HIGH'))}"
        case 1:
            names = (
                "audit",
                "cloudaudit.googleapis.com%2Factivity",
                f"{CONTAINER}/logs/",
                "projects/acme",
                "projects/123/",
            )
            return f'logName:"{dice.choice(names)}"'
        case 2:
            return dice.choice(
                (
                    'log_id("cloudaudit.googleapis.com/activity")',
                    'LOG_ID("compute.googleapis.com/vpc_flows")',
                    f"source({CONTAINER})",
                    'source("projects/other")',
                    "sample(insertId, 0.5)",
                    "sample(labels.k, 1)",
                    f'ip_in_net({field}, "10.0.0.0/8")',
                    "unicorn",
                )
            )
        case 3:
            return f"httpRequest.status{dice.choice(('=', '!=', '<', '>='))}{dice.choice(('5', '404', 'x'))}"
        case 4:
            return f"{field}:*"
        case 5:
            return f'{field} {dice.choice(("=~", "!~"))} "{dice.choice(PATTERNS)}"'
        case 6:
            chosen = [f'"{one}"' for one in dice.sample(VALUES, 2)]
            return (
                f"{field}{dice.choice(('=', ':', '!='))}({dice.choice((' OR ', ' AND ', ' ')).join(chosen)})"
            )
    return f'{field}{dice.choice(("=", "=", "!=", ":"))}"{dice.choice(VALUES)}"'


def formula(dice: random.Random, source: LogSource, depth: int) -> str:
    if depth == 0 or dice.random() < 0.2:
        return comparison(dice, source)
    if dice.random() < 0.25:
        return f"{dice.choice(('NOT ', '-'))}({formula(dice, source, depth - 1)})"
    text = formula(dice, source, depth - 1)
    for _ in range(dice.randint(1, 2)):
        other = formula(dice, source, depth - 1)
        text += dice.choice((" OR ", " OR ", " AND ", "\n", " -- why\nAND ")) + (
            other if dice.random() < 0.5 else f"({other})"
        )
    return text


def entry(dice: random.Random, source: LogSource) -> dict[str, Any]:
    def value() -> Any:
        return dice.choice(VALUES)

    made: dict[str, Any] = {"insertId": value(), "resource": {"type": value()}}
    if dice.random() < 0.7:
        made["severity"] = dice.choice(("INFO", "ERROR", "EMERGENCY"))
    for name, inside in (
        ("labels", ("k", "a.b")),
        ("httpRequest", ("requestUrl", "remoteIp")),
        (
            "protoPayload" if source is AUDIT else "jsonPayload",
            ("serviceName", "methodName") if source is AUDIT else ("reporter", "a", "b", "ip"),
        ),
    ):
        made[name] = {one: value() for one in inside if dice.random() < 0.7}
    if dice.random() < 0.5:
        made["trace"] = value()
    if dice.random() < 0.5:
        made["httpRequest"]["status"] = dice.choice((5, 404))
    if dice.random() < 0.5:
        made["resource"]["labels"] = {"zone": value()}
    if source is AUDIT:
        made["protoPayload"]["authenticationInfo"] = {"principalEmail": value()}
        made["protoPayload"]["authorizationInfo"] = [
            {"permission": value()} for _ in range(dice.randint(0, 2))
        ]
        made["protoPayload"]["request"] = {"name": dice.choice((value(), 5, True, ["a", "b"]))}
    return merged(base(source), made)


def test_verdicts_and_witnesses_of_filters_made_by_chance() -> None:
    dice = random.Random(20261124)
    checked = Checked()
    for _ in range(900):
        source = dice.choice((AUDIT, FLOWS))
        texts = [formula(dice, source, dice.randint(0, 3)) for _ in range(dice.choice((1, 1, 2, 3)))]
        checked.check(texts, source, [entry(dice, source) for _ in range(12)])
    seen = checked.seen
    assert min(seen[one] for one in ("ALL", "SOME", "NONE", "UNKNOWN")) > 20, seen
    assert seen["entry"] > 2_000
    assert seen["witness"] > 700
    assert seen["witness of which nothing is said"] < seen["witness"] / 5, seen


def live() -> Iterator[str]:
    for file in (OWN, CORPUS):
        for case in yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else ():
            try:
                read(case["filter"])
            except ValueError:
                continue
            yield case["filter"]


def test_verdicts_and_witnesses_of_live_filters_alone_and_as_exclusions_of_each_other() -> None:
    dice = random.Random(5)
    checked = Checked()
    filters = list(dict.fromkeys(live()))
    for text in filters:
        for source in (AUDIT, FLOWS):
            entries = [entry(dice, source) for _ in range(8)]
            checked.check([text], source, entries)
            checked.check(["", text], source, entries)
            checked.check([text, *dice.sample(filters, 2)], source, entries)
    assert checked.seen["witness"] > 4 * len(filters), checked.seen
    assert checked.seen["UNKNOWN"] < 2 * len(filters), checked.seen


@pytest.mark.parametrize("text", ["(", "a b)", "trace=", "f(", "trace", "NOT"])
def test_the_oracle_reads_no_text_that_is_no_query(text: str) -> None:
    if text == "trace":
        assert read(text) == ("unsaid",)
    else:
        with pytest.raises(ValueError, match=r"."):
            read(text)
