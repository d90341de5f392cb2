"""Every example in the documentation goes through the loader that its reader will use."""

import json
import re
from pathlib import Path

import pytest

from docs.prose import PAGES, ROOT, Block, blocks, text_of
from logcov.catalogue import PROVIDERS, SOURCES, operations_of
from logcov.config import load_config
from logcov.documents import parse_yaml
from logcov.policy.language import HeadShape
from logcov.policy.load import load_policies

YAML = list(blocks("yaml"))
JOBS = [block for block in YAML if re.search(r"^ +(before_)?script:", block.text, re.MULTILINE)]
"""Parts of a GitLab pipeline."""

NAMES = """version: 1
name: names
scopes:
  production: {under: "gcp:folders/4711"}
destinations:
  siem: {at: "gcp:pubsub/projects/acme-siem/topics/audit-export"}
  archive: "aws:s3/acme-org-trail"
"""
"""What a part of a policy may use without binding it."""


def of(page: str, *, fragment: bool = False) -> list[Block]:
    return [
        block for block in YAML if block.page.name == page and block.text.startswith("# fragment") is fragment
    ]


def saved(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_page_with_examples_is_looked_at():
    assert {block.page.name for block in YAML} == {"README.md", "ci.md", "credentials.md", "policies.md"}
    assert {block.page.name for block in JOBS} == {"README.md", "ci.md"}


@pytest.mark.parametrize("block", of("policies.md"), ids=str)
def test_every_whole_policy_loads_without_a_warning(block, tmp_path):
    loaded = load_policies([saved(tmp_path, "policy.yaml", block.text)], SOURCES)

    assert loaded.requirements
    assert loaded.warnings == ()


@pytest.mark.parametrize("block", of("policies.md", fragment=True), ids=str)
def test_every_part_of_a_policy_loads_where_it_belongs(block, tmp_path):
    keys = set(parse_yaml(block.text, str(block)).data)
    own = {field.alias or name for name, field in HeadShape.model_fields.items()}
    if keys <= own:
        text = f"version: 1\nname: part\n{block.text}"
    else:
        indented = "\n".join(f"    {line}" for line in block.text.splitlines())
        head = "version: 1\nname: part\nrequire:\n  - id: one\n    title: One\n    logs: aws.cloudtrail.management\n"
        text = head + indented
    paths = [saved(tmp_path, "policy.yaml", text)]
    if not keys & {"scopes", "destinations"}:
        paths.append(saved(tmp_path, "names.yaml", NAMES))

    loaded = load_policies(paths, SOURCES)

    # The exempted requirement is one of another example.
    assert all("no requirement of the given policies matches `acme:reads`" in one for one in loaded.warnings)


def test_the_exempted_requirement_is_that_of_the_example_above(tmp_path):
    (acme,) = (block for block in of("policies.md") if "id: reads" in block.text)

    (only,) = load_policies([saved(tmp_path, "policy.yaml", acme.text)], SOURCES).requirements

    assert only.id == "acme:reads"


def test_every_logcov_yaml_loads(tmp_path):
    examples = [
        block for block in (*of("README.md"), *of("credentials.md")) if block.text.startswith("version: 1")
    ]
    assert {block.page.name for block in examples} == {"README.md", "credentials.md"}
    for block in examples:
        config = load_config(saved(tmp_path, "logcov.yaml", block.text))

        assert config.policies
        assert config.gcp
        assert config.aws
        assert config.okta
        assert config.workspace


def test_every_policy_that_the_readme_names_ships():
    for name in re.findall(r"coverage_policies/[\w.-]+\.yaml", text_of("README.md")):
        assert (ROOT / name).is_file(), name


def actions(document: object) -> set[str]:
    """Everything that stands under `Action`, at any depth."""
    if isinstance(document, dict):
        own = document.get("Action", [])
        return {own} if isinstance(own, str) else {*own}.union(*map(actions, document.values()))
    return set[str]().union(*map(actions, document)) if isinstance(document, list) else set()


def test_every_iam_policy_allows_what_the_catalogue_names_and_nothing_else():
    documents = [parse_yaml(block.text, str(block)).data for block in of("credentials.md")]
    # What the sample report quotes as evidence is no policy.
    pages = [page for page in PAGES if page.name != "sample-report.md"]
    documents += [json.loads(block.text) for block in blocks("json", pages)]
    allowed = set[str]().union(*map(actions, documents))
    reads = {one.permission or one.call for one in operations_of("aws")}

    # What the federation of CI is trusted to do is said in its own trust policy, which grants nothing to logcov.
    assert allowed - {"sts:AssumeRoleWithWebIdentity"} == reads


# `uv run`, `script:` or a command substitution may stand before it.
COMMAND = re.compile(r"^(?:.*\$\(|.*run |.*script: |.*- )?(logcov [a-z-][^#\n]*)", re.MULTILINE)
COMMANDS = [(block, line) for block in (*blocks("sh"), *JOBS) for line in COMMAND.findall(block.text)]


@pytest.mark.parametrize(("block", "line"), COMMANDS, ids=lambda value: str(value).strip())
def test_every_command_and_option_of_an_example_exists(block, line):
    words = re.split(r"[\s|)\"]+", line)[1:]
    page = text_of("docs/commands.md")
    # The longest beginning that is a command.
    depth = next((n for n in (2, 1) if f"## `logcov {' '.join(words[:n])}`\n" in page), 0)
    section = page.split(f"## `{' '.join(['logcov', *words[:depth]])}`\n", 1)[1].split("\n## ", 1)[0]

    assert depth or all(word.startswith("-") for word in words if word), f"{block}: {line}"
    for word in words[depth:]:
        if re.fullmatch(r"--?[a-z][a-z-]*", word):
            assert re.search(rf"(^|[ ,]){re.escape(word)}\b", section, re.MULTILINE), f"{block}: {word}"


def test_every_provider_of_an_example_exists():
    text = text_of("docs/credentials.md") + text_of("README.md")
    for named in re.findall(r"logcov permissions ([a-z|]+)", text):
        assert set(named.split("|")) <= set(PROVIDERS)


def test_every_job_of_an_example_runs_something():
    for block in JOBS:
        for name, job in parse_yaml(block.text, str(block)).data.items():
            assert {"script", "before_script"} & set(job), f"{block}: {name}"


def test_every_json_example_is_json():
    for block in blocks("json", [page for page in PAGES if page.name != "sample-report.md"]):
        json.loads(block.text)
