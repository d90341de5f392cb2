"""How calls of one AWS target reach the wire: clients, paced and repeated calls, and what gives no answer let alone.

Making a client costs more than using it, so all accounts share them. Whose credentials sign a call is
decided per call, through a context variable; where nobody decided, signing raises, so that no call is ever
made as the wrong account.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from logcov.config import AwsTarget
from logcov.providers.aws.answers import refuse_half_an_answer
from logcov.providers.aws.credentials import Key, SwappedProvider, signing_as
from logcov.providers.aws.failures import classify, heard
from logcov.providers.aws.pacing import Pace
from logcov.providers.aws.partitions import COMMERCIAL, home_of, partition_of
from logcov.providers.aws.permissions import permission_of
from logcov.providers.aws.silence import Silence
from logcov.providers.calls import Patience, Refusal, attempt

CONNECT_SECONDS = 10
POOL = 64


class Wire:
    """The clients of one target, and its calls under way. Making one loads no SDK. Safe to share among threads."""

    def __init__(self, target: AwsTarget, patience: Patience) -> None:
        self._target = target
        self._patience = patience
        self.pace = Pace(patience.stop.wait)
        self.silence = Silence(patience.longest_silence, time.monotonic)
        self._lock = threading.Lock()
        self._boto: Any = None
        self._chain: Any = None
        self.clients: dict[tuple[str, str], Any] = {}
        """Service and region → the client."""

    def close(self) -> None:
        """Closes the connections."""
        with self._lock:
            clients, self.clients = list(self.clients.values()), {}
        for client in clients:
            client.close()

    # --- calls --------------------------------------------------------------------------------------------

    def ask(
        self,
        account: str,
        lend: Callable[[], Any],
        service: str,
        operation: str,
        region: str | None,
        params: Mapping[str, Any],
    ) -> Any:
        """One API call that counts as one to `account`: at its pace, and not at all while it is silent.

        `lend` gives what signs it.

        Raises:
            ReadFailure: the call failed for good.
        """
        call, key = f"{service}:{operation}", (account, region or "", service)

        def paced() -> Any:
            with self.pace.turn(key) as lane:
                # What takes time or fails before anything is sent says nothing about who is asked.
                signed, method = lend(), self._method(service, operation, region)
                self.silence.ask(key, call)
                began = time.monotonic()
                try:
                    with signing_as(signed):
                        data = method(**params)
                except Exception as error:
                    answered, refusal = heard(error), classify(error)
                    if answered:
                        self.silence.answered(key)
                    elif answered is False:
                        self.silence.unanswered(key, began)
                    if refusal is not None and refusal.kind == "throttled":
                        lane.refused()
                    raise
                self.silence.answered(key)
                lane.answered()
                return data

        return self.attempt(call, paced)

    def caller_identity(self, lend: Callable[[], Any]) -> Any:
        """Who somebody is: the one call that is made before it is known to which account it counts.

        Raises:
            ReadFailure: the call failed for good.
        """

        def identify() -> Any:
            signed, method = lend(), self._method("sts", "GetCallerIdentity", None)
            with signing_as(signed):
                return method()

        return self.attempt("sts:GetCallerIdentity", identify)

    def attempt(self, call: str, operation: Callable[[], Any]) -> Any:
        """What an operation gives, tried again where that makes sense.

        Raises:
            ReadFailure: it failed for good.
        """
        permission = permission_of(call)

        def judged(error: Exception) -> Refusal | None:
            refusal = classify(error)
            if refusal is not None and refusal.kind in {"access-denied", "scp-denied"}:
                return replace(refusal, permission=permission)
            return refusal

        return attempt(operation, call=call, classify=judged, patience=self._patience)

    # --- what they need -----------------------------------------------------------------------------------

    def found_credentials(self) -> Callable[[], Any]:
        """How to get the target's own credentials: boto3's chain, or placeholders for a server on loopback.

        Raises:
            BotoCoreError: there are none, or they cannot be loaded.
        """
        from botocore.exceptions import NoCredentialsError

        self._open()
        found = self._chain.load_credentials()
        if found is not None:
            # Asked once now, so that what is missing or out of date shows here, under this name.
            found.get_frozen_credentials()
            lend: Callable[[], Any] = found.get_frozen_credentials
            return lend
        if self._target.endpoint:
            placeholder = Key("placeholder", "placeholder")
            return lambda: placeholder
        raise NoCredentialsError

    def chosen_region(self) -> str | None:
        """The region that the environment or profile chooses."""
        region: str | None = self._open().region_name
        return region

    def region(self) -> str:
        """Where calls are made that name no region: as the environment says, but in the partition to be audited."""
        chosen, regions = self.chosen_region(), self._target.regions
        wanted = partition_of(regions[0]) if regions else None
        if chosen and (wanted is None or partition_of(chosen) == wanted):
            return chosen
        return home_of(wanted or COMMERCIAL) or ""

    def _method(self, service: str, operation: str, region: str | None) -> Any:
        from botocore import xform_name

        return getattr(self._client(service, region), xform_name(operation))

    def _open(self) -> Any:
        """The boto3 session behind all clients, its credential chain set aside and replaced."""
        import boto3
        import botocore.session

        with self._lock:
            if self._boto is None:
                core = botocore.session.Session(profile=self._target.profile)
                chain = core.get_component("credential_provider")
                if self._target.endpoint:
                    # No instance role is for a server on loopback, and asking for one can take seconds.
                    chain.remove("iam-role")
                core.register_component("credential_provider", SwappedProvider())
                core.register_component("data_loader", _models(core.get_config_variable("data_path")))
                core.register("before-parse", refuse_half_an_answer)
                self._chain = chain
                self._boto = boto3.Session(botocore_session=core)
            return self._boto

    def _client(self, service: str, region: str | None) -> Any:
        from botocore.config import Config

        shared, where = self._open(), region or self.region()
        with self._lock:
            client = self.clients.get((service, where))
            if client is None:
                settings: dict[str, Any] = (
                    {"s3": {"addressing_style": "path"}} if self._target.endpoint else {}
                )
                client = shared.client(
                    service,
                    region_name=where,
                    endpoint_url=self._target.endpoint,
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": 1},
                        max_pool_connections=POOL,
                        connect_timeout=min(CONNECT_SECONDS, self._patience.longest_answer),
                        read_timeout=self._patience.longest_answer,
                        user_agent_extra="logcov",
                        **settings,
                    ),
                )
                if self._target.endpoint:
                    client.meta.events.register("before-call.s3-control", _on_one_host(self._target.endpoint))
                self.clients[service, where] = client
            return client


def _on_one_host(endpoint: str) -> Callable[..., None]:
    """S3 Control puts the account's number before the host's name, which a server for everything does not have."""

    def before_call(params: dict[str, Any], **_: Any) -> None:
        asked = urlsplit(params["url"])
        params["url"] = endpoint.rstrip("/") + asked.path + (f"?{asked.query}" if asked.query else "")

    return before_call


@cache
def _models(data_path: str | None) -> Any:
    """Botocore's service models, parsed once for all targets: they are large."""
    from botocore.loaders import create_loader

    return create_loader(data_path)
