"""The list of applications."""

import pytest

from logcov.providers.workspace.applications import KNOWN_APPLICATIONS, applications, applications_of


def test_the_installed_client_knows_every_application_of_the_dated_list():
    assert set(KNOWN_APPLICATIONS) <= set(applications())
    assert len(KNOWN_APPLICATIONS) == 42


@pytest.mark.parametrize(
    "document", [None, [], {}, {"resources": []}, {"resources": {"activities": {"methods": 1}}}]
)
def test_a_document_without_the_list_names_none(document):
    assert applications_of(document) == ()


def test_values_that_are_no_text_are_left_out():
    enum = {"enum": ["login", 7, "", "admin"]}
    document = {"resources": {"activities": {"methods": {"list": {"parameters": {"applicationName": enum}}}}}}
    assert applications_of(document) == ("admin", "login")
