"""What the pages state of the code, held against the code."""

import re
import tomllib
from dataclasses import fields
from typing import get_args

import pytest

from docs.prose import PAGES, ROOT, anchors, text_of, without_blocks
from logcov import cli
from logcov.catalogue import DESTINATION_KINDS, operations_of
from logcov.findings import GAP_REASONS
from logcov.inventory import records
from logcov.policy import language
from logcov.policy.language import LATER, TERMS

POLICIES = text_of("docs/policies.md")
PYPROJECT = tomllib.loads(text_of("pyproject.toml"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_documentation_leads_somewhere(page):
    for target, anchor in re.findall(
        r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", without_blocks(page.read_text(encoding="utf-8"))
    ):
        if "://" in target:
            continue
        to = (page.parent / target).resolve() if target else page
        assert to.exists(), target
        assert not anchor or anchor in anchors(to), f"{target}#{anchor}"


def test_every_page_is_linked_from_the_readme_or_from_a_page_that_is():
    readme = ROOT / "README.md"
    reached, todo = {readme}, [readme]
    while todo:
        page = todo.pop()
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            to = (page.parent / target).resolve()
            if to.suffix == ".md" and to.exists() and to not in reached:
                reached.add(to)
                todo.append(to)

    assert {page.name for page in PAGES} == {page.name for page in reached}


def test_every_path_that_a_page_names_exists():
    known = re.compile(r"`((?:src|tests|docs|coverage_policies|benchmarks|providers|catalogue)/[\w/.*-]+)`")
    for page in PAGES:
        for path in known.findall(page.read_text(encoding="utf-8")):
            folder = ROOT if (ROOT / path.split("/")[0]).exists() else ROOT / "src/logcov"
            assert any(folder.glob(path.rstrip("/"))), f"{page.name}: {path}"


def shapes():
    for shape in vars(language).values():
        if isinstance(shape, type) and issubclass(shape, language.Strict) and shape is not language.Strict:
            yield shape


def test_the_page_on_policies_names_every_key_of_the_language():
    keys = {field.alias or name for shape in shapes() for name, field in shape.model_fields.items()}

    missing = {
        key for key in keys if not re.search(rf"[`{{. ,]{key}[`:,]|^ *-? *{key}:", POLICIES, re.MULTILINE)
    }
    assert missing == set()


def test_the_page_on_policies_has_a_row_for_every_term_and_for_no_other():
    rows = re.findall(r"^\| `(\w+): [^|]*\|[^|]*\|([^|]*)\|$", POLICIES, re.MULTILINE)

    assert {term for term, _ in rows} == set(TERMS)
    for _, reason in rows:
        assert not reason.strip() or reason.strip(" `") in GAP_REASONS


def test_the_page_on_policies_names_the_words_that_are_refused():
    (sentence,) = re.findall(r"^(`[^.\n]*?) is a word of the language", POLICIES, re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", sentence)) == set(LATER)


def test_the_page_on_policies_shows_only_ids_of_destinations_that_there_are():
    prefixes = {kind.pattern.removesuffix("*") for kind in DESTINATION_KINDS}
    (ids,) = re.findall(r"^Ids: (.*?)\. In patterns", POLICIES, re.MULTILINE | re.DOTALL)

    for one in re.findall(r"`([^`]+)`", ids):
        assert one.startswith(tuple(prefixes)), one


@pytest.mark.parametrize("page", ["README.md", "docs/exit-codes.md"])
def test_the_exit_codes_are_those_of_the_code(page):
    told = {int(code) for code in re.findall(r"^\| `?(\d+)`? \|", text_of(page), re.MULTILINE)}

    assert told == {0, 10, 11, 12, cli.USAGE, cli.CRASH, cli.INTERRUPTED}


def test_the_page_on_the_inventory_names_every_record_and_real_fields_of_it():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.*) \|$", text_of("docs/inventory.md"), re.MULTILINE)

    assert {record for _, record, _ in rows} == {one.__name__ for one in get_args(records.Fact)}
    for tag, record, told in rows:
        assert tag == re.sub(r"(?<!^)(?=[A-Z])", "_", record).lower()
        known = {field.name for field in fields(getattr(records, record))} | {"generate", "carry", "withhold"}
        assert set(re.findall(r"`(\w+)`", told)) <= known


def test_the_page_on_the_inventory_names_every_field_of_the_header():
    (told,) = re.findall(r"^## The header\n(.*?)^## ", text_of("docs/inventory.md"), re.MULTILINE | re.DOTALL)

    for field in fields(records.Header):
        assert f"`{field.name}`" in told, field.name


def test_the_layers_that_are_drawn_are_those_that_are_checked():
    (contract,) = (one for one in PYPROJECT["tool"]["importlinter"]["contracts"] if one["name"] == "Layers")

    (drawn,) = re.findall(r"^```\n(cli .*?)^```", text_of("docs/design.md"), re.MULTILINE | re.DOTALL)
    assert [re.split(r" {2,}", line)[0] for line in drawn.splitlines()] == contract["layers"]


def test_the_scopes_of_the_page_on_credentials_are_those_of_the_rows():
    page = text_of("docs/credentials.md")
    google = {one.permission for one in operations_of("workspace")}

    assert set(re.findall(r"https://www\.googleapis\.com/auth/[\w.-]+", page)) == google
    assert set(re.findall(r"\bokta\.\w+\.(?:read|manage)\b", page)) == {
        one.permission for one in operations_of("okta")
    }


def test_the_sample_report_was_made_nowhere_in_particular():
    for name in ("docs/sample-report.md", "docs/sample-terminal.txt", "README.md"):
        text = text_of(name)
        assert not re.findall(r"/tmp/|/home/|[A-Z]:\\\\", text), name
        assert set(re.findall(r"127\.0\.0\.1:(\d+)", text)) <= {"8080"}, name


def test_the_findings_of_the_sample_can_be_explained_by_their_ids():
    assert re.search(r"`lc-[0-9a-f]+`", text_of("docs/sample-report.md"))
