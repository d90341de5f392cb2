"""Turns the tree of a Cloud Logging query into a predicate over the entries of one log source.

What cannot be decided becomes an opaque part that names itself and says why. Nothing raises.
"""

import re
from decimal import Decimal
from ipaddress import ip_address, ip_network
from urllib.parse import quote

from logcov.inventory.rows import LogSource
from logcov.selection.cloud_logging.compare import compare, is_placeholder, says
from logcov.selection.cloud_logging.entry import Known, is_audit, know
from logcov.selection.cloud_logging.parser import parse
from logcov.selection.cloud_logging.places import place
from logcov.selection.cloud_logging.tree import (
    And,
    Call,
    Comparison,
    Node,
    Not,
    Or,
    Path,
    Term,
    UnreadableError,
    Value,
)
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Predicate,
    all_of,
    any_of,
    atom,
    holds,
    negate,
    opaque,
    present,
    sampled,
)

_CONTAINER = re.compile(
    r"organizations/[0-9]+|folders/[0-9]+|projects/(?![0-9]+$)[A-Za-z0-9.:_-]+|billingAccounts/[0-9A-Fa-f-]+"
)
_SHARE = re.compile(r"[0-9]*\.?[0-9]+(?:[eE]-?[0-9]{1,2})?")
_STRANGERS = {4: ("203.0.113.1", "10.0.0.1"), 6: ("2001:db8::1", "fd00::1")}
"""Addresses of which at least one is in no network that is smaller than half of all."""
_LACKS = "the argument is none that logcov can follow"


def compile_logging(text: str, source: LogSource) -> Predicate:
    """The predicate of a filter in the Logging query language, for the entries of one log source.

    A blank filter lets everything pass. A text that cannot be read is opaque as a whole.
    """
    if not text.strip():
        return TRUE
    try:
        parsed = parse(text)
    except UnreadableError as error:
        where = place(text, error.span)
        return opaque(
            text.strip(), f"the filter cannot be read: {error} (line {where.line}, column {where.column})"
        )
    if parsed.node is None:
        return opaque(text.strip(), "the filter holds nothing but comments")
    return predicate_of(parsed.node, source)


def predicate_of(node: Node, source: LogSource) -> Predicate:
    """The predicate of a part of a filter."""
    match node:
        case And():
            return all_of(*[predicate_of(part, source) for part in node.parts])
        case Or():
            return any_of(*[predicate_of(part, source) for part in node.parts])
        case Not():
            return negate(predicate_of(node.part, source))
        case Term():
            return opaque(f"any field : {node.value.raw}", "it is looked for in every field")
        case Call():
            return _call(node, source)
        case _:
            return _comparison(node, source)


def _comparison(node: Comparison, source: LogSource) -> Predicate:
    field = know(node.path, source)
    if field is None:
        return opaque(says(node), f"{node.path.text} is no field of a log entry that logcov can follow")
    if _is_missing(field, source):
        return FALSE
    present_only = node.op == ":" and node.value.text == "*" and not node.value.quote
    if is_audit(source) and present_only and field.name in {"protoPayload", "textPayload"}:
        return TRUE if field.name == "protoPayload" else FALSE
    compared = compare(node, field)
    if is_audit(source) and field.name == "textPayload":
        # It is never there; whether it compares as missing or as empty is not documented.
        unset = holds(compared, {})
        return (
            FALSE
            if unset is False
            else opaque(says(node), "whether textPayload is missing, or empty, is not said")
        )
    return compared


def _is_missing(field: Known, source: LogSource) -> bool:
    """An audit record has a `protoPayload`, and therefore nothing inside a `jsonPayload`."""
    return field.root == "jsonPayload" and is_audit(source)


def _call(call: Call, source: LogSource) -> Predicate:
    arguments = call.arguments
    match call.name, len(arguments):
        case "log_id", 1:
            return _log_id(call.text, arguments[0].value)
        case "source", 1:
            return _source(call.text, arguments[0].value)
        case "sample", 2:
            return _sample(call.text, arguments[0].path, arguments[1].value, source)
        case "ip_in_net", 2:
            return _ip_in_net(call.text, arguments[0].path, arguments[1].value, source)
        case (("search" | "cast" | "regexp_extract"), _):
            return opaque(call.text, f"the outcome of {call.name}() is not followed")
        case _:
            return opaque(call.text, "no such function is known")


def _plain(value: Value | None) -> str | None:
    """The text of an argument that means just itself."""
    if value is None or value.quote == "'" or not value.clear or not value.text or is_placeholder(value.text):
        return None
    return value.text


def _log_id(text: str, value: Value | None) -> Predicate:
    log = _plain(value)
    if log is None or "%" in log or "*" in log:
        return opaque(text, _LACKS)
    return atom("logName", "suffix", "/logs/" + quote(log, safe=""), "fold")


def _source(text: str, value: Value | None) -> Predicate:
    container = _plain(value)
    if container is None or not _CONTAINER.fullmatch(container):
        return opaque(text, "it names no organisation, folder, project id or billing account")
    return atom("logName", "prefix", f"{container}/logs/", "fold")


def share_of(text: str) -> Decimal | None:
    """The share that `sample()` is asked for: more than 0, and 1 at most; None for anything else."""
    rate = Decimal(text) if _SHARE.fullmatch(text) else Decimal(0)
    return rate if 0 < rate <= 1 else None


def _sample(text: str, path: Path, value: Value | None, source: LogSource) -> Predicate:
    field = know(path, source)
    share = _plain(value)
    rate = None if share is None else share_of(share)
    if field is None or field.message or rate is None:
        return opaque(text, _LACKS)
    if _is_missing(field, source):
        return FALSE
    if field.holds not in {"text", "number", "unknown"}:
        return opaque(text, _LACKS)
    if rate == 1:
        chosen = TRUE
    elif field.name == "insertId":
        chosen = sampled(field.name, str(rate.normalize()))
    else:
        chosen = opaque(text, f"how many different values {field.name} has is not known")
    if field.absence == "defaulted":
        return chosen
    unset = (
        FALSE
        if field.absence == "missing"
        else opaque(f"{text} unset", f"{field.name} may be missing, or empty")
    )
    return any_of(all_of(present(field.name), chosen), all_of(negate(present(field.name)), unset))


def _ip_in_net(text: str, path: Path, value: Value | None, source: LogSource) -> Predicate:
    field = know(path, source)
    if field is None or field.message:
        return opaque(text, _LACKS)
    if _is_missing(field, source):
        return FALSE
    named = _plain(value)
    left = opaque(text, "networks are not compared")
    try:
        network = None if named is None else ip_network(named, strict=False)
    except ValueError:
        network = None
    if network is None or field.many:
        return all_of(present(field.name), left)
    # Of two addresses it is certain; of any other, nothing is said.
    inside = atom(field.name, "=", str(network[min(1, network.num_addresses - 1)]))
    strangers = _STRANGERS[network.version]
    outside = [atom(field.name, "=", one) for one in strangers if ip_address(one) not in network]
    return all_of(present(field.name), any_of(inside, all_of(negate(any_of(*outside)), left)))
