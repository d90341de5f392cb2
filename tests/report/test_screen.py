"""The screen that reports for terminals are drawn on."""

from logcov.report.screen import ASCII, FULL, Screen, name, sentence, signs_for
from report.specimen import NASTY


def drawn(*what, width=40, encoding="utf-8", indent=0):
    screen = Screen(width=width, color=False, encoding=encoding)
    screen.show(*what, indent=indent)
    return screen.text()


def test_signs_are_those_that_the_encoding_has():
    assert signs_for("utf-8") is FULL
    assert signs_for("ascii") is ASCII
    assert signs_for("no-such-encoding") is ASCII


def test_a_name_is_shown_as_it_is_and_never_obeyed():
    assert drawn(name("[bold]x[/] :smile: \x1b[31m")) == "[bold]x[/] :smile: \\x1b[31m\n"
    assert drawn(name("a\nb")) == "a\\nb\n"


def test_a_sentence_is_one_paragraph():
    assert drawn(sentence("two\n  lines")) == "two lines\n"


def test_what_is_long_is_folded_and_what_is_endless_is_cut():
    lines = drawn(name(NASTY * 10), width=40).splitlines()
    assert max(map(len, lines)) <= 40
    assert len(lines) < 12
    assert "more characters" in " ".join(lines)


def test_the_lines_of_an_item_begin_at_one_column():
    screen = Screen(width=30, color=False, encoding="utf-8")
    screen.item(name("2 ×"), sentence("words that do not fit into a line"), name("end"), indent=2)
    assert screen.text() == "  2 × words that do not fit\n      into a line\n      end\n"


def test_characters_that_the_encoding_lacks_are_written_out():
    assert drawn(name("名"), encoding="latin-1") == "\\u540d\n"
