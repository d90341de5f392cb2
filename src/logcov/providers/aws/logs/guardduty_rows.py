"""GuardDuty in the catalogue."""

from logcov.inventory import Dimension, Field, HopKind, LogSource
from logcov.providers.aws import scopes
from logcov.providers.aws.logs import guardduty
from logcov.providers.aws.logs import guardduty_suppression as suppression
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.rows import Family, ObserverRow

KINDS = (guardduty.DETECTOR, guardduty.PUBLISHING)

GUARDDUTY_FAMILY = Family(
    sources=(
        LogSource(
            id=guardduty.SOURCE,
            title="Threats that GuardDuty finds",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="source", kind="finite", values=("aws.guardduty",), optional=False),
                Field(name="detail-type", kind="finite", values=("GuardDuty Finding",), optional=False),
                Field(name="feature", kind="finite", values=guardduty.FEATURES, optional=False),
                Field(name="accountId", optional=False),
                Field(name="region", optional=False),
                Field(name="type", optional=False),
                Field(name="severity", kind="number", optional=False),
            ),
            dimensions=(Dimension(name="feature", examples=guardduty.FEATURES),),
            needs=KINDS,
            emitters=guardduty.DETECTOR,
            per_location=True,
            limits=(
                "Whoever asks for findings without naming features asks for all of them, those of runtime and AI too.",
                "GuardDuty itself keeps findings for 90 days; that counts as no destination.",
                "Whether a bucket and its key let GuardDuty write is not judged: it reports when it cannot.",
                "Findings that go on through Security Hub or Detective are not followed as GuardDuty's.",
            ),
            documentation="https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=guardduty.DETECTOR,
            title="GuardDuty detector and its features",
            effects=("generate",),
            origins=("aws.account",),
            per_location=True,
        ),
        HopKind(
            id=guardduty.PUBLISHING,
            title="Where GuardDuty puts findings: buckets and event buses, its administrator's too",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:s3/*", "aws:events/*"),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.guardduty",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                guardduty.observe_detectors,
                service="guardduty",
                sources=(guardduty.SOURCE,),
                listings=KINDS,
            ),
            listings=KINDS,
            sources=(guardduty.SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads(
                    {
                        guardduty.LIST: "whether there is a detector",
                        guardduty.DESCRIBE: "whether it is on, and which features",
                        guardduty.ADMINISTRATOR: "which account administers it, and gets its findings",
                        guardduty.DESTINATIONS: "where findings are exported",
                        guardduty.DESTINATION: "to which bucket and prefix, and whether that works",
                        suppression.FILTERS: "whether findings are suppressed",
                        suppression.FILTER: "which findings a suppression rule archives",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
