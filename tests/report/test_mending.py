"""What would mend a gap, as reports tell it: a sentence, and the same commands not too often."""

import re

from logcov.report.explain import render as explained
from logcov.report.markdown import render
from logcov.report.mending import MOST_TIMES, mend, mends
from logcov.report.safe_markdown import LONGEST_BLOCK
from report.specimen import assessment, finding

COMMANDS = (
    "# In account 1:\naws logs create-log-group --log-group-name " + "long/" * 40 + "\n\n# Terraform\nx = {}"
)


def gap(number=0, commands=COMMANDS, **changes):
    remediation = f"Mend it.\n\n{commands}" if commands else "Mend it."
    return finding("gap", scope=f"aws:accounts/{number}", remediation=remediation, **changes)


def test_a_sentence_ends_with_the_first_empty_line():
    assert (mend(gap()).sentence, mend(gap()).commands) == ("Mend it.", COMMANDS)
    assert (mend(gap(commands="")).sentence, mend(gap(commands="")).commands) == ("Mend it.", "")
    assert mend(finding("covered", remediation=None)).sentence == ""


def test_the_same_commands_are_shown_a_few_times_and_then_referred_to():
    gaps = [gap(number) for number in range(MOST_TIMES + 2)]
    told = list(mends([*gaps, gap(99, commands="")]).values())

    assert [bool(one.commands) for one in told] == [True] * MOST_TIMES + [False] * 3
    assert [one.same_as for one in told] == [""] * MOST_TIMES + [gaps[0].id] * 2 + [""]
    assert {one.times for one in told[:-1]} == {MOST_TIMES + 2}


def test_the_report_for_auditors_has_commands_in_a_block_that_they_cannot_end():
    text = render(assessment([gap(commands="aws x --name '````'\n```\n# no heading")]))
    (block,) = re.findall(r"^(`{3,})sh\n(.*?)\n\1$", text, re.DOTALL | re.MULTILINE)
    assert block == ("`````", "aws x --name '````'\n```\n# no heading")
    assert "- Remediation: Mend it.\n" in text


def test_the_report_for_auditors_does_not_repeat_commands_without_end():
    text = render(assessment([gap(number) for number in range(MOST_TIMES + 2)]))
    assert text.count("aws logs create-log-group") == MOST_TIMES
    assert text.count(f"the same for {MOST_TIMES + 2} gaps") == MOST_TIMES + 2


def test_commands_that_are_too_long_are_left_out_whole():
    text = render(assessment([gap(commands="aws " + "x" * LONGEST_BLOCK)]))
    assert "aws xx" not in text
    assert "4,004 characters long" in text


def test_an_explanation_has_the_commands_line_by_line_however_narrow_it_is():
    one = gap()
    text = explained(assessment([one]), one.id, width=60, color=False, encoding="utf-8")
    assert COMMANDS in text
    bare = gap(commands="")
    assert "Read these" not in explained(assessment([bare]), bare.id, width=60, color=False)
