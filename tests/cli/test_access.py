"""No credentials, wrong ones, expired ones, nobody who answers: told at once, never waited for, never repeated."""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.running import MET, Ran, process, written
from logcov.cli.access import shut_out
from logcov.inventory import BlindSpot, Header, Inventory
from logcov.sandbox.configuration import config_text
from logcov.sandbox.faults import Fault

POLICY = MET.replace("logs: okta.system_log", 'logs: "*"').replace("searchable: 90d", "retain: 300d")

OKTA = "okta: [{org_url: 'https://acme.okta.com', auth: {api_token_env: OKTA_UNSET}}]"
OKTA_KEY = "okta: [{org_url: 'https://acme.okta.com', auth: {client_id: 0oa1, private_key_env: OKTA_UNSET}}]"
GCP = "gcp: [{organization: '123456789012'}]"
GCP_KEY = "gcp: [{organization: '123456789012', credentials: {key_file_env: KEY_UNSET}}]"
WORKSPACE = "workspace: [{customer: my_customer, subject: auditor@acme.example}]"
AWS = "aws: [{organization: true, role: LogcovReader}]"
AWS_PROFILE = "aws: [{profile: nobody}]"


def _config(folder: Path, *targets: str) -> None:
    written(folder, "policy.yaml", POLICY)
    written(folder, "logcov.yaml", "\n".join(["version: 1", "policies: [policy.yaml]", *targets]) + "\n")


def _incomplete(ran: Ran, *said: str) -> None:
    assert ran.code == 11, ran.err
    assert "Traceback" not in ran.err
    for words in said:
        assert words in ran.err, ran.err


@contextmanager
def _silent() -> Iterator[tuple[str, list[int]]]:
    """A server that takes connections and never answers: its address, and an entry per connection."""
    met: list[int] = []
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                met.append(1)
                kept.append(connection)

        taking = threading.Thread(target=take, daemon=True)
        taking.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}", met
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            taking.join()
            for connection in kept:
                connection.close()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens: the port is taken, so that nobody else can listen there either."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (OKTA, "okta: no access: the environment variable OKTA_UNSET is not set"),
        (OKTA_KEY, "okta: no access: the environment variable OKTA_UNSET is not set"),
        (GCP_KEY, "gcp: no access: the environment variable KEY_UNSET is not set"),
    ],
)
def test_a_variable_that_is_not_set_is_named(logcov, tmp_path, target, said):
    _config(tmp_path, target)

    _incomplete(logcov("audit"), said, "in logcov.yaml")


def test_a_missing_aws_profile_is_named(tmp_path):
    _config(tmp_path, AWS_PROFILE)

    ran = process("audit", cwd=tmp_path, env={"HOME": str(tmp_path)})

    _incomplete(ran, "aws: no access: The config profile (nobody) could not be found")


@pytest.mark.parametrize(("target", "provider"), [(GCP, "gcp"), (WORKSPACE, "workspace")])
def test_without_google_credentials_the_metadata_server_is_asked_once(tmp_path, target, provider):
    _config(tmp_path, target)
    with _silent() as (address, met):
        there = {"GCE_METADATA_IP": address, "GCE_METADATA_HOST": address, "NO_GCE_CHECK": "false"}
        there["GCE_METADATA_TIMEOUT"] = "1"

        ran = process("audit", cwd=tmp_path, env={"HOME": str(tmp_path), **there})

    _incomplete(
        ran, f"{provider}: no access: no usable Google credentials", "gcloud auth application-default login"
    )
    assert len(met) == 1


def test_without_aws_credentials_the_instance_is_asked_at_most_twice(tmp_path):
    _config(tmp_path, AWS)
    with _silent() as (address, met):
        there = {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{address}",
            "AWS_EC2_METADATA_DISABLED": "false",
        }

        ran = process("audit", cwd=tmp_path, env={"HOME": str(tmp_path), **there})

    _incomplete(ran, "aws: no access: no credentials were found (sts:GetCallerIdentity", "AWS_PROFILE")
    assert 1 <= len(met) <= 2


def test_an_endpoint_at_which_nobody_listens_leaves_blind_spots(logcov, tmp_path, nobody):
    _config(
        tmp_path,
        f"gcp: [{{organization: '123456789012', endpoint: '{nobody}'}}]",
        f"okta: [{{org_url: 'https://acme.okta.com', endpoint: '{nobody}'}}]",
        f"workspace: [{{customer: my_customer, endpoint: '{nobody}'}}]",
        f"aws: [{{organization: true, role: LogcovReader, endpoint: '{nobody}'}}]",
    )

    ran = logcov("audit")

    _incomplete(
        ran, *(f"{one}: nothing could be read" for one in ("gcp", "okta", "workspace", "aws")), "HTTPS_PROXY"
    )


def test_wrong_credentials_are_blind_spots(logcov, acme, here):
    here.faults.replace([Fault(fault="expired_token", provider="okta")])

    _incomplete(logcov("audit"), "okta: no access: ", "(okta.logStreams.list at okta:orgs/acme")


def test_a_token_that_expires_in_mid_run_keeps_what_was_read_before(logcov, here, tmp_path):
    policy = written(tmp_path, "policy.yaml", POLICY)
    text = config_text(google=here.google, okta={}, aws="", role="", policies=(policy,))
    written(tmp_path, "logcov.yaml", text)
    here.faults.replace([Fault(fault="expired_token", provider="gcp", after=12)])

    ran = logcov("audit", "--format", "json")

    assert ran.code in {11, 12}
    assert "gcp: no access: " in ran.err
    shown = json.loads(ran.out)
    assert {one["kind"] for one in shown["blind_spots"]} >= {"credentials"}
    assert sum(line["discovered"] for line in shown["population"]) > 1


def test_a_message_is_told_once_however_many_calls_failed(logcov, acme, here):
    here.faults.replace([Fault(fault="expired_token", provider="okta")])

    ran = logcov("audit")

    assert ran.err.count("okta: no access") == 1
    assert "and 3 more)" in ran.err


def test_a_single_denied_call_is_left_to_the_report(logcov, acme, here):
    here.faults.replace([Fault(fault="denied", provider="okta", operation="*logStreams*")])

    ran = logcov("audit")

    assert ran.code == 11
    assert "no access" not in ran.err
    assert "nothing could be read" not in ran.err
    assert "okta.logStreams.read" in ran.out


def _blind(call: str, detail: str) -> BlindSpot:
    return BlindSpot(
        id=f"!{call}",
        place="okta:orgs/a",
        location=None,
        call=call,
        kind="credentials",
        permission="",
        detail=detail,
    )


def test_what_was_not_asked_because_of_a_failure_is_told_with_that_failure():
    header = Header(
        tool="logcov", started_at="", finished_at="", sources=(), hop_kinds=(), destination_kinds=()
    )
    facts = (_blind("a", "expired"), _blind("b", "not asked: expired"), _blind("c", "odd"), _blind("d", ""))

    assert list(shut_out(Inventory(header=header, facts=facts))) == [
        "okta: no access (d at okta:orgs/a)",
        "okta: no access: expired (a at okta:orgs/a)",
        "okta: no access: odd (c at okta:orgs/a)",
        "  Put the key or token into the environment variable that `auth` in logcov.yaml names.",
    ]


def test_what_a_provider_said_cannot_steer_the_terminal():
    header = Header(
        tool="logcov", started_at="", finished_at="", sources=(), hop_kinds=(), destination_kinds=()
    )

    told = "".join(
        shut_out(Inventory(header=header, facts=(_blind("a", "no\x1b[2J\nlogcov: all is covered"),)))
    )

    assert "no\\x1b[2J\\nlogcov: all is covered" in told
    assert "\x1b" not in told
    assert "\n" not in told


# --- secrets --------------------------------------------------------------------------------------------------


def _contents(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield path.name, (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def test_no_secret_reaches_a_file_or_the_screen_when_everything_fails(here, tmp_path, nobody):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key_file = {
        "type": "service_account",
        "client_email": "logcov@acme-audit.iam.gserviceaccount.com",
        "private_key": pem,
        "private_key_id": "key1",
        "token_uri": f"{here.google}/token",
    }
    (tmp_path / "secrets").mkdir()
    (tmp_path / "run").mkdir()
    keys = written(tmp_path / "secrets", "key.json", json.dumps(key_file))
    secret = {
        "OKTA_TOKEN": "00SecretOktaToken_x7",
        "OKTA_KEY": pem,
        "GOOGLE_KEY": str(keys),
        "AWS_ACCESS_KEY_ID": "AKIASECRETSECRET1234",
        "AWS_SECRET_ACCESS_KEY": "SecretAws/Key+0123456789",
        "AWS_SESSION_TOKEN": "SecretSessionToken//0123456789==",
        "EXTERNAL_ID": "SecretExternalId-0123",
    }
    first, second = list(here.okta.items())[:2]
    _config(
        tmp_path / "run",
        "gcp:",
        f"  - {{organization: '123456789012', endpoint: '{here.google}', credentials: {{key_file_env: GOOGLE_KEY}}}}",
        "okta:",
        f"  - {{org_url: 'https://{first[0]}', endpoint: '{first[1]}', auth: {{api_token_env: OKTA_TOKEN}}}}",
        f"  - {{org_url: 'https://{second[0]}', endpoint: '{second[1]}',"
        " auth: {client_id: 0oa1, key_id: k, private_key_env: OKTA_KEY}}",
        "workspace:",
        f"  - {{customer: my_customer, subject: a@acme.example, endpoint: '{here.google}',"
        " credentials: {key_file_env: GOOGLE_KEY}}",
        "aws:",
        f"  - {{organization: true, role: LogcovReader, external_id_env: EXTERNAL_ID, endpoint: '{nobody}'}}",
    )
    here.faults.replace([Fault(fault="denied", operation="*logStreams*"), Fault(fault="invalid_json")])

    ran = process("audit", "-o", "r.md", "-o", "r.json", cwd=tmp_path / "run", env=secret)

    assert ran.code == 11, ran.err
    assert "Traceback" not in ran.err
    hidden = [
        *(text for name, text in secret.items() if name not in {"GOOGLE_KEY", "OKTA_KEY"}),
        *(line for line in pem.splitlines()[1:-1]),
    ]
    everything = [("standard output", ran.out), ("standard error", ran.err), *_contents(tmp_path / "run")]
    assert {"r.md", "r.json", "assessment.json", "inventory.jsonl.gz"} <= {name for name, _ in everything}
    for where, text in everything:
        for one in hidden:
            assert one not in text, where
