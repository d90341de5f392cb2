"""Datasets as destinations."""

import pytest

from logcov.inventory import Keep, Unread
from logcov.providers.gcp.stores.bigquery import read_dataset
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.leading import Read, route

TO = "gcp:bigquery/projects/acme-siem/datasets/changes"
PATH = "/bigquery/v2/projects/acme-siem/datasets/changes"
WRITER = "serviceAccount:service-1003@gcp-sa-logging.iam.gserviceaccount.com"
DAY = 86_400_000


def read(session, *, partitioned=True, writer=WRITER) -> Read:
    return Read(
        session,
        read_dataset,
        TO,
        route(TO, writer=writer, bigqueryOptions={"usePartitionedTables": partitioned}),
    )


def expiring(google, *, tables=None, partitions=None, existing=()) -> None:
    body = google.answers[PATH]
    for name, days in (("defaultTableExpirationMs", tables), ("defaultPartitionExpirationMs", partitions)):
        body.pop(name, None)
        if days is not None:
            body[name] = str(days * DAY)
    google.answers[f"{PATH}/tables"] = Pages("tables", [list(existing)])


def table(days=None, **more):
    partitioning = {"type": "DAY"} | ({"expirationMs": str(days * DAY)} if days else {})
    return {"id": "t", "creationTime": "0", "timePartitioning": partitioning} | more


def test_partitioned_tables_follow_the_partition_default_before_the_table_default(google, session) -> None:
    expiring(google, tables=10, partitions=400)
    assert read(session).destination.retained == (Keep(days=400),)
    expiring(google, tables=10)
    assert read(session).destination.retained == (Keep(days=10),)


def test_daily_tables_follow_the_table_default(google, session) -> None:
    expiring(google, tables=10)
    assert read(session, partitioned=False).destination.retained == (Keep(days=10),)
    expiring(google)
    assert read(session, partitioned=False).destination.retained == (Keep(days=None),)
    assert google.count(f"{PATH}/tables") == 0


def test_where_tables_may_differ_the_shortest_is_told_beside_the_longest(google, session) -> None:
    expiring(google, partitions=400, existing=[table(30), table(None)])
    longest, shortest = read(session).destination.retained
    assert (longest.prefix, longest.days) == ("", None)
    assert shortest.prefix
    assert shortest.days == 30


def test_a_table_that_is_deleted_itself_ends_its_records(google, session) -> None:
    expiring(google, partitions=400, existing=[table(400, expirationTime=str(20 * DAY))])
    assert {keep.days for keep in read(session).destination.retained} == {400, 20}


def test_tables_that_sinks_do_not_write_on_to_do_not_count(google, session) -> None:
    expiring(google, partitions=400, existing=[{"id": "notes", "creationTime": "0", "expirationTime": "5"}])
    assert read(session).destination.retained == (Keep(days=400),)


@pytest.mark.parametrize(
    "answer", [error(403), Wrong({"tables": [7]}), Wrong({"tables": [{"timePartitioning": 7}]})]
)
def test_tables_that_cannot_be_read_leave_the_retention_unread(google, session, answer) -> None:
    google.answers[f"{PATH}/tables"] = answer
    assert isinstance(read(session).destination.retained, Unread)


def test_an_expiration_that_is_no_number_is_unread(google, session) -> None:
    google.answers[PATH] = Wrong(google.answers[PATH] | {"defaultTableExpirationMs": "-1"})
    assert isinstance(read(session).destination.retained, Unread)


def test_a_dataset_is_an_end_that_can_be_searched_and_is_never_locked(google, session) -> None:
    found = read(session).destination
    assert found.end
    assert found.searchable == found.retained
    assert found.lock is False
    assert found.private is True


def test_a_dataset_open_to_everybody_is_not_private(google, session) -> None:
    google.answers[PATH]["access"].append({"role": "READER", "specialGroup": "allAuthenticatedUsers"})
    assert read(session).destination.private is False


def test_a_dataset_that_is_not_there_does_not_exist_and_a_denied_one_is_all_in_doubt(google, session) -> None:
    google.answers[PATH] = error(403)
    found = read(session).destination
    for name in ("exists", "usable", "retained", "online", "searchable", "lock", "encrypted", "private"):
        assert isinstance(getattr(found, name), Unread), name
    google.answers[PATH] = error(404)
    assert read(session).destination.exists is False


def test_a_linked_dataset_is_in_doubt(google, session) -> None:
    google.answers[PATH]["type"] = "LINKED"
    assert isinstance(read(session).destination.usable, Unread)


@pytest.mark.parametrize(
    ("access", "allowed"),
    [
        ([{"role": "WRITER", "userByEmail": WRITER.partition(":")[2]}], True),
        ([{"role": "roles/bigquery.dataEditor", "iamMember": WRITER}], True),
        ([{"role": "READER", "userByEmail": WRITER.partition(":")[2]}], False),
        (
            [
                {"role": "WRITER", "specialGroup": "projectWriters"},
                {"role": "OWNER", "specialGroup": "projectOwners"},
            ],
            False,
        ),
        ([{"view": {"projectId": "p", "datasetId": "d", "tableId": "t"}}], False),
        ([{"role": "WRITER", "groupByEmail": "g@acme.example"}], Unread),
        (
            [{"role": "WRITER", "userByEmail": WRITER.partition(":")[2], "condition": {"expression": "x"}}],
            Unread,
        ),
        ([{"role": "WRITER", "somebodyNew": "x"}], Unread),
        (None, Unread),
    ],
)
def test_the_access_list_admits_the_writer(google, session, access, allowed) -> None:
    body = google.answers[PATH] | {"access": access}
    google.answers[PATH] = Wrong({name: value for name, value in body.items() if value is not None})
    found = read(session).admitted
    assert found is allowed or (allowed is Unread and isinstance(found, Unread))
