"""Cloud Storage: buckets and their IAM policies. Its errors have the older shape."""

from collections.abc import Mapping

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Operation, iam_policy, invalid, listed, missing
from logcov.sandbox.world import World, etag_of

HOST = "storage.googleapis.com"

_BUCKET = r"/storage/v1/b/(?P<bucket>[a-z0-9._-]+)"
_PAYER = frozenset({"userProject"})


def _get(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.buckets.get(parts["bucket"])
    return Answer(body=found.resource) if found else missing("The specified bucket does not exist.", "legacy")


def _list(world: World, request: Request, _parts: Mapping[str, str]) -> Answer:
    project = request.query.get("project", "")
    if not project:
        return invalid("Required parameter: project", "legacy")
    found = world.gcp.container(f"projects/{project}")
    if not found:
        return missing("The requested project was not found.", "legacy")
    prefix = request.query.get("prefix", "")
    buckets = [
        bucket.resource
        for name, bucket in sorted(world.gcp.buckets.items())
        if bucket.project == found.name and name.startswith(prefix)
    ]
    return listed(
        buckets,
        "items",
        request,
        world_size=world.gcp.page_size,
        size="maxResults",
        extra={"kind": "storage#buckets"},
        style="legacy",
    )


def _policy(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.buckets.get(parts["bucket"])
    if not found:
        return missing("The specified bucket does not exist.", "legacy")
    version = request.query.get("optionsRequestedPolicyVersion", "1")
    if not version.isdecimal():
        return invalid("Invalid value for: optionsRequestedPolicyVersion", "legacy")
    extra = {"kind": "storage#policy", "resourceId": f"projects/_/buckets/{parts['bucket']}"}
    return Answer(body=iam_policy(found.iam, etag_of(found.iam), int(version), extra))


OPERATIONS = (
    Operation(
        name="storage.buckets.get",
        service=HOST,
        path=_BUCKET,
        place=("bucket",),
        permission="storage.buckets.get",
        parameters=_PAYER | {"projection", "softDeleted", "generation"},
        style="legacy",
        handle=_get,
    ),
    Operation(
        name="storage.buckets.list",
        service=HOST,
        path=r"/storage/v1/b",
        place=("?project",),
        permission="storage.buckets.list",
        parameters=_PAYER
        | {
            "project",
            "prefix",
            "projection",
            "maxResults",
            "pageToken",
            "softDeleted",
            "returnPartialSuccess",
        },
        style="legacy",
        list_size="maxResults",
        handle=_list,
    ),
    Operation(
        name="storage.buckets.getIamPolicy",
        service=HOST,
        path=rf"{_BUCKET}/iam",
        place=("bucket",),
        permission="storage.buckets.getIamPolicy",
        parameters=_PAYER | {"optionsRequestedPolicyVersion"},
        style="legacy",
        handle=_policy,
    ),
)
"""What is answered. Source: the discovery document storage v1."""
