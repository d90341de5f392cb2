"""AWS Organizations, answered from the world: moto gives its own ids, and members an empty list.

Source: AWS Organizations API reference. Members may ask only which organisation they are in.
"""

from collections.abc import Mapping
from typing import Any

from logcov.sandbox.aws_refused import Refused
from logcov.sandbox.aws_wire import Ask
from logcov.sandbox.aws_world import Account, AwsWorld, Ou


class Organizations:
    """The organisation of one world."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world
        self._accounts = {account.id: account for account in world.accounts}
        self._members: tuple[Account | Ou, ...] = (*world.accounts, *world.ous)

    def answer(self, ask: Ask) -> Mapping[str, Any]:
        """The whole answer (all pages of it), shaped as boto3 returns it.

        Raises:
            Refused: what AWS answers with an error, or what this organisation does not know.
        """
        org, world = self._world.organization, self._world
        head = f"arn:aws:organizations::{org.management}"
        if ask.operation == "DescribeOrganization":
            management = self._accounts[org.management]
            return {
                "Organization": {
                    "Id": org.id,
                    "Arn": f"{head}:organization/{org.id}",
                    "FeatureSet": "ALL",
                    "MasterAccountArn": f"{head}:account/{org.id}/{org.management}",
                    "MasterAccountId": org.management,
                    "MasterAccountEmail": f"{management.name}@acme.example",
                    "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
                }
            }
        if ask.account != org.management:
            raise Refused("AccessDeniedException", "You don't have permissions to access this resource.")
        parent = ask.params.get("ParentId")
        match ask.operation:
            case "ListRoots":
                return {
                    "Roots": [
                        {
                            "Id": org.root,
                            "Arn": f"{head}:root/{org.id}/{org.root}",
                            "Name": "Root",
                            "PolicyTypes": [],
                        }
                    ]
                }
            case "ListAccounts":
                return {"Accounts": [self._account(each.id) for each in world.accounts]}
            case "ListAccountsForParent":
                self._known_parent(parent)
                return {
                    "Accounts": [self._account(each.id) for each in world.accounts if each.parent == parent]
                }
            case "DescribeAccount":
                return {"Account": self._account(str(ask.params.get("AccountId")))}
            case "ListOrganizationalUnitsForParent":
                self._known_parent(parent)
                return {
                    "OrganizationalUnits": [self._ou(each.id) for each in world.ous if each.parent == parent]
                }
            case "DescribeOrganizationalUnit":
                return {"OrganizationalUnit": self._ou(str(ask.params.get("OrganizationalUnitId")))}
            case "ListParents":
                above = self._parent_of(str(ask.params.get("ChildId")))
                return {
                    "Parents": [{"Id": above, "Type": "ROOT" if above == org.root else "ORGANIZATIONAL_UNIT"}]
                }
            case "ListTagsForResource":
                tags = self._tags_of(str(ask.params.get("ResourceId")))
                return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            case "ListAWSServiceAccessForOrganization":
                trusted = ("account.amazonaws.com", "cloudtrail.amazonaws.com")
                return {
                    "EnabledServicePrincipals": [
                        {"ServicePrincipal": each, "DateEnabled": org.created} for each in trusted
                    ]
                }
            case "ListDelegatedAdministrators":
                return {"DelegatedAdministrators": []}
            case _:
                raise Refused(
                    "UnsupportedAPIEndpointException", f"The sandbox does not answer {ask.operation}."
                )

    def _account(self, ident: str) -> dict[str, Any]:
        org, account = self._world.organization, self._accounts.get(ident)
        if account is None:
            raise Refused("AccountNotFoundException", "You specified an account that doesn't exist.")
        return {
            "Id": account.id,
            "Arn": f"arn:aws:organizations::{org.management}:account/{org.id}/{account.id}",
            "Email": f"{account.name}@acme.example",
            "Name": account.name,
            "State": account.state,
            "JoinedMethod": "INVITED" if account.id == org.management else "CREATED",
            "JoinedTimestamp": account.joined,
        }

    def _ou(self, ident: str) -> dict[str, Any]:
        org = self._world.organization
        for ou in self._world.ous:
            if ou.id == ident:
                return {
                    "Id": ou.id,
                    "Arn": f"arn:aws:organizations::{org.management}:ou/{org.id}/{ou.id}",
                    "Name": ou.name,
                }
        raise Refused(
            "OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist."
        )

    def _known_parent(self, ident: Any) -> None:
        if ident != self._world.organization.root and all(ou.id != ident for ou in self._world.ous):
            raise Refused("ParentNotFoundException", "You specified parent that doesn't exist.")

    def _parent_of(self, ident: str) -> str:
        for each in self._members:
            if each.id == ident:
                return each.parent
        raise Refused("ChildNotFoundException", "You specified a child that doesn't exist.")

    def _tags_of(self, ident: str) -> Mapping[str, str]:
        if ident in (self._world.organization.root, self._world.organization.id):
            return {}
        for each in self._members:
            if each.id == ident:
                return each.tags
        raise Refused("TargetNotFoundException", "You specified a target that doesn't exist.")
