"""The policies that ship load, and ask what they say they ask."""

from pathlib import Path

import pytest

from logcov.policy import PolicySet, load_policies

FOLDER = Path(__file__).parents[2] / "coverage_policies"
BASELINE = FOLDER / "baseline.yaml"
GITLAB = FOLDER / "gitlab-security-logging-standard.yaml"
ESTATE = FOLDER / "estate.example.yaml"


@pytest.fixture
def together(sources) -> PolicySet:
    return load_policies([BASELINE, GITLAB, ESTATE], sources)


def test_the_baseline_needs_no_names(sources):
    made = load_policies([BASELINE], sources)
    assert made.warnings == ()
    assert {leg.to for one in made.requirements if one.reach for leg in one.reach.legs} == {"*"}


def test_the_baseline_asks_something_of_every_provider(sources):
    made = load_policies([BASELINE], sources)
    asked = {logs.pattern.split(".")[0] for one in made.requirements for logs in one.logs}
    assert asked == {"aws", "gcp", "okta", "workspace"}


def test_the_standard_and_the_example_that_binds_its_names_load_without_a_warning(together):
    assert together.warnings == ()
    assert {
        place.name for one in together.requirements for leg in one.reach.legs for place in leg.places
    } == {
        "*",
        "siem",
        "archive",
    }


def test_production_is_kept_a_year_and_critical_non_production_90_days(together):
    kept = {
        one.id: max(leg.terms.retain or 0 for leg in one.reach.legs)
        for one in together.requirements
        if one.id.startswith("gitlab:") and one.reach
    }
    assert kept == {
        "gitlab:prod-authentication": 365,
        "gitlab:prod-transactions": 365,
        "gitlab:nonprod-authentication": 90,
        "gitlab:nonprod-transactions": 90,
        "gitlab:prod-refusals": 365,
        "gitlab:siem-or-archive": 365,
        "gitlab:prod-unchangeable": 365,
        "gitlab:prod-protected": 0,
    }


def test_the_clash_of_60_and_90_days_is_told(together):
    (gitlab,) = (policy for policy in together.policies if policy.name == "gitlab")
    assert any("60" in note and "90" in note for note in gitlab.notes)
    assert {one.framework for one in gitlab.not_assessed} == {"gitlab-security-logging-standard"}
    assert together.exemption_limit == 90
