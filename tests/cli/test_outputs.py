"""Where reports go: whole or not at all, through links, never over what is read."""

import os
from pathlib import Path

import pytest

from cli.running import written
from logcov.cli.outputs import check_writable, opened_outputs, terminal_size, write_text
from logcov.errors import OutputError, UsageError


def test_a_file_is_replaced_and_keeps_nothing_beside_it(tmp_path):
    path = written(tmp_path, "report.md", "old")

    write_text(path, "new ü")

    assert path.read_text(encoding="utf-8") == "new ü"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_can_be_read_by_whoever_the_umask_lets(tmp_path):
    path = tmp_path / "report.md"
    before = os.umask(0o027)
    try:
        write_text(path, "new")
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o640


def test_a_report_that_was_made_private_stays_private(tmp_path):
    path = written(tmp_path, "report.md", "old")
    path.chmod(0o600)

    write_text(path, "new")

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_name_that_no_disk_takes_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be written: File name too long"):
        check_writable([tmp_path / ("a" * 300 + ".md")])


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    there = written(tmp_path / "there", "report.md", "old")
    link = tmp_path / "report.md"
    link.symlink_to(there)

    check_writable([link])
    write_text(link, "new")

    assert link.is_symlink()
    assert there.read_text() == "new"


def test_a_link_to_a_folder_that_is_missing_is_refused(tmp_path):
    link = tmp_path / "report.md"
    link.symlink_to(tmp_path / "missing" / "report.md")

    with pytest.raises(UsageError, match="does not exist"):
        check_writable([link])


def test_two_names_of_one_file_are_one_file(tmp_path):
    path = written(tmp_path, "report.md", "old")
    (tmp_path / "link.md").symlink_to(path)

    with pytest.raises(UsageError, match="named as output twice"):
        check_writable([path, tmp_path / "link.md"])


def test_standard_output_may_be_named_as_a_device(tmp_path):
    check_writable([Path("/dev/null")])
    write_text(Path("/dev/null"), "text")

    assert Path("/dev/null").is_char_device()


def test_what_goes_wrong_while_writing_is_told(tmp_path):
    written(tmp_path, "file", "no folder")

    with pytest.raises(OutputError, match=r"report\.md cannot be written: "):
        write_text(tmp_path / "file" / "report.md", "text")


def test_a_text_that_cannot_be_written_leaves_the_old_file_whole(tmp_path):
    path = written(tmp_path, "report.md", "old")

    with pytest.raises(TypeError):
        write_text(path, b"no text")  # type: ignore[arg-type]

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_and_a_folder_that_are_write_protected_are_refused(tmp_path):
    path = written(tmp_path, "report.md", "old")
    path.chmod(0o400)
    with pytest.raises(UsageError, match="write-protected"):
        check_writable([path])

    (tmp_path / "folder").mkdir(mode=0o500)
    with pytest.raises(UsageError, match="Permission denied"):
        check_writable([tmp_path / "folder" / "report.md"])


def test_checking_changes_nothing(tmp_path):
    path = written(tmp_path, "report.md", "old")

    opened = opened_outputs([str(path), str(tmp_path / "new.json")], "terminal")

    assert [(one.format.name, one.path.name) for one in opened] == [
        ("markdown", "report.md"),
        ("json", "new.json"),
    ]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_folder_for_what_is_kept_need_not_be_there_yet(tmp_path):
    check_writable([tmp_path / ".logcov" / "inventory.jsonl.gz"])

    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_reports_are_a_hundred_columns_wide_and_plain(monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)

    width, color = terminal_size()

    assert not color
    assert width >= 60


def test_columns_can_be_set_from_outside(monkeypatch):
    monkeypatch.setenv("COLUMNS", "132")
    assert terminal_size()[0] == 132
    monkeypatch.setenv("COLUMNS", "10")
    assert terminal_size()[0] == 60
