"""What to tell a person at once when a provider let nobody in, or could not be reached: the rest is in the report."""

from collections import defaultdict
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
    failed: dict[tuple[str, str], dict[str, list[BlindSpot]]] = defaultdict(lambda: defaultdict(list))
    for spot in inventory.facts:
        if not isinstance(spot, BlindSpot):
            continue
        provider = _provider(spot.place)
        if spot.kind == "credentials":
            failed[provider, "no access"][spot.detail].append(spot)
        elif spot.kind in {"server-error", "timeout"} and provider not in answered:
            failed[provider, "nothing could be read"][spot.detail].append(spot)
    for (provider, what), reasons in sorted(failed.items()):
        hint = _SIGN_IN.get(provider, "") if what == "no access" else _UNREACHED
        for reason, spots in sorted(reasons.items()):
            if any(reason != other and reason.endswith(other) for other in reasons):
                continue  # "not asked, because of: …"
            others = f", and {len(spots) - 1} more" if len(spots) > 1 else ""
            first = spots[0]
            yield f"{provider}: {what}: {reason} ({first.call} at {first.place}{others})\n  {hint}"


def _provider(place: str) -> str:
    return place.partition(":")[0]
