"""The switch, and what it puts into Cloud Logging."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.errors import ReadFailure
from logcov.inventory import Listing, Unread
from logcov.providers.workspace.sharing import decide, observe_sharing

CUSTOMER = "workspace:customers/C0acme01"


@pytest.fixture
def routes(google, observe):
    """Observes these policies; gives the routes by application, the last fact having been the listing."""

    def run(*policies):
        google.policies = [google.reply({"policies": list(policies)})]
        *found, listing = observe(observe_sharing)
        assert isinstance(listing, Listing)
        assert (listing.kind, listing.at) == ("workspace.sharing", CUSTOMER)
        return {route.dimensions["application"]: route for route in found}

    return run


def test_enabled_shares_admin_and_login_in_their_own_logs(google, routes, ledger):
    found = routes(google.policy("ENABLED"))
    admin, login = found["admin"], found["login"]
    assert (admin.enabled, admin.to) == (True, "workspace:shared/C0acme01/activity")
    assert (login.enabled, login.to) == (True, "workspace:shared/C0acme01/data_access")
    assert admin.sets["protoPayload.serviceName"] == "admin.googleapis.com"
    assert login.sets["protoPayload.serviceName"] == "login.googleapis.com"
    assert {route.origin for route in found.values()} == {CUSTOMER}
    assert {route.sources for route in found.values()} == {("workspace.activity",)}


@pytest.mark.parametrize("application", ["token", "saml", "groups_enterprise", "access_transparency"])
def test_what_the_edition_decides_is_unread_while_the_switch_is_on(google, routes, application):
    route = routes(google.policy("ENABLED"))[application]
    assert isinstance(route.enabled, Unread)
    assert isinstance(route.to, Unread)
    assert route.sets == {}


@pytest.mark.parametrize("application", ["drive", "gmail", "chat", "context_aware_access", "vault"])
def test_other_applications_are_never_shared(google, routes, application):
    assert application not in routes(google.policy("ENABLED"))


def test_disabled_switches_every_route_off(google, routes, ledger):
    found = routes(google.policy("DISABLED"))
    assert {route.enabled for route in found.values()} == {False}
    assert not [route for route in found.values() if isinstance(route.to, Unread)]
    assert ledger.blind_spots() == []


@pytest.mark.parametrize("option", ["enabled", "", None, 1, "SHARING_OPTIONS_UNSPECIFIED", ["ENABLED"]])
def test_any_other_value_is_unread(google, routes, option):
    assert all(isinstance(route.enabled, Unread) for route in routes(google.policy(option)).values())


def test_nothing_returned_is_a_default_that_was_not_seen(routes, ledger):
    found = routes()
    assert all(isinstance(route.enabled, Unread) for route in found.values())
    assert {spot.kind for spot in ledger.blind_spots()} == {"not-observable"}


def test_a_policy_of_another_type_says_nothing(google, routes):
    other = google.policy("DISABLED", order=9)
    other["setting"]["type"] = "settings/vault.service_status"
    assert routes(google.policy("ENABLED"), other)["admin"].enabled is True


@pytest.mark.parametrize(
    "odd", ["text", None, {}, {"setting": None}, {"setting": {"type": 1}}, {"setting": {"value": {}}}]
)
def test_a_strange_policy_leaves_the_switch_unread(google, routes, odd):
    assert isinstance(routes(google.policy("ENABLED"), odd)["admin"].enabled, Unread)


def test_the_strongest_of_one_unit_holds(google, routes):
    assert (
        routes(google.policy("DISABLED", order=0), google.policy("ENABLED", order=1))["admin"].enabled is True
    )
    assert decide([google.policy("DISABLED", order="2.5"), google.policy("ENABLED", order=1)]) is False


@pytest.mark.parametrize("order", [None, True, "first", {}])
def test_contradictions_without_an_order_are_unread(google, routes, order):
    found = routes(google.policy("DISABLED", order=order), google.policy("ENABLED", order=order))
    assert isinstance(found["admin"].enabled, Unread)


def test_units_that_agree_are_one_switch_and_others_are_none(google, routes):
    root, below = google.policy("ENABLED"), google.policy("ENABLED", orgUnit="orgUnits/below")
    assert decide([root, below]) is True
    contrary = google.policy("DISABLED", orgUnit="orgUnits/below")
    assert isinstance(routes(root, contrary)["admin"].enabled, Unread)


@pytest.mark.parametrize(
    "query", [{"group": "groups/g1"}, {"query": "entity.licenses.exists(license, license in ['/x'])"}]
)
def test_a_policy_for_some_people_only_does_not_speak_for_the_customer(google, query):
    assert isinstance(decide([google.policy("ENABLED", **query)]), tuple)


def test_the_filter_asks_for_the_switch_alone(google, routes):
    routes(google.policy("ENABLED"))
    (request,) = google.requests
    assert request.query["filter"] == (
        'customer == "customers/C0acme01" && '
        r"setting.type.matches('^settings/cloud_sharing_options\\.cloud_data_sharing$')"
    )


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_denied_listing_leaves_a_failure_and_no_listing(google, place, status):
    google.policies = lambda request: (
        google.reply(status=status)
        if "pageToken" in request.query
        else google.reply({"policies": [google.policy("ENABLED")], "nextPageToken": "2"})
    )
    found = []
    with pytest.raises(ReadFailure):
        found.extend(observe_sharing(place, place.scope, None))
    assert found == []


def test_the_policies_of_another_customer_are_no_answer(google, observe):
    google.policies = [
        google.reply({"policies": [google.policy("ENABLED") | {"customer": "customers/C0other"}]})
    ]
    with pytest.raises(ReadFailure) as caught:
        observe(observe_sharing)
    assert caught.value.kind == "unparseable"


KEYS = ["setting", "type", "value", "sharingOptions", "policyQuery", "orgUnit", "group", "query", "sortOrder"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from(
        ["ENABLED", "DISABLED", "settings/cloud_sharing_options.cloud_data_sharing", "nan", ""]
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
@settings(max_examples=300)
def test_no_policies_however_odd_raise(policies):
    decide(policies)


OPTION = st.sampled_from(["ENABLED", "DISABLED"])
POLICY = st.builds(
    lambda option, order, unit: {
        "policyQuery": {"orgUnit": unit, "sortOrder": order},
        "setting": {
            "type": "settings/cloud_sharing_options.cloud_data_sharing",
            "value": {"sharingOptions": option},
        },
    },
    OPTION,
    st.integers(0, 3),
    st.sampled_from(["root", "below"]),
)


@given(st.lists(POLICY, min_size=1, max_size=5), st.randoms())
@settings(max_examples=200)
def test_the_order_in_which_policies_come_does_not_matter(policies, random):
    shuffled = list(policies)
    random.shuffle(shuffled)
    assert decide(policies) == decide(shuffled)
