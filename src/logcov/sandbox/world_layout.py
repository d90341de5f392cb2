"""Lays out a checked world file the way its APIs will be asked for it: one look-up per request."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zlib import crc32

from logcov.documents import Document
from logcov.errors import Problem
from logcov.sandbox import world_model as model
from logcov.sandbox import world_model_gcp as gcp_model
from logcov.sandbox.world import Container, Dataset, Gcp, Guarded, Json, OktaOrg, Workspace, etag_of
from logcov.sandbox.world_keys import as_json

_HANGING = ("iam", "sinks", "log_buckets", "settings", "resources")
_TOLD = ("metrics", "alert_policies", "notification_channels", "monitored_projects", "apis_off", "silent")
_IN_PROJECTS = ("number", "buckets", "topics", "subscriptions", "datasets", "crypto_keys", *_TOLD)
_COMPUTE = "https://www.googleapis.com/compute/v1"


def contradictions(parsed: model.WorldFile, document: Document) -> Iterator[Problem]:
    """What no single key shows: names that stand twice, and parents that are not there (or come later)."""
    names: set[str] = set()
    numbers: set[str] = set()
    buckets: set[str] = set()
    above = (
        ("organizations", [(each.name, "") for each in parsed.gcp.organizations]),
        ("folders", [(each.name, each.parent) for each in parsed.gcp.folders]),
        ("projects", [(f"projects/{each.project_id}", each.parent) for each in parsed.gcp.projects]),
        ("billingAccounts", [(each.name, "") for each in parsed.gcp.billing_accounts]),
    )
    for kind, found in above:
        for index, (name, parent) in enumerate(found):
            if name in names:
                yield document.problem(("gcp", kind, index), f"{name} is there twice")
            if parent and parent not in names:
                message = f"there is no {parent} before it; parents come before their children"
                yield document.problem(("gcp", kind, index, "parent"), message)
            names.add(name)
    for index, project in enumerate(parsed.gcp.projects):
        if project.number in numbers:
            message = f"{project.number} is the number of another project"
            yield document.problem(("gcp", "projects", index, "number"), message)
        numbers.add(project.number)
        for place, bucket in enumerate(project.buckets):
            if bucket.name in buckets:
                message = f"there is another bucket {bucket.name}: names are unique in all of Cloud Storage"
                yield document.problem(("gcp", "projects", index, "buckets", place, "name"), message)
            buckets.add(bucket.name)
    hosts = [org.host for org in parsed.okta.orgs]
    for index, host in enumerate(hosts):
        if host in hosts[:index]:
            yield document.problem(("okta", "orgs", index, "host"), f"{host} is there twice")


def gcp(parsed: gcp_model.Gcp) -> Gcp:
    """All of Google Cloud."""
    containers: dict[str, Container] = {}

    def add(
        name: str, source: gcp_model.Container, resource: Json, parent: str = "", number: str = ""
    ) -> None:
        containers[name] = Container(
            name=name,
            resource=resource,
            parent=parent,
            active=resource.get("state", "ACTIVE") == "ACTIVE",
            number=number,
            iam=as_json(source.iam),
            sinks=tuple(_sinks(name, number, source, parsed.every_container)),
            log_buckets=tuple(_log_buckets(name, source, parsed.every_container)),
            settings=_settings(name, source),
            resources={kind: tuple(_filled(name, items)) for kind, items in source.resources.items()},
            **{key: tuple(_filled(name, getattr(source, key, []))) for key in _TOLD},
        )

    for organization in parsed.organizations:
        resource = as_json(organization, without=_HANGING)
        add(organization.name, organization, {**resource, "etag": etag_of(resource)})
    for folder in parsed.folders:
        resource = as_json(folder, without=_HANGING)
        add(folder.name, folder, {**resource, "etag": etag_of(resource)}, folder.parent)
    for account in parsed.billing_accounts:
        add(account.name, account, {"currencyCode": "EUR", **as_json(account, without=_HANGING)})
    for project in parsed.projects:
        resource = {
            "displayName": project.project_id,
            **as_json(project, without=(*_HANGING, *_IN_PROJECTS)),
            "name": f"projects/{project.number}",
        }
        name = f"projects/{project.project_id}"
        add(name, project, {**resource, "etag": etag_of(resource)}, project.parent, project.number)
    return Gcp(
        page_size=parsed.page_size,
        containers=containers,
        numbers={project.number: f"projects/{project.project_id}" for project in parsed.projects},
        buckets={
            bucket.name: Guarded(
                resource=_bucket(bucket, project.number),
                project=f"projects/{project.project_id}",
                iam=as_json(bucket.iam),
            )
            for project in parsed.projects
            for bucket in project.buckets
        },
        topics={
            full: Guarded(
                resource={**as_json(topic, without=("iam",)), "name": full, "state": "ACTIVE"},
                project=f"projects/{project.project_id}",
                iam=as_json(topic.iam),
            )
            for project in parsed.projects
            for topic in project.topics
            for full in [f"projects/{project.project_id}/topics/{topic.name}"]
        },
        subscriptions={
            full: {**as_json(subscription), "name": full}
            for project in parsed.projects
            for subscription in project.subscriptions
            for full in [f"projects/{project.project_id}/subscriptions/{subscription.name}"]
        },
        datasets={
            f"projects/{project.project_id}/datasets/{dataset.dataset_id}": _dataset(
                dataset, project.project_id
            )
            for project in parsed.projects
            for dataset in project.datasets
        },
        keys={
            name: _key(name, key)
            for project in parsed.projects
            for key in project.crypto_keys
            for name in [
                f"projects/{project.project_id}/locations/{key.location}/keyRings/{key.key_ring}/cryptoKeys/{key.crypto_key}"
            ]
        },
    )


def _filled(container: str, value: Any) -> Any:
    """The value with the container's name and links in all its texts."""
    if isinstance(value, str):
        return value.replace("{container}", container).replace("{link}", f"{_COMPUTE}/{container}")
    if isinstance(value, list):
        return [_filled(container, each) for each in value]
    if isinstance(value, dict):
        return {name: _filled(container, each) for name, each in value.items()}
    return value


def _sinks(
    container: str, number: str, own: gcp_model.EveryContainer, every: gcp_model.EveryContainer
) -> Iterable[Json]:
    """Google's sinks first, unless the container has its own of that name; then its others."""
    ours = {sink.name: sink for sink in own.sinks}
    given = {sink.name: ours.get(sink.name, sink) for sink in every.sinks}
    for sink in (*given.values(), *(sink for name, sink in ours.items() if name not in given)):
        found = as_json(sink)
        found["destination"] = sink.destination.replace("{container}", container)
        found["resourceName"] = f"{container}/sinks/{sink.name}"
        inside = tuple(
            f"logging.googleapis.com/{name}/locations/"
            for name in (container, f"projects/{number}" if number else container)
        )
        if "writerIdentity" not in found and not found["destination"].startswith(inside):
            found["writerIdentity"] = writer_of(container, number)
        yield found


def writer_of(container: str, number: str) -> str:
    """The service account that a container's sinks write as.

    Source: https://cloud.google.com/logging/docs/export/configure_export_v2#dest-auth
    """
    kind, _, ident = container.partition("/")
    who = {
        "organizations": f"org-{ident}",
        "folders": f"folder-{ident}",
        "projects": number,
        "billingAccounts": f"billing-{ident.lower()}",
    }[kind]
    return f"serviceAccount:service-{who}@gcp-sa-logging.iam.gserviceaccount.com"


def _log_buckets(
    container: str, own: gcp_model.EveryContainer, every: gcp_model.EveryContainer
) -> Iterable[Json]:

    ours = {(bucket.location, bucket.bucket): bucket for bucket in own.log_buckets}
    given = {
        key: ours.get(key, bucket)
        for bucket in every.log_buckets
        for key in [(bucket.location, bucket.bucket)]
    }
    for (location, name), bucket in {**given, **ours}.items():
        found = as_json(bucket, without=("location", "bucket"))
        full = f"{container}/locations/{location}/buckets/{name}"
        if "cmekSettings" in found:
            found["cmekSettings"]["name"] = f"{full}/cmekSettings"
        yield {"name": full, **found}


def _settings(container: str, source: gcp_model.Container) -> Json:

    own = as_json(source.settings) if source.settings else {}
    kind, _, ident = container.partition("/")
    return {
        "name": f"{container}/settings",
        "loggingServiceAccountId": f"service-{kind}-{ident}@gcp-sa-logging.iam.gserviceaccount.com".lower(),
        **own,
    }


def _bucket(bucket: gcp_model.Bucket, number: str) -> Json:

    found = as_json(bucket, without=("iam",))
    return {
        "kind": "storage#bucket",
        "id": bucket.name,
        "projectNumber": number,
        "metageneration": "1",
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": True},
            "publicAccessPrevention": "enforced",
        },
        **found,
        "etag": etag_of(found),
    }


def _key(name: str, key: gcp_model.CryptoKey) -> Json:
    made = {"createTime": key.created} if key.created else {}
    version = {
        "name": f"{name}/cryptoKeyVersions/1",
        "state": key.state,
        "protectionLevel": "SOFTWARE",
        **made,
    }
    return {"name": name, "primary": version, "purpose": "ENCRYPT_DECRYPT", **made}


def _milliseconds(moment: str) -> str:
    """RFC 3339 → milliseconds since 1970 as text, as BigQuery has it."""
    return str(int(datetime.fromisoformat(moment).timestamp() * 1000))


def _dataset(dataset: gcp_model.Dataset, project: str) -> Dataset:

    found = as_json(dataset, without=("tables", "creation_time"))
    reference = {"projectId": project, "datasetId": found.pop("datasetId")}
    tables = []
    for table in dataset.tables:
        made = _milliseconds(table.creation_time)
        row: Json = {
            "kind": "bigquery#table",
            "id": f"{project}:{dataset.dataset_id}.{table.table_id}",
            "tableReference": {**reference, "tableId": table.table_id},
            "type": "TABLE",
            "creationTime": made,
        }
        if table.partitioned:
            row["timePartitioning"] = {"type": "DAY"}
            if table.expiration_ms is not None:
                row["timePartitioning"]["expirationMs"] = table.expiration_ms
        elif table.expiration_ms is not None:
            row["expirationTime"] = str(int(made) + int(table.expiration_ms))
        tables.append(row)
    resource = {
        "kind": "bigquery#dataset",
        "id": f"{project}:{dataset.dataset_id}",
        "datasetReference": reference,
        "creationTime": _milliseconds(dataset.creation_time),
        "type": "DEFAULT",
        **found,
    }
    return Dataset(resource={**resource, "etag": etag_of(resource)}, tables=tuple(tables))


def okta(org: model.OktaOrg, page_size: int) -> OktaOrg:
    """An Okta org."""
    subdomain = org.host.partition(".")[0]
    events = sorted(enumerate(org.events), key=lambda each: (each[1].published, each[0]))
    return OktaOrg(
        host=org.host,
        page_size=page_size,
        org={
            "id": f"00o{crc32(org.host.encode()):017d}",
            "subdomain": subdomain,
            "companyName": org.company_name,
            "status": "ACTIVE",
            "created": org.created,
            "lastUpdated": org.created,
            "expiresAt": None,
            "_links": {"organization": {"href": f"https://{org.host}"}},
        },
        scopes=tuple(org.scopes),
        log_streams=tuple(as_json(stream) for stream in org.log_streams),
        events=tuple(_event(event, index) for index, event in events),
    )


def _event(event: model.Event, index: int) -> Json:
    """A LogEvent, with every field that Okta's have."""
    target = [{**as_json(event.target), "alternateId": event.target.id}] if event.target else None
    return {
        "uuid": f"acce0000-0000-11f0-0000-{index:012d}",
        "published": event.published.replace("Z", ".000Z"),
        "eventType": event.event_type,
        "version": "0",
        "severity": event.severity,
        "displayMessage": event.event_type,
        "legacyEventType": None,
        "actor": {
            "id": f"00u{crc32(event.actor.encode()):017d}",
            "type": "User",
            "alternateId": event.actor,
            "displayName": event.actor.partition("@")[0],
            "detailEntry": None,
        },
        "client": {"ipAddress": "192.0.2.7", "userAgent": None, "zone": "null", "device": None, "id": None},
        "outcome": {"result": event.outcome, "reason": None},
        "target": target,
        "transaction": {"type": "WEB", "id": f"acme{index:020d}", "detail": {}},
        "debugContext": {"debugData": {}},
        "authenticationContext": {"externalSessionId": "unknown", "authenticationStep": 0},
        "securityContext": {"asNumber": None, "isProxy": None},
        "request": {"ipChain": []},
    }


def workspace(parsed: model.Workspace) -> Workspace:
    """The Workspace customer."""
    customer = parsed.customer.id
    activities: list[tuple[int, model.Activity]] = sorted(
        enumerate(parsed.activities), key=lambda each: (each[1].time, -each[0]), reverse=True
    )
    return Workspace(
        page_size=parsed.page_size,
        customer={"kind": "admin#directory#customer", "etag": etag_of(customer), **as_json(parsed.customer)},
        policies=tuple({"customer": f"customers/{customer}", **as_json(each)} for each in parsed.policies),
        activities=tuple(
            {
                "kind": "admin#reports#activity",
                "id": {
                    "time": activity.time.replace("Z", ".000Z"),
                    "uniqueQualifier": str(7000000 + index),
                    "applicationName": activity.application,
                    "customerId": customer,
                },
                "etag": etag_of([index, activity.time]),
                "actor": {
                    "callerType": "USER",
                    "email": activity.email,
                    "profileId": "104200000000000000001",
                },
                "ipAddress": "192.0.2.7",
                "events": [{"type": activity.type, "name": activity.event}],
            }
            for index, activity in activities
        ),
    )
