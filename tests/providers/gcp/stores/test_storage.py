"""Storage buckets as destinations."""

import pytest

from logcov.inventory import Keep, Lock, Unread
from logcov.providers.gcp.stores.storage import read_storage_bucket
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import session_on
from providers.gcp.leading import Read

TO = "gcp:storage/acme-archive"
PATH = "/storage/v1/b/acme-archive"


def read(session) -> Read:
    return Read(session, read_storage_bucket, TO)


def with_rules(google, *rules, **more) -> None:
    google.answers[PATH] |= {"lifecycle": {"rule": list(rules)}} | more


def deletes(**condition):
    return {"action": {"type": "Delete"}, "condition": condition}


def test_a_locked_retention_policy_locks_and_nothing_removes_the_records(google, session) -> None:
    found = read(session).destination
    assert found.lock == Lock(mode="locked", days=400)
    assert found.retained == found.online == (Keep(),)
    assert found.searchable == (Keep(days=0),)
    assert found.encrypted == "provider"
    assert found.private is True
    assert found.since == "2024-01-01T00:00:00Z"


def test_a_retention_policy_that_is_not_locked_can_be_got_around(google, session) -> None:
    google.answers[PATH]["retentionPolicy"] = {"retentionPeriod": "86400"}
    assert read(session).destination.lock == Lock(mode="bypassable", days=1)


def test_a_bucket_without_policy_and_rules_keeps_for_ever_but_locks_nothing(google, session) -> None:
    del google.answers[PATH]["retentionPolicy"]
    found = read(session).destination
    assert found.lock is False
    assert found.retained == (Keep(),)


def test_a_deletion_comes_at_its_age_but_never_before_the_retention_policy_lets_go(google, session) -> None:
    with_rules(google, deletes(age=30))
    assert read(session).destination.retained == (Keep(days=400),)
    google.answers[PATH]["retentionPolicy"] = {"retentionPeriod": "864000"}
    assert read(session).destination.retained == (Keep(days=30),)


def test_a_deletion_under_a_prefix_is_told_with_its_prefix(google, session) -> None:
    with_rules(google, deletes(age=500, matchesPrefix=["a/", "b/"]), deletes(age=900))
    assert read(session).destination.retained == (
        Keep(prefix="a/", days=500),
        Keep(prefix="b/", days=500),
        Keep(days=900),
    )


@pytest.mark.parametrize(
    "rule",
    [
        {"action": {"type": "SetStorageClass", "storageClass": "ARCHIVE"}, "condition": {"age": 1}},
        {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 1}},
        deletes(age=1, isLive=False),
        deletes(daysSinceNoncurrentTime=1),
        deletes(numNewerVersions=2),
    ],
)
def test_rules_that_delete_no_live_object_change_nothing(google, session, rule) -> None:
    with_rules(google, rule)
    assert read(session).destination.retained == (Keep(),)


@pytest.mark.parametrize(
    "rule",
    [
        deletes(age=1, matchesSuffix=[".json"]),
        deletes(age=1, createdBefore="2030-01-01"),
        deletes(customTimeBefore="2030-01-01"),
        deletes(age=1, aNewCondition=True),
        deletes(),
        deletes(matchesPrefix=["a/"]),
        deletes(age="soon"),
        {"action": {"type": "Shred"}, "condition": {"age": 1}},
        {},
    ],
)
def test_rules_that_are_not_understood_leave_the_retention_unread(google, session, rule) -> None:
    google.answers[PATH] = Wrong(google.answers[PATH] | {"lifecycle": {"rule": [rule]}})
    found = read(session).destination
    assert isinstance(found.retained, Unread)
    assert isinstance(found.online, Unread)
    assert found.lock == Lock(mode="locked", days=400)


@pytest.mark.parametrize(
    "policy", [{"isLocked": True}, {"retentionPeriod": "long"}, {"retentionPeriod": "1", "isLocked": 1}, 7]
)
def test_a_retention_policy_that_is_odd_leaves_lock_and_retention_unread(google, session, policy) -> None:
    google.answers[PATH] = Wrong(google.answers[PATH] | {"retentionPolicy": policy})
    found = read(session).destination
    assert isinstance(found.lock, Unread)
    assert isinstance(found.retained, Unread)


def test_a_bucket_that_is_not_there_does_not_exist_and_a_denied_one_is_all_in_doubt(google, session) -> None:
    google.answers[PATH] = error(403, "x does not have storage.buckets.get access to the bucket.")
    found = read(session).destination
    for name in (
        "exists",
        "owner",
        "usable",
        "retained",
        "online",
        "searchable",
        "lock",
        "encrypted",
        "private",
    ):
        assert isinstance(getattr(found, name), Unread), name
    google.answers[PATH] = error(404)
    assert read(session).destination.exists is False


@pytest.mark.parametrize(
    ("access", "bindings", "private"),
    [
        ({"publicAccessPrevention": "enforced"}, [], True),
        ({"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": True}}, [], True),
        ({"publicAccessPrevention": "inherited"}, [], Unread),
        (
            {"uniformBucketLevelAccess": {"enabled": True}},
            [{"role": "roles/storage.objectViewer", "members": ["allUsers"]}],
            Unread,
        ),
    ],
)
def test_a_bucket_is_private_only_if_nothing_could_open_it(
    google, session, access, bindings, private
) -> None:
    google.answers[PATH]["iamConfiguration"] = access
    google.answers[f"{PATH}/iam"]["bindings"] = bindings
    found = read(session).destination.private
    assert found is private or (private is Unread and isinstance(found, Unread))


@pytest.mark.parametrize("setting", [{"billing": {"requesterPays": True}}, {"ipFilter": {"mode": "Enabled"}}])
def test_settings_that_may_keep_sinks_out_leave_doubt(google, session, setting) -> None:
    google.answers[PATH] |= setting
    assert isinstance(read(session).destination.usable, Unread)


def test_the_owner_is_found_by_the_projects_number(google, session) -> None:
    list(session.scopes())
    assert read(session).destination.owner == "gcp:projects/acme-siem"
    google.answers[PATH]["projectNumber"] = "777"
    assert read(session).destination.owner is None
    del google.answers[PATH]["projectNumber"]
    assert isinstance(read(session).destination.owner, Unread)


def test_an_owner_that_may_be_an_unread_project_is_unread(google) -> None:
    google.answers["/v3/projects/acme-siem"] = error(403)
    session = session_on(google.endpoint, projects=("acme-siem",))
    list(session.scopes())
    assert isinstance(read(session).destination.owner, Unread)
    session.close()


@pytest.mark.parametrize("bucket", ["acme-archive", "acme-other"])
def test_the_owner_may_be_a_project_of_another_target(google, bucket) -> None:
    mine = session_on(google.endpoint, projects=("acme-prod",))
    other = session_on(google.endpoint, projects=("acme-siem",))
    mine.all_targets = other.all_targets = (mine, other)
    for session in (mine, other):
        list(session.scopes())

    found = Read(mine, read_storage_bucket, f"gcp:storage/{bucket}").destination

    assert found.owner == "gcp:projects/acme-siem"
    mine.close()
    other.close()
