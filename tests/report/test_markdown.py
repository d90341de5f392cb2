"""The report for auditors: what it must say, and that no name can change its structure."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from logcov.findings import Evidence
from logcov.report.markdown import MOST_GAPS, render
from report.renaming import renamed
from report.specimen import NASTY, assessment, finding, many, rich_sample

MENTION = re.compile(r"(?<!\w)[@#!~$%&^]\w")
STRUCTURE = (
    "heading_open",
    "table_open",
    "tr_open",
    "td_open",
    "th_open",
    "list_item_open",
    "fence",
    "html_block",
)


def parsed(text):
    return MarkdownIt("commonmark").enable("table").parse(text)


def structure(text):
    counts = Counter(token.type for token in parsed(text))
    return {kind: counts[kind] for kind in STRUCTURE} | {"all": sum(counts.values())}


def outside_code(text):
    for token in parsed(text):
        opened = False
        for child in token.children or []:
            if child.type == "html_inline":
                assert child.content in {"<code>", "</code>"}
                opened = child.content == "<code>"
            elif child.type == "text" and not opened:
                yield child.content


def section(text, title):
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def row(text, start):
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {start}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_it_looks_as_it_did(sample, golden):
    golden("report.md", render(sample))


def test_the_sections_stand_in_the_order_in_which_auditors_read(sample):
    headings = [line for line in render(sample).splitlines() if line.startswith("## ")]
    assert headings == [
        "## 1. Verdict",
        "## 2. Limits",
        "## 3. How this report was made",
        "## 4. Population",
        "## 5. Coverage",
        "## 6. Causes",
        "## 7. Gaps",
        "## 8. Unknown",
        "## 9. Covered",
        "## 10. Exemptions",
        "## 11. Attestations",
        "## 12. Blind spots",
        "## 13. Not assessed",
        "## 14. Warnings and notes",
        "## 15. Sign-off",
    ]


def test_every_link_leads_to_a_heading_as_gitlab_names_them(sample):
    text = render(sample)
    anchors = {
        re.sub(r"[^\w -]", "", line.removeprefix("## ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("## ")
    }
    links = set(re.findall(r"\]\(#([^)]*)\)", text))
    assert links <= anchors
    assert len(links) == 15


def test_page_one_says_the_verdict_and_what_is_not_known(sample):
    first = render(sample).split("## 2.", 1)[0]
    assert "**7 gaps were found, and 2 findings could not be decided.**" in first
    assert row(first, "covered") == ["covered", "5 of 15", "3 proven, 2 attested"]
    assert "1 scope could not be read in full" in first
    assert "3 reads failed or could not be made" in first


def test_what_made_it_can_be_made_again(sample):
    made = section(render(sample), "3. How this report was made")
    assert "`logcov audit -c logcov.yaml -o report.md`" in made
    assert "ab" * 32 in made
    assert "cd" * 32 in made
    assert "`arn:aws:iam::111111111111:role/audit`" in made


def test_a_gap_is_shown_with_all_that_an_auditor_needs(sample):
    gaps = section(render(sample), "7. Gaps")
    one = next(part for part in gaps.split("\n#### ") if "`aws.cloudtrail.management`" in part)
    assert "`acme:changes-archived` (high): Changes in production are locked away for a year" in one
    assert "Asked by: `policies/acme.yaml:12`" in one
    assert "eventSource = kms.amazonaws.com" in one
    assert "1. route `aws:cloudtrail/eu-west-1/333333333333/prod`: stops here" in one
    assert "<details>\n<summary>Evidence: 3 API answers</summary>\n\n" in one
    assert '"EventSelectors"' in one
    assert "`cloudtrail:GetEventSelectors` at `2026-11-22T08:30:00Z`" in one
    assert "`nist-800-53-r5` `AU-12` (partial): cloud API only; not shown: operating systems" in one
    assert "Remediation: Widen the filter" in one


def test_gaps_come_by_severity(sample):
    gaps = section(render(sample), "7. Gaps")
    assert re.findall(r"^### (.*)$", gaps, re.MULTILINE) == ["Critical: 3 gaps", "High: 3 gaps", "Low: 1 gap"]


def test_an_expired_exemption_is_told_at_its_gap_and_in_its_own_section(sample):
    text = render(sample)
    assert "Exemption: `EX-9` is expired, expires `2026-09-28`" in section(text, "7. Gaps")
    exemptions = section(text, "10. Exemptions")
    assert "Expired, so that their gaps count again: `EX-9`" in exemptions
    assert "Ending within 30 days: `EX-12`" in exemptions
    assert "Matching no finding: `EX-20`" in exemptions
    assert "approved by `ciso@acme.example`" in exemptions


def test_an_expired_exemption_is_named_however_many_there_are(sample):
    others = tuple({**sample.exemptions[0], "id": f"EX-{number}", "state": "active"} for number in range(300))
    last = {**sample.exemptions[0], "id": "EX-last", "state": "expired"}

    text = render(replace(sample, exemptions=(*others, last)))

    assert "their gaps count again: `EX-last`" in section(text, "10. Exemptions")


def test_population_names_what_was_not_read_and_what_is_closed(sample):
    population = section(render(sample), "4. Population")
    assert row(population, "`aws` | `account`") == [
        "`aws`",
        "`account`",
        "3",
        "1",
        "1",
        "1",
        "`organizations:ListAccounts`",
    ]
    assert "| `aws:accounts/222222222222` | `log-archive` | `active` |" in population
    assert "| `aws:accounts/555555555555` | `old-shop` | `suspended` |" in population
    assert "Not classified: 1 finding at 1 scope. These are `gcp:projects/acme-lab`." in population


def test_blind_spots_that_are_alike_are_one_row(sample):
    spots = section(render(sample), "12. Blind spots")
    assert row(spots, "`aws:accounts/222222222222`")[-1] == "2"
    assert spots.index("ec2:DescribeFlowLogs") < spots.index("resourcemanager.organizations.getIamPolicy")


def test_what_was_not_assessed_is_listed(sample):
    left = section(render(sample), "13. Not assessed")
    assert "| `acme:nothing-there` |" in left
    assert "| `acme:reads-kept` | `immutable` |" in left
    assert "| `cis-aws` | `4.6` | concerns every customer key |" in left


def test_a_limit_of_several_sources_is_told_once(sample):
    limits = section(render(sample), "2. Limits")
    assert limits.count("copied on from a bucket") == 1
    assert "(`aws.cloudtrail.management`, `aws.vpc.flow`)" in limits


def test_an_empty_assessment_says_that_nothing_was_judged():
    text = render(assessment())
    assert "**Nothing was judged" in text
    assert section(text, "7. Gaps").strip() == "None was found."


def test_a_covered_assessment_promises_nothing_more():
    text = render(assessment([finding("covered")])).lower()
    for word in ("complian", "secure", "guarantee", "safe"):
        assert word not in text.replace("security-logging@acme.example", "")


def test_too_many_gaps_are_grouped_and_the_report_stays_below_a_megabyte():
    text = render(many(20_000))
    assert len(text.encode()) < 1_000_000
    assert text.count("\n#### ") == MOST_GAPS
    assert "Details of these 19,700 more are in the JSON report." in text
    assert "And 800 more groups: the JSON report holds all." in text


def test_long_evidence_does_not_break_the_limit_either():
    evidence = finding().evidence
    long = [
        finding(
            location=str(at),
            witness={"x": "|`" * 5000},
            evidence=tuple(
                type(one)(api=one.api, at=one.at, value={"v": "y" * 9000, "at": at}) for one in evidence
            ),
        )
        for at in range(250)
    ]
    text = render(assessment(long))
    assert len(text.encode()) < 1_000_000
    assert "are counted at the end of this section" in text


def test_each_cause_is_described_before_any_is_described_twice():
    made = assessment(
        [finding(location=f"a{at}", cause="many") for at in range(400)]
        + [finding(location=f"b{at}", cause=f"few {at}") for at in range(5)]
    )
    gaps = section(render(made), "7. Gaps").split("### Gaps that are not described", 1)[0]
    assert all(f"- To mend: `few {at}`" in gaps for at in range(5))


BASELINE = structure(render(renamed(rich_sample(), "x")))


@pytest.mark.parametrize(
    "prefix",
    [
        NASTY,
        "| a | b |\n| --- | --- |\n",
        "```\n# heading\n",
        "</summary></details>",
        "\n\n# heading\n\n- item\n",
        "<!-- ",
        "[a]: http://x 'y'\n",
        "\\",
        "`",
        "|",
        "\\|",
        "@all ",
        "[[_TOC_]]",
        ":smile: ",
        "---\n",
    ],
)
def test_known_tricks_change_nothing(prefix):
    text = render(renamed(rich_sample(), prefix))
    assert structure(text) == BASELINE
    assert not [part for part in outside_code(text) if MENTION.search(part)]


@settings(max_examples=30, deadline=None)
@given(
    st.text(alphabet="|`\\<>&@#!~$1a_*[]() \n-.:'\"", min_size=1, max_size=30)
    | st.text(min_size=1, max_size=30)
)
def test_no_name_changes_the_structure(prefix):
    text = render(renamed(rich_sample(), prefix))
    assert structure(text) == BASELINE
    assert not [part for part in outside_code(text) if MENTION.search(part)]


def test_what_an_inventory_service_named_says_so_and_how_old_it_may_be():
    heard = Evidence(
        api="config:Select", at="2026-11-22T08:30:00Z", value={}, via="config-aggregator", as_old_as=90_000
    )
    told = "from config-aggregator, may be 25 hours old"
    unknown = render(assessment([finding("unknown", resource="vpc-0a", evidence=(heard,))]))
    (line,) = [one for one in unknown.splitlines() if "vpc-0a" in one and told in one]
    assert line.startswith("|")
    assert f"`config:Select` at `2026-11-22T08:30:00Z`, {told}" in render(
        assessment([finding(evidence=(heard,))])
    )
