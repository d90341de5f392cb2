"""The whole world, crawled by the real client and checked against Google's discovery documents."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from logcov.sandbox import Here, serve_here
from logcov.sandbox.exchange import Call
from logcov.sandbox.google import OPERATIONS
from logcov.sandbox.world import World
from sandbox.clients import GoogleClients, plain
from sandbox.discovery import checked, checked_pages, methods

PREFIXES = {"storage": "/storage/v1/", "bigquery": "/bigquery/v2/"}


class Crawl:
    """Reads everything that Google's APIs tell of a world, as a collector would."""

    def __init__(self, client: GoogleClients) -> None:
        self.client = client
        self.crm, self.logging = self.client("cloudresourcemanager", "v3"), self.client("logging", "v2")
        self.storage, self.pubsub = self.client("storage", "v1"), self.client("pubsub", "v1")
        self.bigquery = self.client("bigquery", "v2")
        self.answers: dict[str, list[Any]] = {}
        self.calls: tuple[Call, ...] = ()

    def one(self, name: str, request: Any, version: str) -> Any:
        answer = checked(request, version)
        self.answers.setdefault(name, []).append(answer)
        return answer

    def all(self, name: str, key: str, collection: Any, version: str, **asked: Any) -> list[Any]:
        found = checked_pages(collection.list(**asked), collection.list_next, version)
        self.answers.setdefault(name, []).append(found)
        return [item for page in found for item in page.get(key, [])]

    def run(self) -> "Crawl":
        organizations = self.crm.organizations()
        self.answers["organizations"] = [
            checked_pages(organizations.search(), organizations.search_next, "v3"),
        ]
        root = self.one("organization", organizations.get(name="organizations/123456789012"), "v3")
        self.container(root["name"], organizations)
        self.below(root["name"])
        self.billing()
        self.workspace()
        return self

    def below(self, parent: str) -> None:
        for folder in self.all("folders", "folders", self.crm.folders(), "v3", parent=parent):
            self.container(folder["name"], self.crm.folders())
            self.below(folder["name"])
        asked = {"parent": parent, "showDeleted": True}
        for project in self.all("projects", "projects", self.crm.projects(), "v3", **asked):
            if project["state"] == "ACTIVE":
                self.container(f"projects/{project['projectId']}", self.crm.projects())
                ancestry = self.client("cloudresourcemanager", "v1").projects()
                self.one("ancestry", ancestry.getAncestry(projectId=project["projectId"], body={}), "v1")
                storage = self.storage.buckets()
                for bucket in self.all("gcs", "items", storage, "v1", project=project["projectId"]):
                    self.one("bucket", storage.get(bucket=bucket["name"], projection="full"), "v1")
                    if bucket["name"] == "acme-apps-files-old":  # likewise denied
                        continue
                    asked = {"bucket": bucket["name"], "optionsRequestedPolicyVersion": 3}
                    if bucket["name"] != "acme-apps-files-old":  # denied by the world's faults, too
                        self.one("bucket policy", storage.getIamPolicy(**asked), "v1")

    def container(self, name: str, kind: Any) -> None:
        if name != "projects/acme-shop-eu-prod":  # its policy is what the world's faults deny
            body = {"options": {"requestedPolicyVersion": 3}}
            self.one("policy", kind.getIamPolicy(resource=name, body=body), "v3")
        self.one("settings", self.logging.v2().getSettings(name=name), "v2")
        self.one("cmek", self.logging.v2().getCmekSettings(name=name), "v2")
        self.all("exclusions", "exclusions", self.logging.exclusions(), "v2", parent=name)
        buckets = self.logging.locations().buckets()
        for bucket in self.all("buckets", "buckets", buckets, "v2", parent=f"{name}/locations/-"):
            assert self.one("log bucket", buckets.get(name=bucket["name"]), "v2") == bucket
        for sink in self.all("sinks", "sinks", self.logging.sinks(), "v2", parent=name):
            assert self.one("sink", self.logging.sinks().get(sinkName=sink["resourceName"]), "v2") == sink
            self.destination(sink["destination"])

    def destination(self, name: str) -> None:
        service, _, rest = name.partition(".googleapis.com/")
        if service == "pubsub" and not rest.endswith("/reads-staging"):
            topics = self.pubsub.projects().topics()
            self.one("topic", topics.get(topic=rest), "v1")
            self.one("topic policy", topics.getIamPolicy(resource=rest), "v1")
            for each in self.all("subscriptions", "subscriptions", topics.subscriptions(), "v1", topic=rest):
                self.one("subscription", self.pubsub.projects().subscriptions().get(subscription=each), "v1")
        if service == "bigquery":
            _, project, _, dataset = rest.split("/")
            asked = {"projectId": project, "datasetId": dataset}
            self.one("dataset", self.bigquery.datasets().get(**asked), "v2")
            self.all("tables", "tables", self.bigquery.tables(), "v2", **asked)

    def billing(self) -> None:
        accounts = self.client("cloudbilling", "v1").billingAccounts()
        for account in self.all("accounts", "billingAccounts", accounts, "v1"):
            self.one("account", accounts.get(name=account["name"]), "v1")
            self.one("account policy", accounts.getIamPolicy(resource=account["name"]), "v1")
            self.all("sinks", "sinks", self.logging.sinks(), "v2", parent=account["name"])

    def workspace(self) -> None:
        directory = self.client("admin", "directory_v1").customers()
        self.one("customer", directory.get(customerKey="my_customer"), "directory_v1")
        self.all("policies", "policies", self.client("cloudidentity", "v1").policies(), "v1")
        reports = self.client("admin", "reports_v1").activities()
        for application in ("admin", "login", "drive", "keep"):
            asked = {"userKey": "all", "applicationName": application, "maxResults": 1}
            self.all("activities", "items", reports, "reports_v1", **asked)


@pytest.fixture(scope="session")
def crawl(shipped: Here) -> Crawl:
    shipped.faults.reset()
    shipped.calls.reset()
    with GoogleClients(shipped.google) as clients:
        done = Crawl(clients).run()
    done.calls = shipped.calls.made()
    return done


def test_every_answer_of_a_crawl_has_known_fields_of_the_right_kind(crawl: Crawl) -> None:
    assert len(crawl.answers["sinks"]) > 35
    assert len(crawl.answers["policy"]) > 30


@pytest.mark.parametrize(
    "listing",
    [
        "organizations",
        "folders",
        "projects",
        "sinks",
        "buckets",
        "gcs",
        "subscriptions",
        "tables",
        "policies",
        "activities",
    ],
)
def test_every_list_has_several_pages_somewhere_of_which_one_is_empty(crawl: Crawl, listing: str) -> None:
    def items(page: dict[str, Any]) -> list[Any]:
        return [part for value in page.values() if isinstance(value, list) for part in value]

    paged = [pages for pages in crawl.answers[listing] if len(pages) > 2]
    assert any(not items(page) for pages in paged for page in pages[:-1])
    assert all(items(pages[-1]) for pages in paged)


def test_two_runs_give_the_same_answers(crawl: Crawl, shipped: Here) -> None:
    with serve_here(shipped.world) as again, GoogleClients(again.google) as clients:
        assert Crawl(clients).run().answers == crawl.answers


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_is_one_that_a_discovery_document_declares(operation: Any) -> None:
    def fits(path: str) -> bool:
        filled = re.sub(r"\{\+?(\w+)\}", _example, path)
        return re.fullmatch(operation.path, filled) is not None

    declared = [
        method
        for doc, method in methods().values()
        if doc["rootUrl"] == f"https://{operation.service}/"
        and method["httpMethod"] == operation.method
        and fits("/" + doc["servicePath"] + method.get("flatPath", method["path"]))
    ]
    assert declared
    assert any(operation.parameters <= method["parameters"].keys() for method in declared)


def _example(match: re.Match[str]) -> str:
    return {
        "organizationsId": "1",
        "foldersId": "1",
        "billingAccountsId": "0A-1",
        "v1Id": "projects",
        "v1Id1": "1",
        "firewallPolicy": "1",
        "v2Id": "folders",
        "v2Id1": "1",
        "locationsId": "global",
        "applicationName": "login",
    }.get(match[1], "x")


def test_no_two_operations_fit_one_request(crawl: Crawl) -> None:
    made = {(call.method, call.path) for call in crawl.calls}
    assert len(made) > 200
    for method, path in made:
        assert (
            len([each for each in OPERATIONS if each.method == method and re.fullmatch(each.path, path)]) == 1
        )


def test_a_path_that_google_does_not_have_is_not_found(here: Here) -> None:
    status, _, body = plain(f"{here.google}/v9/nothing")
    assert (status, body["error"]["status"]) == (404, "NOT_FOUND")


def test_a_query_parameter_that_the_operation_does_not_know_is_refused(here: Here) -> None:
    status, _, body = plain(f"{here.google}/v2/projects/acme-shop-prod/sinks?pageSzie=2")
    assert status == 400
    assert "pageSzie" in body["error"]["message"]


def test_a_made_up_page_token_is_refused(here: Here) -> None:
    assert plain(f"{here.google}/v2/projects/acme-shop-prod/sinks?pageToken=abc")[0] == 400


def test_the_token_of_another_list_is_refused(here: Here) -> None:
    token = plain(f"{here.google}/v2/projects/acme-shop-prod/sinks")[2]["nextPageToken"]
    assert plain(f"{here.google}/v2/projects/acme-shop-prod/sinks?pageToken={token}")[0] == 200
    assert plain(f"{here.google}/v2/organizations/123456789012/sinks?pageToken={token}")[0] == 400


def test_calls_are_noted_by_operation_and_place(here: Here, google: GoogleClients) -> None:
    google("logging", "v2").sinks().list(parent="projects/100000000011").execute()
    google("cloudresourcemanager", "v3").folders().list(parent="folders/4711").execute()
    google("storage", "v1").buckets().get(bucket="acme-audit-archive").execute()
    assert [(call.operation, call.place) for call in here.calls.made()] == [
        ("logging.sinks.list", "projects/acme-shop-prod"),
        ("cloudresourcemanager.folders.list", "folders/4711"),
        ("storage.buckets.get", "acme-audit-archive"),
    ]


def test_conditions_of_bindings_are_told_only_to_those_who_ask_for_version_three(
    small: Callable[[Any], World],
) -> None:
    binding = {
        "role": "roles/viewer",
        "members": ["user:a@b.c"],
        "condition": {"title": "t", "expression": "true"},
    }
    organization = {
        "name": "organizations/1",
        "displayName": "x",
        "directoryCustomerId": "C1",
        "iam": {"bindings": [binding]},
    }
    with (
        serve_here(small({"gcp": {"organizations": [organization]}})) as here,
        GoogleClients(here.google) as clients,
    ):
        ask = clients("cloudresourcemanager", "v3").organizations().getIamPolicy
        new = ask(resource="organizations/1", body={"options": {"requestedPolicyVersion": 3}}).execute()
        old = ask(resource="organizations/1", body={}).execute()
    assert (new["version"], new["bindings"]) == (3, [binding])
    assert old["version"] == 1
    assert "condition" not in old["bindings"][0]
    assert old["bindings"][0]["role"].startswith("roles/viewer_withcond_")
