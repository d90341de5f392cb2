"""BigQuery: datasets and their tables. Its errors have the older shape."""

from collections.abc import Mapping

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Operation, listed, missing
from logcov.sandbox.world import Dataset, World

HOST = "bigquery.googleapis.com"

_DATASET = r"/bigquery/v2/(?P<kind>projects)/(?P<id>[a-z0-9:.-]+)/datasets/(?P<dataset>[A-Za-z0-9_]+)"


def _found(world: World, parts: Mapping[str, str]) -> Dataset | Answer:
    name = world.gcp.canonical(f"projects/{parts['id']}/datasets/{parts['dataset']}")
    found = world.gcp.datasets.get(name)
    return found or missing(f"Not found: Dataset {parts['id']}:{parts['dataset']}", "legacy")


def _dataset(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = _found(world, parts)
    return found if isinstance(found, Answer) else Answer(body=found.resource)


def _tables(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = _found(world, parts)
    if isinstance(found, Answer):
        return found
    return listed(
        found.tables,
        "tables",
        request,
        world_size=world.gcp.page_size,
        size="maxResults",
        extra={"kind": "bigquery#tableList", "totalItems": len(found.tables)},
        style="legacy",
    )


OPERATIONS = (
    Operation(
        name="bigquery.datasets.get",
        service=HOST,
        path=_DATASET,
        place=("kind", "id"),
        permission="bigquery.datasets.get",
        parameters=frozenset({"accessPolicyVersion", "datasetView"}),
        style="legacy",
        handle=_dataset,
    ),
    Operation(
        name="bigquery.tables.list",
        service=HOST,
        path=rf"{_DATASET}/tables",
        place=("kind", "id"),
        permission="bigquery.tables.list",
        parameters=frozenset({"maxResults", "pageToken"}),
        style="legacy",
        list_size="maxResults",
        handle=_tables,
    ),
)
"""What is answered. Source: the discovery document bigquery v2."""
