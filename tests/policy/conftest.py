"""A small catalogue and a folder to write policies into."""

from collections.abc import Callable
from pathlib import Path

import pytest

from logcov.errors import PolicyError
from logcov.inventory import Dimension, Field, LogSource
from logcov.policy import PolicySet, load_policies


def _source(name: str, *fields: Field, dimensions: tuple[Dimension, ...] = ()) -> LogSource:
    return LogSource(
        id=name,
        title=f"the records of {name}",
        provider=name.split(".", maxsplit=1)[0],
        scope_kinds=("x",),
        fields=fields,
        dimensions=dimensions,
    )


READ_ONLY = Field(name="readOnly", kind="finite", values=("true", "false"))


@pytest.fixture(scope="session")
def sources() -> tuple[LogSource, ...]:
    gcp = (
        Field(name="protoPayload.serviceName", aliases=("service",)),
        Field(name="protoPayload.methodName"),
        Field(name="protoPayload.authenticationInfo.principalEmail"),
        Field(name="resource.type"),
        Field(
            name="severity",
            kind="finite",
            values=("INFO", "NOTICE", "ERROR"),
            case="insensitive",
        ),
    )
    aws = (
        READ_ONLY,
        *(
            Field(name=name)
            for name in ("eventName", "eventSource", "errorCode", "errorMessage", "eventType")
        ),
        *(Field(name=name) for name in ("sourceIPAddress", "userIdentity.type", "userIdentity.invokedBy")),
        Field(name="additionalEventData.MFAUsed"),
    )
    return (
        _source("aws.cloudtrail.management", *aws),
        _source("aws.cloudtrail.data", *aws, dimensions=(Dimension(name="resource_type"),)),
        _source("aws.vpc.flow", Field(name="action", kind="finite", values=("ACCEPT", "REJECT"))),
        _source("gcp.audit.activity", *gcp, dimensions=(Dimension(name="service"),)),
        _source("gcp.audit.data_access", *gcp, dimensions=(Dimension(name="log_type"),)),
        _source("gcp.audit.policy", *gcp),
        _source("gcp.audit.system_event", *gcp),
        _source("gcp.access_transparency"),
        _source("okta.system_log", Field(name="eventType")),
        _source("workspace.activity", dimensions=(Dimension(name="application", closed=True),)),
        _source("workspace.alert"),
    )


Write = Callable[..., list[Path]]


@pytest.fixture
def write(tmp_path, monkeypatch) -> Write:
    """Writes texts as `p1.yaml`, `p2.yaml` … into the working folder."""
    monkeypatch.chdir(tmp_path)

    def write_them(*texts: str) -> list[Path]:
        paths = [Path(f"p{number}.yaml") for number in range(1, len(texts) + 1)]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        return paths

    return write_them


@pytest.fixture
def load(write, sources) -> Callable[..., PolicySet]:
    return lambda *texts: load_policies(write(*texts), sources)


@pytest.fixture
def complaints(load) -> Callable[..., list[str]]:
    def complain(*texts: str) -> list[str]:
        with pytest.raises(PolicyError) as raised:
            load(*texts)
        return [str(problem) for problem in raised.value.problems]

    return complain
