from collections.abc import Callable
from typing import Any

import pytest

from providers.gcp.acme import CONTAINERS, ORG, WRITER
from providers.gcp.fake_google import Pages
from providers.gcp.routed import CENTRAL, EVERY_TYPE, ROUTER, sink

Set = Callable[..., None]


@pytest.fixture
def sinks(google) -> Set:
    """Sets the sinks of one container. Until then, nothing has any, and all Data Access is written."""
    google.answers[f"/v3/{ORG}:getIamPolicy"]["auditConfigs"] = [
        {"service": "allServices", "auditLogConfigs": EVERY_TYPE}
    ]
    # There, somebody is exempted.
    del google.answers["/v3/folders/11:getIamPolicy"]["auditConfigs"]

    def has(container: str, *bodies: dict[str, Any]) -> None:
        google.answers[f"/v2/{container}/sinks"] = Pages("sinks", [list(bodies)])

    for container in CONTAINERS:
        has(container)
    return has


@pytest.fixture
def routed(sinks) -> Set:
    """The organisation routes everything to the central project, whose sinks the test sets."""
    sinks(ORG, sink("to-central", ROUTER, WRITER, includeChildren=True))
    return lambda *bodies: sinks(CENTRAL, *bodies)
