from typing import Any
from urllib.parse import quote

import pytest

from logcov.sandbox import Here
from logcov.sandbox.google_workspace import APPLICATIONS
from sandbox.clients import GoogleClients, everything, pages, plain


def activities(google: GoogleClients, application: str, **asked: Any) -> list[Any]:
    collection = google("admin", "reports_v1").activities()
    request = collection.list(userKey="all", applicationName=application, **asked)
    return everything(request, collection.list_next, "items")


def policies(google: GoogleClients, text: str) -> list[Any]:
    collection = google("cloudidentity", "v1").policies()
    return pages(collection.list(filter=text), collection.list_next)


def test_activities_come_newest_first_and_of_one_application_only(google: GoogleClients) -> None:
    found = activities(google, "login")
    times = [each["id"]["time"] for each in found]
    assert times == sorted(times, reverse=True)
    assert {each["id"]["applicationName"] for each in found} == {"login"}
    assert {each["id"]["customerId"] for each in found} == {"C0acme01"}
    assert activities(google, "keep") == []


def test_a_probe_for_one_activity_meets_an_empty_page(google: GoogleClients) -> None:
    collection = google("admin", "reports_v1").activities()
    found = pages(collection.list(userKey="all", applicationName="login", maxResults=1), collection.list_next)
    assert [len(page.get("items", [])) for page in found] == [1, 0, 1, 1]


def test_activities_may_be_narrowed_by_time(google: GoogleClients) -> None:
    newest, *_ = activities(google, "drive")
    assert activities(google, "drive", startTime=newest["id"]["time"]) == [newest]
    assert activities(google, "drive", endTime="2020-01-01T00:00:00Z") == []


def test_gmail_wants_both_ends_of_at_most_thirty_days(here: Here) -> None:
    url = f"{here.google}/admin/reports/v1/activity/users/all/applications/gmail"
    assert plain(url)[0] == 400
    assert plain(f"{url}?startTime=2026-09-01T00:00:00Z&endTime=2026-11-01T00:00:00Z")[0] == 400
    assert plain(f"{url}?startTime=2026-10-10T00:00:00Z&endTime=2026-11-01T00:00:00Z")[0] == 200


@pytest.mark.parametrize("asked", ["nonsense", "login?customerId=C0other", "login?startTime=yesterday"])
def test_what_the_reports_api_does_not_know_is_an_error(here: Here, asked: str) -> None:
    assert plain(f"{here.google}/admin/reports/v1/activity/users/all/applications/{asked}")[0] == 400


def test_the_applications_are_those_of_the_discovery_document(google: GoogleClients) -> None:
    document = google("admin", "reports_v1")._rootDesc
    parameters = document["resources"]["activities"]["methods"]["list"]["parameters"]
    assert frozenset(parameters["applicationName"]["enum"]) == APPLICATIONS


def test_a_filtered_list_of_policies_has_an_empty_page_before_the_one_that_fits(
    google: GoogleClients,
) -> None:
    text = r"setting.type.matches('^settings/cloud_sharing_options\\.cloud_data_sharing$')"
    found = policies(google, text)
    assert not found[0].get("policies")
    assert found[0]["nextPageToken"]
    (policy,) = [policy for page in found for policy in page.get("policies", [])]
    assert policy["setting"]["value"] == {"sharingOptions": "ENABLED"}


def test_policy_filters_may_name_the_customer(google: GoogleClients, here: Here) -> None:
    text = """customer == "customers/my_customer" && setting.type.matches('rule[.]')"""
    assert [len(page.get("policies", [])) for page in policies(google, text)] == [1, 0, 0]
    assert plain(f"{here.google}/v1/policies?filter={quote('setting.name == 1')}")[0] == 400


def test_the_customer_tells_its_id(google: GoogleClients) -> None:
    customers = google("admin", "directory_v1").customers()
    assert customers.get(customerKey="my_customer").execute()["id"] == "C0acme01"
