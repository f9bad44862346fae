"""`rowpact audit verify` recomputes the hash chain and compares the sheet with the ledger; `export` writes the trail out."""

import csv
import sys
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

import click

from runner.cli import screen
from runner.errors import RowpactError
from runner.events import EventKind
from runner.model import Event, Row, Snapshot, Tab
from runner.ports import Ledger
from runner.rules.project import audit_cells, same


@click.group("audit")
def command() -> None:
    """Verify or export the audit trail."""


@command.command("verify")
@screen.json_option
@click.pass_obj
def verify(config: Path, as_json: bool) -> None:  # noqa: FBT001
    """Recompute the hash chain and compare sheet with ledger."""
    from runner import wiring

    loaded = wiring.load_config(config)
    workbook = wiring.only_workbook(loaded)
    clock = wiring.open_clock()
    ledger = wiring.open_ledger(loaded, workbook, clock)
    wrong = ledger.verify()
    wrong += list(disagreements(ledger, wiring.open_workbook(workbook, clock).read(), loaded.runner.zone))
    lines = sum(1 for _ in ledger.events())
    if as_json:
        screen.say_json({"lines": lines, "problems": wrong, "head": head(ledger)})
    elif wrong:
        for sentence in wrong:
            click.echo(f"{click.style('✗', fg='red')} {sentence}")
    else:
        known = f"Head: {head(ledger)}" if lines else "Nothing has been recorded yet."
        click.echo(f"{click.style('✓', fg='green')} {lines} audit lines, unbroken; the sheet agrees. {known}")
    raise click.exceptions.Exit(1 if wrong else 0)


def head(ledger: Ledger) -> str:
    """The hash of the last line; whoever keeps it can prove later that nothing before it was changed."""
    last = ""
    for event in ledger.events():
        last = event.hash
    return last


def disagreements(ledger: Ledger, snapshot: Snapshot, zone: tzinfo) -> Iterator[str]:
    """A sentence for every line of Audit, and every run and state in Runs, that is not what the ledger knows."""
    yield from _lines(ledger, snapshot.tab("Audit"), zone)
    yield from _runs(ledger, snapshot.tab("Runs"))


def _lines(ledger: Ledger, audit: Tab | None, zone: tzinfo) -> Iterator[str]:
    shown: dict[str, Row] = {}
    for row in audit.rows if audit else ():
        if shown.setdefault(row.text("Seq"), row) is not row:
            yield f"{row.address('Seq')}: line {row.text('Seq')} stands in the sheet twice. Delete this row."
    number, lost = 0, list[range]()  # lines of a trail that was lost: the workbook alone still shows them
    first, last = int(ledger.note("archived lines") or 0), int(ledger.note("last line shown") or 0)
    for event in ledger.events():
        if event.kind == EventKind.ADOPTED:
            lost.append(range(number + 1, event.seq))
        number = event.seq
        line = shown.pop(str(event.seq), None)
        if line is None:
            if first < event.seq <= last:
                yield f"Audit: line {event.seq} is missing in the sheet. The next tick puts it back."
            continue
        wrong = [header for header, value in audit_cells(event, zone).items() if not same(line.get(header), value)]
        if wrong:
            yield f"{line.address(wrong[-1])} is not what the ledger recorded as line {event.seq}. The next tick puts it back."
    for seq, row in shown.items():
        if seq.isdecimal() and any(int(seq) in lines for lines in lost):
            continue
        yield f"{row.address('Seq')}: line {seq or '(no number)'} stands in the sheet, but the ledger never recorded it."


def _runs(ledger: Ledger, runs: Tab | None) -> Iterator[str]:
    for row in runs.rows if runs else ():
        run = ledger.books.runs.get(row.text("Run"))
        if run is None and ledger.run(row.text("Run")) is None:
            yield f"{row.address('Run')}: the ledger knows no run {row.text('Run') or '(no number)'}. Delete this row."
        if run is not None and row.text("State") != run.state.value and not ledger.note("waiting"):
            says = f"{row.address('State')} says {row.text('State')}, but {run.id} is {run.state.value}."
            yield f"{says} The next tick puts it right."


@command.command("export")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; default: the terminal.")
@screen.json_option
@click.pass_obj
def export(config: Path, output: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Write the whole audit trail as CSV, or as JSON with --json."""
    from runner import wiring

    loaded = wiring.load_config(config)
    workbook = wiring.only_workbook(loaded)
    place = loaded.ledger_of(workbook)
    if output and any(other and output.resolve() == Path(other).resolve() for other in (config, workbook.path, place)):
        raise RowpactError(f"{output} is one of Rowpact's own files, and is not written over. Choose another name.")
    events = [_line(event) for event in wiring.open_ledger(loaded, workbook, wiring.open_clock()).events()]
    if output:
        _into(output, events, as_json=as_json)
    elif as_json:
        screen.say_json(events)
    else:
        _csv(events, sys.stdout)


def _into(output: Path, events: list[dict[str, object]], *, as_json: bool) -> None:
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            if as_json:
                import json

                json.dump(events, file, ensure_ascii=False, indent=2)
            else:
                _csv(events, file)
    except OSError as error:
        raise RowpactError(f"{output} cannot be written: {error.strerror or error}. Choose another place.") from error
    click.echo(f"{len(events)} lines in {output}")


def _line(event: Event) -> dict[str, object]:
    return {
        "seq": event.seq,
        "time": event.time.isoformat() if event.time else "",
        "contract": event.contract,
        "run": event.run,
        "step": event.step,
        "attempt": event.attempt,
        "event": event.kind,
        "result": event.result,
        "who": event.who,
        "detail": event.detail,
        "hash": event.hash,
    }


def _csv(events: list[dict[str, object]], file: object) -> None:
    """A leading = + - @ would make a formula of a cell: such texts get an apostrophe in front."""
    writer = csv.writer(file)  # type: ignore[arg-type]
    writer.writerow(events[0] if events else ["seq"])
    for event in events:
        writer.writerow([f"'{value}" if str(value)[:1] in tuple("=+-@\t\r") else value for value in event.values()])
