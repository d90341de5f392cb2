"""Lists of Compute Engine over all zones and regions: what they say that they lack."""

from typing import Any

import pytest

from logcov.inventory import Scope
from logcov.providers.gcp.aggregated import aggregated
from logcov.providers.gcp.client import Listed
from logcov.providers.gcp.logs.nat import ROUTERS_LIST
from providers.gcp.fake_google import Wrong

PATH = "/compute/v1/projects/acme-prod/aggregated/routers"
PROD = Scope(id="gcp:projects/acme-prod", kind="gcp.project", provider="gcp")
HERE = {"regions/europe-west1": {"routers": [{"name": "edge"}]}}


def listed(google, session, body: dict[str, Any]) -> Listed:
    google.answers[PATH] = Wrong(body)
    return aggregated(session.at(PROD, None), ROUTERS_LIST)


@pytest.mark.parametrize(
    "body",
    [
        {"items": HERE},
        {"items": HERE, "warning": {}},
        {"items": HERE, "warning": {"code": "NO_RESULTS_ON_PAGE"}},
        {"items": {**HERE, "regions/us-east1": {"warning": {"code": "NO_RESULTS_ON_PAGE"}}}},
        {"items": HERE, "unreachables": []},
    ],
)
def test_a_list_is_whole_if_nothing_says_otherwise(google, session, body) -> None:
    found = listed(google, session, body)
    assert [each["name"] for each in found.items] == ["edge"]
    assert found.failure is None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"items": HERE, "warning": {"code": "UNREACHABLE"}}, "warning UNREACHABLE"),
        ({"items": HERE, "warning": {"code": "PARTIAL_SUCCESS"}}, "warning PARTIAL_SUCCESS"),
        ({"items": HERE, "warning": {"code": "SOMETHING_NEW"}}, "warning SOMETHING_NEW"),
        ({"items": HERE, "warning": {"message": "no code"}}, "warning None"),
        ({"items": HERE, "warning": "odd"}, "warning odd"),
        ({"items": HERE, "unreachables": ["regions/us-east1"]}, "no answer from regions/us-east1"),
        (
            {"items": {**HERE, "regions/us-east1": {"warning": {"code": "UNREACHABLE"}}}},
            "no answer from regions/us-east1",
        ),
        (
            {"items": {**HERE, "regions/us-east1": {"warning": {"message": "no code"}}}},
            "no answer from regions/us-east1",
        ),
    ],
)
def test_whatever_warns_of_a_gap_leaves_the_list_open_and_keeps_what_came(
    google, session, body, says
) -> None:
    found = listed(google, session, body)
    assert [each["name"] for each in found.items] == ["edge"]
    assert found.failure is not None
    assert says in found.failure.detail
