"""logcov: proves where security logs end up."""

__version__ = "0.1.0"
