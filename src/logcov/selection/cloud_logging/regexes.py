r"""Regular expressions that say no more than equality, prefix, suffix or substring do.

Cloud Logging's are RE2, case-sensitive and not anchored. A literal with `^` before and `$` after it, its dots
escaped, `.*` at an open end, is decided exactly; anything else is left alone. `^.*x` is left alone too: a dot
does not match the end of a line. `\\` is left alone because the documentation shows patterns with both one and
two backslashes.
"""

import re

from logcov.selection.cloud_logging.tree import Value
from logcov.selection.predicate import Predicate, atom

_LITERAL = re.compile(r"(?:[A-Za-z0-9 _/:@%,=~!#&\"';<>-]|\\[./\"-])*")


def simple(field: str, pattern: Value) -> Predicate | None:
    """The comparison that a simple pattern (in double quotes) makes with a field that is there, or None."""
    body = pattern.raw
    start, end = body.startswith("^"), body.endswith("$") and not body.endswith("\\$")
    body = body[1:] if start else body
    body = body[:-1] if end else body
    if not start:
        body = body.removeprefix(".*")
    if not end and not body.endswith("\\.*"):
        body = body.removesuffix(".*")
    if not _LITERAL.fullmatch(body):
        return None
    literal = re.sub(r"\\(.)", r"\1", body)
    if start and end:
        return atom(field, "=", literal)
    return atom(field, "prefix" if start else "suffix" if end else "contains", literal)
