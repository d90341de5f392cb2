"""What can be wrong with a file before there is any text in it."""

import hashlib
import os

import pytest

from logcov.documents import MAX_BYTES, load_json, load_yaml, shown_path
from logcov.errors import ConfigError, DocumentError, PolicyError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complaint(path) -> str:
    with pytest.raises(DocumentError) as raised:
        load_yaml(path)
    return str(raised.value)


def test_a_file_is_read_and_its_digest_kept(folder):
    (folder / "a.yaml").write_bytes(b"a: 1\r\nb: 2\r\n")
    document = load_yaml(folder / "a.yaml")
    assert document.data == {"a": 1, "b": 2}
    assert document.name == "a.yaml"
    assert document.sha256 == hashlib.sha256(b"a: 1\r\nb: 2\r\n").hexdigest()
    assert document.place(("b",)) == (2, 4)


def test_json_files_are_read_too(folder):
    (folder / "a.json").write_text('{"a": [1]}')
    assert load_json("a.json", error=PolicyError).data == {"a": [1]}


def test_a_missing_file_is_one_clear_sentence_of_the_right_kind():
    with pytest.raises(ConfigError) as raised:
        load_yaml("nowhere.yaml", error=ConfigError)
    assert str(raised.value) == "nowhere.yaml: there is no such file"


def test_a_directory_is_no_file(folder):
    assert complaint(folder) == ".: this is a directory, not a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(folder):
    (folder / "a.yaml").write_text("a: 1")
    (folder / "a.yaml").chmod(0)
    assert complaint("a.yaml") == "a.yaml: this file cannot be read (Permission denied)"


def test_a_path_through_a_file_cannot_be_read(folder):
    (folder / "a.yaml").write_text("a: 1")
    assert complaint("a.yaml/b.yaml") == "a.yaml/b.yaml: this file cannot be read (Not a directory)"


def test_a_path_with_a_nul_cannot_be_read():
    assert "this file cannot be read" in complaint("a\0b")


def test_a_file_that_is_too_big_is_refused(folder):
    (folder / "a.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    assert complaint("a.yaml") == "a.yaml: this file is bigger than 5 MB"


def test_utf_16_is_refused_by_name(folder):
    (folder / "a.yaml").write_bytes("a: 1".encode("utf-16"))
    assert complaint("a.yaml") == "a.yaml: this file is UTF-16 or UTF-32; save it as UTF-8"


def test_a_byte_that_is_not_utf_8_is_told_with_its_place(folder):
    (folder / "a.yaml").write_bytes("a: é\nb: ".encode() + b"\xff")
    assert complaint("a.yaml") == "a.yaml:2:4: this byte is not UTF-8; save the file as UTF-8"


def test_a_byte_order_mark_is_no_part_of_the_first_key(folder):
    (folder / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert load_yaml("a.yaml").data == {"a": 1}


def test_an_empty_file_says_so(folder):
    (folder / "a.yaml").write_text("# nothing yet\n")
    assert complaint("a.yaml") == "a.yaml:2:1: the file is empty"


def test_paths_are_shown_relative_to_the_working_folder_if_below_it(folder):
    assert shown_path(folder / "x" / "a.yaml") == "x/a.yaml"
    assert shown_path("/elsewhere/a.yaml") == "/elsewhere/a.yaml"
    assert shown_path("../a.yaml") == "../a.yaml"
    (folder / "b.yaml").write_text("a: [")
    with pytest.raises(DocumentError, match=r"^the policy:"):
        load_yaml("b.yaml", name="the policy")
