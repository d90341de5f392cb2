"""Which regions of an account are enabled.

Sources: account:ListRegions (`RegionOptStatus`), ec2:DescribeRegions (`OptInStatus`).
"""

from collections.abc import Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.credentials import Caller

ENABLED = frozenset({"ENABLED", "ENABLING", "ENABLED_BY_DEFAULT", "DISABLING"})
"""`RegionOptStatus` of regions in which something can still happen."""
OPTED_OUT = "not-opted-in"


class RegionWays:
    """How to learn an account's regions: from the management account, or else in the account itself.

    account:ListRegions needs no role in a member (trusted access is enough), so it is tried first. Once the
    organisation refused it, it is not asked again for each member.
    """

    def __init__(self, session: AwsSession, caller: Caller, *, ask_management: bool) -> None:
        self._session = session
        self._caller = caller
        self._ask_members_here = ask_management

    def locations(self, account: str) -> Mapping[str, bool] | Unread:
        """Region → enabled, as far as the target's own list of regions reaches."""
        known = self._known(account)
        wanted = self._session.target.regions
        if isinstance(known, Unread):
            self._session.regions[account] = known
            # Named by a person: looked at, whatever the account says. A disabled one then shows as unread.
            return dict.fromkeys(wanted, True) if wanted else known
        self._session.regions[account] = tuple(sorted(name for name, enabled in known.items() if enabled))
        if not wanted:
            return dict(sorted(known.items()))
        return {name: known.get(name, True) for name in sorted(wanted)}

    def _known(self, account: str) -> Mapping[str, bool] | Unread:
        if account == self._caller.account or self._ask_members_here:
            try:
                return self._from_account_service(account)
            except ReadFailure:
                if account != self._caller.account:
                    self._ask_members_here = False
        place = self._session.place(account, None)
        try:
            return _from_ec2(place)
        except ReadFailure as failure:
            return place.unread(failure)

    def _from_account_service(self, account: str) -> Mapping[str, bool]:
        call = "account:ListRegions"
        home = AwsPlace(session=self._session, account="", about=ACCOUNT_PREFIX + account)
        # The caller's own id must be left out.
        of: dict[str, Any] = {} if account == self._caller.account else {"AccountId": account}
        answer = home.pages("account", "ListRegions", "Regions", **of)
        known: dict[str, bool] = {}
        for region in answer.data:
            name, status = region.get("RegionName"), region.get("RegionOptStatus")
            if not isinstance(name, str) or not isinstance(status, str):
                raise unparseable(call, "a region without name or status")
            known[name] = status in ENABLED
        if not any(known.values()):
            raise unparseable(call, "no region is enabled")
        return known


def _from_ec2(place: AwsPlace) -> Mapping[str, bool]:
    call = "ec2:DescribeRegions"
    answer = place.call("ec2", "DescribeRegions", AllRegions=True)
    known: dict[str, bool] = {}
    regions = answer.data.get("Regions")
    if not isinstance(regions, list):
        raise unparseable(call, "the answer has no Regions")
    for region in regions:
        name, status = region.get("RegionName"), region.get("OptInStatus")
        if not isinstance(name, str) or not isinstance(status, str):
            raise unparseable(call, "a region without name or status")
        known[name] = status != OPTED_OUT
    if not any(known.values()):
        raise unparseable(call, "no region is enabled")
    return known
