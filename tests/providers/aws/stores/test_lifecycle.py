from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.inventory import Keep, Lock
from logcov.providers.aws.stores.lifecycle import FOREVER, Kept, default_lock, kept

TODAY = date(2026, 11, 24)


def rule(days: int | None = None, prefix: str = "", **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": prefix}}
    if days is not None:
        told["Expiration"] = {"Days": days}
    return told | more


def read(*rules: dict[str, Any], versioned: bool = False, lock: Any = False) -> Kept:
    return kept(rules, versioned=versioned, lock=lock, today=TODAY)


def test_without_rules_nothing_is_removed() -> None:
    assert read() == Kept(retained=(FOREVER,), online=(FOREVER,))


def test_an_expired_object_without_versions_is_gone() -> None:
    assert read(rule(30, "AWSLogs/")).retained == (FOREVER, Keep(prefix="AWSLogs/", days=30))


def test_a_disabled_rule_removes_nothing() -> None:
    assert read(rule(1, Status="Disabled")).retained == (FOREVER,)


def test_an_old_fashioned_rule_has_its_prefix_outside_of_a_filter() -> None:
    old = {"Status": "Enabled", "Prefix": "logs/", "Expiration": {"Days": 3}}
    assert read(old).retained == (FOREVER, Keep(prefix="logs/", days=3))


def test_with_versions_an_expired_object_exists_until_noncurrent_versions_are_removed() -> None:
    found = read(rule(400, NoncurrentVersionExpiration={"NoncurrentDays": 30}), versioned=True)
    assert found.retained == (FOREVER, Keep(days=430))
    assert found.online == (FOREVER, Keep(days=400))


def test_with_versions_and_no_rule_for_them_an_expired_object_exists_for_ever() -> None:
    assert read(rule(400), versioned=True).retained == (FOREVER,)


def test_newer_versions_that_never_come_remove_nothing() -> None:
    spared = rule(9, NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 1})
    assert read(spared, versioned=True).retained == (FOREVER,)


def test_rules_that_meet_in_a_longer_prefix_work_together_there() -> None:
    found = read(
        rule(10, "logs/"),
        rule(prefix="logs/trail/", NoncurrentVersionExpiration={"NoncurrentDays": 5}),
        rule(prefix="other/", NoncurrentVersionExpiration={"NoncurrentDays": 1}),
        versioned=True,
    )
    assert found.retained == (FOREVER, Keep(prefix="logs/trail/", days=15))


def test_an_archive_that_needs_a_restore_ends_being_online() -> None:
    found = read(rule(400, Transitions=[{"Days": 90, "StorageClass": "DEEP_ARCHIVE"}]))
    assert set(found.online) == {FOREVER, Keep(days=400), Keep(days=90)}


@pytest.mark.parametrize("storage", ["STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"])
def test_classes_that_are_read_at_once_stay_online(storage: str) -> None:
    assert read(rule(Transitions=[{"Days": 9, "StorageClass": storage}])).online == (FOREVER,)


@pytest.mark.parametrize("storage", ["INTELLIGENT_TIERING", "SOMETHING_NEW"])
def test_of_other_classes_nobody_can_tell(storage: str) -> None:
    found = read(rule(Transitions=[{"Days": 9, "StorageClass": storage}]))
    assert isinstance(found.online, str)
    assert found.retained == (FOREVER,)


@pytest.mark.parametrize(
    "narrow",
    [
        {"Tag": {"Key": "a", "Value": "b"}},
        {"ObjectSizeGreaterThan": 5},
        {"And": {"Prefix": "x", "Tags": [{"Key": "a", "Value": "b"}]}},
        {"SomethingNew": 1},
    ],
)
def test_a_rule_bound_to_tags_or_sizes_leaves_the_question_open(narrow: dict[str, Any]) -> None:
    found = read(rule(1, Filter=narrow))
    assert isinstance(found.retained, str)
    assert isinstance(found.online, str)


def test_a_date_removes_everything_then() -> None:
    ahead = rule(Expiration={"Date": datetime(2026, 12, 4, tzinfo=UTC)})
    past = rule(Expiration={"Date": datetime(2020, 1, 1, tzinfo=UTC)})
    assert read(ahead).retained == (FOREVER, Keep(days=10))
    assert read(past).retained == (FOREVER, Keep(days=0))


def test_delete_markers_alone_are_no_objects() -> None:
    assert read(rule(Expiration={"ExpiredObjectDeleteMarker": True}), versioned=True).retained == (FOREVER,)


def test_a_lock_outlives_the_rules() -> None:
    found = read(
        rule(10, NoncurrentVersionExpiration={"NoncurrentDays": 1}),
        versioned=True,
        lock=Lock(mode="locked", days=400),
    )
    assert found.retained == (FOREVER, Keep(days=400))


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "a/", "a/b/", "c/"]),
            st.none() | st.integers(1, 5),
            st.none() | st.integers(1, 5),
        ),
        max_size=4,
    ),
    st.booleans(),
    st.sampled_from(["a/x", "a/b/x", "c/x", "d/x"]),
)
def test_the_keeps_are_what_a_bucket_does_day_by_day(
    told: list[tuple[str, int | None, int | None]], versioned: bool, key: str
) -> None:
    rules = [
        rule(days, prefix)
        | ({"NoncurrentVersionExpiration": {"NoncurrentDays": old}} if old is not None else {})
        for prefix, days, old in told
    ]
    found = read(*rules, versioned=versioned).retained
    assert not isinstance(found, str)
    days = [keep.days for keep in found if keep.days is not None and key.startswith(keep.prefix)]
    assert (min(days) if days else None) == lived(told, versioned, key)


def lived(told: list[tuple[str, int | None, int | None]], versioned: bool, key: str) -> int | None:
    """The day on which a bucket that follows its rules removes an object for good."""
    hidden: int | None = None
    for day in range(1, 20):
        for prefix, _, old in told:
            if not key.startswith(prefix):
                continue
            if hidden is not None and old is not None and day - hidden >= old:
                return day
        if hidden is None and any(
            key.startswith(prefix) and days and day >= days for prefix, days, _ in told
        ):
            if not versioned:
                return day
            hidden = day
    return None


@pytest.mark.parametrize(
    ("configuration", "lock"),
    [
        ({"ObjectLockEnabled": "Enabled"}, False),
        (
            {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 9}}},
            Lock(mode="locked", days=9),
        ),
        (
            {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 2}},
            },
            Lock(mode="bypassable", days=730),
        ),
    ],
)
def test_what_new_objects_are_locked_by(configuration: dict[str, Any], lock: Any) -> None:
    assert default_lock(configuration) == lock


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"ObjectLockEnabled": "Maybe"},
        {"ObjectLockEnabled": "Enabled", "Rule": {}},
        {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "NEW", "Days": 1}}},
        {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE"}}},
    ],
)
def test_a_lock_of_an_unknown_form_is_neither_there_nor_not(configuration: dict[str, Any]) -> None:
    assert isinstance(default_lock(configuration), str)
