"""Session Manager: the transcripts of shell sessions on machines, set up for a whole account and region.

Sources: ssm:GetDocument of `SSM-SessionManagerRunShell` (one call per account and region); Systems Manager user
guide, "Logging session activity": the document holds the preferences; where nobody made it, nothing is logged. The
machine writes with its own role, so that neither bucket nor group must grant anything.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Field, HopKind, Listing, LogSource, Route, Scope
from logcov.providers.aws import scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.strict_json import strict
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.ssm.session"
LOGGING = "aws.ssm.session_logging"
CALL = "ssm:GetDocument"
DOCUMENT = "SSM-SessionManagerRunShell"
NO_DOCUMENT = "InvalidDocument"
EVIDENCE = (
    "s3BucketName",
    "s3KeyPrefix",
    "s3EncryptionEnabled",
    "cloudWatchLogGroupName",
    "cloudWatchEncryptionEnabled",
    "cloudWatchStreamingEnabled",
    "kmsKeyId",
)


def observe_sessions(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The sessions of one account and region, and where their transcripts go.

    Raises:
        ReadFailure: the preferences could not be read or understood.
    """
    inputs: Mapping[str, Any] = {}
    try:
        answer = place.call("ssm", "GetDocument", subject=DOCUMENT, Name=DOCUMENT, DocumentFormat="JSON")
    except ReadFailure as failure:
        if failure.code != NO_DOCUMENT:
            raise
        reading = place.noted(failure.call)
    else:
        reading, inputs = answer.reading, _inputs(answer.data.get("Content"))
    setting = f"aws:ssm/{location}/{place.account}/{DOCUMENT}"
    bucket, group = _word(inputs, "s3BucketName"), _word(inputs, "cloudWatchLogGroupName")
    prefix = _word(inputs, "s3KeyPrefix").strip("/")
    ways = (
        ("s3", f"aws:s3/{bucket}" if bucket else "", f"{prefix}/" if prefix else ""),
        ("logs", f"aws:logs/{location}/{place.account}/{group}" if group else "", ""),
    )
    yield Emitter(source=SOURCE, scope=scope.id, location=location, readings=(reading,))
    for name, to, below in ways:
        if to:
            yield Route(
                id=f"{setting}#{name}",
                kind=LOGGING,
                setting=setting,
                effect="carry",
                origin=scope.id,
                location=location,
                sources=(SOURCE,),
                to=to,
                prefix=below,
                # Nodes write by roles of their own, of the account that they are in.
                writer=f"arn:{place.session.caller().partition}:iam::{place.account}:root"
                if name == "s3"
                else "",
                readings=(reading,),
                raw={key: inputs[key] for key in EVIDENCE if key in inputs},
            )
    yield Listing(kind=LOGGING, at=scope.id, location=location, readings=(reading,))


def _inputs(content: object) -> Mapping[str, Any]:
    try:
        document = strict(content)
    except ValueError:
        document = None
    inputs = document.get("inputs") if isinstance(document, dict) else None
    if not isinstance(inputs, dict):
        raise unparseable(CALL, "the document holds no inputs")
    return inputs


def _word(inputs: Mapping[str, Any], name: str) -> str:
    """A preference; empty where it is not set."""
    value = inputs.get(name) or ""
    if not isinstance(value, str) or "{{" in value:
        raise unparseable(CALL, f"{name} is no text, or a parameter of each session's own")
    return value


SESSION_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="What is typed and shown in shell sessions of Session Manager",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(Field(name="sessionId"), Field(name="target.id"), Field(name="userIdentity.arn")),
            needs=(LOGGING,),
            emitters=LOGGING,
            per_location=True,
            limits=(
                "Sessions that are started with another document than the account's preferences follow that one.",
                "Port forwarding and SSH through Session Manager are encrypted: nothing of them can be logged.",
                "The role of each machine must let it write; those permissions are not read.",
                "Whether any session is ever started is not told: each account and region counts.",
            ),
            documentation="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Session preferences of Systems Manager",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:s3/*", "aws:logs/*"),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.session_manager",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(observe_sessions, service="ssm", sources=(SOURCE,), listings=(LOGGING,)),
            listings=(LOGGING,),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads({CALL: "the preferences of Session Manager: where transcripts go"}),
            ),
            per_location=True,
        ),
    ),
)
