"""What is generated is current, and what the project states of itself in several places agrees."""

import importlib.util
import re
import subprocess
import tomllib

import pytest

from docs.prose import ROOT, text_of

PYPROJECT = tomllib.loads(text_of("pyproject.toml"))


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_pages_are_current():
    assert generator().stale() == []


def test_every_command_is_documented():
    text = text_of("docs/commands.md")
    for words in generator().command_names():
        assert f"## `logcov {' '.join(words)}`" in text


def test_the_first_two_commands_of_the_readme_are_demo_and_test():
    commands = re.findall(r"^(make \w+)", text_of("README.md"), re.MULTILINE)
    makefile = text_of("Makefile")

    assert commands[:2] == ["make demo", "make test"]
    assert re.search(r"^demo:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)


def test_the_constraints_pin_everything_and_name_no_place():
    lines = [
        line.split(";")[0].strip()
        for line in text_of("constraints.txt").splitlines()
        if line.strip() and not line.startswith("#")
    ]

    assert all(re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[A-Za-z0-9.+!]+", line) for line in lines), lines


def test_the_development_requirements_are_those_of_the_project():
    lines = text_of("dev-requirements.txt").splitlines()

    assert [line for line in lines if not line.startswith("#")] == PYPROJECT["dependency-groups"]["dev"]


def test_every_dependency_has_its_reason():
    design = text_of("docs/design.md").lower()
    named = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["dev"]]
    for requirement in named:
        name = re.split(r"[\[<>=!~ ]", requirement)[0].lower()
        assert name in design, name


def test_nothing_machine_specific_is_tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    forbidden = [
        "find" + "-links",
        "extra-index" + "-url",
        "file:" + "///",
        "/ro" + "ot/",
    ]
    if len(ROOT.parts) > 2:  # a checkout at `/src` has a name that means something elsewhere, too
        forbidden.append(str(ROOT))
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for word in forbidden:
            assert word not in text, f"{name} holds {word}"


def test_the_version_has_its_entry_in_the_changelog():
    from logcov import __version__

    versions = re.findall(r"^## \[?([\w.]+)\]?", text_of("CHANGELOG.md"), re.MULTILINE)

    assert versions[:2] == ["Unreleased", __version__]
    assert PYPROJECT["project"]["version"] == __version__
