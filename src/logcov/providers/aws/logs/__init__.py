"""The log sources of AWS: a family a file, and its rows."""
