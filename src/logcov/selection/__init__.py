"""Selections: which records a filter lets through, proven."""
