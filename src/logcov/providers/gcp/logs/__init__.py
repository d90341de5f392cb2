"""The log sources of Google Cloud: a family a file, and its rows."""
