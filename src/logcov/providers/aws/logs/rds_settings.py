"""What RDS databases are told to write: parameter groups and option groups, each read once.

Sources: rds:DescribeDBParameters, DescribeDBClusterParameters (`Source=user`: what differs from the default),
DescribeOptionGroups; RDS user guide, "MariaDB Audit Plugin support", "Using pgAudit to log database activity",
"SQL Server Audit"; Aurora user guide, "Using Advanced Auditing"; DocumentDB and Neptune guides on auditing. A default
parameter group cannot be changed, so that it is not asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace

OPTION_GROUPS = "rds:DescribeOptionGroups"
INSTANCE_PARAMETERS, CLUSTER_PARAMETERS = "DescribeDBParameters", "DescribeDBClusterParameters"
KEYS = {INSTANCE_PARAMETERS: "DBParameterGroupName", CLUSTER_PARAMETERS: "DBClusterParameterGroupName"}
DEFAULT = "default."
IN_SYNC = "in-sync"
ON, OFF = frozenset({"1", "on", "true", "enabled"}), frozenset({"0", "off", "false", "disabled", ""})

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Values by lower-case name, and the reading that they rest on, if there is one."""

    values: Values
    readings: tuple[str, ...] = ()


@dataclass(slots=True)
class Settings:
    """The parameter and option groups of one account and region."""

    place: AwsPlace
    _groups: dict[tuple[str, str], Read | Unread] = field(default_factory=dict)
    _options: Mapping[str, Mapping[str, Values]] | Unread | None = None
    _option_readings: tuple[str, ...] = ()

    def parameters(self, operation: str, group: object, state: object, subject: str) -> Read | Unread:
        """What a parameter group changes, if all of that is in effect."""
        call = f"rds:{operation}"
        if not isinstance(group, str):
            return self.place.misread(call, "a database without its parameter group", subject)
        if state != IN_SYNC:
            return self.place.not_told(call, f"the parameter group {group} is {state}", subject)
        if group.startswith(DEFAULT):
            return Read(values={})
        known = self._groups.get((operation, group))
        if known is None:
            known = self._groups[operation, group] = self._asked(operation, group)
        return known

    def _asked(self, operation: str, group: str) -> Read | Unread:
        params = {KEYS[operation]: group, "Source": "user"}
        try:
            answer = self.place.pages(
                "rds", operation, "Parameters", subject=group, token=("Marker", "Marker"), **params
            )
        except ReadFailure as failure:
            return self.place.unread(failure, group)
        return Read(
            values={
                str(one.get("ParameterName")).lower(): str(one["ParameterValue"])
                for one in answer.data
                if "ParameterValue" in one
            },
            readings=(answer.reading,),
        )

    def option(self, name: str, memberships: object, subject: str) -> Read | Unread | None:
        """The settings of an option that is in effect; None where no option group of the database has it."""
        if not isinstance(memberships, list):
            return self.place.misread(OPTION_GROUPS, "a database without option groups", subject)
        if self._options is None:
            self._options = self._all_options()
        if isinstance(self._options, Unread):
            return self._options
        for one in memberships:
            group, state = one.get("OptionGroupName"), one.get("Status")
            if state != IN_SYNC:
                return self.place.not_told(OPTION_GROUPS, f"the option group {group} is {state}", subject)
            if group not in self._options:
                return self.place.misread(OPTION_GROUPS, f"the option group {group} is not listed", subject)
            if name in self._options[group]:
                return Read(values=self._options[group][name], readings=self._option_readings)
        return None

    def _all_options(self) -> Mapping[str, Mapping[str, Values]] | Unread:
        try:
            answer = self.place.pages(
                "rds", "DescribeOptionGroups", "OptionGroupsList", token=("Marker", "Marker")
            )
            found = {_name(one): _options(one.get("Options", [])) for one in answer.data}
        except ReadFailure as failure:
            return self.place.unread(failure)
        self._option_readings = (answer.reading,)
        return found

    def switch(self, call: str, value: str | None, subject: str) -> bool | Unread:
        """A value that is on or off; what nobody set is off."""
        told = (value or "").lower()
        if told in ON:
            return True
        return False if told in OFF else self.place.misread(call, f"the value {value} is not known", subject)


def _name(group: Mapping[str, Any]) -> str:
    name = group.get("OptionGroupName")
    if not isinstance(name, str):
        raise unparseable(OPTION_GROUPS, "an option group without a name")
    return name


def _options(told: Sequence[Mapping[str, Any]]) -> Mapping[str, Values]:
    return {
        str(option.get("OptionName")): {
            str(setting.get("Name")).lower(): str(setting.get("Value") or "")
            for setting in option.get("OptionSettings", [])
        }
        for option in told
    }


def words(value: str | None) -> list[str]:
    """The words of a list, `connect, QUERY`, in capitals."""
    return [word.strip().upper() for word in (value or "").split(",") if word.strip()]
