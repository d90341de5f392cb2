"""How the commands that close gaps of AWS are written down: AWS CLI version 2, and Terraform's AWS provider.

Templates hold JSON and blocks, so that names stand in angle brackets here: `<bucket>`. No apostrophe may stand in a
comment: quotes decide where a name can stand.
"""

import re
from collections.abc import Mapping
from textwrap import dedent

from logcov.inventory import Remedy

_NAME = re.compile(r"<(\w+)>")
_NOTHING: Mapping[str, str] = {}
REPLACES = "# The next command replaces {what}. What is there now and is to stay must be in it as well:"
"""Stands before the command that reads what another one would overwrite."""


def braced(text: str) -> str:
    """A template with `<name>` as `Remedy` takes it: names in braces, and braces of its own twice."""
    return _NAME.sub(r"{\1}", dedent(text).strip("\n").replace("{", "{{").replace("}", "}}"))


def remedy(
    commands: str,
    terraform: str = "",
    *,
    reasons: tuple[str, ...],
    sources: tuple[str, ...] = ("*",),
    account: str = "scope",
    cause: str = "",
    to: str = "",
    given: Mapping[str, str] = _NOTHING,
    days: tuple[int, ...] = (),
) -> Remedy:
    """A remedy whose first line says in which account the commands are meant to run; `account` names it.

    Where nobody knows the account, it is empty: of a bucket.
    """
    where = f"# In account <{account}>:\n" if account else ""
    return Remedy(
        reasons=reasons,
        sources=sources,
        cause=cause,
        to=to,
        given=given,
        days=days,
        commands=braced(where + dedent(commands).strip("\n")),
        terraform=braced(terraform),
    )
