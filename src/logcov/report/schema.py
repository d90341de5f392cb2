"""The JSON Schema of `logcov.assessment/v1`: what the JSON report promises, and what reading one back checks.

`assessment.v1.schema.json` beside this module is what `as_text` gives, and ships.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from logcov.findings import GAP_REASONS, SCHEMA, SEVERITIES, STATUSES, UNKNOWN_REASONS, Basis, Extent, Step

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Node = dict[str, Any]

_TEXT: Node = {"type": "string"}
_NUMBER: Node = {"type": "integer", "minimum": 0}
_DAY: Node = {"type": "string", "format": "date"}
_ANYTHING: Node = {"type": "object"}
_TEXTS: Node = {"type": "object", "additionalProperties": _TEXT}


def _enum(values: Sequence[str]) -> Node:
    return {"enum": list(values)}


def _or_null(node: Node) -> Node:
    return {"anyOf": [node, {"type": "null"}]}


def _list(item: Node) -> Node:
    return {"type": "array", "items": item}


def _object(properties: Mapping[str, Node], *, optional: Sequence[str] = ()) -> Node:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _said(node: Node, description: str) -> Node:
    return {**node, "description": description}


_CONTROL = _object(
    {"framework": _TEXT, "id": _TEXT, "relation": _TEXT, "because": _TEXT, "not_shown": _list(_TEXT)},
    optional=("because", "not_shown"),
)

_STATE = _enum(("active", "expired", "not-yet"))

_EXEMPTED = _object(
    {
        "id": _TEXT,
        "state": _STATE,
        "expires": _DAY,
        "owner": _TEXT,
        "approved_by": _TEXT,
        "reason": _TEXT,
        "ticket": _TEXT,
    },
    optional=("owner", "approved_by", "reason", "ticket"),
)

_FINDING = _object(
    {
        "id": _said(_TEXT, "the same in every run, as long as requirement and place are the same"),
        "requirement": _TEXT,
        "title": _TEXT,
        "severity": _enum(SEVERITIES),
        "status": _enum(STATUSES),
        "basis": _enum(get_args(Basis)),
        "source": _said(_TEXT, "the log source"),
        "scope": _TEXT,
        "location": _or_null(_TEXT),
        "resource": _said(_or_null(_TEXT), "the provider's own id; * stands for what could not be listed"),
        "dimensions": _TEXTS,
        "reason": _said(
            _or_null(_enum((*GAP_REASONS, *UNKNOWN_REASONS))),
            "of a gap, an unknown, or what is exempted; null where covered or not applicable",
        ),
        "extent": _or_null(_enum(get_args(Extent))),
        "cause": _said(_or_null(_TEXT), "the object to mend"),
        "detail": _TEXT,
        "witness": _said(_or_null(_TEXTS), "a record that is lost, or would be"),
        "path": _list(
            _object({"kind": _enum(get_args(Step.__annotations__["kind"])), "id": _TEXT, "says": _TEXT})
        ),
        "evidence": _list(
            _object(
                {
                    "api": _TEXT,
                    "at": _TEXT,
                    "value": _ANYTHING,
                    "as_old_as": _said(_NUMBER, "seconds that the answer may be older than `at`"),
                },
                optional=("as_old_as",),
            )
        ),
        "effective_since": _or_null(_TEXT),
        "exemption": _or_null(_EXEMPTED),
        "policy": _object({"file": _TEXT, "line": _NUMBER}),
        "controls": _list(_CONTROL),
        "remediation": _or_null(_TEXT),
    }
)

_POLICY = _object(
    {
        "name": _TEXT,
        "path": _TEXT,
        "sha256": _TEXT,
        "title": _TEXT,
        "owner": _TEXT,
        "framework": _ANYTHING,
    },
    optional=("title", "owner", "framework"),
)

_EXEMPTION = _object(
    {
        "id": _TEXT,
        "requirement": _TEXT,
        "state": _STATE,
        "accepts": _list(_enum(("gap", "unknown"))),
        "reason": _TEXT,
        "requested_by": _TEXT,
        "owner": _TEXT,
        "approved_by": _TEXT,
        "compensating": _TEXT,
        "ticket": _TEXT,
        "from": _DAY,
        "expires": _DAY,
        "findings": _NUMBER,
    },
    optional=("reason", "requested_by", "compensating", "ticket", "accepts", "from"),
)

_ATTESTATION = _object(
    {
        "id": _TEXT,
        "state": _STATE,
        "by": _TEXT,
        "from": _DAY,
        "expires": _DAY,
        "evidence": _TEXT,
        "findings": _NUMBER,
    }
)

_BLIND_SPOT = _object(
    {
        "scope": _said(_TEXT, "the scope or destination that was asked about"),
        "location": _or_null(_TEXT),
        "call": _TEXT,
        "kind": _TEXT,
        "permission": _said(_TEXT, "would mend it; may be empty"),
        "affects": _list(_said(_TEXT, "a log source")),
    }
)

_SCOPE = _object(
    {
        "id": _TEXT,
        "kind": _TEXT,
        "name": _TEXT,
        "parent": _or_null(_TEXT),
        "state": _TEXT,
        "unreadable": {"type": "boolean"},
        "group": _TEXT,
    }
)

_POPULATION = _object(
    {
        "provider": _TEXT,
        "kind": _TEXT,
        "discovered": _NUMBER,
        "audited": _NUMBER,
        "unreadable": _NUMBER,
        "not_applicable": _NUMBER,
        "obtained_by": _TEXT,
    }
)

_SUMMARY = _object(
    dict.fromkeys(("covered", "covered_attested", "gap", "unknown", "exempt", "not_applicable"), _NUMBER)
)

_ROOT = _object(
    {
        "schema": {"const": SCHEMA},
        "tool": _object({"name": _TEXT, "version": _TEXT}),
        "command": _list(_TEXT),
        "as_of": _DAY,
        "started_at": _TEXT,
        "finished_at": _TEXT,
        "inventory": _object({"sha256": _TEXT}),
        "policies": _list(_POLICY),
        "identities": _list(_object({"provider": _TEXT, "principal": _TEXT})),
        "population": _list(_POPULATION),
        "requirements": _list(
            _object({"id": _TEXT, "title": _TEXT, "matched": _NUMBER, "not_assessed": _list(_TEXT)})
        ),
        "summary": _SUMMARY,
        "findings": _list(_FINDING),
        "causes": _list(_object({"id": _TEXT, "reason": _TEXT, "findings": _NUMBER})),
        "blind_spots": _list(_BLIND_SPOT),
        "exemptions": _list(_EXEMPTION),
        "attestations": _list(_ATTESTATION),
        "not_assessed": _list(_object({"framework": _TEXT, "id": _TEXT, "because": _TEXT})),
        "warnings": _list(_TEXT),
        "notes": _list(_TEXT),
        "limits": _list(_TEXT),
        "scopes": _list(_SCOPE),
    }
)


def json_schema() -> Node:
    """The schema of an assessment: Draft 2020-12, closed (no key that it does not name)."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        "title": "logcov assessment",
        "description": "All findings of one evaluation, the population, what could not be read, and what made it.",
        **_ROOT,
    }


def as_text() -> str:
    """The schema as the file that ships holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
