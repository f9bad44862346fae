"""`rowpact run`: polls the workbook for ever, or once. Ctrl-C finishes the steps that have begun and says what goes on later."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from runner.cli import screen
from runner.errors import LeaseHeld, LeaseLost, LedgerDamaged, RowpactError
from runner.model import AlertBoard, Run, RunState
from runner.ports import World

if TYPE_CHECKING:
    from runner.engine.tick import Report


#: How often one process opens its ledger anew before it gives up.
PUT_BACK = 3
#: Seconds that a single round waits for the daily probes, and for the heartbeat.
PROBING, BEATING = 60.0, 5.0
#: How an alert is told: for the first time, once more, or that it is over.
TOLD = {"new": "", "again": " (again)", "over": " (over)"}
#: More alerts than this are only counted.
LISTED = 5


@click.command("run")
@click.option("--once", is_flag=True, help="One tick: read, carry every run as far as it can go now, write back.")
@screen.json_option
@click.option("--quiet", is_flag=True, help="Say only what needs somebody.")
@click.pass_obj
def command(config: Path, once: bool, as_json: bool, quiet: bool) -> None:  # noqa: FBT001
    """Poll the workbook and carry its runs out."""
    from runner import trials, wiring

    loaded = wiring.load_config(config)
    every = loaded.runner.poll
    opened = partial(
        wiring.open_world,
        loaded,
        say=(lambda _line: None) if as_json or quiet else _say,
        mode="one tick" if once else f"running, every {every.total_seconds():.0f} s",
        probe=partial(trials.probe, loaded),
        next_poll="" if once else f"{every.total_seconds():.0f} s later",
    )
    world = opened()
    with stopping(world):
        if once:
            _once(world, as_json=as_json)
        else:
            _for_ever(world, opened, every, config)


def _say(line: str) -> None:
    click.echo(line if len(line) < 500 else line[:499] + "…")


def _once(world: World, *, as_json: bool) -> None:
    from runner.engine.admit import paused
    from runner.engine.attend import attempt
    from runner.engine.board import read_board
    from runner.engine.probe import Prober
    from runner.engine.pulse import Pulse
    from runner.engine.seen import Seen
    from runner.engine.tick import tick

    seen, pulse = Seen(), Pulse(world)
    before = read_board(world.ledger)
    try:
        report = attempt(tick, world, seen)
        pulse.beat()
        Prober(world).look(world.clock.now(), PROBING)
    except RowpactError as error:
        if not isinstance(error, LeaseHeld | LeaseLost):
            pulse.beat(str(error))
        raise
    finally:
        world.ledger.release()
        pulse.finish(BEATING)
    told = tuple(_told(before, seen.alerts or before))
    if as_json:
        runs = [world.ledger.books.runs[run] for run in report.moved if run in world.ledger.books.runs]
        screen.say_json({"moved": {run.id: run.state for run in runs}, "told": told, "writes_waiting": report.waiting, "problems": [
            str(problem) for problem in seen.book.problems]})  # fmt: skip
    else:
        summary(world, report, told, paused=paused(seen))
        for problem in seen.book.problems:
            click.echo(f"{click.style('!', fg='yellow')} {problem}")
    if world.clock.stopped:
        click.echo("Stopped. What had begun is finished; the rest goes on with the next `rowpact run`.")
    if seen.book.problems:
        raise click.exceptions.Exit(1)


def _for_ever(world: World, opened: Callable[..., World], every: timedelta, config: Path) -> None:
    """Until it is stopped. A ledger that breaks on the way is closed and opened anew, which puts it back from its copy."""
    click.echo(f"Rowpact watches {world.workbook.name} every {every.total_seconds():.0f} s. Ctrl-C stops it.")
    for left in reversed(range(PUT_BACK)):
        try:
            _poll(world, every)
            break
        except LedgerDamaged as damage:
            if not left:
                raise
            world.say(damage.what)
            world.ledger.close()
            world = opened(clock=world.clock)
    open_runs = [run for run in world.ledger.books.runs.values() if not run.state.ended]
    click.echo(
        f"Stopped. {len(open_runs)} open run{'s' * (len(open_runs) != 1)}: `rowpact --config {config} run` goes on with them."
    )


def _poll(world: World, every: timedelta) -> None:
    from runner.engine.poll import Poller
    from runner.engine.status_page import show_status

    poller = Poller(world=world, every=every)
    try:
        poller.poll()
        show_status(replace(world, mode="stopped by hand"), poller.seen, world.clock.now())
    finally:
        world.ledger.release()


def summary(world: World, report: "Report", told: Sequence[str], *, paused: bool) -> None:
    """Where the runs of this tick stand, what Rowpact told to whom, and what needs somebody."""
    runs = [world.ledger.books.runs[run] for run in report.moved]
    if paused:
        click.echo(screen.PAUSED)
    elif not runs and not told:
        click.echo("Nothing new.")
    for text, count in _counts(runs):
        click.echo(f"{count:4} {text}")
    for line in told:
        click.echo(line)
    if report.waiting:
        click.echo(f"{click.style('!', fg='yellow')} Not written to the workbook yet: {report.waiting}")


def _told(before: AlertBoard, after: AlertBoard) -> Iterator[str]:
    """One line for each channel that took an alert."""
    from runner.rules.alerts.telling import told_since

    for channel, news in told_since(before, after).items():
        said = [f"{each.alert.id} {each.alert.condition.kind}{TOLD[each.word]}" for each in news]
        more = f", and {len(said) - LISTED} more" if len(said) > LISTED else ""
        yield f"Alert by {channel}: {', '.join(said[:LISTED])}{more}."


def _counts(runs: list[Run]) -> Iterator[tuple[str, int]]:
    for state in RunState:
        count = sum(run.state is state for run in runs)
        if count:
            yield screen.state(state), count


@contextmanager
def stopping(world: World) -> Iterator[None]:
    """The first Ctrl-C asks the engine to stop after what has begun; the second one stops at once."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if world.clock.stopped:
            raise KeyboardInterrupt
        click.echo("\nStopping after what has begun… (Ctrl-C again: at once)", err=True)
        world.clock.stop()

    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
