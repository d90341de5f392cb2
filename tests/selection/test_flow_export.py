"""Which flows the filter expression and the sampling of VPC Flow Logs let through."""

import json
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.inventory.rows import Field, LogSource
from logcov.selection import compile_text
from logcov.selection.decide import decide, domains_of
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Opaque,
    Predicate,
    Sampled,
    all_of,
    any_of,
    atom,
    holds,
    leaves,
    negate,
    present,
)

FLOWS = LogSource(
    id="gcp.vpc.flow",
    title="flows",
    provider="gcp",
    scope_kinds=("gcp.project",),
    fields=(
        Field(name="jsonPayload.reporter", optional=False),
        Field(name="jsonPayload.connection.src_ip", optional=False),
        Field(name="jsonPayload.connection.dest_ip", optional=False),
        Field(name="jsonPayload.connection.protocol", kind="number", optional=False),
        Field(name="jsonPayload.connection.dest_port", kind="number"),
        Field(name="jsonPayload.src_instance.vm_name"),
        Field(name="jsonPayload.dest_vpc.vpc_name"),
    ),
)
REPORTER, SOURCE_IP = "jsonPayload.reporter", "jsonPayload.connection.src_ip"
VM = "jsonPayload.src_instance.vm_name"


def written(expression: str, share: str = "1") -> Predicate:
    return compile_text("gcp.flow-export", json.dumps({"expr": expression, "sample": share}), FLOWS)


def is_open(predicate: Predicate) -> bool:
    return any(isinstance(leaf, Opaque) for leaf in leaves(predicate))


@pytest.mark.parametrize("text", ["{}", '{"expr": ""}', '{"expr": " ", "sample": "1.0"}', '{"expr": "true"}'])
def test_without_a_filter_everything_is_written(text: str) -> None:
    assert compile_text("gcp.flow-export", text, FLOWS) is TRUE


def test_a_share_is_a_sample_of_what_the_filter_lets_through() -> None:
    found = written("reporter == 'SRC'", "0.5")
    assert {type(leaf).__name__ for leaf in leaves(found)} == {"Atom", "Sampled"}
    assert isinstance(written("", "0.5"), Sampled)
    assert written("false", "0.5") is FALSE
    assert written("", "0") is FALSE


@pytest.mark.parametrize(
    "text", ["", "[]", '{"expr": 1}', '{"sample": 0.5}', '{"expr": "", "other": ""}', '{"sample": "half"}']
)
def test_another_text_is_opaque(text: str) -> None:
    assert isinstance(compile_text("gcp.flow-export", text, FLOWS), Opaque)


SRC = atom(REPORTER, "=", "SRC")
DEST = atom(REPORTER, "=", "DEST")
TCP = atom("jsonPayload.connection.protocol", "=", "6", "number")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("reporter == 'SRC'", SRC),
        ('reporter=="SRC"', SRC),
        ("'SRC' == reporter", SRC),
        ("reporter != 'SRC'", negate(SRC)),
        ("!(reporter == 'SRC')", negate(SRC)),
        ("!!(reporter == 'SRC')", SRC),
        ("connection.protocol == 6", TCP),
        ("6 != connection.protocol", negate(TCP)),
        (
            "reporter == 'SRC' || reporter == 'DEST' && connection.protocol == 6",
            any_of(SRC, all_of(DEST, TCP)),
        ),
        (
            "(reporter == 'SRC' || reporter == 'DEST') && connection.protocol == 6",
            all_of(any_of(SRC, DEST), TCP),
        ),
        ("!(reporter == 'SRC' && connection.protocol == 6)", any_of(negate(SRC), negate(TCP))),
        ("has(src_instance.vm_name)", present(VM)),
        ("!has(src_instance.vm_name)", negate(present(VM))),
        ("inIpRange(connection.src_ip, '10.0.0.0/8')", atom(SOURCE_IP, "prefix", "10.")),
        ("!inIpRange(connection.src_ip, '10.1.0.0/16')", negate(atom(SOURCE_IP, "prefix", "10.1."))),
        ("inIpRange(connection.src_ip, '10.1.2.3/32')", atom(SOURCE_IP, "=", "10.1.2.3")),
        ("inIpRange(connection.src_ip, '::/0')", atom(SOURCE_IP, "contains", ":")),
        ("inIpRange(connection.src_ip, '0.0.0.0/0')", negate(atom(SOURCE_IP, "contains", ":"))),
        ("true && reporter == 'SRC'", SRC),
        ("!true || false", FALSE),
    ],
)
def test_documented_conditions_are_exact(expression: str, expected: Predicate) -> None:
    assert written(expression) is expected


@pytest.mark.parametrize(
    "expression",
    [
        "reporter.startsWith('S')",
        "reporter == connection.src_ip",
        "reporter == 6",
        "connection.protocol == '6'",
        "connection.protocol == 6.0",
        "connection.protocol in [6, 17]",
        "connection.protocol < 7",
        "bytes_sent == 5",
        "reporter == 'S\\'RC'",
        "!reporter == 'SRC'",
        "inIpRange(reporter, '10.0.0.0/8')",
        "inIpRange(connection.src_ip, '10.0.0.1/8')",
        "inIpRange(connection.src_ip, '10.0.0.1')",
        "inIpRange(connection.src_ip, '8.0.0.0/7')",
        "inIpRange('10.0.0.1', '10.0.0.0/8')",
        "has(src_vpc)",
        "size({'a': 1}) == 1",
    ],
)
def test_what_is_not_decided_is_neither_kept_nor_dropped(expression: str) -> None:
    flow = {REPORTER: "SRC", SOURCE_IP: "10.0.0.1", "jsonPayload.connection.protocol": "6"}
    assert holds(written(expression), flow) is None
    assert holds(written(f"!({expression})"), flow) is None
    assert holds(written(f"({expression}) || !({expression})"), flow) is None
    assert holds(written(f"{expression} && reporter == 'DEST'"), flow) is False


@pytest.mark.parametrize(
    "expression",
    [
        "reporter ==",
        "&& true",
        "true true true",
        "true || ",
        "(true",
        "true)",
        "(true) == false",
        "has(a]",
        "has(a",
        "true ? true : false",
        "a ~ b",
        "'open",
        "true // everything",
        "[true",
        "]",
        "(" * 65 + "true" + ")" * 65,
        "true" + " " * 4096,
    ],
)
def test_what_is_no_expression_is_opaque(expression: str) -> None:
    assert is_open(written(expression))


def test_parentheses_may_be_nested() -> None:
    assert written("(" * 64 + "true" + ")" * 64) is TRUE


def test_a_flow_without_the_field_is_in_doubt_but_not_one_with_it() -> None:
    mine = written("src_instance.vm_name == 'mine'")
    assert holds(mine, {VM: "mine"}) is True
    assert holds(mine, {VM: "yours"}) is False
    assert holds(mine, {}) is None
    assert decide(
        TRUE, written("src_instance.vm_name == 'a' || src_instance.vm_name != 'a'"), domains_of(FLOWS)
    ).verdict == ("UNKNOWN")


def test_a_range_within_an_octet_is_exact_inside_and_far_away() -> None:
    near = written("inIpRange(connection.src_ip, '172.16.0.0/12')")
    assert holds(near, {SOURCE_IP: "172.31.255.1"}) is True
    assert holds(near, {SOURCE_IP: "10.0.0.1"}) is False
    assert holds(near, {SOURCE_IP: "172.32.0.1"}) is None
    outside = written("!inIpRange(connection.src_ip, '10.1.2.128/25')")
    assert holds(outside, {SOURCE_IP: "10.1.2.200"}) is False
    assert holds(outside, {SOURCE_IP: "10.1.3.200"}) is True
    assert holds(outside, {SOURCE_IP: "10.1.2.1"}) is None


def test_an_ipv4_address_is_in_no_range_of_ipv6() -> None:
    assert holds(written("inIpRange(connection.src_ip, '2001:db8::/32')"), {SOURCE_IP: "10.0.0.1"}) is False
    assert holds(written("!inIpRange(connection.src_ip, '2001:db8::/32')"), {SOURCE_IP: "10.0.0.1"}) is True
    assert holds(written("inIpRange(connection.src_ip, '2001:db8::/32')"), {SOURCE_IP: "2001:db8::1"}) is None


def test_complements_are_everything_together() -> None:
    both = any_of(
        written("inIpRange(connection.src_ip, '10.0.0.0/8')"),
        written("!inIpRange(connection.src_ip, '10.0.0.0/8')"),
    )
    assert decide(TRUE, both, domains_of(FLOWS)).verdict == "ALL"


# --- Against an evaluator of its own --------------------------------------------------------------------------

Flow = Mapping[str, Any]
IPS = ("10.0.0.1", "10.1.2.3", "10.1.130.9", "172.20.0.1", "192.168.1.1", "2001:db8::1", "::1")
NETS = (
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.128.0/17",
    "172.16.0.0/12",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/32",
    "10.0.0.0/7x",
)
OPERANDS: dict[str, Callable[[Flow], Any]] = {
    **{
        f"inIpRange(connection.{side}_ip, '{net}')": (
            lambda flow, side=side, net=net: (
                None if "x" in net else ip_address(flow[f"connection.{side}_ip"]) in ip_network(net)
            )
        )
        for side, net in product(("src", "dest"), NETS)
    },
    **{
        f"{field} {op} {value!r}": (
            lambda flow, field=field, op=op, value=value: (
                None if field not in flow else (flow[field] == value) is (op == "==")
            )
        )
        for field, op, value in (
            ("reporter", "==", "SRC"),
            ("reporter", "!=", "SRC"),
            ("connection.protocol", "==", 6),
            ("connection.dest_port", "!=", 443),
            ("connection.dest_port", "==", 443),
            ("src_instance.vm_name", "==", "a"),
            ("src_instance.vm_name", "!=", "a"),
            ("dest_vpc.vpc_name", "==", "b"),
        )
    },
    "has(src_instance.vm_name)": lambda flow: "src_instance.vm_name" in flow,
    "has(dest_vpc.vpc_name)": lambda flow: "dest_vpc.vpc_name" in flow,
    "true": lambda _: True,
    "false": lambda _: False,
    "reporter.endsWith('C')": lambda _: None,
}
"""Operand → what it is of a flow; None where it is an error, or not decided."""

flows = st.fixed_dictionaries(
    {
        "reporter": st.sampled_from(("SRC", "DEST")),
        "connection.src_ip": st.sampled_from(IPS),
        "connection.dest_ip": st.sampled_from(IPS),
        "connection.protocol": st.sampled_from((6, 17)),
    },
    optional={
        "connection.dest_port": st.sampled_from((443, 22)),
        "src_instance.vm_name": st.sampled_from(("a", "b")),
        "dest_vpc.vpc_name": st.sampled_from(("a", "b")),
    },
)
expressions = st.recursive(
    st.sampled_from(sorted(OPERANDS)),
    lambda inner: st.one_of(
        st.tuples(st.just("!"), inner), st.tuples(st.sampled_from(("&&", "||")), inner, inner)
    ),
    max_leaves=6,
)


def spelled(tree: Any) -> str:
    match tree:
        case ("!", inner):
            return f"!({spelled(inner)})"
        case (joint, left, right):
            return f"({spelled(left)}) {joint} ({spelled(right)})"
        case _:
            return tree


def outcome(tree: Any, flow: Flow) -> bool | None:
    """As CEL has it: an error is absorbed by what decides without it, and spreads otherwise."""
    match tree:
        case ("!", inner):
            found = outcome(inner, flow)
            return None if found is None else not found
        case (joint, left, right):
            both, decisive = {outcome(left, flow), outcome(right, flow)}, joint == "||"
            return decisive if decisive in both else None if None in both else not decisive
        case _:
            return OPERANDS[tree](flow)


def record_of(flow: Flow) -> dict[str, str]:
    return {f"jsonPayload.{name}": str(value) for name, value in flow.items()}


@settings(max_examples=400, deadline=None)
@given(expressions, st.lists(flows, min_size=1, max_size=6))
def test_whatever_is_said_of_a_flow_is_so(tree: Any, found: list[Flow]) -> None:
    predicate = written(spelled(tree))
    for flow in found:
        said = holds(predicate, record_of(flow))
        assert said is None or said == outcome(tree, flow)


EXACT = [
    operand
    for operand in OPERANDS
    if not any(
        odd in operand
        for odd in ("endsWith", "/7x", "/17", "/12", "db8", "vm_name =", "vm_name !", "vpc_name =", "port")
    )
]
UNIVERSE = [
    {
        "reporter": reporter,
        "connection.src_ip": one,
        "connection.dest_ip": other,
        "connection.protocol": protocol,
    }
    | more
    for reporter, one, other, protocol, more in product(
        ("SRC", "DEST"),
        IPS[:5:2],
        IPS[1::3],
        (6, 17),
        ({}, {"src_instance.vm_name": "a", "dest_vpc.vpc_name": "b"}),
    )
]


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.sampled_from(EXACT),
        lambda inner: st.one_of(
            st.tuples(st.just("!"), inner), st.tuples(st.sampled_from(("&&", "||")), inner, inner)
        ),
        max_leaves=6,
    )
)
def test_what_is_documented_is_decided(tree: Any) -> None:
    predicate = written(spelled(tree))
    outcomes = [outcome(tree, flow) for flow in UNIVERSE]
    assert [holds(predicate, record_of(flow)) for flow in UNIVERSE] == outcomes
    verdict = decide(TRUE, predicate, domains_of(FLOWS)).verdict
    assert verdict != "ALL" or set(outcomes) == {True}
    assert verdict != "NONE" or set(outcomes) == {False}


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("()[]{}!&|='\"\\,.?:<aA1 /\n"), max_size=60)
    | st.lists(
        st.sampled_from(
            (
                "(",
                ")",
                "!",
                "&&",
                "||",
                "==",
                "reporter",
                "'SRC'",
                "6",
                "has(a.b)",
                "inIpRange(",
                ",",
                "[",
                "]",
            )
        ),
        max_size=20,
    ).map(" ".join)
)
def test_no_text_raises(text: str) -> None:
    holds(written(text), record_of(UNIVERSE[0]))
    compile_text("gcp.flow-export", text, FLOWS)
