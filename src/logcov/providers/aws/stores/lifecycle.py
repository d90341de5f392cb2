"""How long a bucket keeps objects that are written once and never overwritten, as log files are.

Pure functions over S3's answers. Sources: Amazon S3 user guide, "Expiring objects", "Lifecycle configuration
elements", "Using Object Lock"; s3:GetBucketLifecycleConfiguration, GetBucketVersioning,
GetObjectLockConfiguration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from logcov.inventory import Keep, Lock

FOREVER = Keep(days=None)
NEEDS_RESTORE = frozenset({"GLACIER", "DEEP_ARCHIVE"})
READABLE = frozenset({"STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"})
DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Until when objects exist, and until when they can be read without a restore.

    A string in place of either says why that cannot be told.
    """

    retained: tuple[Keep, ...] | str
    online: tuple[Keep, ...] | str


def kept(
    rules: Sequence[Mapping[str, Any]], *, versioned: bool, lock: Lock | Literal[False], today: date
) -> Kept:
    """What lifecycle rules leave of objects.

    Without versions, an expired object is gone. With versions (suspended ones, too), expiration hides it
    behind a delete marker, and it exists until a rule for noncurrent versions removes it. A default lock
    outlives any rule. A rule bound to tags or sizes may hit log files or not: where one removes or archives,
    nobody can tell.
    """
    enabled = [rule for rule in rules if rule.get("Status") != "Disabled"]
    retained: list[Keep] = [FOREVER]
    online: list[Keep] = [FOREVER]
    no_retained = no_online = ""
    locked = lock.days if isinstance(lock, Lock) else None
    noncurrent = [(_scope(rule)[0], days) for rule in enabled if (days := _noncurrent_days(rule)) is not None]
    expires = any(_days(rule.get("Expiration", {}), today) is not None for rule in enabled)
    for rule in enabled:
        prefix, narrowed = _scope(rule)
        expiry = _days(rule.get("Expiration", {}), today)
        archive, unclear = _archived(rule, today)
        removes_old = versioned and expires and _noncurrent_days(rule) is not None
        if narrowed and (removes_old or (expiry is not None and (noncurrent or not versioned))):
            no_retained = f"rule {_name(rule)} is bound to tags or sizes"
        if narrowed and (expiry is not None or archive is not None or unclear):
            no_online = f"rule {_name(rule)} is bound to tags or sizes"
        if unclear:
            no_online = f"rule {_name(rule)} moves objects to {unclear}"
        if expiry is not None:
            online.append(Keep(prefix=prefix, days=expiry))
            if versioned:
                retained.extend(
                    Keep(prefix=max(prefix, other, key=len), days=expiry + days)
                    for other, days in noncurrent
                    if prefix.startswith(other) or other.startswith(prefix)
                )
            else:
                retained.append(Keep(prefix=prefix, days=expiry))
        if archive is not None:
            online.append(Keep(prefix=prefix, days=archive))
    if locked is not None:
        retained = [
            keep if keep.days is None else Keep(prefix=keep.prefix, days=max(keep.days, locked))
            for keep in retained
        ]
    return Kept(
        retained=no_retained or tuple(dict.fromkeys(retained)),
        online=no_online or tuple(dict.fromkeys(online)),
    )


def default_lock(configuration: Mapping[str, Any]) -> Lock | Literal[False] | str:
    """The lock that new objects get, False where they get none; a string says why that cannot be told."""
    if configuration.get("ObjectLockEnabled") != "Enabled":
        return f"Object Lock is in the unknown state {configuration.get('ObjectLockEnabled')}"
    if "Rule" not in configuration:
        return False  # allowed, but nothing locks an object by default
    retention = configuration["Rule"].get("DefaultRetention", {})
    mode, days, years = retention.get("Mode"), retention.get("Days"), retention.get("Years")
    total = days if days is not None else years * DAYS_A_YEAR if years is not None else None
    match mode:
        case "COMPLIANCE" if total is not None:
            return Lock(mode="locked", days=total)
        case "GOVERNANCE" if total is not None:
            return Lock(mode="bypassable", days=total)
        case _:
            return f"a default retention of {total} days in the unknown mode {mode}"


def _scope(rule: Mapping[str, Any]) -> tuple[str, bool]:
    """A rule's key prefix, and whether tags or sizes (or something new) narrow it further."""
    told = rule.get("Filter")
    if told is None:
        return str(rule.get("Prefix") or ""), False
    both = told.get("And")
    parts = both if both is not None else told
    return str(parts.get("Prefix") or ""), bool(set(parts) - {"Prefix"})


def _name(rule: Mapping[str, Any]) -> str:
    return str(rule.get("ID") or "without a name")


def _days(part: Mapping[str, Any], today: date) -> int | None:
    """`Days`, or the days until `Date`; None where the part removes nothing (only delete markers)."""
    if part.get("Days") is not None:
        return int(part["Days"])
    when = part.get("Date")
    if isinstance(when, datetime):
        return max(0, (when.date() - today).days)
    return None


def _noncurrent_days(rule: Mapping[str, Any]) -> int | None:
    """After how many days a rule removes what expired before; None where it removes no log file.

    With `NewerNoncurrentVersions`, only what has so many newer versions is removed.
    """
    part = rule.get("NoncurrentVersionExpiration", {})
    if part.get("NewerNoncurrentVersions") or part.get("NoncurrentDays") is None:
        return None
    return int(part["NoncurrentDays"])


def _archived(rule: Mapping[str, Any], today: date) -> tuple[int | None, str]:
    """After how many days a rule moves objects to where they need a restore; or a class that nobody knows.

    Intelligent-Tiering archives by settings of its own, which are not read.
    """
    first: int | None = None
    for transition in rule.get("Transitions", []):
        storage = str(transition.get("StorageClass"))
        if storage in READABLE:
            continue
        days = _days(transition, today)
        if storage not in NEEDS_RESTORE or days is None:
            return None, storage
        first = days if first is None else min(first, days)
    return first, ""
