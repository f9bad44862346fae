"""Tells what is to be told now, by every channel side by side.

Invariant: a channel counts as told only after it took the message; one that fails holds up no other, nor the tick for longer
than `PATIENCE`.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from runner.errors import ActionFailed, RowpactError
from runner.model import AlertBoard
from runner.ports import Channel, Message, World
from runner.rules.alerts.message import Places, compose
from runner.rules.alerts.telling import News, news_for, refused, took
from runner.rules.weekly.words import moment

#: What one channel may take.
PATIENCE = timedelta(seconds=10)


def tell(
    world: World, board: AlertBoard, places: Places, now: datetime, keep: Callable[[AlertBoard], None]
) -> tuple[AlertBoard, list[str]]:
    """The board after everybody has been told who is to be told now, and what was new to whom.

    `keep` puts a board on disk; it is called after each channel.
    """
    news = news_for(board, world.alerting, now, world.zone)
    if not news:
        return board, []
    channels, heard = world.alerting.channels, list[str]()
    with ThreadPoolExecutor(len(news)) as pool:
        tries = {
            pool.submit(_try, channels[name], compose(name, some, places, now, world.zone)): name for name, some in news.items()
        }
        for done in as_completed(tries):
            name, error = tries[done], done.result()
            if error is None:
                board = _taken(board, name, news[name], world, now)
                heard += [f"{each.alert.id} {each.alert.condition.kind}, by {name}" for each in news[name] if each.word == "new"]
            else:
                board = _failed(board, name, error, world, now)
            keep(board)
    return board, heard


def _try(channel: Channel, message: Message) -> RowpactError | None:
    """None when the channel took it."""
    try:
        channel.tell(message, PATIENCE)
    except RowpactError as error:
        return error
    except Exception as error:  # noqa: BLE001 - one channel is no reason not to use the others
        return ActionFailed(f"It failed by a mistake of Rowpact's ({type(error).__name__}: {error}).")
    return None


def _taken(board: AlertBoard, name: str, news: list[News], world: World, now: datetime) -> AlertBoard:
    if name in board.troubles:
        world.say(f"Alerts can be told by {name} again.")
    return took(board, name, news, now)


def _failed(board: AlertBoard, name: str, error: RowpactError, world: World, now: datetime) -> AlertBoard:
    """What is known of the channel now; that it fails is said once."""
    why = world.secrets.redact(str(error))
    board = refused(board, name, why, error.retry_after if isinstance(error, ActionFailed) else None, now)
    if board.troubles[name].tries == 1:
        world.say(f"Alerts cannot be told by {name}: {why} Tried again {moment(board.troubles[name].next, world.zone)}.")
    return board
