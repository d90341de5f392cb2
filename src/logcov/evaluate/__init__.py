"""The judge: a pure function of an inventory, the policies and a day. It names no provider."""

from logcov.evaluate.ages import places_to_confirm
from logcov.evaluate.assessment import evaluate

__all__ = ["evaluate", "places_to_confirm"]
