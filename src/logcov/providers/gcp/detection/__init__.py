"""What counts log entries, raises an alert, and tells people."""
