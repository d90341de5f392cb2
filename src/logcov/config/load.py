"""From `logcov.yaml` to targets, or to everything that is wrong with it at once."""

import os
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from logcov.config.targets import (
    AwsShortcuts,
    AwsTarget,
    Config,
    ConfigAggregator,
    GcpTarget,
    GoogleCredentials,
    OktaKey,
    OktaTarget,
    OktaToken,
    TelemetryConfiguration,
    WorkspaceTarget,
)
from logcov.documents import Document, Path, load_yaml, problems_of
from logcov.errors import ConfigError, Problem

if TYPE_CHECKING:
    from logcov.config import language

PROVIDERS = ("gcp", "aws", "okta", "workspace")
SHORTCUTS = ("config_aggregator", "telemetry")


def _set(shape: object, *keys: str) -> list[str]:
    """Which of the keys were given a value."""
    return [key for key in keys if getattr(shape, key)]


def _check_credentials(shape: "language.GcpShape | language.WorkspaceShape") -> str | None:
    given = shape.credentials
    if given is None or isinstance(given, str) or len(_set(given, "impersonate", "key_file_env")) == 1:
        return None
    return "`credentials` takes exactly one of `impersonate` and `key_file_env`"


def _check_auth(shape: "language.OktaAuthShape") -> str | None:
    key = _set(shape, "client_id", "private_key_env")
    if shape.api_token_env:
        mixed = _set(shape, "client_id", "private_key_env", "key_id", "dpop")
        return f"`api_token_env` and `{mixed[0]}` are two ways to sign in; choose one" if mixed else None
    if len(key) == 2:  # noqa: PLR2004 - both
        return None
    missing = "`private_key_env`" if key == ["client_id"] else "`client_id`"
    return f"{missing} is missing" if key else "`auth` takes {client_id, private_key_env} or {api_token_env}"


def _contradictions(shape: "language.ConfigShape") -> Iterator[tuple[Path, str]]:
    """What no single value is to blame for: path and message."""
    if not any(getattr(shape, provider) for provider in PROVIDERS):
        yield (), "there is nothing to audit; name a target under `gcp`, `aws`, `okta` or `workspace`"
    for index, gcp in enumerate(shape.gcp):
        roots = _set(gcp, "organization", "folder", "projects")
        if not roots:
            yield ("gcp", index), "one of `organization`, `folder` and `projects` is needed"
        elif len(roots) > 1:
            both = " and ".join(f"`{root}`" for root in roots)
            yield ("gcp", index), f"{both} stand together; a target takes one of them"
        if message := _check_credentials(gcp):
            yield ("gcp", index, "credentials"), message
    for index, aws in enumerate(shape.aws):
        if aws.organization and aws.accounts:
            yield ("aws", index), "`organization` and `accounts` stand together; a target takes one of them"
        if aws.external_id_env and not aws.role:
            yield ("aws", index, "external_id_env"), "an external id is only used with a `role`"
        if aws.shortcuts is not None and not _set(aws.shortcuts, *SHORTCUTS):
            yield ("aws", index, "shortcuts"), "one of `config_aggregator` and `telemetry` is needed"
    for index, okta in enumerate(shape.okta):
        if okta.auth is not None and (message := _check_auth(okta.auth)):
            yield ("okta", index, "auth"), message
    for index, workspace in enumerate(shape.workspace):
        if message := _check_credentials(workspace):
            yield ("workspace", index, "credentials"), message
    for provider in PROVIDERS:
        targets = getattr(shape, provider)
        for index, target in enumerate(targets):
            if target in targets[:index]:
                yield (provider, index), "this target stands here twice"


def _google(given: "str | language.CredentialsShape | None") -> GoogleCredentials | None:
    if given is None:
        return None
    if isinstance(given, str):
        return GoogleCredentials(adc=True)
    return GoogleCredentials(impersonate=given.impersonate, key_file_env=given.key_file_env)


def _auth(given: "language.OktaAuthShape | None") -> OktaKey | OktaToken | None:
    if given is None:
        return None
    if given.api_token_env:
        return OktaToken(api_token_env=given.api_token_env)
    return OktaKey(
        client_id=given.client_id or "",
        private_key_env=given.private_key_env or "",
        key_id=given.key_id,
        dpop=given.dpop,
    )


def _shortcuts(given: "language.ShortcutsShape | None") -> AwsShortcuts:
    if given is None:
        return AwsShortcuts()
    aggregator, telemetry = given.config_aggregator, given.telemetry
    return AwsShortcuts(
        config_aggregator=ConfigAggregator(
            name=aggregator.name, account=aggregator.account, region=aggregator.region
        )
        if aggregator is not None
        else None,
        telemetry=TelemetryConfiguration(account=telemetry.account, regions=telemetry.regions)
        if telemetry is not None
        else None,
    )


def _config(shape: "language.ConfigShape", folder: FilePath) -> Config:
    return Config(
        policies=tuple(os.path.normpath(folder / policy) for policy in shape.policies),
        gcp=tuple(
            GcpTarget(
                organization=one.organization,
                folder=one.folder,
                projects=one.projects,
                quota_project=one.quota_project,
                credentials=_google(one.credentials),
                read=one.read,
                endpoint=one.endpoint,
            )
            for one in shape.gcp
        ),
        aws=tuple(
            AwsTarget(
                organization=one.organization,
                accounts=one.accounts,
                profile=one.profile,
                role=one.role,
                external_id_env=one.external_id_env,
                regions=one.regions,
                shortcuts=_shortcuts(one.shortcuts),
                endpoint=one.endpoint,
            )
            for one in shape.aws
        ),
        okta=tuple(
            OktaTarget(org_url=one.org_url, auth=_auth(one.auth), labels=one.labels, endpoint=one.endpoint)
            for one in shape.okta
        ),
        workspace=tuple(
            WorkspaceTarget(
                customer=one.customer,
                subject=one.subject,
                credentials=_google(one.credentials),
                labels=one.labels,
                endpoint=one.endpoint,
            )
            for one in shape.workspace
        ),
    )


def _problems(document: Document, shape: "language.ConfigShape") -> list[Problem]:
    return sorted(document.problem(path, message) for path, message in _contradictions(shape))


def load_config(path: str | FilePath) -> Config:
    """Reads `logcov.yaml`. Paths in it are taken from the folder that it is in.

    Raises:
        ConfigError: it cannot be read, breaks the rules, contradicts itself, names nothing to audit, or
            holds what looks like a secret: every problem, in order of place.
    """
    from pydantic import ValidationError

    from logcov.config import language

    document = load_yaml(path, error=ConfigError)
    try:
        shape = language.ConfigShape.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(problems_of(error, document)) from None
    problems = _problems(document, shape)
    if problems:
        raise ConfigError(problems)
    return _config(shape, FilePath(path).absolute().parent)
