"""Accounts of AWS as scopes: how they are named, and the states in which nobody can act in them."""

ACCOUNT_PREFIX = "aws:accounts/"
ACTIVE = "active"
DORMANT = frozenset({"suspended", "closed", "pending_activation"})
"""States of accounts that are "unusable" (Organizations user guide, "Monitor the state of your AWS accounts"): nobody can
act in them or read there. An account with `pending_closure` "remains functional": it is entered like an active one, and
so is one whose state is not known.
"""
