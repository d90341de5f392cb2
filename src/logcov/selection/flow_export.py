"""Which flows a VPC Flow Logs configuration of Google Cloud writes: dialect `gcp.flow-export`.

The text is JSON: `{"expr": "inIpRange(connection.src_ip, '10.0.0.0/8')", "sample": "0.5"}`. `expr` is the filter
expression, none or empty if there is no filter; `sample` the share of flows that is kept, none for all.

Filter expressions are a part of the Common Expression Language. Decided exactly are `==` and `!=` between a field and a
constant, `inIpRange` of a connection's address, `has`, `true`, `false`, `&&`, `||`, `!` and parentheses; whatever
else an operand may be, it is opaque. A comparison with a field that a flow lacks is an error in CEL, and what becomes
of the flow is not documented: so it is opaque, and apart from its opposite.

Sources: https://cloud.google.com/vpc/docs/about-flow-logs-records#filtering;
https://github.com/google/cel-spec/blob/master/doc/langdef.md (precedence, errors in logical operators).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from logcov.inventory.rows import LogSource
from logcov.selection.domains import domains_of, field_of
from logcov.selection.jsontext import UnreadableJsonError, read_object
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Predicate,
    all_of,
    any_of,
    atom,
    negate,
    opaque,
    present,
    sampled,
)

LONGEST = 4096
"""Characters; Google takes 2048."""

DEEPEST = 64
"""Parentheses within parentheses."""

PAYLOAD = "jsonPayload."

_ADDRESSES = ("connection.src_ip", "connection.dest_ip")
_NUMBERS = frozenset(
    {
        "connection.src_port",
        "connection.dest_port",
        "connection.protocol",
        "src_location.asn",
        "dest_location.asn",
    }
)
_SIDES = {
    "instance": ("project_id", "region", "vm_name", "zone"),
    "vpc": ("project_id", "subnetwork_name", "subnetwork_region", "vpc_name"),
    "location": ("city", "continent", "country", "region"),
}
_TEXTS = frozenset(
    {
        "reporter",
        *_ADDRESSES,
        *(
            f"{side}_{of}.{name}"
            for side in ("src", "dest")
            for of, names in _SIDES.items()
            for name in names
        ),
    }
)
"""Fields that hold text, of those that are documented."""

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n\f]+) | (?P<joint>&&|\|\|) | (?P<open>\() | (?P<close>\)) | (?P<op>==|!=)
    | (?P<bang>!) | (?P<string>'[^'\\\r\n]*'|"[^"\\\r\n]*") | (?P<number>-?[0-9]+(?![\w.]))
    | (?P<path>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) | (?P<other>[\[\],<>=+*/%.{}:0-9-]|'(?:[^'\\\r\n]|\\.)*'|"(?:[^"\\\r\n]|\\.)*")
    """,
    re.VERBOSE | re.ASCII,
)
_RANGE = re.compile(r"[0-9a-fA-F.:]+/[0-9]{1,3}", re.ASCII)
_OCTET = 8


class _UnreadableExpressionError(ValueError):
    """The expression cannot be taken apart. The message says why, for a person."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def compile_flow_export(text: str, source: LogSource) -> Predicate:
    """The flows that are written; what cannot be read is opaque."""
    try:
        found = read_object(text)
    except UnreadableJsonError as error:
        return opaque(text, str(error))
    expression, share = found.get("expr", ""), found.get("sample", "1")
    if (
        not found.keys() <= {"expr", "sample"}
        or not isinstance(expression, str)
        or not isinstance(share, str)
    ):
        return opaque(text, "it is no filter expression with a share")
    return all_of(_expression(expression, source), sampled("flows", share))


def _expression(text: str, source: LogSource) -> Predicate:
    if not text.strip():
        return TRUE
    if len(text) > LONGEST:
        return opaque(text, "the filter expression is longer than any that Google takes")
    try:
        reader = _Reader(tuple(_tokens(text)), source)
        return reader.whole()
    except _UnreadableExpressionError as error:
        return opaque(text, f"the filter expression cannot be read: {error}")


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _UnreadableExpressionError(f"{text[at]!r} is not understood")
        if found.lastgroup != "space":
            yield _Token(str(found.lastgroup), found[0])
        at = found.end()


@dataclass(slots=True)
class _Reader:
    """Reads from left to right: `!` binds first, then `&&`, then `||`.

    What is read comes out for the sense in which it is asked, since an operand that is not decided must not be told
    to be the opposite of itself.
    """

    tokens: tuple[_Token, ...]
    source: LogSource
    at: int = 0
    depth: int = 0

    def whole(self) -> Predicate:
        """The expression, to its end.

        Raises:
            _UnreadableExpressionError: it is none.
        """
        found = self._either(sense=True)
        if self.at < len(self.tokens):
            raise _UnreadableExpressionError(f"{self.tokens[self.at].text!r} is not expected")
        return found

    def _sees(self, kind: str, text: str = "") -> bool:
        if self.at >= len(self.tokens):
            return False
        token = self.tokens[self.at]
        return token.kind == kind and (not text or token.text == text)

    def _either(self, *, sense: bool) -> Predicate:
        parts = [self._both(sense=sense)]
        while self._sees("joint", "||"):
            self.at += 1
            parts.append(self._both(sense=sense))
        return any_of(*parts) if sense else all_of(*parts)

    def _both(self, *, sense: bool) -> Predicate:
        parts = [self._one(sense=sense)]
        while self._sees("joint", "&&"):
            self.at += 1
            parts.append(self._one(sense=sense))
        return all_of(*parts) if sense else any_of(*parts)

    def _one(self, *, sense: bool) -> Predicate:
        bangs = 0
        while self._sees("bang"):
            self.at += 1
            bangs += 1
        sense ^= bangs % 2 == 1
        if not self._sees("open"):
            return self._operand(sense=sense, negated=bangs > 0)
        self.at += 1
        self.depth += 1
        if self.depth > DEEPEST:
            raise _UnreadableExpressionError("it is nested too deep")
        found = self._either(sense=sense)
        if not self._sees("close"):
            raise _UnreadableExpressionError("a parenthesis is not closed")
        self.at += 1
        self.depth -= 1
        if self.at < len(self.tokens) and not (self._sees("joint") or self._sees("close")):
            raise _UnreadableExpressionError("what follows a parenthesis is no logical operator")
        return found

    def _operand(self, *, sense: bool, negated: bool) -> Predicate:
        """Everything up to the next logical operator or parenthesis that belongs to something around it."""
        start, depth = self.at, 0
        while self.at < len(self.tokens) and (depth or not (self._sees("joint") or self._sees("close"))):
            token = self.tokens[self.at]
            depth += (token.kind == "open" or token.text in {"[", "{"}) - (
                token.kind == "close" or token.text in {"]", "}"}
            )
            if depth < 0:
                break
            self.at += 1
        tokens = self.tokens[start : self.at]
        if not tokens or depth:
            raise _UnreadableExpressionError("an operand is missing, or not closed")
        said = _Operand(" ".join(token.text for token in tokens), sense, self.source)
        if negated and any(token.kind == "op" for token in tokens):
            return said.unsure("`!` binds to the first part of a comparison alone")
        return said.meaning(tokens)


@dataclass(frozen=True, slots=True)
class _Operand:
    """Something that is true or false of a flow, and the sense in which it is asked for."""

    text: str
    sense: bool
    source: LogSource

    def unsure(self, because: str) -> Predicate:
        return opaque(self.text if self.sense else f"!({self.text})", because)

    def meaning(self, tokens: tuple[_Token, ...]) -> Predicate:
        kinds = [token.kind for token in tokens]
        texts = [token.text for token in tokens]
        match kinds, texts:
            case ["path"], ["true" | "false" as word]:
                return TRUE if (word == "true") is self.sense else FALSE
            case ["path", "op", "string" | "number" as kind], [path, op, value]:
                return self._compared(path, op, kind, value)
            case ["string" | "number" as kind, "op", "path"], [value, op, path]:
                return self._compared(path, op, kind, value)
            case ["path", "open", "path", "close"], ["has", _, path, _]:
                return self._there(path)
            case ["path", "open", "path", "other", "string", "close"], ["inIpRange", _, path, ",", net, _]:
                return self._in_range(path, net[1:-1])
            case _:
                return self.unsure("this part of a filter expression is not decided")

    def _of(self, path: str, holds: Predicate) -> Predicate:
        """The outcome, for flows that have the field; what it is for others is open."""
        known = holds if self.sense else negate(holds)
        if not field_of(domains_of(self.source), PAYLOAD + path).optional:
            return known
        there = present(PAYLOAD + path)
        lacking = self.unsure(f"what becomes of flows without {path} is not documented")
        return any_of(all_of(there, known), all_of(negate(there), lacking))

    def _compared(self, path: str, op: str, kind: str, value: str) -> Predicate:
        fitting = _NUMBERS if kind == "number" else _TEXTS
        if path not in fitting:
            return self.unsure(f"{path} is not known to be a field that this can be compared with")
        equal = (
            atom(PAYLOAD + path, "=", value, "number")
            if kind == "number"
            else atom(PAYLOAD + path, "=", value[1:-1])
        )
        return self._of(path, equal if op == "==" else negate(equal))

    def _there(self, path: str) -> Predicate:
        if path not in _NUMBERS | _TEXTS:
            return self.unsure(f"{path} is no field that is known")
        there = present(PAYLOAD + path)
        return there if self.sense else negate(there)

    def _in_range(self, path: str, text: str) -> Predicate:
        """Whether an address is in a range.

        Addresses are text: of IPv4, four numbers between dots, so that whole octets are the start of the text. Of a
        range that ends within an octet, addresses of the same octets that are not in it are left open, since no text
        but addresses can be.
        """
        if path not in _ADDRESSES or not _RANGE.fullmatch(text):
            return self.unsure("this is no address in a range")
        try:
            net = ip_network(text)
        except ValueError:
            return self.unsure(f"{text!r} is no range of addresses")
        name = PAYLOAD + path
        colon = atom(name, "contains", ":")
        if not isinstance(net, IPv4Network):
            if net.prefixlen == 0:
                return self._of(path, colon)
            # An IPv6 address can be written in several ways; IPv4 addresses are surely not in the range.
            unsure = self.unsure("ranges of IPv6 addresses are not compared")
            return all_of(colon, unsure) if self.sense else any_of(negate(colon), unsure)
        if net.prefixlen == 0:
            return self._of(path, negate(colon))
        if net.prefixlen < _OCTET:
            return self.unsure("so wide a range of addresses is not compared")
        whole, bits = divmod(net.prefixlen, _OCTET)
        octets = str(net.network_address).split(".")
        around = _starting(name, octets[:whole])
        if not bits:
            return self._of(path, around)
        first = int(octets[whole])
        inside = any_of(
            *(_starting(name, [*octets[:whole], str(first + more)]) for more in range(1 << (_OCTET - bits)))
        )
        between = self.unsure("of addresses so near to the range nothing is said")
        if self.sense:
            return any_of(inside, all_of(around, between))
        return all_of(negate(inside), any_of(negate(around), between))


def _starting(name: str, octets: list[str]) -> Predicate:
    """The addresses that start with these octets."""
    text = ".".join(octets)
    return atom(name, "=", text) if len(octets) == 4 else atom(name, "prefix", text + ".")  # noqa: PLR2004 - octets of an address
