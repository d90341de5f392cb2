"""`logcov.yaml`: what it may say, and what it is told when it says something else."""

import subprocess
import sys
from pathlib import Path

import pytest

from logcov.config import (
    AwsShortcuts,
    AwsTarget,
    Config,
    ConfigAggregator,
    GcpTarget,
    GoogleCredentials,
    OktaKey,
    OktaTarget,
    OktaToken,
    TelemetryConfiguration,
    WorkspaceTarget,
    load_config,
)
from logcov.errors import ConfigError

EXAMPLE = """\
version: 1
policies: [coverage_policies/baseline.yaml, ../shared.yaml]
gcp:
  - organization: "123456789012"
    quota_project: acme-audit
    credentials: adc
    read: auto
  - folder: 77
    credentials: {impersonate: sa@acme.iam.gserviceaccount.com}
    read: direct
  - projects: [acme-prod, "example.com:legacy-app"]
    credentials: {key_file_env: KEY_FILE}
aws:
  - organization: true
    profile: audit
    role: LogcovReader
    external_id_env: LOGCOV_EXTERNAL_ID
    regions: all
    shortcuts:
      config_aggregator: {name: acme-org, account: "222222222222", region: eu-west-1}
      telemetry: {account: "011122223333", regions: [eu-west-1, us-gov-west-1]}
  - accounts: ["011122223333"]
    role: /audit/LogcovReader
    regions: eu-west-1
  - {}
okta:
  - org_url: https://acme.okta.com/
    auth: {client_id: 0oa1, key_id: k1, private_key_env: OKTA_PRIVATE_KEY}
    labels: {env: prod, tier: 1}
  - org_url: https://sandbox.okta.com
    endpoint: http://[::1]:8080
  - org_url: https://Test.okta.com
    auth: {api_token_env: OKTA_API_TOKEN}
    endpoint: http://127.0.0.1:8080/
workspace:
  - customer: my_customer
    subject: auditor@acme.com
    credentials: {impersonate: logcov@acme-audit.iam.gserviceaccount.com}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text: str) -> Config:
    Path("logcov.yaml").write_text(text)
    return load_config("logcov.yaml")


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        load(text)
    return str(raised.value)


def test_the_whole_example_is_understood(folder):
    assert load(EXAMPLE) == Config(
        policies=(str(folder / "coverage_policies/baseline.yaml"), str(folder.parent / "shared.yaml")),
        gcp=(
            GcpTarget(
                organization="123456789012",
                quota_project="acme-audit",
                credentials=GoogleCredentials(adc=True),
            ),
            GcpTarget(
                folder="77",
                credentials=GoogleCredentials(impersonate="sa@acme.iam.gserviceaccount.com"),
                read="direct",
            ),
            GcpTarget(
                projects=("acme-prod", "example.com:legacy-app"),
                credentials=GoogleCredentials(key_file_env="KEY_FILE"),
            ),
        ),
        aws=(
            AwsTarget(
                organization=True,
                profile="audit",
                role="LogcovReader",
                external_id_env="LOGCOV_EXTERNAL_ID",
                shortcuts=AwsShortcuts(
                    config_aggregator=ConfigAggregator(
                        name="acme-org", account="222222222222", region="eu-west-1"
                    ),
                    telemetry=TelemetryConfiguration(
                        account="011122223333", regions=("eu-west-1", "us-gov-west-1")
                    ),
                ),
            ),
            AwsTarget(accounts=("011122223333",), role="audit/LogcovReader", regions=("eu-west-1",)),
            AwsTarget(),
        ),
        okta=(
            OktaTarget(
                org_url="https://acme.okta.com",
                auth=OktaKey(client_id="0oa1", key_id="k1", private_key_env="OKTA_PRIVATE_KEY"),
                labels={"env": "prod", "tier": "1"},
            ),
            OktaTarget(org_url="https://sandbox.okta.com", endpoint="http://[::1]:8080"),
            OktaTarget(
                org_url="https://test.okta.com",
                auth=OktaToken(api_token_env="OKTA_API_TOKEN"),
                endpoint="http://127.0.0.1:8080",
            ),
        ),
        workspace=(
            WorkspaceTarget(
                customer="my_customer",
                subject="auditor@acme.com",
                credentials=GoogleCredentials(impersonate="logcov@acme-audit.iam.gserviceaccount.com"),
            ),
        ),
    )


def test_one_target_may_stand_without_a_list_and_paths_follow_the_file(folder):
    (folder / "conf").mkdir()
    (folder / "conf/logcov.yaml").write_text(
        "version: 1\npolicies: a.yaml\ngcp: {projects: acme-prod, endpoint: 'http://localhost:1'}"
    )
    config = load_config(folder / "conf" / "logcov.yaml")
    assert config.policies == (str(folder / "conf/a.yaml"),)
    assert config.gcp == (GcpTarget(projects=("acme-prod",), endpoint="http://localhost:1"),)


def test_a_missing_file_is_a_config_error():
    with pytest.raises(ConfigError, match=r"^logcov\.yaml: there is no such file$"):
        load_config("logcov.yaml")


GCP = "version: 1\ngcp:\n- "
AWS = "version: 1\naws:\n- "
OKTA = "version: 1\nokta:\n- org_url: https://acme.okta.com\n  "
GWS = "version: 1\nworkspace:\n- "
ONE_WAY = "`credentials` takes exactly one of `impersonate` and `key_file_env`"
HTTPS = "must begin with `https://`; plain http is accepted for loopback (127.0.0.1, localhost) alone"
NUMBER = 'must be the organization\'s number in quotes, without prefix, such as `"123456789012"`'
URL = "must be a URL such as `https://acme.okta.com`"
ENV = "must be the name of an environment variable, such as `OKTA_API_TOKEN`, not a secret itself"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 2\naws: {}", "1:10: version: must be `1`, the only version that this logcov knows"),
        ("version: true\naws: {}", "1:10: version: must be `1`, the only version that this logcov knows"),
        ("aws: {}", "1:1: `version` is missing"),
        ("[]", "1:1: must be a mapping, not a list"),
        (
            "version: 1",
            "1:1: there is nothing to audit; name a target under `gcp`, `aws`, `okta` or `workspace`",
        ),
        ("version: 1\naws: {}\nocta: {}", "3:1: unknown key `octa`; did you mean `okta`?"),
        (GCP + "quota_project: x", "3:3: gcp.0: one of `organization`, `folder` and `projects` is needed"),
        (
            GCP + "{folder: 1, projects: acme-prod}",
            "3:3: gcp.0: `folder` and `projects` stand together; a target takes one of them",
        ),
        (GCP + "organization: organizations/1", f"3:17: gcp.0.organization: {NUMBER}"),
        (GCP + "organization: true", f"3:17: gcp.0.organization: {NUMBER}"),
        (
            GCP + "projects: [projects/acme]",
            "3:14: gcp.0.projects.0: must be a project id such as `acme-prod`, without prefix",
        ),
        (
            GCP + "{folder: 1, read: drect}",
            "3:21: gcp.0.read: must be one of `direct`, `asset-inventory`, `auto`; did you mean `direct`?",
        ),
        (
            GCP + "{folder: 1, credentials: me}",
            "3:28: gcp.0.credentials: must be `adc`, {impersonate: …} or {key_file_env: …}",
        ),
        (
            GCP + "{folder: 1, credentials: [adc]}",
            "3:28: gcp.0.credentials: must be text, not a list",
        ),
        (GCP + "{folder: 1, credentials: {}}", f"3:28: gcp.0.credentials: {ONE_WAY}"),
        (GWS + "credentials: {impersonate: a, key_file_env: B}", f"3:16: workspace.0.credentials: {ONE_WAY}"),
        (GCP + "{folder: 1, endpoint: 'http://logging.acme.com'}", f"3:25: gcp.0.endpoint: {HTTPS}"),
        (GCP + "{folder: 1, endpoint: 'http://10.0.0.1'}", f"3:25: gcp.0.endpoint: {HTTPS}"),
        (GCP + "{folder: 1, endpoint: 'ftp://localhost'}", f"3:25: gcp.0.endpoint: {URL}"),
        (GCP + "{folder: 1, endpoint: 'http://localhost:0'}", f"3:25: gcp.0.endpoint: {URL}"),
        (GCP + "{folder: 1, endpoint: 'http://localhost:x'}", f"3:25: gcp.0.endpoint: {URL}"),
        (GCP + "{folder: 1, endpoint: 'http://['}", f"3:25: gcp.0.endpoint: {URL}"),
        (GCP + "{folder: 1, endpoint: [x]}", f"3:25: gcp.0.endpoint: {URL}"),
        (
            GCP + "{folder: 1, endpoint: 'https://me:hunter2@acme.com'}",
            "3:25: gcp.0.endpoint: must hold no user name, password, query or fragment",
        ),
        (GCP + "{folder: 1}\n- folder: 1", "4:3: gcp.1: this target stands here twice"),
        (
            AWS + "{organization: true, accounts: '111122223333'}",
            "3:3: aws.0: `organization` and `accounts` stand together; a target takes one of them",
        ),
        (AWS + "organization: false", "3:17: aws.0.organization: must be `true`, or be left out"),
        (
            AWS + "accounts: [111122223333]",
            "3:14: aws.0.accounts.0: must be in quotes: account ids are text, and may begin with 0",
        ),
        (
            AWS + "accounts: [011122223333]",
            "3:14: a number with a leading zero is read differently by different programs; put it in quotes",
        ),
        (
            AWS + "accounts: ['1']",
            '3:14: aws.0.accounts.0: must be an account id of 12 digits, such as `"111122223333"`',
        ),
        (
            AWS + "role: arn:aws:iam::111122223333:role/X",
            "3:9: aws.0.role: must be the name of a role, such as `LogcovReader`, not its ARN: it is assumed in each account",
        ),
        (
            AWS + "regions: [eu]",
            "3:13: aws.0.regions.0: must be the name of a region, such as `eu-west-1`; or write `regions: all`",
        ),
        (AWS + "regions: []", "3:12: aws.0.regions: must not be empty"),
        (
            AWS + "external_id_env: ID",
            "3:20: aws.0.external_id_env: an external id is only used with a `role`",
        ),
        (
            AWS + "shortcuts: {}",
            "3:14: aws.0.shortcuts: one of `config_aggregator` and `telemetry` is needed",
        ),
        (AWS + "shortcuts: true", "3:14: aws.0.shortcuts: must be a mapping, not `true` or `false`"),
        (
            AWS + "shortcuts: {aggregator: {}}",
            "3:15: aws.0.shortcuts: unknown key `aggregator`; did you mean `config_aggregator`?",
        ),
        (
            AWS + "shortcuts: {config_aggregator: {name: a, region: eu-west-1}}",
            "3:34: aws.0.shortcuts.config_aggregator: `account` is missing",
        ),
        (
            AWS
            + "shortcuts: {config_aggregator: {name: 'arn:aws:config:x', account: '111122223333', region: eu-west-1}}",
            "3:41: aws.0.shortcuts.config_aggregator.name: must be the name of a Config aggregator, such as `acme-org`, not its ARN",
        ),
        (
            AWS + "shortcuts: {config_aggregator: {name: a, account: '111122223333', region: all}}",
            "3:77: aws.0.shortcuts.config_aggregator.region: must be the name of a region, such as `eu-west-1`",
        ),
        (
            AWS + "shortcuts: {telemetry: {account: 111122223333, regions: eu-west-1}}",
            "3:36: aws.0.shortcuts.telemetry.account: must be in quotes: account ids are text, and may begin with 0",
        ),
        (
            AWS + "shortcuts: {telemetry: {account: '111122223333', regions: []}}",
            "3:61: aws.0.shortcuts.telemetry.regions: must not be empty",
        ),
        (
            "version: 1\nokta: {org_url: 'http://acme.okta.com'}",
            "2:17: okta.org_url: must begin with `https://`",
        ),
        (
            AWS + "role: /",
            "3:9: aws.0.role: must be the name of a role, such as `LogcovReader`, not its ARN: it is assumed in each account",
        ),
        (
            "version: 1\nokta: {org_url: 'https://acme okta.com'}",
            "2:17: okta.org_url: must be a URL such as `https://acme.okta.com`",
        ),
        (
            'version: 1\nokta: {org_url: "https://acme.okta\\n.com"}',
            "2:17: okta.org_url: must be a URL such as `https://acme.okta.com`",
        ),
        (
            "version: 1\nokta: {org_url: 'https://acme.okta.com.'}",
            "2:17: okta.org_url: must name a host such as `acme.okta.com`",
        ),
        (
            "version: 1\nokta: {org_url: 'https://[::1]'}",
            "2:17: okta.org_url: must name a host such as `acme.okta.com`",
        ),
        (
            OKTA + 'endpoint: "https://a\\tb.com"',
            "4:13: okta.0.endpoint: must be a URL such as `https://acme.okta.com`",
        ),
        (
            "version: 1\nokta: {org_url: 'https://acme-admin.okta.com'}",
            "2:17: okta.org_url: must not be the address of the admin console; write `https://acme.okta.com`",
        ),
        (
            "version: 1\nokta: {org_url: 'https://acme.okta.com/app'}",
            "2:17: okta.org_url: must hold nothing after the host name: `https://acme.okta.com`",
        ),
        (OKTA + "auth: {}", "4:9: okta.0.auth: `auth` takes {client_id, private_key_env} or {api_token_env}"),
        (OKTA + "auth: {client_id: x}", "4:9: okta.0.auth: `private_key_env` is missing"),
        (OKTA + "auth: {private_key_env: X}", "4:9: okta.0.auth: `client_id` is missing"),
        (
            OKTA + "auth: {api_token_env: X, client_id: x}",
            "4:9: okta.0.auth: `api_token_env` and `client_id` are two ways to sign in; choose one",
        ),
        (OKTA + "auth: {api_token_env: }", "4:10: okta.0.auth: `api_token_env` has no value"),
        (OKTA + "auth: {api_token_env: 00-hunter2}", f"4:25: okta.0.auth.api_token_env: {ENV}"),
        (OKTA + "auth: {api_token_env: 5}", f"4:25: okta.0.auth.api_token_env: {ENV}"),
        (OKTA + "labels: {env: [prod]}", "4:17: okta.0.labels.env: must be text, not a list"),
    ],
)
def test_each_mistake_has_its_message_and_place(text, message):
    assert complaint(text) == f"logcov.yaml:{message}"


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        (OKTA + "auth: {client_id: x, private_key: hunter2}", "private_key_env"),
        (OKTA + "auth: {api_token: hunter2}", "api_token_env"),
        (OKTA + "auth: {token: [hunter2]}", "api_token_env"),
        (OKTA + "api_token: hunter2", "api_token_env"),
        (AWS + "external_id: hunter2", "external_id_env"),
        (AWS + "secret_access_key: hunter2", "profile"),
        (AWS + "shortcuts: {telemetry: {session_token: hunter2}}", "profile"),
        (GCP + "{folder: 1, credentials: {key_file: hunter2}}", "key_file_env"),
        (GCP + "{folder: 1, private_key: hunter2}", "key_file_env"),
        (GWS + "credentials: {private_key: hunter2}", "key_file_env"),
        (GWS + "password: hunter2", "a secret does not belong"),
        ("version: 1\naws: {}\ntoken: hunter2", "a secret does not belong"),
        (OKTA + "auth: {pasword: hunter2}", "unknown key"),
        (OKTA + "auth: hunter2", "must be a mapping"),
        (GWS + "credentials: hunter2", "must be `adc`"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(text, instead):
    message = complaint(text)
    assert instead in message
    assert "hunter2" not in message


def test_every_problem_is_told_at_once():
    text = 'version: 1\ngcp: {folder: x}\naws: {role: "a b"}\nokta: {org_url: x, lables: {}}\n'
    assert [line.split(": ")[0] for line in complaint(text).splitlines()] == [
        "logcov.yaml:2:15",
        "logcov.yaml:3:13",
        "logcov.yaml:4:17",
        "logcov.yaml:4:20",
    ]


def test_one_region_of_the_telemetry_configuration_may_stand_without_a_list():
    config = load(AWS + "shortcuts: {telemetry: {account: '111122223333', regions: eu-west-1}}")
    assert config.aws[0].shortcuts == AwsShortcuts(
        telemetry=TelemetryConfiguration(account="111122223333", regions=("eu-west-1",))
    )


def test_targets_cost_neither_pydantic_nor_yaml_at_import():
    code = "import sys, logcov.config; print({'pydantic', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
