"""Policies: what must be covered, where, and what has been accepted."""

from logcov.policy.load import load_policies
from logcov.policy.model import (
    Attestation,
    Clause,
    Condition,
    Control,
    Exemption,
    Leg,
    Logs,
    NotAssessed,
    Place,
    Policy,
    PolicySet,
    Reach,
    RecordException,
    Requirement,
    Selector,
    Stores,
    Terms,
    Vouched,
)
from logcov.policy.schema import json_schema

__all__ = [
    "Attestation",
    "Clause",
    "Condition",
    "Control",
    "Exemption",
    "Leg",
    "Logs",
    "NotAssessed",
    "Place",
    "Policy",
    "PolicySet",
    "Reach",
    "RecordException",
    "Requirement",
    "Selector",
    "Stores",
    "Terms",
    "Vouched",
    "json_schema",
    "load_policies",
]
