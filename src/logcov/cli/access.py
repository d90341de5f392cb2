"""What to tell a person at once when a provider let nobody in, or could not be reached: the rest is in the report."""

from collections import defaultdict
from collections.abc import Iterator

from logcov.inventory import BlindSpot, Inventory, Reading
from logcov.report.plain import visible

_SIGN_IN = {
    "aws": "Set up credentials that boto3 finds (`aws configure`, AWS_PROFILE, …), or name a `profile` in logcov.yaml.",
    "gcp": "Run `gcloud auth application-default login`, or name other `credentials` in logcov.yaml.",
    "okta": "Put the key or token into the environment variable that `auth` in logcov.yaml names.",
    "workspace": "Run `gcloud auth application-default login`, or name other `credentials` in logcov.yaml.",
}
_UNREACHED = "Check the network, proxy variables such as HTTPS_PROXY, and the address in logcov.yaml."


def shut_out(inventory: Inventory) -> Iterator[str]:
    """Lines that say, per provider and reason, what happened, then what to do: credentials that were missing or refused, or nothing reached at all."""
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
        # What was "not asked, because of: …" is told with what it was because of.
        own = [
            one
            for one in sorted(reasons)
            if not any(other and one != other and one.endswith(other) for other in reasons)
        ]
        for reason in own:
            first, *more = reasons[reason]
            others = f", and {len(more)} more" if more else ""
            told = f"{what}: {reason}" if reason else what
            yield visible(f"{provider}: {told} ({first.call} at {first.place}{others})")
        yield f"  {_SIGN_IN.get(provider, '') if what == 'no access' else _UNREACHED}"


def _provider(place: str) -> str:
    return place.partition(":")[0]
