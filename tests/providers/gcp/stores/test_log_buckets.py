"""Log buckets as destinations."""

import pytest

from logcov.inventory import Keep, Lock, Unread
from logcov.providers.gcp.stores.log_buckets import read_log_bucket
from providers.gcp.acme import KEY
from providers.gcp.fake_google import Wrong, error
from providers.gcp.leading import Read, route

AUDIT = "gcp:logging/projects/acme-siem/locations/eu/buckets/audit"
PATH = "/v2/projects/acme-siem/locations/eu/buckets/audit"


def read(session, to=AUDIT, *routes) -> Read:
    return Read(session, read_log_bucket, to, *routes)


def test_a_locked_bucket_keeps_and_shows_records_for_its_retention(google, session) -> None:
    found = read(session).destination
    assert found.retained == found.online == found.searchable == (Keep(days=365),)
    assert found.lock == Lock(mode="locked", days=365)
    assert found.encrypted == "customer-key"
    assert (found.exists, found.usable, found.end) == (True, True, True)


def test_an_unlocked_bucket_with_googles_key_is_said_to_be_one(google, session) -> None:
    google.answers[PATH] = {"name": "b", "lifecycleState": "ACTIVE", "retentionDays": 30}
    found = read(session).destination
    assert found.lock is False
    assert found.encrypted == "provider"


def test_the_required_bucket_is_locked_for_400_days_whatever_it_says(google, session) -> None:
    to = "gcp:logging/projects/acme-prod/locations/global/buckets/_Required"
    google.answers["/v2/projects/acme-prod/locations/global/buckets/_Required"] = {
        "name": "b",
        "lifecycleState": "ACTIVE",
    }
    found = read(session, to, route(to, name="_Required", writer="")).destination
    assert found.retained == (Keep(days=400),)
    assert found.lock == Lock(mode="locked", days=400)


def test_a_bucket_that_is_not_there_does_not_exist(google, session) -> None:
    del google.answers[PATH]
    assert read(session).destination.exists is False


@pytest.mark.parametrize("answer", [error(403), error(500), Wrong([])])
def test_a_bucket_that_cannot_be_read_is_all_in_doubt(google, session, answer) -> None:
    google.answers[PATH] = answer
    found = read(session).destination
    for value in (
        found.exists,
        found.usable,
        found.retained,
        found.online,
        found.searchable,
        found.lock,
        found.encrypted,
    ):
        assert isinstance(value, Unread)


@pytest.mark.parametrize(
    ("field", "value", "aspect"),
    [
        ("retentionDays", None, "retained"),
        ("retentionDays", 0, "retained"),
        ("retentionDays", "many", "retained"),
        ("retentionDays", True, "retained"),
        ("retentionDays", None, "lock"),
        ("locked", "yes", "lock"),
        ("lifecycleState", "FROZEN", "usable"),
        ("lifecycleState", None, "usable"),
        ("lifecycleState", "FAILED", "usable"),
        ("cmekSettings", 1, "encrypted"),
        ("cmekSettings", {"kmsKeyName": "no name"}, "usable"),
    ],
)
def test_a_field_that_is_missing_or_odd_is_unread(google, session, field, value, aspect) -> None:
    body = dict(google.answers[PATH]) | {field: value}
    google.answers[PATH] = Wrong({name: each for name, each in body.items() if each is not None})
    assert isinstance(getattr(read(session).destination, aspect), Unread)


def test_a_bucket_that_is_being_deleted_takes_nothing(google, session) -> None:
    google.answers[PATH]["lifecycleState"] = "DELETE_REQUESTED"
    assert read(session).destination.usable is False


@pytest.mark.parametrize(
    ("state", "usable"),
    [("ENABLED", True), ("DISABLED", False), ("DESTROYED", False), ("NEW", Unread), (None, Unread)],
)
def test_a_bucket_is_as_usable_as_its_key(google, session, state, usable) -> None:
    google.answers[f"/v1/{KEY}"] = Wrong({"name": KEY, "primary": {"state": state}})
    found = read(session).destination
    assert found.encrypted == "customer-key"
    assert found.usable is usable or (usable is Unread and isinstance(found.usable, Unread))
    assert ("key" in found.unusable_because) == (usable is False)


def test_a_key_that_cannot_be_read_leaves_doubt_and_names_the_permission(google, session) -> None:
    google.answers[f"/v1/{KEY}"] = error(403)
    assert isinstance(read(session).destination.usable, Unread)
    (spot,) = session.ledger.blind_spots()
    assert spot.permission == "cloudkms.cryptoKeys.get"


def test_a_sink_needs_no_grant_for_a_bucket_of_its_own_project(google, session) -> None:
    home = route(AUDIT, container="projects/acme-siem", writer="")
    written = route(AUDIT, container="projects/acme-siem", name="w", writer="serviceAccount:x@y")
    assert set(read(session, AUDIT, home, written).allowed.values()) == {True}


def test_a_sink_of_another_project_needs_the_grant_on_the_buckets_project(google, session) -> None:
    assert read(session).admitted is True
    stranger = route(AUDIT, writer="serviceAccount:stranger@x")
    assert read(session, AUDIT, stranger).admitted is False


def test_the_owner_is_known_only_if_it_is_audited(google, session) -> None:
    assert read(session).destination.owner is None
    list(session.scopes())
    assert read(session).destination.owner == "gcp:projects/acme-siem"


def test_a_name_that_is_no_bucket_is_all_in_doubt(session) -> None:
    assert isinstance(read(session, "gcp:logging/odd").destination.exists, Unread)
