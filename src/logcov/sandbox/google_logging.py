"""Cloud Logging: sinks, log buckets, exclusions and settings of all four kinds of containers."""

from collections.abc import Mapping

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Operation, google_error, invalid, listed, missing
from logcov.sandbox.world import Container, World

HOST = "logging.googleapis.com"

_PARENT = r"(?P<kind>organizations|folders|projects|billingAccounts)/(?P<id>[A-Za-z0-9:.-]+)"
_PAGED = frozenset({"pageSize", "pageToken"})


def _container(world: World, parts: Mapping[str, str]) -> Container | Answer:
    """The container that is asked about, or what the API says where there is none to ask about."""
    name = f"{parts['kind']}/{parts['id']}"
    found = world.gcp.container(name)
    if not found:
        return missing(f"Resource name not found: {name}")
    if not found.active:
        return google_error(
            403,
            f"Project '{parts['id']}' has been deleted.",
            reason="CONSUMER_INVALID",
            metadata={"consumer": name, "service": HOST},
        )
    return found


def _sinks(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    """`filter` is empty, or `in_scope("DEFAULT"|"ANCESTOR"|"ALL")`; ANCESTOR: the intercepting sinks above."""
    found = _container(world, parts)
    if isinstance(found, Answer):
        return found
    above = [
        sink
        for ancestor in world.gcp.ancestors(found)
        for sink in ancestor.sinks
        if sink.get("interceptChildren")
    ]
    which = request.query.get("filter", "").strip()
    known = {
        "": list(found.sinks),
        'in_scope("DEFAULT")': list(found.sinks),
        'in_scope("ANCESTOR")': above,
        'in_scope("ALL")': [*found.sinks, *above],
    }
    if which not in known:
        return invalid(f"Invalid filter: {which}")
    return listed(known[which], "sinks", request, world_size=world.gcp.page_size)


def _sink(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = _container(world, parts)
    if isinstance(found, Answer):
        return found
    for sink in found.sinks:
        if sink["name"] == parts["sink"]:
            return Answer(body=sink)
    return missing(f"Sink {parts['sink']} does not exist")


def _buckets(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = _container(world, parts)
    if isinstance(found, Answer):
        return found
    where = parts["location"]
    buckets = [
        bucket for bucket in found.log_buckets if where == "-" or f"/locations/{where}/" in bucket["name"]
    ]
    return listed(buckets, "buckets", request, world_size=world.gcp.page_size)


def _bucket(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = _container(world, parts)
    if isinstance(found, Answer):
        return found
    name = f"{found.name}/locations/{parts['location']}/buckets/{parts['bucket']}"
    for bucket in found.log_buckets:
        if bucket["name"] == name:
            return Answer(body=bucket)
    return missing(f"Bucket {name} does not exist")


def _exclusions(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    """The legacy view: the exclusions of the container's `_Default` sink."""
    found = _container(world, parts)
    if isinstance(found, Answer):
        return found
    exclusions = [
        exclusion
        for sink in found.sinks
        if sink["name"] == "_Default"
        for exclusion in sink.get("exclusions", ())
    ]
    return listed(exclusions, "exclusions", request, world_size=world.gcp.page_size)


def _metrics(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = _container(world, parts)
    if isinstance(found, Answer):
        return found
    return listed(found.metrics, "metrics", request, world_size=world.gcp.page_size)


def _settings(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = _container(world, parts)
    return found if isinstance(found, Answer) else Answer(body=found.settings)


def _cmek(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = _container(world, parts)
    if isinstance(found, Answer):
        return found
    body = {"name": f"{found.name}/cmekSettings"}
    if "kmsKeyName" in found.settings:
        body["kmsKeyName"] = found.settings["kmsKeyName"]
    return Answer(body=body)


OPERATIONS = (
    Operation(
        name="logging.sinks.list",
        service=HOST,
        path=rf"/v2/{_PARENT}/sinks",
        place=("kind", "id"),
        permission="logging.sinks.list",
        parameters=_PAGED | {"filter"},
        handle=_sinks,
    ),
    Operation(
        name="logging.sinks.get",
        service=HOST,
        path=rf"/v2/{_PARENT}/sinks/(?P<sink>[^/]+)",
        place=("kind", "id"),
        permission="logging.sinks.get",
        handle=_sink,
    ),
    Operation(
        name="logging.locations.buckets.list",
        service=HOST,
        path=rf"/v2/{_PARENT}/locations/(?P<location>[a-z0-9-]+)/buckets",
        place=("kind", "id"),
        permission="logging.buckets.list",
        parameters=_PAGED,
        handle=_buckets,
    ),
    Operation(
        name="logging.locations.buckets.get",
        service=HOST,
        path=rf"/v2/{_PARENT}/locations/(?P<location>[a-z0-9-]+)/buckets/(?P<bucket>[^/]+)",
        place=("kind", "id"),
        permission="logging.buckets.get",
        handle=_bucket,
    ),
    Operation(
        name="logging.exclusions.list",
        service=HOST,
        path=rf"/v2/{_PARENT}/exclusions",
        place=("kind", "id"),
        permission="logging.exclusions.list",
        parameters=_PAGED,
        handle=_exclusions,
    ),
    Operation(
        name="logging.projects.metrics.list",
        service=HOST,
        path=r"/v2/(?P<kind>projects)/(?P<id>[A-Za-z0-9:.-]+)/metrics",
        place=("kind", "id"),
        permission="logging.logMetrics.list",
        parameters=_PAGED,
        handle=_metrics,
    ),
    Operation(
        name="logging.getSettings",
        service=HOST,
        path=rf"/v2/{_PARENT}/settings",
        place=("kind", "id"),
        permission="logging.settings.get",
        handle=_settings,
    ),
    Operation(
        name="logging.getCmekSettings",
        service=HOST,
        path=rf"/v2/{_PARENT}/cmekSettings",
        place=("kind", "id"),
        permission="logging.cmekSettings.get",
        handle=_cmek,
    ),
)
"""What is answered. Source: the discovery document logging v2."""
