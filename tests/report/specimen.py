"""A made-up assessment with a bit of everything, and the means to make others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from logcov.findings import (
    Assessment,
    BlindSpotLine,
    Cause,
    Evidence,
    Finding,
    PolicyLine,
    Population,
    RequirementLine,
    ScopeLine,
    Step,
    Summary,
    finding_id,
)

NASTY = (
    "[bold]not markup[/bold] \x1b[31mred\x1b[0m\n| # heading | `tick` ``two`` <img src=x> @all #1 !1 ~bug $1 "
    "\u202eright to left \ud800 名前 " + "x" * 400
)
"""A name that does what names from clouds may do."""

TRAIL = "aws:cloudtrail/eu-west-1/333333333333/prod"
AT = "2026-11-22T08:30:00Z"

TITLES = {
    "acme:changes-archived": "Changes in production are locked away for a year",
    "acme:reads-kept": "Reads of what production stores are kept, and can be searched for 90 days",
    "acme:sign-ins-in-siem": "Sign-ins can be searched in the SIEM",
    "acme:nothing-there": "Something that Acme does not have",
}


def finding(status: str = "gap", **changes: Any) -> Finding:
    """A finding of this status; what is not said is that of a gap at a trail's filter."""
    open_one = status in {"gap", "unknown", "exempt"}
    values: dict[str, Any] = {
        "requirement": "acme:changes-archived",
        "severity": "high",
        "status": status,
        "basis": "proven",
        "source": "aws.cloudtrail.management",
        "scope": "aws:accounts/333333333333",
        "location": "eu-west-1",
        "resource": None,
        "dimensions": {},
        "reason": {"gap": "filtered-out", "unknown": "blind-spot", "exempt": "not-routed"}.get(status),
        "extent": "some" if status == "gap" else None,
        "cause": TRAIL if open_one else None,
        "detail": f"Records with eventSource=kms.amazonaws.com are lost: the filter of {TRAIL} drops it.",
        "witness": {"eventSource": "kms.amazonaws.com"} if open_one else None,
        "path": (
            Step(kind="emitter", id="aws:accounts/333333333333 eu-west-1", says="writes API calls"),
            Step(
                kind="route", id=TRAIL, says="stops here (filtered-out): the filter does not let it through"
            ),
        ),
        "evidence": (
            Evidence(
                api="cloudtrail:DescribeTrails", at=AT, value={"Name": "prod", "IsMultiRegionTrail": False}
            ),
            Evidence(
                api="cloudtrail:GetEventSelectors",
                at=AT,
                value={"EventSelectors": [{"ReadWriteType": "All"}]},
            ),
            Evidence(api="organizations:ListAccounts", at=AT, value={}),
        ),
        "effective_since": None,
        "exemption": None,
        "policy": PolicyLine(file="policies/acme.yaml", line=12),
        "controls": (
            {
                "framework": "nist-800-53-r5",
                "id": "AU-12",
                "relation": "partial",
                "because": "cloud API only",
                "not_shown": ["operating systems"],
            },
        ),
        "remediation": f"Widen the filter of {TRAIL} so that these records pass." if open_one else None,
        **changes,
    }
    values.setdefault("title", TITLES.get(values["requirement"], "A requirement"))
    if "id" not in values:
        values["id"] = finding_id(
            *(
                values[name]
                for name in ("requirement", "source", "scope", "location", "resource", "dimensions")
            )
        )
    return Finding(**values)


def assessment(findings: Sequence[Finding] = (), **changes: Any) -> Assessment:
    """An assessment of these findings, with the counts and causes that belong to them."""
    statuses = Counter(
        "covered_attested" if one.status == "covered" and one.basis == "attested" else one.status
        for one in findings
    )
    causes = Counter(
        (one.cause, one.reason)
        for one in findings
        if one.status in {"gap", "unknown"} and one.cause is not None
    )
    matched = Counter(one.requirement for one in findings)
    values: dict[str, Any] = {
        "tool": {"name": "logcov", "version": "0.1.0"},
        "command": ("audit", "-c", "logcov.yaml", "-o", "report.md"),
        "as_of": "2026-11-22",
        "started_at": "2026-11-22T08:29:00Z",
        "finished_at": "2026-11-22T08:31:00Z",
        "inventory": {"sha256": "ab" * 32},
        "policies": (
            {
                "name": "acme",
                "path": "policies/acme.yaml",
                "sha256": "cd" * 32,
                "title": "What Acme asks for",
                "owner": "security-logging@acme.example",
                "framework": {"id": "nist-800-53-r5", "version": "5.1.1"},
            },
        ),
        "identities": ({"provider": "aws", "principal": "arn:aws:iam::111111111111:role/audit"},),
        "population": (),
        "requirements": tuple(
            RequirementLine(id=name, title=title, matched=matched[name], not_assessed=())
            for name, title in TITLES.items()
            if matched[name]
        ),
        "summary": Summary(
            covered=statuses["covered"],
            covered_attested=statuses["covered_attested"],
            gap=statuses["gap"],
            unknown=statuses["unknown"],
            exempt=statuses["exempt"],
            not_applicable=statuses["not-applicable"],
        ),
        "findings": tuple(findings),
        "causes": tuple(
            Cause(id=cause, reason=reason, findings=number)
            for (cause, reason), number in sorted(causes.items(), key=lambda item: (-item[1], item[0]))
        ),
        "blind_spots": (),
        **changes,
    }
    return Assessment(**values)


def _scope(identity: str, parent: str | None, **changes: Any) -> ScopeLine:
    values = {
        "id": identity,
        "kind": identity.split(":")[1].split("/", maxsplit=1)[0].rstrip("s"),
        "name": identity.rsplit("/", 1)[-1],
        "parent": parent,
        "state": "active",
        "unreadable": False,
        "group": parent or identity,
        **changes,
    }
    return ScopeLine(**values)


def _reads(project: str, status: str, **changes: Any) -> Finding:
    cause = changes.get("cause", f"gcp:projects/{project}")
    values = {
        "cause": cause,
        "witness": {"protoPayload.serviceName": "storage.googleapis.com"},
        "path": (
            Step(kind="emitter", id=f"gcp:projects/{project}", says="writes who read data"),
            Step(kind="route", id=cause, says="stops here"),
        ),
        "evidence": (
            Evidence(api="logging.sinks.list", at=AT, value={"name": "central", "interceptChildren": True}),
        ),
        "remediation": f"Mend {cause}.",
        **changes,
    }
    return finding(
        status,
        requirement="acme:reads-kept",
        severity="critical",
        source="gcp.audit.data_access",
        scope=f"gcp:projects/{project}",
        location=None,
        dimensions={"service": "storage.googleapis.com", "log_type": "DATA_READ"},
        policy=PolicyLine(file="policies/acme.yaml", line=31),
        controls=(),
        **values,
    )


def _findings() -> list[Finding]:
    regions = ("ap-southeast-2", "eu-west-1", "us-east-1")
    return [
        *(finding("gap", location=region) for region in regions),
        *(
            finding(
                "covered",
                scope="aws:accounts/222222222222",
                location=region,
                detail="Every record reaches aws:s3/acme-trail.",
                effective_since="2025-07-12T09:00:00Z",
                path=(),
                evidence=(),
            )
            for region in regions
        ),
        finding(
            "not-applicable", scope="aws:accounts/555555555555", detail="No record can exist there.", path=()
        ),
        finding(
            "gap",
            source="aws.vpc.flow",
            resource="vpc-0abc",
            severity="low",
            reason="retention-too-short",
            extent="all",
            cause="aws:s3/acme-flow",
            detail="Records do not count as covered: aws:s3/acme-flow keeps records 30 days, 90 are required.",
            witness={"vpc-id": "vpc-0abc"},
            remediation="Lengthen the retention of aws:s3/acme-flow.",
        ),
        finding(
            "unknown",
            source="aws.vpc.flow",
            scope="aws:accounts/222222222222",
            resource="*",
            cause="ec2:DescribeFlowLogs aws:accounts/222222222222 eu-west-1",
            detail="Could not tell: what is there could not be listed (ec2:DescribeFlowLogs: access-denied).",
            remediation="Let logcov read it: grant ec2:DescribeFlowLogs.",
        ),
        _reads(
            "acme-shop",
            "gap",
            reason="intercepted",
            extent="all",
            cause="gcp:sinks/folders/4711/central",
            detail="Records are lost: gcp:sinks/folders/4711/central takes it before any other sink sees it.",
        ),
        _reads(
            "acme-lab",
            "unknown",
            reason="unclassified",
            cause="gcp:projects/acme-lab",
            detail="Would be a gap, but whether gcp:projects/acme-lab is in scope is not known: it has no label 'env'.",
            remediation=None,
        ),
        _reads(
            "acme-legacy",
            "exempt",
            exemption={"id": "EX-12", "state": "active", "expires": "2026-12-12", "owner": "it@acme.example"},
        ),
        _reads(
            "acme-old",
            "gap",
            reason="not-generated",
            extent="all",
            cause="gcp:projects/acme-old",
            detail="No record of gcp:projects/acme-old is written: nothing switches it on.",
            exemption={"id": "EX-9", "state": "expired", "expires": "2026-09-28"},
        ),
        _reads(
            NASTY,
            "gap",
            id="lc-0123456789ab",
            reason="filtered-out",
            cause=f"gcp:sinks/{NASTY}",
            detail=f"Records of gcp:projects/{NASTY} are lost.",
            witness={NASTY: NASTY},
            path=(Step(kind="route", id=NASTY, says=f"stops here: {NASTY}"),),
            evidence=(Evidence(api="logging.sinks.list", at=AT, value={NASTY: [NASTY, 1.5, None, True]}),),
            remediation=f"Widen {NASTY}",
        ),
        _reads(
            "acme-ok", "covered", detail="Every record reaches siem.", basis="attested", path=(), evidence=()
        ),
        finding(
            "covered",
            requirement="acme:sign-ins-in-siem",
            source="okta.system_log",
            scope="okta:orgs/acme.okta.com",
            location=None,
            basis="attested",
            detail="Every record reaches siem, as siem states.",
        ),
    ]


def rich_sample() -> Assessment:
    """Gaps of several reasons, unknowns, exempt, attested, names that nobody should give."""
    organization, folder = "aws:organizations/o-acme000001", "gcp:folders/4711"
    projects = ("acme-lab", "acme-legacy", "acme-ok", "acme-old", "acme-shop", NASTY)
    findings = _findings()
    made = assessment(findings)
    return replace(
        made,
        requirements=(
            *(
                replace(line, not_assessed=("immutable",)) if line.id == "acme:reads-kept" else line
                for line in made.requirements
            ),
            RequirementLine(
                id="acme:nothing-there", title=TITLES["acme:nothing-there"], matched=0, not_assessed=()
            ),
        ),
        population=(
            Population(
                provider="aws",
                kind="account",
                discovered=3,
                audited=1,
                unreadable=1,
                not_applicable=1,
                obtained_by="organizations:ListAccounts",
            ),
            Population(
                provider="gcp",
                kind="project",
                discovered=6,
                audited=6,
                unreadable=0,
                not_applicable=0,
                obtained_by="resourcemanager.projects.list",
            ),
        ),
        blind_spots=(
            BlindSpotLine(
                scope="gcp:organizations/123456789012",
                location=None,
                call="resourcemanager.organizations.getIamPolicy",
                kind="not-observable",
                permission="",
                affects=(),
            ),
            *(
                BlindSpotLine(
                    scope="aws:accounts/222222222222",
                    location="eu-west-1",
                    call="ec2:DescribeFlowLogs",
                    kind="access-denied",
                    permission="ec2:DescribeFlowLogs",
                    affects=("aws.vpc.flow",),
                ),
            )
            * 2,
        ),
        exemptions=(
            _exemption("EX-12", "active", "2026-12-12", 1),
            _exemption("EX-9", "expired", "2026-09-28", 1),
            _exemption("EX-20", "active", "2027-02-01", 0),
        ),
        attestations=(
            {
                "id": "siem",
                "state": "active",
                "by": "siem-owner@acme.example",
                "from": "2026-10-01",
                "expires": "2027-03-31",
                "evidence": "SEC-12, the SIEM's retention settings",
                "findings": 2,
            },
        ),
        not_assessed=({"framework": "cis-aws", "id": "4.6", "because": "concerns every customer key"},),
        warnings=(
            "EX-9: the exemption expired on 2026-09-28; its gaps count again.",
            f"{NASTY} matches nothing.",
        ),
        notes=("Event history is no destination: nobody can lock it.",),
        limits=(
            "aws.cloudtrail.management: Records that are copied on from a bucket are not followed.",
            "aws.vpc.flow: Records that are copied on from a bucket are not followed.",
            "okta.system_log: A SIEM that pulls leaves no trace in Okta.",
        ),
        scopes=(
            _scope("aws:accounts/222222222222", organization, name="log-archive", unreadable=True),
            _scope("aws:accounts/333333333333", organization, name="production"),
            _scope("aws:accounts/555555555555", organization, name="old-shop", state="suspended"),
            _scope(organization, None, kind="organization"),
            _scope(folder, None, kind="folder", name=NASTY),
            *(_scope(f"gcp:projects/{name}", folder, kind="project", name=name) for name in projects),
            _scope("okta:orgs/acme.okta.com", None),
        ),
    )


def _exemption(name: str, state: str, expires: str, findings: int) -> Mapping[str, Any]:
    return {
        "id": name,
        "requirement": "acme:reads-kept",
        "state": state,
        "accepts": ["gap"],
        "reason": "is switched off in the first quarter",
        "requested_by": "sales@acme.example",
        "owner": "it@acme.example",
        "approved_by": "ciso@acme.example",
        "compensating": "reachable from the office only",
        "ticket": "SEC-90",
        "from": "2026-09-01",
        "expires": expires,
        "findings": findings,
    }


def many(number: int) -> Assessment:
    """That many gaps, of a thousand causes."""
    return assessment(
        [
            finding(
                "gap", scope=f"aws:accounts/{at:012}", cause=f"aws:cloudtrail/us-east-1/{at % 1000:012}/trail"
            )
            for at in range(number)
        ],
        scopes=tuple(_scope(f"aws:accounts/{at:012}", "aws:organizations/o-1") for at in range(number)),
    )
