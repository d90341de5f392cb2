"""Who may write: proved by a grant, refuted only if everything was read."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logcov.inventory import Unread
from logcov.providers.gcp.roles import LOG_BUCKETS, LOG_ENTRIES, OBJECTS, PUBLISH, TABLES, permits
from logcov.providers.gcp.routing.sinks import UNTOLD
from logcov.providers.gcp.stores.storage import read_storage_bucket
from providers.gcp.acme import ORG, PROD_WRITER
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import session_on
from providers.gcp.leading import Read, route

TO = "gcp:storage/acme-archive"
OWN = "/storage/v1/b/acme-archive/iam"
PROJECT = "/v3/projects/1002:getIamPolicy"
LEVELS = [OWN, PROJECT, "/v3/folders/10:getIamPolicy", f"/v3/{ORG}:getIamPolicy"]
CREATOR = "roles/storage.objectCreator"


@pytest.fixture(autouse=True)
def _nobody_may(google) -> None:
    """No policy grants anything, and the bucket's project is known by its number only."""
    for path in LEVELS:
        google.answers[path] = {"etag": "x"}


def admitted(session, writer=PROD_WRITER):
    return Read(session, read_storage_bucket, TO, route(TO, writer=writer)).admitted


def grant(google, path, *members, role=CREATOR, **more) -> None:
    google.answers[path] = Wrong({"bindings": [{"role": role, "members": list(members)} | more]})


def test_a_writer_that_no_policy_names_is_denied(google, session) -> None:
    assert admitted(session) is False


@pytest.mark.parametrize("path", LEVELS)
def test_a_grant_at_any_level_admits_the_writer(google, session, path) -> None:
    grant(google, path, "user:somebody@else", PROD_WRITER)
    assert admitted(session) is True


@pytest.mark.parametrize("path", LEVELS)
@pytest.mark.parametrize(
    "answer", [error(403), Wrong({"bindings": 7}), Wrong({"bindings": [{"members": ["x"]}]})]
)
def test_a_policy_that_cannot_be_read_leaves_doubt(google, session, path, answer) -> None:
    google.answers[path] = answer
    assert isinstance(admitted(session), Unread)


def test_a_grant_is_enough_whatever_else_cannot_be_read(google, session) -> None:
    grant(google, OWN, PROD_WRITER)
    for path in LEVELS[1:]:
        google.answers[path] = error(403)
    assert admitted(session) is True


@pytest.mark.parametrize("path", ["/v3/projects/1002", "/v3/folders/10"])
def test_what_is_above_and_cannot_be_read_leaves_doubt(google, session, path) -> None:
    google.answers[path] = error(403)
    assert isinstance(admitted(session), Unread)


@pytest.mark.parametrize(
    ("members", "more", "allowed"),
    [
        ([PROD_WRITER], {"condition": {"expression": "request.time < x"}}, Unread),
        (["group:loggers@acme.example"], {}, Unread),
        (["domain:acme.example"], {}, Unread),
        (["principalSet://goog/subject/x"], {}, Unread),
        (["somebody-new:x"], {}, Unread),
        (["allUsers"], {}, True),
        (["allAuthenticatedUsers"], {}, True),
        (
            ["user:a@acme.example", "serviceAccount:b@x", "deleted:serviceAccount:c?uid=1", "principal://p"],
            {},
            False,
        ),
        (["projectEditor:acme-siem", "projectOwner:1002"], {}, False),
        (["projectEditor:another"], {}, Unread),
    ],
)
def test_a_binding_that_might_include_the_writer_leaves_doubt(
    google, session, members, more, allowed
) -> None:
    list(session.scopes())
    google.answers["/v3/projects/acme-siem:getIamPolicy"] = {"etag": "x"}
    grant(google, OWN, *members, **more)
    found = admitted(session)
    assert found is allowed or (allowed is Unread and isinstance(found, Unread))


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("roles/storage.admin", True),
        ("roles/storage.objectAdmin", True),
        ("roles/storage.objectViewer", False),
        ("roles/pubsub.publisher", False),
        ("roles/viewer", False),
        ("roles/owner", Unread),
        ("roles/editor", Unread),
        ("projects/p/roles/custom", Unread),
        ("organizations/1/roles/custom", Unread),
        ("roles/never.heardOf", Unread),
    ],
)
def test_only_roles_that_surely_hold_the_permission_admit_and_only_those_that_surely_do_not_deny(
    google, session, role, allowed
) -> None:
    grant(google, PROJECT, PROD_WRITER, role=role)
    found = admitted(session)
    assert found is allowed or (allowed is Unread and isinstance(found, Unread))


def test_a_writer_that_was_not_told_is_in_doubt(google, session) -> None:
    assert isinstance(admitted(session, UNTOLD), Unread)


def test_policies_above_are_read_once_for_all_sinks(google, session) -> None:
    routes = [route(TO, name=str(number), writer=f"serviceAccount:{number}@x") for number in range(5)]
    found = Read(session, read_storage_bucket, TO, *routes)
    assert set(found.allowed.values()) == {False}
    assert [google.count(path) for path in LEVELS] == [1, 1, 1, 1]


def test_each_writing_role_is_known_to_hold_its_own_permission_and_no_other_services() -> None:
    grants = (OBJECTS, PUBLISH, TABLES, LOG_BUCKETS, LOG_ENTRIES)
    for mine in grants:
        for other in grants:
            held = permits(mine.role, other)
            assert held is (mine is other), (mine.role, other.permission)


MEMBERS = st.sampled_from(
    [PROD_WRITER, "user:a@x", "group:g@x", "serviceAccount:o@x", "allUsers", "projectEditor:p"]
)
ROLES = st.sampled_from([CREATOR, "roles/viewer", "roles/owner", "roles/pubsub.admin", "projects/p/roles/r"])
BINDINGS = st.lists(
    st.fixed_dictionaries(
        {"role": ROLES, "members": st.lists(MEMBERS, max_size=3)},
        optional={"condition": st.just({"expression": "x"})},
    ),
    max_size=3,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(policies=st.lists(BINDINGS, min_size=4, max_size=4), hidden=st.sets(st.integers(0, 3), max_size=3))
def test_hiding_policies_never_turns_a_verdict_into_its_opposite(google, policies, hidden) -> None:
    for path, bindings in zip(LEVELS, policies, strict=True):
        google.answers[path] = Wrong({"bindings": bindings})
    google.faults, google.lasting = {}, True
    first, second = session_on(google.endpoint), session_on(google.endpoint)
    seen = admitted(first)
    google.faults = {LEVELS[number]: [error(403)] for number in hidden}
    less = admitted(second)
    first.close()
    second.close()
    google.faults = {}
    assert isinstance(less, Unread) or less is seen
