"""The rows of all providers, one after the other."""

from collections.abc import Mapping

from logcov.inventory import DestinationKind, HopKind, LogSource, Remedy
from logcov.providers.aws import rows as aws
from logcov.providers.gcp import rows as gcp
from logcov.providers.okta import rows as okta
from logcov.providers.rows import ObserverRow, Operation, ReaderRow, ShortcutRow
from logcov.providers.workspace import rows as workspace

SOURCES: tuple[LogSource, ...] = (*aws.SOURCES, *gcp.SOURCES, *okta.SOURCES, *workspace.SOURCES)
"""Every log source."""

HOP_KINDS: tuple[HopKind, ...] = (*aws.HOP_KINDS, *gcp.HOP_KINDS, *okta.HOP_KINDS, *workspace.HOP_KINDS)
"""Every kind of hop."""

DESTINATION_KINDS: tuple[DestinationKind, ...] = (
    *aws.DESTINATION_KINDS,
    *gcp.DESTINATION_KINDS,
    *okta.DESTINATION_KINDS,
    *workspace.DESTINATION_KINDS,
)
"""Every kind of destination."""

OBSERVERS: tuple[ObserverRow, ...] = (*aws.OBSERVERS, *gcp.OBSERVERS, *okta.OBSERVERS, *workspace.OBSERVERS)
"""Every observer."""

READERS: tuple[ReaderRow, ...] = (*aws.READERS, *gcp.READERS, *okta.READERS, *workspace.READERS)
"""Every destination reader."""

SHORTCUTS: tuple[ShortcutRow, ...] = aws.SHORTCUTS
"""Every inventory service that can be asked where a place cannot be read itself."""

REMEDIES: Mapping[str, tuple[Remedy, ...]] = {"aws": aws.REMEDIES, "gcp": gcp.REMEDIES}
"""Provider → what would close gaps, in commands that are printed and never run."""

PROVIDERS: Mapping[str, tuple[Operation, ...]] = {
    "aws": aws.SESSION_OPERATIONS,
    "gcp": gcp.SESSION_OPERATIONS,
    "okta": okta.SESSION_OPERATIONS,
    "workspace": workspace.SESSION_OPERATIONS,
}
"""Provider → the operations that finding its scopes takes."""
