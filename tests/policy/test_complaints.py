"""Policies that are wrong: each mistake, its place, and what a person is told."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logcov.errors import PolicyError
from logcov.policy import load_policies
from logcov.policy.bind import SENTENCES

HEAD = "version: 1\nname: r\n"
FRAMED = HEAD.replace("r\n", "r\nframework: {id: f}\n")
RULE = HEAD + "require:\n- id: a\n  title: t\n  "
LOGS = "logs: aws.cloudtrail.management\n  "
DAYS = "must be a period such as `365d`"
DATE = "must be a date such as `2026-11-22`"
EXEMPT = (
    "exemptions: {id: E, requirement: 'r:a', reason: r, requested_by: a, owner: b, approved_by: c, "
    "compensating: d, ticket: e, from: 2026-11-01, expires: 2027-01-29}\n"
)
ATTEST = "attestations: {id: x, logs: okta.system_log, by: a, from: 2026-10-01, expires: 2026-10-02, evidence: e}\n"
STORE = "destinations:\n  siem:\n    at: 'aws:s3/x'\n    attested: {by: a, from: 2026-10-01, expires: 2026-10-02, evidence: e, facts: {}}\n"
PREFIXES = "nothing can match this: ids begin with `aws:`, `gcp:`, `okta:`, `workspace:`"
MANAGEMENT = "`logcov sources aws.cloudtrail.management` lists those that are known"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # the head of the file
        ("[]", "1:1: must be a mapping, not a list"),
        ("name: r", "1:1: `version` is missing"),
        ("version: 1", "1:1: `name` is missing"),
        ("version: 2\nname: r", "1:10: version: must be `1`, the only version that this logcov knows"),
        ("version: '1'\nname: r", "1:10: version: must be `1`"),
        ("version: 1\nname: a:b", "2:7: name: must be made of letters, digits, `-`, `_` and `.`"),
        (
            "version: 1\nname: 4.10",
            '2:7: name: must be text, and `4.10` is a number; put it in quotes: "4.10"',
        ),
        (HEAD + "requires: []", "3:1: unknown key `requires`; did you mean `require`?"),
        (HEAD + "framework: {id: x, as_of: soon}", f"3:27: framework.as_of: {DATE}"),
        (
            HEAD + "framework: {id: x, version: 7.0}",
            '3:29: framework.version: must be text, and `7.0` is a number; put it in quotes: "7.0"',
        ),
        (HEAD + "require: x", "3:10: require: must be a mapping, not text"),
        (HEAD + "scopes: []", "3:9: scopes: must be a mapping, not a list"),
        (HEAD + "exemption_limit: 90", f"3:18: exemption_limit: {DAYS}; did you mean `90d`?"),
        (HEAD + "not_assessed: {id: '1'}", "3:15: not_assessed: `because` is missing"),
        (
            HEAD + "not_assessed: {id: '1', because: b}",
            "3:15: not_assessed: `framework` is missing: this file has none of its own",
        ),
        # requirements
        (HEAD + "require: {id: a, title: t}", "3:10: require: `logs` is missing"),
        (HEAD + "require: {title: t, logs: '*'}", "3:10: require: `id` is missing"),
        (HEAD + "require: {id: a, logs: '*'}", "3:10: require: `title` is missing"),
        (HEAD + "require: [{id: a, title: t, logs: '*'}, x]", "3:41: require.1: must be a mapping, not text"),
        (
            HEAD + "require: {id: 4.10, title: t, logs: '*'}",
            '3:15: require.id: must be text, and `4.10` is a number; put it in quotes: "4.10"',
        ),
        (
            HEAD + "require: {id: 'r:a', title: t, logs: '*'}",
            "3:15: require.id: must hold no blank, `:` or `*`",
        ),
        (RULE + LOGS + "sevrity: high", "7:3: require.0: unknown key `sevrity`; did you mean `severity`?"),
        (
            RULE + LOGS + "severity: hgih",
            "7:13: require.0.severity: must be one of `low`, `medium`, `high`, `critical`; did you mean `high`?",
        ),
        (RULE + LOGS + "severity:", "7:3: require.0: `severity` has no value"),
        (
            RULE + LOGS + "controls: {id: '1', relation: partial}",
            "7:13: require.0.controls: `framework` is missing: this file has none of its own",
        ),
        (
            FRAMED + "require: {id: a, title: t, logs: '*', controls: {id: 4.10, relation: partial}}",
            '4:54: require.controls.id: must be text, and `4.10` is a number; put it in quotes: "4.10"',
        ),
        (
            RULE + LOGS + "except: {records: {eventName: x}}",
            "7:11: require.0.except: `because` is missing",
        ),
        (
            RULE + LOGS + "except: {records: {}, because: b}",
            "7:21: require.0.except.records: must not be empty",
        ),
        (RULE + LOGS + "only: {}", "7:9: require.0.only: must not be empty"),
        (RULE + LOGS + "only: {eventName: }", "7:21: require.0.only.eventName: has no value"),
        (RULE + LOGS + "only: {eventName: []}", "7:21: require.0.only.eventName: must not be empty"),
        # words for later
        (
            RULE + LOGS + "carries: x",
            "7:3: require.0: `carries` is not supported yet by this version of logcov",
        ),
        # the two sentences
        (
            RULE + "must: {private: true}",
            f"4:3: require.0: `stores` is missing: {SENTENCES}",
        ),
        (
            RULE + "holding: okta.system_log",
            f"4:3: require.0: `stores` and `must` are missing: {SENTENCES}",
        ),
        (
            RULE + LOGS + "stores: 'aws:s3/*'",
            f"6:3: require.0: `logs` and `stores` belong to different sentences: {SENTENCES}",
        ),
        (
            RULE + "stores: 'aws:s3/*'\n  must: {private: true}\n  retain: 3d",
            f"8:3: require.0: `retain` and `must` belong to different sentences: {SENTENCES}",
        ),
        (
            RULE + "stores: 'aws:s3/*'\n  must: {private: false}",
            "7:9: require.0.must: must ask for something, such as {encrypted: customer-key}",
        ),
        (
            RULE + "stores: 'aws:s3/*'\n  must: {private: true, proven: true}",
            "7:33: require.0.must.proven: `proven` asks nothing here: stores are judged by what was read alone",
        ),
        (
            RULE + "stores: 'aws:s3/*'\n  must: {retain: 3d, online: 5d}",
            "7:30: require.0.must.online: records cannot be online for 5 days if they are kept for 3",
        ),
        (
            RULE + "stores: 'aws:s3/*'\n  holding: aws.cloudtrail.manag\n  must: {private: true}",
            "7:12: require.0.holding: unknown log source `aws.cloudtrail.manag`; did you mean `aws.cloudtrail.management`?",
        ),
        (
            RULE + "stores: nowhere\n  must: {private: true}",
            "6:11: require.0.stores: destination `nowhere` is used but no policy binds it; bind it under `destinations:` in a policy of your own (needed by r:a)",
        ),
        (
            RULE + LOGS + "in: {resources: {holding: okta.system_log}}",
            "7:20: require.0.in.resources: `holding` says what `stores` hold, which is missing here",
        ),
        # other logs that count, samples that are accepted
        (
            RULE + LOGS + "instead: aws.cloudtrail.management",
            "7:12: require.0.instead: `aws.cloudtrail.management` is what the requirement asks for already",
        ),
        (
            RULE + LOGS + "instead: {logs: aws.vpc.flow, only: {action: DENY}}",
            "7:48: require.0.instead.only.action: `action` is never `DENY`; it can be `ACCEPT`, `REJECT`",
        ),
        *(
            (
                RULE + LOGS + f"sampled: {value}",
                f"7:12: require.0.sampled: must be a share in whole percent, such as `50%`{hint}",
            )
            for value, hint in [
                ("0%", ""),
                ("101%", ""),
                ("50", "; did you mean `50%`?"),
                ("0.5", "; did you mean `50%`?"),
                ("half", ""),
                ("true", ""),
                ("500", ""),
            ]
        ),
        # log sources and fields
        (
            RULE + "logs: aws.cloudtrail.managment",
            "6:9: require.0.logs: unknown log source `aws.cloudtrail.managment`; did you mean `aws.cloudtrail.management`?",
        ),
        (
            RULE + "logs: [okta.system_log, aws.nothing.*]",
            "6:27: require.0.logs.1: no log source matches `aws.nothing.*`; `logcov sources` lists them",
        ),
        (
            RULE + "logs: {logs: asw.cloudtrail.data, only: {x: y}}",
            "6:16: require.0.logs.logs: unknown log source `asw.cloudtrail.data`; did you mean `aws.cloudtrail.data`?",
        ),
        (RULE + "logs: []", "6:9: require.0.logs: must not be empty"),
        (RULE + "logs: [[x]]", "6:10: require.0.logs.0: must be text, not a list"),
        (
            HEAD + "log_groups: {sign-in: okta.system_log}\nrequire: {id: a, title: t, logs: signin}",
            "4:34: require.logs: unknown log source `signin`; did you mean `sign-in`?",
        ),
        (
            HEAD + "log_groups: {sign.in: okta.system_log}",
            "3:14: log_groups: the name `sign.in` must be made of letters, digits, `-`, `_`",
        ),
        (HEAD + "log_groups: {a: b, b: a}", "3:23: log_groups.b: `a` names itself: a → b → a"),
        (HEAD + "log_groups: {a: [okta.system_log, a]}", "3:35: log_groups.a.1: `a` names itself: a → a"),
        (
            HEAD
            + "log_groups: {a: {logs: workspace.activity, only: {application: x}}, b: {logs: a, only: {application: y}}}",
            "3:89: log_groups.b.only: `application` is narrowed already by what `workspace.activity` comes from; use other log sources",
        ),
        (
            RULE + LOGS + "only: {evntName: x}",
            "7:10: require.0.only: unknown field `evntName` of `aws.cloudtrail.management`; did you mean `eventName`?",
        ),
        (
            RULE + LOGS + "only: {qqq: x}",
            f"7:10: require.0.only: unknown field `qqq` of `aws.cloudtrail.management`; {MANAGEMENT}",
        ),
        (
            RULE + LOGS + "except: {records: {jsonPayload.x: x}, because: b}",
            f"7:22: require.0.except.records: unknown field `jsonPayload.x` of `aws.cloudtrail.management`; {MANAGEMENT}",
        ),
        (
            RULE + "logs: gcp.audit.*\n  only: {eventNam: x}",
            (
                "7:10: require.0.only: unknown field `eventNam` of `gcp.audit.activity`, `gcp.audit.data_access`, "
                "`gcp.audit.policy` …; `logcov sources gcp.audit.activity` lists those that are known"
            ),
        ),
        (
            RULE + "logs: aws.vpc.flow\n  only: {action: [ACCEPT, REJCT]}",
            "7:27: require.0.only.action.1: `action` is never `REJCT`; did you mean `REJECT`?; it can be `ACCEPT`, `REJECT`",
        ),
        # selectors
        (
            RULE + LOGS + "in: gcp:projects/x",
            '7:7: require.0.in: a name or a selector is expected here; did you mean {scopes: ["gcp:projects/x"]}?',
        ),
        (
            RULE + LOGS + "in: {}",
            '7:7: require.0.in: this selects everything; if that is meant, write {scopes: ["*"]}',
        ),
        (
            RULE + LOGS + "in: {unlabelled: out}",
            '7:7: require.0.in: this selects everything; if that is meant, write {scopes: ["*"]}',
        ),
        (
            RULE + LOGS + "in: {under: 'gcp:folders/*'}",
            "7:15: require.0.in.under: `under` takes ids of scopes, not patterns",
        ),
        (
            RULE + LOGS + "in: {label: {a: b}}",
            "7:8: require.0.in: unknown key `label`; did you mean `labels`?",
        ),
        (
            RULE + LOGS + "in: {scopes: '*', unlabelled: maybe}",
            "7:33: require.0.in.unlabelled: must be one of `unknown`, `out`",
        ),
        (HEAD + "scopes: {a: a}", "3:13: scopes.a: `a` names itself: a → a"),
        (
            HEAD + "scopes: {'a b': {scopes: '*'}}",
            "3:10: scopes: the name `a b` must be made of letters, digits, `-`, `_` and `.`",
        ),
        # destinations and terms
        (
            RULE + LOGS + "retain: 365d",
            "7:3: require.0: `retain` says something of a copy, but the requirement has no `reach`",
        ),
        *(
            (RULE + LOGS + f"reach: '*'\n  retain: {given}", f"8:11: require.0.retain: {says}")
            for given, says in (
                ("365", f"{DAYS}; did you mean `365d`?"),
                ("1y", f"{DAYS}; did you mean `365d`?"),
                ("0d", "must be longer than nothing, such as `365d`"),
                ("12w", DAYS),
                ("-5", DAYS),
                ("true", DAYS),
                ("[365d]", DAYS),
            )
        ),
        (
            RULE + LOGS + "reach: '*'\n  delivered_within: 1d",
            "8:21: require.0.delivered_within: must be a period such as `24h`; did you mean `24h`?",
        ),
        (
            RULE + LOGS + "reach: '*'\n  delivered_within: 0h",
            "8:21: require.0.delivered_within: must be longer than nothing, such as `24h`",
        ),
        (
            RULE + LOGS + "reach: '*'\n  immutable: yes",
            "8:14: require.0.immutable: must be `true` (locked for all of `retain`) or `bypassable`",
        ),
        (
            RULE + LOGS + "reach: '*'\n  encrypted: 1",
            "8:14: require.0.encrypted: must be `true` or `customer-key`",
        ),
        (
            RULE + LOGS + "reach: '*'\n  proven: on",
            "8:11: require.0.proven: must be `true` or `false`, not text (`yes` and `no` are text)",
        ),
        (
            RULE + LOGS + "reach: '*'\n  retain: 30d\n  searchable: 90d",
            "9:15: require.0.searchable: records cannot be searchable for 90 days if they are kept for 30",
        ),
        (
            RULE + LOGS + "reach: {any: {to: '*', retain: 30d, online: 90d}}",
            "7:47: require.0.reach.any.online: records cannot be online for 90 days if they are kept for 30",
        ),
        (
            RULE + LOGS + "reach: {all: ['*']}\n  retain: 30d",
            "8:3: require.0: `retain` may stand beside `reach` only if that is a single name; put it into the legs",
        ),
        (RULE + LOGS + "reach: {all: []}", "7:16: require.0.reach.all: must not be empty"),
        (
            RULE + LOGS + "reach: {}",
            "7:10: require.0.reach: `reach` takes either `all` or `any`, with at least one place",
        ),
        (
            RULE + LOGS + "reach: {all: '*', any: '*'}",
            "7:10: require.0.reach: `reach` takes either `all` or `any`, with at least one place",
        ),
        (
            RULE + LOGS + "reach: ['*']",
            "7:10: require.0.reach: must be a name, {all: [...]} or {any: [...]}; say which with a list",
        ),
        (
            RULE + LOGS + "reach: {to: '*'}",
            "7:11: require.0.reach: `reach` takes a name, with its terms beside `reach`; or {all: [...]}; or {any: [...]}",
        ),
        (RULE + LOGS + "reach: {any: {retain: 5d}}", "7:16: require.0.reach.any: `to` is missing"),
        (
            HEAD + "destinations: {a: [b], b: [c], c: a}",
            "3:35: destinations.c: `a` names itself: a → b → c → a",
        ),
        (HEAD + "destinations: {a: []}", "3:19: destinations.a: must not be empty"),
        (
            HEAD + "destinations: {a: {at: siem}}",
            "3:24: destinations.a.at: `at` takes ids of destinations, or patterns of them, such as `aws:s3/acme-trail`",
        ),
        (
            HEAD + STORE.replace("{}", "{immutable: maybe}"),
            "6:94: destinations.siem.attested.facts.immutable: must be `true`, `bypassable` or `false`",
        ),
        (
            HEAD + STORE.replace("{}", "{encrypted: kms}"),
            "6:94: destinations.siem.attested.facts.encrypted: must be `true`, `customer-key` or `false`",
        ),
        (
            HEAD + STORE.replace("10-02", "09-30"),
            "6:50: destinations.siem.attested.expires: expires before it begins (2026-10-01)",
        ),
        (
            HEAD + STORE.replace("evidence: e, ", ""),
            "6:15: destinations.siem.attested: `evidence` is missing",
        ),
        # attestations and exemptions
        (HEAD + ATTEST.replace("10-02", "13-02"), f"3:80: attestations.expires: {DATE}"),
        (
            HEAD + ATTEST.replace("10-02", "09-02"),
            "3:80: attestations.expires: expires before it begins (2026-10-01)",
        ),
        (
            HEAD + ATTEST.replace("by: a", "by: a, to: '*'"),
            "3:57: attestations.to: an attestation must say where the records arrive, not `*`",
        ),
        (
            HEAD + ATTEST.replace("by: a", "by: a, only: {evntType: x}"),
            "3:60: attestations.only: unknown field `evntType` of `okta.system_log`; did you mean `eventType`?",
        ),
        (RULE + LOGS + "\n" + EXEMPT.replace("ticket: e, ", ""), "8:13: exemptions: `ticket` is missing"),
        (
            RULE + LOGS + "\n" + EXEMPT.replace("2027-01-29", "2026-10-29"),
            "8:150: exemptions.expires: expires before it begins (2026-11-01)",
        ),
        (
            RULE + LOGS + "\n" + EXEMPT.replace("owner", "accepts: all, owner"),
            "8:78: exemptions.accepts: must be one of `gap`, `unknown`",
        ),
        (
            RULE + LOGS + "\n" + EXEMPT.replace("'r:a'", "a"),
            "8:34: exemptions.requirement: must be a qualified id, such as `r:a`",
        ),
        (
            RULE + LOGS + "\n" + EXEMPT.replace("'r:a'", "b"),
            "8:34: exemptions.requirement: must be a qualified id, such as `cis-aws:4.7`",
        ),
        (
            RULE + LOGS + "\n" + EXEMPT.replace("'r:a'", "'r:aa'"),
            "8:34: exemptions.requirement: no requirement is called `r:aa`; did you mean `r:a`?",
        ),
        # parts that would select everything, and a store that cannot be
        (RULE + LOGS + "in: {resources: {}}", "7:19: require.0.in.resources: must not be empty"),
        (
            RULE + LOGS + "in: {scopes: '*', except: {resources: {}}}",
            "7:41: require.0.in.except.resources: must not be empty",
        ),
        (
            HEAD + STORE.replace("facts: {}", "facts: {retain: 90d, searchable: 91d, online: 90d}"),
            "6:108: destinations.siem.attested.facts.searchable: records cannot be searchable for 91 days if they are kept for 90",
        ),
        # things that stand twice
        (
            HEAD + "require:\n- {id: a, title: t, logs: '*'}\n- {id: a, title: u, logs: '*'}",
            "5:8: require.1.id: requirement `r:a` stands here twice; the first is at p1.yaml:4",
        ),
        (
            HEAD
            + "require: [{id: a, title: t, logs: okta.system_log}, {id: a, title: u, logs: okta.system_log}]",
            "3:58: require.1.id: requirement `r:a` stands here twice; the first is at p1.yaml:3",
        ),
        (
            HEAD + "require: [&r {id: a, title: t, logs: okta.system_log}, *r]",
            "3:19: require.1.id: requirement `r:a` stands here twice; the first is at p1.yaml:3",
        ),
        (HEAD + "name: s", "3:1: the key `name` stands here twice; the first is at line 2, column 1"),
    ],
)
def test_each_mistake_has_its_message_and_place(complaints, text, message):
    assert complaints(text) == [f"p1.yaml:{message}"]


@pytest.mark.parametrize(
    ("section", "last"),
    [
        ("destinations", "'aws:s3/x'"),
        ("scopes", "{scopes: '*'}"),
        ("log_groups", "okta.system_log"),
    ],
)
def test_a_long_chain_of_names_is_a_problem_and_no_crash(complaints, section, last):
    names = "".join(f"  d{number}: [d{number + 1}]\n" for number in range(600))

    told = complaints(f"{HEAD}{section}:\n{names}  d600: {last}\n")

    assert "names that name other names, more than 50 deep, end here" in told[0]


def test_a_name_that_nobody_binds_is_one_problem_that_lists_who_needs_it(complaints):
    rules = "".join(
        f"- {{id: '{n}', title: t, logs: '*', in: [production, production], reach: trusted}}\n"
        for n in range(1, 9)
    )
    needy = HEAD + "needs: {destinations: [trusted, oncall]}\nrequire:\n" + rules
    estate = "version: 1\nname: acme\ndestinations: {trustd: 'aws:s3/x', all: [trusted]}\nscopes: {x: prod}\n"
    users = "r:1, r:2, r:3, r:4"
    assert complaints(needy, estate) == [
        (
            "p1.yaml:3:24: needs.destinations.0: destination `trusted` is used but no policy binds it; did you mean "
            "`trustd`?; bind it under `destinations:` in a policy of your own (needed by r, acme, destination all, "
            "r:1, r:2, r:3 and 5 more)"
        ),
        (
            "p1.yaml:3:33: needs.destinations.1: destination `oncall` is used but no policy binds it; "
            "bind it under `destinations:` in a policy of your own (needed by r)"
        ),
        (
            "p1.yaml:5:39: require.0.in.0: scope `production` is used but no policy binds it; "
            f"bind it under `scopes:` in a policy of your own (needed by {users}, r:5 and 3 more)"
        ),
        (
            "p2.yaml:4:13: scopes.x: scope `prod` is used but no policy binds it; "
            "bind it under `scopes:` in a policy of your own (needed by acme, scope x)"
        ),
    ]


def test_names_are_not_called_unbound_while_a_file_that_may_bind_them_is_unreadable(complaints):
    needy = HEAD + "needs: {destinations: trusted}\n"
    assert complaints(needy, "[]") == ["p2.yaml:1:1: must be a mapping, not a list"]
    assert complaints(needy, "a: 1\na: 2") == [
        "p2.yaml:2:1: the key `a` stands here twice; the first is at line 1, column 1"
    ]


def test_a_name_whose_binding_is_wrong_is_not_unbound_as_well(complaints):
    text = HEAD + "destinations: {a: []}\nscopes: {b: []}\nlog_groups: {c: []}\n"
    text += "require: {id: x, title: t, logs: c, in: b, reach: a}\n"
    assert complaints(text) == [
        "p1.yaml:3:19: destinations.a: must not be empty",
        "p1.yaml:4:13: scopes.b: must not be empty",
        "p1.yaml:5:17: log_groups.c: must not be empty",
    ]


def test_an_exempted_requirement_that_is_wrong_itself_is_not_called_missing(complaints):
    text = HEAD + "require: {id: a, title: t, lgs: '*'}\n" + EXEMPT
    assert complaints(text) == [
        "p1.yaml:3:28: require: unknown key `lgs`; did you mean `logs`?",
    ]


def test_a_name_or_policy_or_id_that_two_files_claim_is_told_with_both_places(complaints):
    one = HEAD + "destinations: {a: 'aws:s3/x'}\nscopes: {b: {scopes: '*'}}\n" + ATTEST
    assert complaints(one, one) == [
        "p2.yaml:2:7: name: the policy `r` stands here twice; the first is at p1.yaml:2",
        "p2.yaml:3:16: destinations: `a` is bound twice; the first is at p1.yaml:3",
        "p2.yaml:4:10: scopes: `b` is bound twice; the first is at p1.yaml:4",
        "p2.yaml:5:20: attestations.id: attestation `x` stands here twice; the first is at p1.yaml:5",
    ]


def test_every_problem_of_every_file_is_told_at_once_in_the_order_of_the_files(write, sources):
    paths = write(
        "version: 1\nname: b\nowners: x\nrequire:\n- {id: a, title: t, logs: aws.x.y}\n- {id: b, titel: t, logs: '*'}\n",
        "version: 1\nname: a\nscopes: {a: {scope: x}}\n",
    )
    with pytest.raises(PolicyError) as raised:
        load_policies([*reversed(paths), "missing.yaml"], sources)
    assert [str(problem).split(": ")[0] for problem in raised.value.problems] == [
        "p2.yaml:3:14",
        "p1.yaml:3:1",
        "p1.yaml:5:27",
        "p1.yaml:6:3",
        "p1.yaml:6:11",
        "missing.yaml",
    ]


def test_what_is_wrong_with_a_default_is_told_once_at_its_own_line(complaints):
    rules = "require:\n- {id: a, title: t, logs: '*'}\n- {id: b, title: t, logs: '*'}\n"
    assert complaints(HEAD + "defaults: {in: {scope: x}, severity: hig}\n" + rules) == [
        "p1.yaml:3:17: defaults.in: unknown key `scope`; did you mean `scopes`?",
        "p1.yaml:3:38: defaults.severity: must be one of `low`, `medium`, `high`, `critical`; did you mean `high`?",
    ]
    assert complaints(HEAD + "defaults: {reach: nowhere}\n" + rules) == [
        (
            "p1.yaml:3:19: require.0.reach: destination `nowhere` is used but no policy binds it; "
            "bind it under `destinations:` in a policy of your own (needed by r:a, r:b)"
        )
    ]
    assert complaints(HEAD + "defaults: {severity: low}\nrequire: [x, {id: a, title: t, logs: '*'}]\n") == [
        "p1.yaml:4:11: require.0: must be a mapping, not text"
    ]
    assert complaints(HEAD + "defaults: {title: x}\n" + rules) == [
        "p1.yaml:3:12: defaults: unknown key `title`"
    ]


def test_what_is_odd_but_may_be_right_is_a_warning(load, write, sources):
    text = HEAD + (
        "destinations: {a: ['gpc:storage/x', '*x'], b: {at: 'aw:s3/x'}}\n"
        "scopes: {a: {scopes: [projects/x, '*/y'], under: 'asw:ous/x'}}\n"
        "require:\n"
        "- {id: a, title: t, logs: aws.cloudtrail.management, only: {userIdentity.typ: Root, userIdentity.arn: x}}\n"
        "- {id: b, title: t, logs: okta.system_log, reach: 'x:y'}\n"
    )
    text += EXEMPT.replace("'r:a'", "'other:*'")
    assert list(load(text).warnings) == [
        f"p1.yaml:3:20: destinations.a.0: {PREFIXES}; did you mean `gcp`?",
        f"p1.yaml:3:52: destinations.b.at: {PREFIXES}; did you mean `aws`?",
        "p1.yaml:4:23: scopes.a.scopes.0: " + PREFIXES,
        f"p1.yaml:4:50: scopes.a.under: {PREFIXES}; did you mean `aws`?",
        (
            "p1.yaml:6:61: require.0.only: `userIdentity.typ` is no field of `aws.cloudtrail.management` "
            "that logcov knows; did you mean `userIdentity.type`?"
        ),
        f"p1.yaml:7:51: require.1.reach: {PREFIXES}",
        "p1.yaml:8:34: exemptions.requirement: no requirement of the given policies matches `other:*`",
    ]


def test_a_framework_for_a_provider_that_is_not_there_is_no_error(write, sources):
    paths = write(HEAD + "require: {id: a, title: t, logs: gcp.audit.activity, only: {service: x}}\n")
    only_aws = [source for source in sources if source.provider == "aws"]
    made = load_policies(paths, only_aws)
    assert made.warnings == (
        "p1.yaml:3:34: require.logs: no log source of `gcp` is known here, so nothing can match `gcp.audit.activity`",
    )


def test_a_provider_that_logcov_never_heard_of_is_as_good_as_any(write, sources):
    from dataclasses import replace

    fifth = replace(sources[0], id="acme.door.opened", provider="acme")
    text = HEAD + "require: {id: a, title: t, logs: acme.*, in: {scopes: 'acme:doors/*'}}\n"
    assert load_policies(write(text), [fifth]).warnings == ()


WORDS = [
    "version",
    "name",
    "title",
    "require",
    "id",
    "logs",
    "only",
    "in",
    "reach",
    "all",
    "any",
    "to",
    "retain",
    "365d",
    "scopes",
    "destinations",
    "at",
    "attested",
    "facts",
    "defaults",
    "except",
    "records",
    "because",
    "exemptions",
    "attestations",
    "from",
    "expires",
    "2026-11-22",
    "labels",
    "'*'",
    "okta.system_log",
    "aws.*",
    "severity",
    "high",
    "controls",
    "log_groups",
    "true",
    "4.7",
    "x",
]
SCALARS = st.sampled_from([*WORDS, "~", "''", "1"])
FLOW = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(st.sampled_from(WORDS), inner), max_size=4, unique_by=lambda pair: pair[0]).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(WORDS), FLOW, max_size=5))
def test_no_policy_raises_anything_but_a_policy_error(write, sources, sections):
    text = HEAD + "".join(
        f"{key}: {value}\n" for key, value in sections.items() if key not in {"version", "name"}
    )
    paths = write(text)
    try:
        load_policies(paths, sources)
    except PolicyError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(problem.line > 0 for problem in problems)
