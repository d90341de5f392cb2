"""Shapes complain in words that a person understands, at the place that has to change."""

import subprocess
import sys
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from logcov.documents import kind_of, nearest, parse_yaml, problems_of
from logcov.documents.strict import Day, NameOr, Some, Strict, Text, Word


class Leg(Strict):
    refused: ClassVar = {"token": "a secret does not belong here", "later": "`later` is not supported yet"}
    to: Text
    days: int = 1


class Rule(Strict):
    title: Text
    severity: Literal["low", "high"] = "low"
    on: bool = True
    starts: Day = Field(default=None, alias="from")
    reach: Some[NameOr[Leg]] = ()
    words: dict[str, Some[Word]] = Field(default={})
    version: Literal[1] = 1
    names: list[str] = Field(default=["x"], min_length=1)


class Loose(BaseModel, extra="forbid"):
    rule: Rule | None = None
    choice: int | str = 1


def complaints(text: str, shape: Any = Rule) -> list[str]:
    document = parse_yaml(text, "p.yaml")
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(shape).validate_python(document.data)
    return [str(problem) for problem in problems_of(raised.value, document)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("severity: low", "p.yaml:1:1: `title` is missing"),
        ("title: x\nsevrity: low", "p.yaml:2:1: unknown key `sevrity`; did you mean `severity`?"),
        ("title: x\nzzz: low", "p.yaml:2:1: unknown key `zzz`"),
        (
            "title: x\nseverity: hihg",
            "p.yaml:2:11: severity: must be one of `low`, `high`; did you mean `high`?",
        ),
        ("title: x\nseverity: 3", "p.yaml:2:11: severity: must be one of `low`, `high`"),
        ("title: x\nversion: 2", "p.yaml:2:10: version: must be `1`"),
        (
            "{title: this, that}",
            "p.yaml:1:15: unknown key `that`; if it belongs to the text before the comma, put that text in quotes",
        ),
        ("title:\n", "p.yaml:1:1: `title` has no value"),
        ("title: ''", "p.yaml:1:8: title: must not be empty"),
        (
            "title: 4.10",
            'p.yaml:1:8: title: must be text, and `4.10` is a number; put it in quotes: "4.10"',
        ),
        (
            "title: true",
            'p.yaml:1:8: title: must be text, and `true` is `true` or `false`; put it in quotes: "true"',
        ),
        ("title: [x]", "p.yaml:1:8: title: must be text, not a list"),
        (
            "title: x\non: yes",
            "p.yaml:2:5: on: must be `true` or `false`, not text (`yes` and `no` are text)",
        ),
        ("title: x\non: 1", "p.yaml:2:5: on: must be `true` or `false`, not a number"),
        ("title: x\nfrom: 2026-13-01", "p.yaml:2:7: from: must be a date such as `2026-11-22`"),
        ("title: x\nfrom: 20261101", "p.yaml:2:7: from: must be a date such as `2026-11-22`"),
        ("title: x\nfrom: 2026-W01-1", "p.yaml:2:7: from: must be a date such as `2026-11-22`"),
        ("title: x\nreach: []", "p.yaml:2:8: reach: must not be empty"),
        (
            "title: x\nreach: [{to: a, dys: 3}]",
            "p.yaml:2:17: reach.0: unknown key `dys`; did you mean `days`?",
        ),
        ("title: x\nreach: {days: 3}", "p.yaml:2:8: reach: `to` is missing"),
        ("title: x\nreach: {to: a, days: x}", "p.yaml:2:22: reach.days: must be a whole number, not text"),
        ("title: x\nreach: [[a]]", "p.yaml:2:9: reach.0: must be text, not a list"),
        ("title: x\nwords: {a: }", "p.yaml:2:12: words.a: has no value"),
        ("title: x\nwords: {a: [{b: 1}]}", "p.yaml:2:13: words.a.0: must be text, not a mapping"),
        ("title: x\nwords: x", "p.yaml:2:8: words: must be a mapping, not text"),
        ("title: x\nnames: x", "p.yaml:2:8: names: must be a list, not text"),
        ("title: x\nnames: []", "p.yaml:2:8: names: must not be empty"),
        ("title: x\nnames: [1]", "p.yaml:2:9: names.0: must be text, not a number"),
        ("[]", "p.yaml:1:1: must be a mapping, not a list"),
        ("~", "p.yaml:1:1: must be a mapping, not nothing"),
    ],
)
def test_each_kind_of_mistake_has_its_message_and_place(text, message):
    assert complaints(text) == [message]


def test_several_mistakes_come_in_order_of_place():
    assert complaints("on: x\ntilte: y\nreach:\n- {days: 2}\n- {to: a, later: 2}") == [
        "p.yaml:1:1: `title` is missing",
        "p.yaml:1:5: on: must be `true` or `false`, not text",
        "p.yaml:2:1: unknown key `tilte`; did you mean `title`?",
        "p.yaml:4:3: reach.0: `to` is missing",
        "p.yaml:5:11: reach.1: `later` is not supported yet",
    ]


def test_a_word_for_later_makes_nothing_else_missing():
    assert complaints("later: 1", Leg) == ["p.yaml:1:1: `later` is not supported yet"]


def test_a_value_that_may_be_a_secret_is_never_repeated():
    for text in (
        "token: hunter2",
        "to: a\ntoken: [hunter2]",
        "to: a\npasword: hunter2",
        "to: a\ndays: hunter2",
    ):
        assert "hunter2" not in "\n".join(complaints(text, Leg))


def test_one_value_may_stand_without_a_list_and_bare_words_are_taken_as_written():
    data = parse_yaml("{title: x, reach: siem, words: {a: 4.10, b: [true, x]}, from: 2026-11-01}", "p").data
    rule = Rule.model_validate(data)
    assert rule.reach == ("siem",)
    assert rule.words == {"a": ("4.10",), "b": ("true", "x")}
    assert rule.starts.isoformat() == "2026-11-01"


def test_shapes_describe_themselves_for_editors():
    schema = Rule.model_json_schema()
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["title"]
    assert schema["properties"]["from"]["format"] == "date"
    assert [option.get("type") for option in schema["properties"]["reach"]["anyOf"]] == [None, "array"]


def test_plain_models_are_understood_too():
    assert complaints("{rule: {title: x, n: 1}, more: 1, choice: [1]}", Loose) == [
        "p.yaml:1:19: rule: unknown key `n`",
        "p.yaml:1:26: unknown key `more`",
        "p.yaml:1:43: choice: must be a whole number, not a list",
        "p.yaml:1:43: choice: must be text, not a list",
    ]


def test_the_nearest_word_is_found_without_regard_to_case():
    assert nearest("SEVERTIY", ["severity", "title"]) == "; did you mean `severity`?"
    assert nearest("xyz", ["severity"]) == ""
    assert kind_of(None) == "nothing"


def test_documents_cost_neither_pydantic_nor_yaml_at_import():
    code = "import sys, logcov.documents; print({'pydantic', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
