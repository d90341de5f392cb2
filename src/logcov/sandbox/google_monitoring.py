"""Cloud Monitoring: alert policies, notification channels, and which projects watch a project's metrics."""

from collections.abc import Mapping

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Operation, google_error, invalid, listed
from logcov.sandbox.world import Container, World

HOST = "monitoring.googleapis.com"

_PROJECT = r"(?P<kind>projects)/(?P<id>[A-Za-z0-9:.-]+)"
_PARAMETERS = frozenset({"pageSize", "pageToken", "filter", "orderBy"})


def _project(world: World, name: str) -> Container | Answer:
    """The project that is asked about, or what the API says where there is none to ask about."""
    found = world.gcp.container(name)
    if found is None or not found.active:
        return google_error(404, f"The workspace {name} could not be found.")
    return found


def _policies(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = _project(world, f"projects/{parts['id']}")
    if isinstance(found, Answer):
        return found
    return listed(found.alert_policies, "alertPolicies", request, world_size=world.gcp.page_size)


def _channels(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = _project(world, f"projects/{parts['id']}")
    if isinstance(found, Answer):
        return found
    channels = found.notification_channels
    return listed(channels, "notificationChannels", request, world_size=world.gcp.page_size)


def _scopes(world: World, request: Request, _parts: Mapping[str, str]) -> Answer:
    """The project's own metrics scope comes first; then those of projects that watch it."""
    name = request.query.get("monitoredResourceContainer", "")
    if not name:
        return invalid("monitored_resource_container is required")
    found = _project(world, name)
    if isinstance(found, Answer):
        return found
    watching = [
        found,
        *(each for each in world.gcp.containers.values() if found.name in each.monitored_projects),
    ]
    return Answer(
        body={
            "metricsScopes": [{"name": f"locations/global/metricsScopes/{each.number}"} for each in watching]
        }
    )


OPERATIONS = (
    Operation(
        name="monitoring.alertPolicies.list",
        service=HOST,
        path=rf"/v3/{_PROJECT}/alertPolicies",
        place=("kind", "id"),
        permission="monitoring.alertPolicies.list",
        parameters=_PARAMETERS,
        handle=_policies,
    ),
    Operation(
        name="monitoring.notificationChannels.list",
        service=HOST,
        path=rf"/v3/{_PROJECT}/notificationChannels",
        place=("kind", "id"),
        permission="monitoring.notificationChannels.list",
        parameters=_PARAMETERS,
        handle=_channels,
    ),
    Operation(
        name="monitoring.metricsScopes.listMetricsScopesByMonitoredProject",
        service=HOST,
        path=r"/v1/locations/global/metricsScopes:listMetricsScopesByMonitoredProject",
        place=("?monitoredResourceContainer",),
        permission="resourcemanager.projects.get",
        parameters=frozenset({"monitoredResourceContainer"}),
        handle=_scopes,
    ),
)
"""What is answered. Source: the discovery documents monitoring v3 and v1."""
