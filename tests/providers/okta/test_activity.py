"""The newest record of the System Log."""

from datetime import datetime, timedelta

import pytest

from logcov.errors import ReadFailure
from logcov.inventory import Activity, Listing
from logcov.providers.okta.activity import observe_activity

LOGS = "/api/v1/logs"


def test_the_newest_record_shows_that_there_was_something_to_deliver(okta, observe):
    okta.answers[LOGS] = [
        okta.reply([{"published": "2026-11-22T08:30:00.123Z", "eventType": "user.session.start"}])
    ]
    activity, listing = observe(observe_activity)
    assert isinstance(activity, Activity)
    assert activity.at == "2026-11-22T08:30:00Z"
    assert listing == Listing(kind="activity", at="okta:orgs/acme.okta.com", readings=activity.readings)


def test_the_question_is_bounded_on_both_sides(okta, observe):
    okta.answers[LOGS] = [okta.reply([])]
    observe(observe_activity)
    (request,) = okta.requests
    since, until = (datetime.fromisoformat(request.query[name]) for name in ("since", "until"))
    assert timedelta(0) < until - since <= timedelta(days=90)
    assert (request.query["limit"], request.query["sortOrder"]) == ("1", "DESCENDING")


def test_a_next_link_is_not_followed(okta, observe):
    link = [("Link", f'<{okta.url}{LOGS}?after=1>; rel="next"')]
    okta.answers[LOGS] = [okta.reply([{"published": "2026-11-22T08:30:00Z"}], headers=link)]
    observe(observe_activity)
    assert len(okta.requests) == 1


def test_no_record_in_the_window_is_no_activity_but_was_asked(okta, observe):
    okta.answers[LOGS] = [okta.reply([])]
    (listing,) = observe(observe_activity)
    assert isinstance(listing, Listing)


@pytest.mark.parametrize(
    "body",
    [{"errorCode": "x"}, ["odd"], [{}], [{"published": "yesterday"}], [{"published": "2026-11-22T08:30:00"}]],
)
def test_an_odd_answer_proves_nothing(okta, observe, body):
    okta.answers[LOGS] = [okta.reply(body)]
    with pytest.raises(ReadFailure) as caught:
        observe(observe_activity)
    assert caught.value.kind == "unparseable"
