"""Cloud KMS: the keys that destinations are encrypted with."""

from collections.abc import Mapping

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Operation, missing
from logcov.sandbox.world import World

HOST = "cloudkms.googleapis.com"


def _key(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    name = f"projects/{parts['id']}/locations/{parts['location']}/keyRings/{parts['ring']}/cryptoKeys/{parts['key']}"
    found = world.gcp.keys.get(world.gcp.canonical(name))
    return Answer(body=found) if found else missing(f"CryptoKey {name} not found.")


OPERATIONS = (
    Operation(
        name="cloudkms.cryptoKeys.get",
        service=HOST,
        path=r"/v1/(?P<kind>projects)/(?P<id>[a-z0-9:.-]+)/locations/(?P<location>[a-z0-9-]+)"
        r"/keyRings/(?P<ring>[^/]+)/cryptoKeys/(?P<key>[^/:]+)",
        place=("kind", "id"),
        permission="cloudkms.cryptoKeys.get",
        handle=_key,
    ),
)
"""What is answered. Source: the discovery document cloudkms v1."""
