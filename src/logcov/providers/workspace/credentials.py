"""Becoming an administrator of a Workspace customer: keyless delegation, a key file, or nobody on loopback.

Each API gets a credential of its own with exactly the scope that it needs: domain-wide delegation refuses the
whole token when one scope is not authorised in that very spelling (support.google.com/a/answer/162106).
"""

from typing import Any

from logcov.config import GoogleCredentials, WorkspaceTarget
from logcov.providers.google import credentials_of_key_file, default_credentials, on_loopback

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
"""What the source of an impersonation needs, to sign as the service account."""


def anonymous(target: WorkspaceTarget) -> bool:
    """Whether the target is a server on loopback that names no credentials."""
    return target.credentials is None and target.endpoint is not None and on_loopback(target.endpoint)


def principal(target: WorkspaceTarget) -> str:
    """Who calls are made as, as far as the configuration tells."""
    if anonymous(target):
        return "anonymous"
    how = target.credentials
    account = how.impersonate if how is not None else None
    if target.subject is not None:
        return f"{target.subject} (through {account})" if account else target.subject
    return account or "application default credentials"


def credentials_for(target: WorkspaceTarget, scope: str) -> Any:
    """The credential for one scope.

    Raises:
        NoCredentialsError: the key file is missing, or is none.
        google.auth.exceptions.GoogleAuthError: there is none, or it cannot be used.
    """
    import google.auth
    import google.auth.credentials
    import google.auth.impersonated_credentials

    auth: Any = google.auth
    if anonymous(target):
        return auth.credentials.AnonymousCredentials()
    how = target.credentials or GoogleCredentials(adc=True)
    if how.key_file_env is not None:
        return credentials_of_key_file(how.key_file_env, scopes=[scope], subject=target.subject)
    if how.impersonate is not None:
        source = default_credentials([CLOUD_PLATFORM])
        return auth.impersonated_credentials.Credentials(
            source_credentials=source,
            target_principal=how.impersonate,
            target_scopes=[scope],
            subject=target.subject,
        )
    found = default_credentials([scope])
    if target.subject is not None and hasattr(found, "with_subject"):
        return found.with_subject(target.subject)
    return found
