"""How calls to Okta are signed: the SDK's configuration, made by hand from the target and the environment.

The SDK's own reading of configuration merges environment variables and `okta.yaml` files, and can so send
one org's token to another. A complete mapping, handed over, reads neither.
"""

import json
import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from logcov import __version__
from logcov.config import OktaKey, OktaTarget, OktaToken
from logcov.errors import ReadFailure

TIMEOUT = 30
"""Seconds that one HTTP exchange may take; the SDK's own default is no limit."""

PLACEHOLDER = "loopback"
"""The token that a server on loopback is sent where the target names no credentials."""


def on_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def base_url(target: OktaTarget) -> str:
    """Where calls go: scheme and host, without a slash at the end."""
    return (target.endpoint or target.org_url).rstrip("/")


def org_host(target: OktaTarget) -> str:
    """The org's host, which names the org even where an endpoint answers in its stead."""
    return (urlsplit(target.org_url).hostname or target.org_url).lower()


def principal(target: OktaTarget) -> str:
    """Who calls are made as: a client id, or the variable that holds a token; never a secret."""
    match target.auth:
        case OktaKey(client_id=client_id):
            return f"okta:client/{client_id}"
        case OktaToken(api_token_env=name):
            return f"okta:api-token/{name}"
        case _:
            return "okta:anonymous"


def _from_environment(name: str, call: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise ReadFailure(
            call=call, kind="credentials", detail=f"the environment variable {name} is not set, or is empty"
        )
    return value


@dataclass(frozen=True, slots=True)
class _PrivateKey:
    """An RSA key as PEM text, which the SDK cannot take for a path, and the id that a JWK carries."""

    pem: str = field(repr=False)
    key_id: str | None


def _private_key(name: str, call: str) -> _PrivateKey:
    """The private key in this variable: a JWK, or PEM whose line ends may be escaped.

    Raises:
        ReadFailure: `credentials`, naming the variable and nothing of what it holds.
    """
    value = _from_environment(name, call)
    key = _from_jwk(value) if value.startswith("{") else _from_pem(value.replace("\\n", "\n"))
    if key is None:
        raise ReadFailure(
            call=call, kind="credentials", detail=f"the environment variable {name} holds no RSA private key"
        )
    return key


def _pem(key: Any) -> str | None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if not isinstance(key, RSAPrivateKey):
        return None
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _from_pem(text: str) -> _PrivateKey | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    lines = "\n".join(line.strip() for line in text.splitlines())
    try:
        pem = _pem(load_pem_private_key(lines.encode(), password=None))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The texts of these may quote the key: they are dropped.
        return None
    return _PrivateKey(pem, None) if pem is not None else None


def _from_jwk(text: str) -> _PrivateKey | None:
    from jwt.algorithms import RSAAlgorithm
    from jwt.exceptions import InvalidKeyError

    try:
        members = json.loads(text)
        pem = _pem(RSAAlgorithm.from_jwk(members))
    except (ValueError, TypeError, InvalidKeyError):
        return None
    key_id = members.get("kid")
    return _PrivateKey(pem, key_id if isinstance(key_id, str) else None) if pem is not None else None


def sdk_config(target: OktaTarget, scopes: tuple[str, ...], call: str) -> dict[str, Any]:
    """The SDK's configuration for calls that need these scopes and no others.

    Raises:
        ReadFailure: `credentials`: a variable is empty or holds no key, none is named, or the URL is not https.
    """
    url = base_url(target)
    loopback = on_loopback(url)
    if not loopback and urlsplit(url).scheme != "https":
        raise ReadFailure(
            call=call, kind="credentials", detail="nothing was sent: the org's URL does not begin with https"
        )
    client: dict[str, Any] = {
        "orgUrl": url,
        "userAgent": f"logcov/{__version__}",
        "requestTimeout": TIMEOUT,
        "connectionTimeout": TIMEOUT,
        "rateLimit": {"maxRetries": 0},
        "cache": {"enabled": False},
        "logging": {"enabled": False},
        "proxy": None,
        "raiseException": False,
    }
    match target.auth:
        case OktaKey() as auth:
            key = _private_key(auth.private_key_env, call)
            key_id = auth.key_id or key.key_id
            client |= {
                "authorizationMode": "PrivateKey",
                "clientId": auth.client_id,
                "scopes": list(scopes),
                "privateKey": key.pem,
                "oauthTokenRenewalOffset": 5,
                "dpopEnabled": auth.dpop,
            }
            if key_id is not None:
                client["kid"] = key_id
        case OktaToken() as auth:
            client |= {"authorizationMode": "SSWS", "token": _from_environment(auth.api_token_env, call)}
        case _ if loopback:
            client |= {"authorizationMode": "SSWS", "token": PLACEHOLDER}
        case _:
            raise ReadFailure(call=call, kind="credentials", detail="the target names no credentials")
    return {"client": client, "testing": {"testingDisableHttpsCheck": loopback}}
