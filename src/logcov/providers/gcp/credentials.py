"""Becoming somebody at Google: application default credentials, impersonation, a key file, or nobody."""

from typing import Any

from logcov.config import GcpTarget
from logcov.providers.google import credentials_of_key_file, default_credentials, on_loopback

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""The narrower `cloud-platform.read-only` is refused by several of the APIs; access is limited by IAM instead."""

ANONYMOUS = "anonymous"


def credentials_for(target: GcpTarget) -> Any:
    """The credentials of a target; anonymous ones for a loopback endpoint that names none.

    Raises:
        NoCredentialsError: the key file is missing, or is none.
        google.auth.exceptions.GoogleAuthError: there are none, or they cannot be used.
    """
    import google.auth.credentials
    from google.auth import impersonated_credentials

    anonymous: Any = google.auth.credentials.AnonymousCredentials
    impersonated: Any = impersonated_credentials.Credentials
    found: Any
    how = target.credentials
    if how is None and target.endpoint is not None and on_loopback(target.endpoint):
        return anonymous()
    if how is not None and how.key_file_env is not None:
        found = credentials_of_key_file(how.key_file_env, scopes=[SCOPE])
    else:
        found = default_credentials([SCOPE])
    if how is not None and how.impersonate is not None:
        found = impersonated(
            source_credentials=found, target_principal=how.impersonate, target_scopes=[SCOPE]
        )
    if target.quota_project is not None and isinstance(
        found, google.auth.credentials.CredentialsWithQuotaProject
    ):
        paying: Any = found
        found = paying.with_quota_project(target.quota_project)
    return found


def principal_of(credentials: Any) -> str:
    """Who the credentials are, as far as they tell: an account's address, never a token."""
    from google.auth.credentials import AnonymousCredentials

    if isinstance(credentials, AnonymousCredentials):
        return ANONYMOUS
    for name in ("service_account_email", "account"):
        address = getattr(credentials, name, None)
        if isinstance(address, str) and "@" in address:
            return address
    return "application default credentials"
