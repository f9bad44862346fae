"""When the runner looks again for an effect that is in doubt: soon, then ever more rarely, and not for ever.

Invariant: pure, and bounded: a doubt that nobody settles costs fifteen looks.
"""

from datetime import datetime, timedelta

#: How long it goes on looking.
FOR = timedelta(days=3)
_EVERY = timedelta(hours=6)
#: After the moment of doubt; the first look, at that moment itself, is not among them.
AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    *(turn * _EVERY for turn in range(1, FOR // _EVERY + 1)),
)
PROMISE = f"Rowpact goes on looking by itself for {FOR.days} days."


def next_look(since: datetime, looked: datetime | None) -> datetime | None:
    """The next moment, past or to come, for a doubt that arose `since` and was last looked into at `looked`; None after the last.

    Moments that were slept through are one look together.
    """
    return next((since + wait for wait in AFTER if since + wait > (looked or since)), None)
