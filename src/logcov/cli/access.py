"""What to tell a person at once when a provider let nobody in, or could not be reached: the rest is in the report."""

from collections import Counter
from collections.abc import Iterator

from logcov.inventory import BlindSpot, Inventory, Reading

_SIGN_IN = {
    "aws": "Set up credentials that boto3 finds (`aws configure`, AWS_PROFILE, …), or name a `profile` in logcov.yaml.",
    "gcp": "Run `gcloud auth application-default login`, or name other `credentials` in logcov.yaml.",
    "okta": "Put the key or token into the environment variable that `auth` in logcov.yaml names.",
    "workspace": "Run `gcloud auth application-default login`, or name other `credentials` in logcov.yaml.",
}
_UNREACHED = "Check the network, proxy variables such as HTTPS_PROXY, and the address in logcov.yaml."


def shut_out(inventory: Inventory) -> Iterator[str]:
    """One message per provider and reason: credentials that were missing or refused, or nothing reached at all."""
    answered = {_provider(fact.place) for fact in inventory.facts if isinstance(fact, Reading)}
    blind = [fact for fact in inventory.facts if isinstance(fact, BlindSpot)]
    failed: Counter[tuple[str, str, str]] = Counter()
    where: dict[tuple[str, str, str], str] = {}
    for spot in blind:
        provider = _provider(spot.place)
        if spot.kind == "credentials":
            key = (provider, "no access", spot.detail)
        elif spot.kind in {"server-error", "timeout"} and provider not in answered:
            key = (provider, "nothing could be read", spot.detail)
        else:
            continue
        failed[key] += 1
        where.setdefault(key, f"{spot.call} at {spot.place}")
    for key, count in sorted(failed.items()):
        provider, what, detail = key
        others = f", and {count - 1} more" if count > 1 else ""
        hint = _SIGN_IN.get(provider, "") if what == "no access" else _UNREACHED
        yield f"{provider}: {what}: {detail} ({where[key]}{others})\n  {hint}"


def _provider(place: str) -> str:
    return place.partition(":")[0]
