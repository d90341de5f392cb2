"""Fields that conditions may name."""

from logcov.inventory import LogSource
from logcov.policy.load import load_policies

BARE = LogSource(id="cumulus.audit", title="who knows", provider="cumulus", scope_kinds=("cumulus.site",))

POLICY = """\
version: 1
name: p
title: P
owner: o@example.com
require:
  - {id: a, title: A, logs: cumulus.audit, only: {anything: [x]}, reach: "*"}
"""


def test_of_a_source_whose_fields_are_not_known_no_field_is_unknown(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text(POLICY, encoding="utf-8")

    (requirement,) = load_policies([file], [BARE]).requirements

    assert requirement.only == {"anything": ("x",)}
