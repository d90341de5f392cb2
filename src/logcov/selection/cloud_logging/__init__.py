"""The Logging query language of Google Cloud: dialect `gcp.logging`."""

from logcov.selection.cloud_logging.compile import compile_logging
from logcov.selection.cloud_logging.lints import lints

__all__ = ["compile_logging", "lints"]
