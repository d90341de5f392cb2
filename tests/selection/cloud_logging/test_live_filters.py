"""Filters as people write them are read; those of the shared corpus too, where it lies beside the project."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from logcov.selection.cloud_logging import compile_logging, lints
from logcov.selection.predicate import Opaque, leaves
from selection_rows import AUDIT, FLOWS

OWN = Path(__file__).parent.parent / "filters.yaml"
CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "gcp_filters.yaml"

CORPUS_OPAQUE = {
    "gcpf-16": "placeholder",
    "gcpf-22": "networks",
    "gcpf-33": "pattern",
    "gcpf-39": "every field",
}
"""The filters of the corpus that hold an undecidable part, in audit records or flow logs, and why."""


def load(file: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def open_parts(text: str) -> list[Opaque]:
    found = [leaf for source in (AUDIT, FLOWS) for leaf in leaves(compile_logging(text, source))]
    return [leaf for leaf in found if isinstance(leaf, Opaque)]


@pytest.mark.parametrize("case", load(OWN), ids=lambda case: case["name"])
def test_a_filter_in_the_style_of_live_ones_leaves_open_what_it_must(case: dict[str, Any]) -> None:
    found = open_parts(case["filter"])
    wanted = case.get("opaque", [])
    assert all(any(part in leaf.text for leaf in found) for part in wanted)
    assert bool(found) == bool(wanted)
    lints(case["filter"])


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the project")
def test_every_filter_of_the_corpus_is_read() -> None:
    corpus = load(CORPUS)
    assert len(corpus) >= 40
    found = {case["id"]: open_parts(case["filter"]) for case in corpus}
    assert {name for name, parts in found.items() if parts} == CORPUS_OPAQUE.keys()
    for name, because in CORPUS_OPAQUE.items():
        assert any(because in part.because for part in found[name])
    for case in corpus:
        lints(case["filter"])
