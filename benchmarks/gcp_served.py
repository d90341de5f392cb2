"""A pretend Google Cloud organisation of any size, served over HTTP on loopback: told by number, nothing is kept but names.

Run by `gcp_estate.py`: `python gcp_served.py PROJECTS` prints its endpoint, and then takes `latency SECONDS` and `calls`
on standard input, with an answer each on standard output.
"""

import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]

ORG = "organizations/100000000000"
ARCHIVE = "bench-archive"
PROJECTS, FOLDERS, SINKS = 5000, 300, 40
TOP_FOLDERS = 20
EXEMPTED = 100
"""One in so many projects exempts somebody from data access logs: what would be gaps."""
WRITER = "serviceAccount:bench@gcp-sa-logging.iam.gserviceaccount.com"
AUDIT = 'logName:"cloudaudit.googleapis.com%2F"'
FILTERS = (
    f"{AUDIT} AND severity>=NOTICE",
    'log_id("cloudaudit.googleapis.com/data_access") AND protoPayload.serviceName="storage.googleapis.com"',
    'resource.type="gce_instance" OR resource.type="k8s_cluster"',
    f'{AUDIT} AND NOT protoPayload.methodName=~"^(get|list)"',
    "severity>=ERROR AND sample(insertId, 0.5)",
)
REQUIRED = " OR ".join(
    f'LOG_ID("cloudaudit.googleapis.com/{log}")'
    for log in ("activity", "system_event", "access_transparency")
)
SERVICES = ("storage", "bigquery", "secretmanager", "cloudkms", "iam")


# --- the estate -------------------------------------------------------------------------------------------


class Estate:
    """So many projects, told by number: nothing is kept but names."""

    def __init__(self, projects: int) -> None:
        self.folders = max(TOP_FOLDERS + 1, projects * FOLDERS // PROJECTS)
        self.projects = projects
        self.parents: dict[str, str] = {}
        for number in range(self.folders):
            top = number < TOP_FOLDERS
            self.parents[self.folder(number)] = ORG if top else self.folder(number % TOP_FOLDERS)
        for number in range(projects):
            within = TOP_FOLDERS + number % (self.folders - TOP_FOLDERS)
            self.parents[self.project(number)] = self.folder(within)
        self.below: dict[str, list[str]] = {}
        for name, parent in self.parents.items():
            self.below.setdefault(parent, []).append(name)

    @staticmethod
    def folder(number: int) -> str:
        return f"folders/{200000000000 + number}"

    @staticmethod
    def project(number: int) -> str:
        return f"projects/bench-{number:05}"

    @staticmethod
    def numbered(name: str) -> str:
        kind, _, ident = name.partition("/")
        return f"projects/{300000000000 + int(ident[6:])}" if kind == "projects" else name

    def ancestors(self, name: str) -> list[str]:
        found = [self.numbered(name)]
        while name in self.parents:
            name = self.parents[name]
            found.append(name)
        return found

    def names(self) -> list[str]:
        return [ORG, *self.parents]

    def resource(self, name: str) -> Json:
        kind, _, ident = name.partition("/")
        body: Json = {"name": self.numbered(name), "state": "ACTIVE", "displayName": ident}
        if kind == "organizations":
            return body | {"directoryCustomerId": "C0bench01"}
        body["parent"] = self.parents[name]
        if kind == "projects":
            body |= {"projectId": ident, "labels": {"env": ("prod", "test")[int(ident[6:]) % 2]}}
        return body

    def policy(self, name: str) -> Json:
        kind, _, ident = name.partition("/")
        body: Json = {
            "version": 1,
            "etag": "BwY=",
            "bindings": [{"role": "roles/owner", "members": ["user:ops@example.com"]}],
        }
        if kind == "organizations":
            types = [{"logType": one} for one in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")]
            return body | {"auditConfigs": [{"service": "allServices", "auditLogConfigs": types}]}
        if kind == "projects":
            number = int(ident[6:])
            logs: Json = {"logType": ("DATA_READ", "DATA_WRITE")[number % 2]}
            if number % EXEMPTED == 1:
                logs["exemptedMembers"] = [f"user:ci-{number % 7}@example.com"]
            if number % 3 or "exemptedMembers" in logs:
                service = f"{SERVICES[number % len(SERVICES)]}.googleapis.com"
                body["auditConfigs"] = [{"service": service, "auditLogConfigs": [logs]}]
        return body

    def sinks(self, name: str) -> list[Json]:
        at = f"logging.googleapis.com/{name}/locations/global/buckets"
        found: list[Json] = [
            {"name": "_Required", "destination": f"{at}/_Required", "filter": REQUIRED},
            {"name": "_Default", "destination": f"{at}/_Default", "filter": f"NOT ({REQUIRED})"},
        ]
        kind, _, ident = name.partition("/")
        own = {
            "destination": f"storage.googleapis.com/{ARCHIVE}",
            "writerIdentity": WRITER,
        }
        if kind == "organizations":
            found.append({"name": "audit", **own, "filter": AUDIT, "includeChildren": True})
        elif kind == "folders" and (number := int(ident) - 200000000000) < TOP_FOLDERS - 1:
            exclusions = [{"name": "noise", "filter": f'protoPayload.methodName="noise-{number}"'}]
            text = FILTERS[number % len(FILTERS)]
            found.append(
                {"name": "team", **own, "filter": text, "includeChildren": True, "exclusions": exclusions}
            )
        elif kind == "projects" and (number := int(ident[6:])) < SINKS - TOP_FOLDERS:
            found.append({"name": "own", **own, "filter": FILTERS[number % len(FILTERS)]})
        return found

    @staticmethod
    def buckets(name: str) -> list[Json]:
        at = f"{name}/locations/global/buckets"
        return [
            {"name": f"{at}/_Required", "retentionDays": 400, "locked": True, "lifecycleState": "ACTIVE"},
            {"name": f"{at}/_Default", "retentionDays": 30, "lifecycleState": "ACTIVE"},
        ]


# --- serving it -------------------------------------------------------------------------------------------


class Served:
    """Answers by path, made anew for each request except for the pages of Cloud Asset Inventory."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.latency = 0.0
        self.calls: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.names = set(estate.names())
        self._assets: dict[tuple[str, ...], list[Json]] = {}

    def _name(self, given: str) -> str:
        kind, _, ident = given.partition("/")
        return Estate.project(int(ident) - 300000000000) if kind == "projects" and ident.isdigit() else given

    def answer(self, path: str, query: Mapping[str, list[str]]) -> tuple[str, Any]:
        """The API method that a request is, and its answer; None if there is no such thing."""
        for method, pattern, give in ROUTES:
            match = re.fullmatch(pattern, path)
            if match:
                one = {name: values[-1] for name, values in query.items()}
                asked = Asked(self, self._name(match[1]) if match.groups() else "", match, one, query)
                return method, give(asked)
        return path, None

    def assets(self, asked: "Asked") -> Any:
        """A page of assets. All of one kind are made on the first request for them."""
        key = (asked.one["contentType"], *sorted(asked.query["assetTypes"]))
        with self.lock:
            if key not in self._assets:
                self._assets[key] = list(self._made(*key))
        return asked.page("assets", self._assets[key])

    def _made(self, content: str, *types: str) -> Iterator[Json]:
        estate = self.estate
        kinds = {"organizations": "Organization", "folders": "Folder", "projects": "Project"}
        for name in estate.names():
            asset: Json = {"ancestors": estate.ancestors(name)}
            for kind in types:
                service, _, what = kind.partition("/")
                if what == kinds[name.partition("/")[0]]:
                    told = (
                        {"iamPolicy": estate.policy(name)}
                        if content == "IAM_POLICY"
                        else {"resource": {"data": estate.resource(name)}}
                    )
                    yield {**asset, **told, "name": f"//{service}/{estate.numbered(name)}", "assetType": kind}
                items = {"LogSink": estate.sinks, "LogBucket": estate.buckets}.get(what)
                for item in items(name) if items is not None else ():
                    within = (
                        item["name"].removeprefix(f"{name}/")
                        if what == "LogBucket"
                        else f"sinks/{item['name']}"
                    )
                    yield {
                        **asset,
                        "resource": {"data": item},
                        "name": f"//{service}/{name}/{within}",
                        "assetType": kind,
                    }


@dataclass(frozen=True)
class Asked:
    """A request: about which container, and what else it says; `one` holds the last value of each parameter."""

    served: Served
    name: str
    match: re.Match[str]
    one: Mapping[str, str]
    query: Mapping[str, list[str]]

    def page(self, key: str, items: Sequence[Any]) -> Json:
        """The page that is asked for."""
        start, size = int(self.one.get("pageToken", "0")), int(self.one.get("pageSize", "500"))
        body: Json = {key: list(items[start : start + size])}
        if start + size < len(items):
            body["nextPageToken"] = str(start + size)
        return body


def _nothing(_asked: Asked) -> Json:
    return {}


def _permitted(_asked: Asked) -> Json:
    return {"permissions": ["billing.accounts.list", "billing.accounts.get"]}


def _bucket(asked: Asked) -> Any:
    buckets = Estate.buckets(asked.name)
    return next((one for one in buckets if one["name"].endswith(f"/{asked.match[2]}")), None)


def _children(asked: Asked) -> Any:
    estate, kind = asked.served.estate, asked.match[1]
    below = [name for name in estate.below.get(asked.one["parent"], ()) if name.startswith(f"{kind}/")]
    return asked.page(kind, [estate.resource(name) for name in below])


def _found(asked: Asked) -> Any:
    estate = asked.served.estate
    names = [name for name in estate.parents if name.startswith("projects/")]
    return asked.page("projects", [estate.resource(name) for name in names])


def _container(asked: Asked) -> Any:
    return asked.served.estate.resource(asked.name) if asked.name in asked.served.names else None


def _archive(_asked: Asked) -> Any:
    policy = {"retentionPeriod": "34560000", "isLocked": True}
    return {"name": ARCHIVE, "projectNumber": "300000000000", "retentionPolicy": policy}


def _archive_policy(_asked: Asked) -> Any:
    return {"bindings": [{"role": "roles/storage.objectCreator", "members": [WRITER]}]}


_AT = r"((?:organizations|folders|projects)/[^/:]+)"
ROUTES: tuple[tuple[str, str, Callable[[Asked], Any]], ...] = (
    (
        "logging.sinks.list",
        rf"/v2/{_AT}/sinks",
        lambda asked: asked.page("sinks", asked.served.estate.sinks(asked.name)),
    ),
    ("iam.getIamPolicy", rf"/v3/{_AT}:getIamPolicy", lambda asked: asked.served.estate.policy(asked.name)),
    ("logging.buckets.get", rf"/v2/{_AT}/locations/global/buckets/(.*)", _bucket),
    ("logging.metrics.list", rf"/v2/{_AT}/metrics", _nothing),
    ("monitoring.alertPolicies.list", rf"/v3/{_AT}/alertPolicies", _nothing),
    ("resourcemanager.organizations.testIamPermissions", rf"/v3/{_AT}:testIamPermissions", _permitted),
    ("billing.accounts.list", r"/v1/billingAccounts", _nothing),
    ("cloudasset.assets.list", rf"/v1/{_AT}/assets", lambda asked: asked.served.assets(asked)),
    ("resourcemanager.list", r"/v3/(folders|projects)", _children),
    ("resourcemanager.projects.search", r"/v3/projects:search", _found),
    ("resourcemanager.get", rf"/v3/{_AT}", _container),
    ("storage.buckets.get", rf"/storage/v1/b/{ARCHIVE}", _archive),
    ("storage.buckets.getIamPolicy", rf"/storage/v1/b/{ARCHIVE}/iam", _archive_policy),
)
"""API method, what its path looks like, and what answers it."""


def serve(projects: int) -> None:
    """Serves the estate; `latency SECONDS` and `calls` on standard input, answers on standard output."""
    served = Served(Estate(projects))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            split = urlsplit(self.path)
            method, body = served.answer(unquote(split.path), parse_qs(split.query))
            with served.lock:
                served.calls[method] += 1
            if served.latency:
                time.sleep(served.latency)
            status = 200 if body is not None else 404
            content = json.dumps(
                body if body is not None else {"error": {"code": 404, "message": "no"}}
            ).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "latency":
            served.latency = float(rest)
            print("ok", flush=True)
        if word == "calls":
            with served.lock:
                counted, served.calls = served.calls, Counter()
            print(json.dumps(counted), flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
