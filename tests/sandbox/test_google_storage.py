from logcov.sandbox import Here
from sandbox.clients import GoogleClients, plain


def test_periods_are_seconds_as_text_and_an_unlocked_policy_says_nothing_of_a_lock(
    google: GoogleClients,
) -> None:
    buckets = google("storage", "v1").buckets()
    locked = buckets.get(bucket="acme-audit-archive").execute()["retentionPolicy"]
    assert (locked["retentionPeriod"], locked["isLocked"]) == ("34560000", True)
    assert "isLocked" not in buckets.get(bucket="acme-events-archive").execute()["retentionPolicy"]


def test_a_deleted_bucket_is_not_found_in_the_older_error_shape(here: Here) -> None:
    status, _, body = plain(f"{here.google}/storage/v1/b/acme-hr-archive")
    assert status == 404
    assert body["error"]["errors"][0]["reason"] == "notFound"
    assert plain(f"{here.google}/storage/v1/b/acme-hr-archive/iam")[0] == 404


def test_buckets_are_listed_by_project(here: Here) -> None:
    assert plain(f"{here.google}/storage/v1/b")[0] == 400
    assert plain(f"{here.google}/storage/v1/b?project=acme-nowhere")[0] == 404
    body = plain(f"{here.google}/storage/v1/b?project=acme-logging&prefix=acme-audit")[2]
    assert [bucket["name"] for bucket in body["items"]] == ["acme-audit-archive"]


def test_nobody_may_write_to_the_billing_archive(google: GoogleClients) -> None:
    policy = google("storage", "v1").buckets().getIamPolicy(bucket="acme-billing-archive").execute()
    assert "roles/storage.objectCreator" not in {binding["role"] for binding in policy["bindings"]}
