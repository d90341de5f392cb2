"""Fixes in commands: the right one, with every name filled in, and safe to paste whatever the cloud calls things."""

import shlex

import pytest

from logcov.evaluate.remedies import fix, parts_of
from logcov.inventory import Emitter, Remedy

EMITTER = Emitter(
    source="nimbus.audit",
    scope="nimbus:accounts/42",
    location="north",
    resource="vm-1",
    dimensions={"kind": "reads"},
)
LENGTHEN = Remedy(
    reasons=("retention-too-short",),
    cause="nimbus:store/{region}/{name}",
    commands="nimbus keep {name} --region {region} --days {days}",
    terraform='resource "nimbus_store" "this" {{\n  name = "{name}"\n}}',
)


def told(*remedies: Remedy, emitter: Emitter = EMITTER, **changes: object) -> str:
    facts: dict[str, object] = {
        "reason": "retention-too-short",
        "cause": "nimbus:store/north/a/b",
        "wanted": ["nimbus:store/*/x", "nimbus:store/north/archive"],
        "days": 365,
        "writer": "",
    }
    return fix(remedies, emitter, **{**facts, **changes})  # type: ignore[arg-type]


def test_the_parts_of_an_id_are_named_and_the_last_takes_what_is_left() -> None:
    pattern = "aws:logs/{region}/{account}/{name}"
    assert parts_of(pattern, "aws:logs/eu-west-1/1//aws/eks/c") == {
        "region": "eu-west-1",
        "account": "1",
        "name": "/aws/eks/c",
    }
    assert parts_of(pattern, "aws:s3/bucket") is None
    assert parts_of("aws:all", "aws:all") == {}


def test_one_of_several_ways_is_enough() -> None:
    pattern = "gcp:projects/{project}|gcp:sinks/projects/{project}/{sink}"
    assert parts_of(pattern, "gcp:projects/a") == {"project": "a"}
    assert parts_of(pattern, "gcp:sinks/projects/a/s") == {"project": "a", "sink": "s"}
    assert parts_of(pattern, "gcp:folders/1") is None


def test_a_remedy_is_filled_in_with_the_names_of_what_is_to_be_mended() -> None:
    assert told(LENGTHEN) == (
        'nimbus keep a/b --region north --days 365\n\n# Terraform\nresource "nimbus_store" "this" {\n  name = "a/b"\n}'
    )


def test_a_remedy_without_a_cause_is_about_the_emitter() -> None:
    start = Remedy(
        reasons=("not-routed",),
        sources=("nimbus.*",),
        commands="nimbus log {resource} {kind} --in {scope} --at {location} --of {source} --to {to}",
    )
    assert told(start, reason="not-routed", cause="whatever") == (
        "nimbus log vm-1 reads --in 42 --at north --of nimbus.audit --to archive"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "not-routed"},
        {"cause": "nimbus:other/north/a"},
        {"days": None},
        {"emitter": Emitter(source="x", scope="s"), "cause": "nimbus:store/north"},
    ],
)
def test_a_remedy_that_does_not_fit_is_not_told(changes: dict[str, object]) -> None:
    assert told(LENGTHEN, **changes) == ""  # type: ignore[arg-type]


def test_a_remedy_for_other_log_sources_is_not_told() -> None:
    assert told(Remedy(reasons=("retention-too-short",), sources=("aws.*",), commands="x")) == ""


def test_without_a_destination_that_is_named_in_full_nothing_leads_there() -> None:
    lead = Remedy(reasons=("retention-too-short",), commands="to {to}")
    assert told(lead, wanted=["nimbus:store/*"]) == ""


def test_names_are_quoted_for_the_shell() -> None:
    odd = told(
        Remedy(reasons=("retention-too-short",), commands="rm {resource}"),
        emitter=Emitter(source="s", scope="s", resource="x; reboot $(id) 'y'"),
    )
    assert shlex.split(odd) == ["rm", "x; reboot $(id) 'y'"]


def test_a_name_that_would_end_the_quotes_of_a_template_is_not_put_in() -> None:
    quoting = Remedy(reasons=("retention-too-short",), commands='put \'{{"a": "{resource}"}}\'')
    assert told(quoting) == 'put \'{"a": "vm-1"}\''
    assert told(quoting, emitter=Emitter(source="s", scope="s", resource="it's")) == ""


def test_names_cannot_leave_a_terraform_string() -> None:
    odd = told(
        Remedy(reasons=("retention-too-short",), commands="x", terraform='a = "{resource}"'),
        emitter=Emitter(source="s", scope="s", resource='"\n${file(1)} %{if x}'),
    )
    assert odd.endswith('a = "\\"\\n$${file(1)} %%{if x}"')


@pytest.mark.parametrize("name", ["two\nlines", "--option", "file:" + "///etc/passwd"])
def test_what_would_not_be_taken_for_a_name_is_not_put_in(name: str) -> None:
    about = Remedy(reasons=("retention-too-short",), commands="# of {resource}\nnimbus keep {resource}")
    assert told(about, emitter=Emitter(source="s", scope="s", resource=name)) == ""


def test_a_name_that_needs_quotes_stands_outside_of_those_of_a_template() -> None:
    mixed = Remedy(reasons=("retention-too-short",), commands='put {resource} \'{{"a": "{scope}"}}\'')
    odd = Emitter(source="s", scope="x/7", resource="$default")
    assert shlex.split(told(mixed, emitter=odd)) == ["put", "$default", '{"a": "7"}']


def test_a_known_name_gives_its_parts_and_must_be_made_as_the_remedy_says() -> None:
    of_parts = Remedy(
        reasons=("retention-too-short",),
        given={"resource": "vm-{number}", "mode": "hard"},
        commands="{number}",
    )
    assert told(of_parts, more={"mode": "hard"}) == "1"
    assert told(of_parts, more={"mode": "soft"}) == ""
    assert told(of_parts) == ""


@pytest.mark.parametrize(
    ("made", "wanted", "expected"),
    [
        ("nimbus:store/{name}", ["other:a/b", "nimbus:store/archive"], "archive"),
        ("nimbus:store/{name}", ["nimbus:store/*", "*"], ""),
        ("nimbus:store/logs-{name}", ["nimbus:store/archive", "nimbus:store/logs-a"], "a"),
        ("nimbus:store/{location}/{name}", ["nimbus:store/*/a/b"], "a/b"),
        ("nimbus:store/{location}/{name}", ["nimbus:store/south/a"], ""),
        ("nimbus:store/{location}/{name}", ["nimbus:store/*"], ""),
        ("nimbus:store/{resource}", ["nimbus:*"], "vm-1"),
        ("nimbus:store/{resource}", ["nimbus:store/other"], ""),
    ],
)
def test_a_remedy_leads_to_a_destination_that_the_policy_accepts(
    made: str, wanted: list[str], expected: str
) -> None:
    name = "{resource}" if "{resource}" in made else "{name}"
    assert told(Remedy(reasons=("retention-too-short",), to=made, commands=name), wanted=wanted) == expected


def test_days_are_rounded_up_to_what_the_setting_takes() -> None:
    steps = Remedy(reasons=("retention-too-short",), days=(400, 90), commands="keep {days}")
    assert told(steps) == "keep 400"
    assert told(steps, days=401) == ""
    assert told(steps, days=None) == ""
