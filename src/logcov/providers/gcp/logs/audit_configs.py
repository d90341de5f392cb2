"""Which Data Access records are written: audit configuration in IAM policies, of the organisation and all below.

Rules (cloud.google.com/logging/docs/audit/configure-data-access): what `allServices` and a service's own entry
enable adds up; a child cannot switch off what an ancestor enabled; exempted members add up. So each entry is a
hop that generates, and, if it exempts anybody, one that withholds; both act on everything below. That an
organisation's configuration acts on its billing accounts, too, the page does not say ("all the existing and new Google
Cloud projects and folders"), although they inherit its IAM policy: there, what it alone switches on is in doubt.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Effect, Fact, Listing, Route, Scope
from logcov.providers.gcp.client import About, GcpPlace
from logcov.providers.gcp.fields import mappings
from logcov.providers.gcp.filters import canonical, filter_of
from logcov.providers.gcp.operations import CONTAINER_POLICY
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.google import MalformedAnswerError

KIND = "gcp.audit_config"
SOURCES = ("gcp.audit.data_access",)

BIGQUERY_SERVICES = (
    "bigquery.googleapis.com",
    "bigqueryconnection.googleapis.com",
    "bigquerydatapolicy.googleapis.com",
    "bigquerydatatransfer.googleapis.com",
    "bigquerymigration.googleapis.com",
    "bigqueryreservation.googleapis.com",
    "bigquerystorage.googleapis.com",
)
"""Google writes Data Access records of "some BigQuery services" without any configuration, and does not say which
(cloud.google.com/logging/docs/audit/configure-data-access). So for these services it is in doubt."""

DIALECTS: Mapping[Effect, str] = {"generate": "gcp.audit-config", "withhold": "gcp.audit-exemption"}
"""How the same text is read: as what it switches on, and as whom it exempts."""

_LOG_FIELDS = {"logType", "exemptedMembers"}


def observe_audit_configs(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """The audit configuration of one organisation, folder, project or billing account.

    Raises:
        ReadFailure: its IAM policy could not be read, or an entry of it could not be told from others.
    """
    if not_in_use(scope):
        return
    container = place.container
    about = place.session.about(CONTAINER_POLICY[container.partition("/")[0]], scope.id, "auditConfigs")
    if not isinstance(scope.parent, str):
        yield from _bigquery(about, container)
    answer = place.session.policy(container)
    try:
        entries = mappings(answer.body, "auditConfigs")
    except MalformedAnswerError as error:
        raise ReadFailure(call=about.method.operation.call, kind="unparseable", detail=str(error)) from error
    for number, entry in enumerate(entries):
        yield from _entry(container, number, entry, answer.reading)
    if container.startswith("billingAccounts/") and isinstance(scope.parent, str):
        yield from _from_above(place, scope.parent.removeprefix("gcp:"), entries, about)
    yield Listing(kind=KIND, at=scope.id, readings=(answer.reading,))


def _bigquery(about: About, container: str) -> Iterator[Fact]:
    """What BigQuery may write of itself, said once, at the top of what is known."""
    always = filter_of("fields", canonical({"protoPayload.serviceName": list(BIGQUERY_SERVICES)}))
    yield always
    setting = f"gcp:auditConfig/{container}/bigquery.googleapis.com"
    yield Route(
        id=f"{setting}#unconfigured",
        kind=KIND,
        setting=setting,
        effect="generate",
        origin=f"gcp:{container}",
        descends=True,
        sources=SOURCES,
        enabled=about.unseen(
            "bigquery",
            "which BigQuery services write Data Access records without configuration is not documented",
        ),
        filter=always.id,
    )


def _from_above(
    place: GcpPlace, organization: str, own: list[Mapping[str, Any]], about: About
) -> Iterator[Fact]:
    """At a billing account, the doubt whether what its organisation switches on is really written.

    Where the organisation's policy cannot be read, its own listing is missing, which is doubt enough.
    """
    try:
        entries = mappings(place.session.policy(organization).body, "auditConfigs")
    except (ReadFailure, MalformedAnswerError):
        return
    for number, entry in enumerate(entries):
        rest = _beyond(entry, own)
        if rest is None:
            continue
        told = filter_of(DIALECTS["generate"], canonical(rest))
        yield told
        setting = f"gcp:auditConfig/{place.container}/from-above"
        yield Route(
            id=f"{setting}#{number}",
            kind=KIND,
            setting=setting,
            effect="withhold",
            origin=place.scope.id,
            sources=SOURCES,
            enabled=about.unseen(
                "from above",
                "whether an organisation's audit configuration acts on billing accounts is not documented",
            ),
            filter=told.id,
        )


def _beyond(entry: Mapping[str, Any], own: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The entry with the log types that none of the billing account's own entries switches on; None if there are none."""
    logs = entry.get("auditLogConfigs")
    if not isinstance(logs, list):
        return entry
    known: set[Any] = set()
    for mine in own:
        if mine.get("service") in {"allServices", entry.get("service")}:
            theirs = mine.get("auditLogConfigs")
            known |= {
                log["logType"]
                for log in (theirs if isinstance(theirs, list) else [])
                if isinstance(log, dict) and isinstance(log.get("logType"), str)
            }
    rest = [log for log in logs if not isinstance(log, dict) or log.get("logType") not in known]
    return {**entry, "auditLogConfigs": rest} if rest else None


def _may_exempt(entry: Mapping[str, Any]) -> bool:
    """Whether the entry may keep anybody's records from being written; only what is understood surely does not."""
    logs = entry.get("auditLogConfigs")
    if not isinstance(logs, list):
        return True
    return any(
        not isinstance(log, dict) or log.get("exemptedMembers", []) != [] or set(log) - _LOG_FIELDS
        for log in logs
    )


def _entry(container: str, number: int, entry: Mapping[str, Any], reading: str) -> Iterator[Fact]:
    """The routes of one entry of `auditConfigs`. What it says is understood, or found odd, when judging."""
    service = entry.get("service")
    setting = f"gcp:auditConfig/{container}/{service if isinstance(service, str) and service else number}"
    effects: tuple[Effect, ...] = ("generate", "withhold") if _may_exempt(entry) else ("generate",)
    for effect in effects:
        told = filter_of(DIALECTS[effect], canonical(entry))
        yield told
        yield Route(
            # One service may have several entries; their numbers keep the routes apart.
            id=f"{setting}#{number}-{effect}",
            kind=KIND,
            setting=setting,
            effect=effect,
            origin=f"gcp:{container}",
            descends=True,
            sources=SOURCES,
            filter=told.id,
            readings=(reading,),
            raw=dict(entry),
        )
