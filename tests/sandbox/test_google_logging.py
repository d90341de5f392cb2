from collections.abc import Callable
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from logcov.sandbox import Here, serve_here
from logcov.sandbox.world import World
from sandbox.clients import GoogleClients, everything, plain


def sinks(google: GoogleClients, parent: str, **asked: str) -> list[Any]:
    collection = google("logging", "v2").sinks()
    return everything(collection.list(parent=parent, **asked), collection.list_next, "sinks")


def test_every_container_has_the_sinks_and_buckets_that_google_makes(google: GoogleClients) -> None:
    for parent in ("organizations/123456789012", "folders/4722", "projects/acme-playground"):
        assert [sink["name"] for sink in sinks(google, parent)][:2] == ["_Required", "_Default"]
        buckets = google("logging", "v2").locations().buckets()
        found = everything(buckets.list(parent=f"{parent}/locations/-"), buckets.list_next, "buckets")
        assert [(bucket["name"], bucket["retentionDays"]) for bucket in found] == [
            (f"{parent}/locations/global/buckets/_Required", 400),
            (f"{parent}/locations/global/buckets/_Default", 30),
        ]


def test_a_container_may_have_another_default_sink(google: GoogleClients) -> None:
    default = sinks(google, "projects/acme-legacy-erp")[1]
    assert (default["name"], default["disabled"]) == ("_Default", True)


def test_a_sink_to_a_bucket_of_its_own_project_has_no_writer(google: GoogleClients) -> None:
    found = {sink["name"]: sink for sink in sinks(google, "projects/acme-ads-prod")}
    assert "writerIdentity" not in found["_Default"]
    assert found["data-access-archive"]["writerIdentity"].startswith("serviceAccount:p100000000017-")


def test_sinks_of_each_kind_of_container_write_as_an_account_of_their_own(google: GoogleClients) -> None:
    writers = {
        parent: sinks(google, parent)[-1]["writerIdentity"]
        for parent in ("organizations/123456789012", "folders/4714", "projects/acme-shop-prod")
    }
    assert writers == {
        "organizations/123456789012": "serviceAccount:service-org-123456789012@gcp-sa-logging.iam.gserviceaccount.com",
        "folders/4714": "serviceAccount:service-folder-4714@gcp-sa-logging.iam.gserviceaccount.com",
        "projects/acme-shop-prod": "serviceAccount:service-100000000011@gcp-sa-logging.iam.gserviceaccount.com",
    }


def test_intercepting_sinks_above_are_listed_when_asked_for(google: GoogleClients) -> None:
    above = sinks(google, "projects/acme-payments-prod", filter='in_scope("ANCESTOR")')
    assert [sink["resourceName"] for sink in above] == ["folders/4714/sinks/payments-central"]
    both = sinks(google, "projects/acme-payments-prod", filter='in_scope("ALL")')
    assert [sink["name"] for sink in both] == [
        "_Required",
        "_Default",
        "data-access-archive",
        "payments-central",
    ]
    assert sinks(google, "projects/acme-shop-prod", filter='in_scope("ANCESTOR")') == []


def test_projects_may_be_named_by_number(google: GoogleClients) -> None:
    assert sinks(google, "projects/100000000016") == sinks(google, "projects/acme-search-prod")
    bucket = google("logging", "v2").locations().buckets()
    by_number = bucket.get(name="projects/100000000001/locations/eu/buckets/audit-short").execute()
    assert by_number["name"] == "projects/acme-logging/locations/eu/buckets/audit-short"


def test_the_legacy_exclusions_are_those_of_the_default_sink(google: GoogleClients) -> None:
    answer = google("logging", "v2").exclusions().list(parent="projects/acme-payments-log").execute()
    assert [exclusion["name"] for exclusion in answer["exclusions"]] == ["too-expensive"]


def test_a_bucket_that_is_not_there_is_not_found(here: Here) -> None:
    status, _, body = plain(f"{here.google}/v2/projects/acme-logging/locations/eu/buckets/none")
    assert (status, body["error"]["status"]) == (404, "NOT_FOUND")


def test_a_project_on_its_way_out_answers_nothing(google: GoogleClients) -> None:
    with pytest.raises(HttpError) as caught:
        sinks(google, "projects/acme-old-shop")
    assert caught.value.resp.status == 403
    assert caught.value.error_details[0]["reason"] == "CONSUMER_INVALID"


def test_settings_are_as_the_world_has_them(small: Callable[[Any], World]) -> None:
    organization = {
        "name": "organizations/1",
        "displayName": "x",
        "directoryCustomerId": "C1",
        "settings": {
            "disableDefaultSink": True,
            "kmsKeyName": "projects/p/locations/eu/keyRings/r/cryptoKeys/k",
        },
    }
    with serve_here(small({"gcp": {"organizations": [organization]}})) as here:
        settings = plain(f"{here.google}/v2/organizations/1/settings")[2]
        cmek = plain(f"{here.google}/v2/organizations/1/cmekSettings")[2]
    assert settings["disableDefaultSink"] is True
    assert cmek["kmsKeyName"] == settings["kmsKeyName"]
