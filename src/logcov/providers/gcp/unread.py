"""A destination of which nothing could be read."""

from logcov.inventory import Destination, Unread


def unread_destination(
    destination: str,
    kind: str,
    unread: Unread,
    *,
    end: bool = True,
    owner: str | Unread | None = None,
    private: Unread | None = None,
    consumed: Unread | None = None,
) -> Destination:
    """The destination with every fact in doubt; the owner is known where the id tells the project.

    `private` and `consumed` are given for the kinds of destinations that have them.
    """
    return Destination(
        id=destination,
        kind=kind,
        end=end,
        exists=unread,
        owner=owner,
        usable=unread,
        consumed=consumed,
        retained=unread,
        online=unread,
        searchable=unread,
        lock=unread if end else None,
        encrypted=unread,
        private=private,
        deleters=unread if end else None,
    )
