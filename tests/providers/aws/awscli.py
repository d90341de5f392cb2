"""Commands of the AWS CLI, version 2, as the calls that they make, so that tests can check and carry them out.

Only what printed fixes use: JSON or plain values (no shorthand), switches, `--region`, `--query`, `--output text`, and
`NAME=$(…)` with `"$NAME"` later on. Names of services, operations and options come from botocore's models, as those of
the CLI do.
"""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name
from botocore.validate import ParamValidator

RENAMED = {"s3api": "s3", "configservice": "config"}
"""Services that the CLI calls by another name."""


@dataclass(frozen=True)
class Command:
    """One call. Values that are a variable of the shell begin with `$`."""

    service: str
    operation: str
    region: str | None
    params: Mapping[str, Any]
    query: str
    variable: str


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def shell_lines(text: str) -> Iterator[str]:
    """The commands of a printed fix: what stands before the Terraform, without comments."""
    for line in text.split("\n\n# Terraform\n", maxsplit=1)[0].split("\n"):
        if line.strip() and not line.startswith("#"):
            yield line


def commands(text: str) -> list[Command]:
    return [_parsed(line) for line in shell_lines(text)]


def _parsed(line: str) -> Command:
    variable = ""
    head, opened, rest = line.partition("=$(")
    if opened and head.isupper():
        assert rest.endswith(")")
        variable, line = head, rest[:-1]
    program, service, action, *words = shlex.split(line)
    assert program == "aws", line
    service = RENAMED.get(service, service)
    names = {xform_name(name, "-"): name for name in model(service).operation_names}
    shape = model(service).operation_model(names[action]).input_shape
    members = (
        {xform_name(name, "-"): (name, member) for name, member in shape.members.items()} if shape else {}
    )
    if (service, action) == ("config", "put-configuration-recorder"):
        # The CLI takes this part of the recorder by an option of its own.
        recorder = shape.members["ConfigurationRecorder"]
        members["recording-group"] = ("recordingGroup", recorder.members["recordingGroup"])
    if service == "sns" and "endpoint" in members:
        members["notification-endpoint"] = members.pop(
            "endpoint"
        )  # the CLI has an `--endpoint-url` of its own
    params: dict[str, Any] = {}
    common = {"region": None, "query": "", "output": "text"}
    while words:
        option = words.pop(0)
        assert option.startswith("--"), line
        option = option[2:]
        values = []
        while words and not words[0].startswith("--"):
            values.append(words.pop(0))
        if option in common and option not in members:
            (common[option],) = values
        else:
            name, member = members[option]
            params[name] = _value(member, values)
    if "recordingGroup" in params:
        params["ConfigurationRecorder"] |= {"recordingGroup": params.pop("recordingGroup")}
    return Command(service, names[action], common["region"], params, common["query"] or "", variable)


def _value(shape: Any, values: list[str]) -> Any:
    if shape.type_name == "boolean":
        assert values == []
        return True
    if shape.type_name == "list" and not values[0].startswith("["):
        return values
    (value,) = values
    if shape.type_name in {"structure", "list", "map"}:
        return json.loads(value)
    if shape.type_name in {"integer", "long"}:
        return int(value)
    assert shape.type_name == "string", shape
    return value


def problems(command: Command) -> str:
    """Why the API would not take the parameters; empty if it would."""
    shape = model(command.service).operation_model(command.operation).input_shape
    report: str = ParamValidator().validate(dict(command.params), shape).generate_report()
    return report


def carry_out(text: str, client: Callable[[str, str | None], Any]) -> list[str]:
    """Makes the calls of a printed fix with clients of boto3; the operations, in their order."""
    known: dict[str, str] = {}
    for command in commands(text):
        params = {
            name: known.get(value, value) if isinstance(value, str) else value
            for name, value in command.params.items()
        }
        call = getattr(client(command.service, command.region), xform_name(command.operation))
        answer = _carried_out(command, call, params)
        if command.variable:
            known[f"${command.variable}"] = jmespath.search(command.query, answer)
    return [command.operation for command in commands(text)]


def _carried_out(command: Command, call: Callable[..., Any], params: Mapping[str, Any]) -> Any:
    """The answer; a command that only shows something may find nothing."""
    from botocore.exceptions import ClientError

    try:
        return call(**params)
    except ClientError:
        if command.operation.startswith(("Get", "Describe", "List")):
            return {}
        raise
