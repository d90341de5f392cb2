"""The traffic type of a VPC flow log: dialect `aws.flow-traffic`.

Source: ec2:DescribeFlowLogs, `TrafficType`; records say `ACCEPT` or `REJECT` in their field `action`.
"""

from logcov.inventory.rows import LogSource
from logcov.selection.predicate import TRUE, Predicate, atom, opaque


def compile_flow_traffic(text: str, _source: LogSource) -> Predicate:
    """The records that a flow log of this traffic type takes: `ALL`, `ACCEPT` or `REJECT`; others are opaque."""
    match text:
        case "ALL":
            return TRUE
        case "ACCEPT" | "REJECT":
            return atom("action", "=", text)
        case _:
            return opaque(text, "no such traffic type is known")
