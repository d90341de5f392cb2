from logcov.sandbox import Here
from sandbox.clients import GoogleClients, plain


def test_expirations_and_times_are_milliseconds_as_text(google: GoogleClients) -> None:
    dataset = google("bigquery", "v2").datasets().get(projectId="acme-audit", datasetId="changes").execute()
    assert dataset["defaultPartitionExpirationMs"] == "34560000000"
    assert int(dataset["creationTime"]) > 1_500_000_000_000


def test_a_table_tells_how_long_its_partitions_live(google: GoogleClients) -> None:
    first = google("bigquery", "v2").tables().list(projectId="acme-audit", datasetId="changes").execute()
    assert first["totalItems"] == 3
    assert first["tables"][0]["timePartitioning"] == {"type": "DAY", "expirationMs": "34560000000"}
    assert "timePartitioning" not in first["tables"][1]


def test_a_dataset_that_is_not_there_is_not_found(here: Here) -> None:
    for rest in ("", "/tables"):
        status, _, body = plain(f"{here.google}/bigquery/v2/projects/acme-audit/datasets/none{rest}")
        assert status == 404
        assert body["error"]["errors"][0]["reason"] == "notFound"
