"""Tags and names of 256 odd characters: the whole command line runs, reports keep their form, and policies can select.

Nothing keeps anybody from calling an account `</table>` or tagging a VPC with a terminal escape.
"""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from logcov.cli import run
from logcov.sandbox.aws_wire import Ask
from providers.aws.groups import log_groups
from providers.aws.stage import HOME, OTHER, REGION, Content, Stage

LONGEST = 256
MARKUP = (
    "<script>alert(1)</script>{{ 7*7 }}{% if x %}|a|`b````\n# c\n- d\n---\n[e](javascript:f)![g](h)</details>"
)
SCREEN = (
    "[red]x[/red][/]:skull: \u202eevil\u202c \u200f\u200b \u2067 😀👩\u200d💻 \"q\" 'r' \\ $(id) ; é\u0301"
)
CONTROLS = "\x1b[2J\x1b]0;t\x07\r\n\t\x01\x7f\x9b"
IN_XML = "".join(one for one in MARKUP + SCREEN if unicodedata.category(one) != "Cc" or one == "\n")
"""EC2 answers in XML, which cannot hold most control characters."""


def long(text: str) -> str:
    """The text over and over, as long as a tag may be."""
    return (text * LONGEST)[:LONGEST]


ODD = {"aws:cloudformation:stack-name|`<": long(MARKUP + SCREEN + CONTROLS), "{{ x }}\x1b[2J": long(SCREEN)}
ODD_IN_XML = {"aws:cloudformation:stack-name|`<": long(IN_XML), "{{ x }}😀": long(SCREEN)}
PLAIN = dict.fromkeys(("a", "b"), "c")


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def estate(stage: Stage, tags: dict[str, str], in_xml: dict[str, str], name: str) -> None:
    """An organisation of two accounts: VPCs, clusters and buckets, one of each tagged, and nothing is logged."""
    top = {"Id": "o-abcdefghij", "MasterAccountId": HOME}
    stage.tell("organizations:DescribeOrganization", {"Organization": top})
    accounts = [{"Id": account, "Name": name[:50], "State": "ACTIVE"} for account in (HOME, OTHER)]
    stage.tell("organizations:ListAccounts", {"Accounts": accounts})
    stage.tell("organizations:ListRoots", {"Roots": [{"Id": "r-ab12"}]})
    stage.tell(
        "organizations:ListAccountsForParent",
        lambda ask: {"Accounts": [] if ask.params["ParentId"] == "r-ab12" else accounts},
    )
    unit = {"Id": "ou-ab12-unit0001", "Name": name[:128]}
    stage.tell(
        "organizations:ListOrganizationalUnitsForParent",
        lambda ask: {"OrganizationalUnits": [unit] if ask.params["ParentId"] == "r-ab12" else []},
    )
    stage.tell("organizations:ListTagsForResource", {"Tags": pairs(tags)})
    stage.tell("organizations:ListDelegatedAdministrators", {"DelegatedAdministrators": []})
    stage.tell("securitylake:ListDataLakes", {"dataLakes": []})
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": []})
    stage.refuse("account:ListRegions", "AccessDeniedException", status=403)
    log_groups(stage)

    def vpcs(ask: Ask) -> Content:
        told = [{"VpcId": f"vpc-{number}", "OwnerId": ask.account} for number in (1, 2)]
        return {"Vpcs": [told[0] | {"Tags": pairs(in_xml)}, told[1]]}

    stage.tell("ec2:DescribeVpcs", vpcs)
    for call, key in {"NetworkInterfaces": "NetworkInterfaces", "FlowLogs": "FlowLogs"}.items():
        stage.tell(f"ec2:Describe{call}", {key: []})
    stage.tell("eks:ListClusters", {"clusters": ["one", "two"]})

    def cluster(ask: Ask) -> Content:
        which = ask.path.rpartition("/")[2]
        told: dict[str, Any] = {"name": which, "logging": {"clusterLogging": []}}
        return {"cluster": told | ({"tags": tags} if which == "one" else {})}

    stage.tell("eks:DescribeCluster", cluster)

    def buckets(ask: Ask) -> Content:
        return {
            "Buckets": [
                {"Name": f"{ask.account}-{which}", "BucketRegion": REGION} for which in ("one", "two")
            ]
        }

    stage.tell("s3:ListBuckets", buckets)
    stage.tell("s3:GetBucketLogging", {})
    stage.tell(
        "resourcegroupstaggingapi:GetResources",
        lambda ask: {
            "ResourceTagMappingList": [
                {"ResourceARN": f"arn:aws:s3:::{ask.account}-one", "Tags": pairs(tags)}
            ]
        },
    )


def quoted(text: str) -> str:
    """A YAML text with everything but plain letters escaped."""
    return (
        '"' + "".join(one if one.isalnum() and one.isascii() else f"\\U{ord(one):08x}" for one in text) + '"'
    )


def labelled(tags: dict[str, str]) -> str:
    return "{" + ", ".join(f"{quoted(key)}: [{quoted(value)}]" for key, value in tags.items()) + "}"


def policy(tags: dict[str, str], in_xml: dict[str, str]) -> str:
    chosen = (
        ("vpcs", "aws.vpc.flow", f"{{resources: {{labels: {labelled(in_xml)}}}, unlabelled: out}}"),
        (
            "clusters",
            "aws.eks.control_plane",
            f"{{resources: {{labels: {labelled(tags)}}}, unlabelled: out}}",
        ),
        ("buckets", "aws.s3.access", f"{{resources: {{labels: {labelled(tags)}}}, unlabelled: out}}"),
        ("accounts", "aws.s3.access", f"{{labels: {labelled(tags)}}}"),
        ("unit", "aws.s3.access", '{under: "aws:ous/ou-ab12-unit0001"}'),
    )
    lines = [
        f"  - {{id: {name}, title: {name}, logs: {logs}, reach: '*', in: {where}}}"
        for name, logs, where in chosen
    ]
    head = "version: 1\nname: odd\ntitle: Odd\nowner: owner@example.com\nrequire:\n"
    return head + "\n".join(lines) + "\n"


@pytest.fixture
def audited(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    """Runs the whole audit in an empty folder: exit code, terminal report, Markdown, JSON, complaints."""

    def audit(tags: dict[str, str], in_xml: dict[str, str], name: str) -> tuple[int, str, str, str, str]:
        estate(stage, tags, in_xml, name)
        folder = tmp_path / str(len(name))
        folder.mkdir()
        monkeypatch.chdir(folder)
        (folder / "policy.yaml").write_text(policy(tags, in_xml), encoding="utf-8")
        config = (
            "version: 1\npolicies: [policy.yaml]\naws:\n"
            f"  - {{organization: true, role: Reader, regions: [{REGION}], endpoint: '{stage.endpoint}'}}\n"
        )
        (folder / "logcov.yaml").write_text(config, encoding="utf-8")
        code = run(("audit", "-o", "report.md", "-o", "report.json"))
        said = capsys.readouterr()
        assert (folder / "report.json").exists(), said.err
        markdown, plain = ((folder / f"report.{kind}").read_text(encoding="utf-8") for kind in ("md", "json"))
        return code, said.out, markdown, plain, said.err

    return audit


CELL = re.compile(r"(?<!\\)[|]")
SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
LINE = re.compile(r"#+ |```|- |<[^>]*>|")


def skeleton(markdown: str) -> list[str]:
    """What each line is: a heading, so many cells of a table, a fence, a list item, anything else."""
    kinds = []
    for line in markdown.splitlines():
        if line.startswith("|"):
            kinds.append(f"{len(CELL.findall(line))} cells")
        else:
            begin = LINE.match(line)
            kinds.append(begin[0] if begin else "")
    return kinds


def test_reports_keep_their_form_and_selectors_find_what_is_tagged(audited: Any) -> None:
    code, terminal, markdown, text, said = audited(ODD, ODD_IN_XML, long(CONTROLS + MARKUP + "\0" + SCREEN))
    plain = audited(PLAIN, PLAIN, "plain")

    assert code == plain[0] == 10  # gaps, and nothing unknown
    assert "Traceback" not in said
    found: dict[str, set[str]] = {}
    for one in json.loads(text)["findings"]:
        assert one["status"] == "gap", one
        found.setdefault(one["requirement"], set()).add(one["resource"])
    assert {name.partition(":")[2]: kept for name, kept in found.items()} == {
        "vpcs": {"vpc-1"},
        "clusters": {"one"},
        "buckets": {f"{HOME}-one", f"{OTHER}-one"},
        "accounts": {f"{account}-{which}" for account in (HOME, OTHER) for which in ("one", "two")},
        "unit": {f"{account}-{which}" for account in (HOME, OTHER) for which in ("one", "two")},
    }
    assert skeleton(markdown) == skeleton(plain[2])
    for shown in (terminal, markdown):
        # One line's end aside, nothing that acts on a terminal or turns the direction of writing.
        unseen = {one for one in shown if unicodedata.category(one) in {"Cc", "Cf"} and one != "\n"}
        assert unseen == set()
    # In a span of code, everything is only text.
    outside = SPAN.sub("", markdown)
    assert "alert(1)" in markdown
    assert [
        one for one in ("<script", "alert(1)", "javascript:", "{{", "7*7", "49", "[red]") if one in outside
    ] == []


def test_a_tag_that_cannot_be_in_xml_is_never_taken_for_another(audited: Any) -> None:
    broken = {"a": "\x01", "b": "c"}
    code, _, _, text, said = audited(PLAIN, broken, "plain")

    assert code != 0
    assert "Traceback" not in said
    statuses = {one["status"] for one in json.loads(text)["findings"] if one["requirement"].endswith("vpcs")}
    assert statuses == {"unknown"}
