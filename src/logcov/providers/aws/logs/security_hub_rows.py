"""Security Hub in the catalogue."""

from logcov.inventory import Field, HopKind, LogSource
from logcov.providers.aws import scopes
from logcov.providers.aws.logs import security_hub as hub
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.rows import Family, ObserverRow

KINDS = (hub.HUB, hub.EVENTS)

SECURITY_HUB_FAMILY = Family(
    sources=(
        LogSource(
            id=hub.SOURCE,
            title="Findings of Security Hub",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="source", kind="finite", values=("aws.securityhub",), optional=False),
                Field(name="detail-type", kind="finite", values=(hub.V1, hub.V2), optional=False),
                Field(name="findings.AwsAccountId", aliases=("AwsAccountId",)),
                Field(name="findings.ProductName", aliases=("ProductName",)),
                Field(name="findings.GeneratorId", aliases=("GeneratorId",)),
                Field(name="findings.Severity.Label", aliases=("Severity.Label",)),
                Field(name="findings.Compliance.Status", aliases=("Compliance.Status",)),
                Field(name="findings.Workflow.Status", aliases=("Workflow.Status",)),
                Field(name="findings.RecordState", aliases=("RecordState",)),
            ),
            needs=KINDS,
            emitters=hub.HUB,
            per_location=True,
            limits=(
                "A hub counts as on, whichever standards and products it has: those are shown as evidence.",
                "Where both versions are on, the events of the first are judged.",
                "Where only the second version is on, who administers it and gathers its findings is not read.",
                "Custom actions, and third parties that read findings through the API, are not followed.",
            ),
            documentation="https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-integration-types.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=hub.HUB,
            title="Security Hub, switched on",
            effects=("generate",),
            origins=("aws.account",),
            per_location=True,
        ),
        HopKind(
            id=hub.EVENTS,
            title="Event buses that Security Hub sends findings to, its administrator's and aggregation Region's too",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:events/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.security_hub",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                hub.observe_hubs, service="securityhub", sources=(hub.SOURCE,), listings=KINDS
            ),
            listings=KINDS,
            sources=(hub.SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads(
                    {
                        hub.DESCRIBE: "whether Security Hub is on",
                        hub.DESCRIBE_V2: "whether its second version is on, asked only where the first is not",
                        hub.STANDARDS: "which standards are on: evidence",
                        hub.ADMINISTRATOR: "which account administers it, and gets its findings",
                        hub.AGGREGATORS: "whether findings of several Regions are gathered",
                        hub.AGGREGATOR: "in which Region, and of which",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
