"""`rowpact demo`: makes a workbook with sample data, runs it for real, offline, and says what happened and what to type next.

Invariant: nothing is faked. The ticks are the engine's own, the web service that fails is a real one on this machine, and mail
becomes files.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import click

from runner.cli import screen
from runner.cli.new import config_text, excel_file
from runner.errors import RowpactError
from runner.model import Ask, AskKind, RunState
from runner.ports import World

#: More than the demo ever needs; an endless one would be a bug.
MOST_TICKS = 12


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("rowpact-demo"), metavar="[DIR]")
@click.option("--model", default="", metavar="NAME", help="Let this AI model write the replies.")
@click.option(
    "--ai", "url", default="", metavar="URL", help="Where it is asked; a key for it is taken from AI_KEY in the environment."
)
@screen.json_option
@click.pass_obj
def command(config_here: Path, folder: Path, url: str, model: str, as_json: bool) -> None:  # noqa: FBT001
    """Make a workbook with sample data in DIR, run it for real, and show what happened."""
    from runner import wiring
    from runner.cli.ai_tables import ai_tables

    if url and not model:
        raise click.UsageError("Name the model too, for example: --model llama3.2")
    tables = ai_tables(url, model, config_here, os.environ)
    workbook, config = folder / "business.xlsx", folder / "config.toml"
    for place in (workbook, config, folder / "business.ledger"):
        if place.exists():
            raise RowpactError(f"{place} is there already. Name another folder: rowpact demo another-folder")
    with crm() as service:
        make(workbook, config, service, tables)
        if not as_json:
            click.echo(f"Made {click.style(str(workbook), bold=True)} and {config}. Running it now, for real:\n")
        loaded = wiring.load_config(config)
        world = wiring.open_world(loaded, say=(lambda _line: None) if as_json else _say)
        try:
            run(world)
        finally:
            world.ledger.release()
    if as_json:
        screen.say_json({**result(world, folder, service), "model": loaded.ai.model})
    else:
        tell(world, folder, service, loaded.ai.model and f"{loaded.ai.model} at {urlsplit(loaded.ai.base_url).netloc}")


def _say(line: str) -> None:
    click.echo(click.style(f"  {screen.brief(' '.join(line.split()), 2)}", dim=True))


def make(workbook: Path, config: Path, service: "Service", tables: str) -> None:
    """The lead-to-cash workbook with sample rows, and a config that allows the demo's own service and the model of `tables`."""
    import sheet_templates
    from adapters.workbooks.excel.create import create
    from runner import wiring

    zone = wiring.local_zone()
    today = wiring.open_clock().now().astimezone(zone).date()
    template = sheet_templates.load("lead-to-cash").with_setting("crm_url", service.url)
    try:
        workbook.parent.mkdir(parents=True, exist_ok=True)
        create(template, workbook, today=today, samples=True)
        config.write_text(config_text(excel_file(workbook.name), str(zone), http=(service.host,)) + tables, encoding="utf-8")
    except OSError as error:
        raise RowpactError(f"{workbook.parent} cannot be written: {error.strerror or error}.") from error


def run(world: World) -> None:
    """Ticks until nothing more can move."""
    from runner.engine.seen import Seen
    from runner.engine.tick import tick

    seen = Seen()
    for _ in range(MOST_TICKS):
        report = tick(world, seen)
        if report.waiting:
            raise RowpactError(f"The workbook could not be written: {report.waiting}")
        if report.quiet or world.clock.stopped:
            return


# ------------------------------------------------------------------------------------------------------- what happened


def result(world: World, folder: Path, service: "Service") -> dict[str, object]:
    """The demo's outcome as data."""
    from runner.rules.answers import place_of

    books = world.ledger.books
    return {
        "folder": str(folder),
        "workbook": str(folder / "business.xlsx"),
        "config": str(folder / "config.toml"),
        "runs": {run.id: {"contract": run.contract, "key": run.key, "state": run.state} for run in books.runs.values()},
        "needs_you": [{"run": ask.run, "kind": ask.kind, "where": place_of(ask, None)} for ask in _open(world)],
        "mails": sorted(path.name for path in (folder / "outbox").glob("*.eml")),
        "web_service": {"calls": service.calls, "refused": service.refused},
    }


def _open(world: World) -> list[Ask]:
    return [ask for ask in world.ledger.books.asks.values() if ask.state == "open"]


def tell(world: World, folder: Path, service: "Service", model: str) -> None:
    """What happened, in the owner's words, and the one cell to type into. `model`: who wrote, and where; "" for nobody."""
    books = world.ledger.books
    runs = list(books.runs.values())
    mails = len(list((folder / "outbox").glob("*.eml")))
    done = sum(run.state is RunState.DONE for run in runs)
    click.echo(f"\n{click.style('What happened', bold=True)}")
    click.echo(
        f"  {len(runs)} rows became runs; {done} are done. {mails} mails lie in {folder / 'outbox'} (nothing was really sent)."
    )
    click.echo(f"  The CRM, a real web service on this computer, refused {service.refused} of {service.calls} calls.")
    click.echo(f"  {_who_wrote(model, sum(bool(run.by_model) for run in runs), folder)}")
    for run in runs:
        if run.state in (RunState.INVALID, RunState.RETRYING):
            click.echo(f"  {screen.state(run.state)} {run.id} {run.contract}: {run.error}")
    asks = _open(world)
    click.echo(f"\n{screen.need_you(len(asks))}")
    for ask in asks:
        click.echo(screen.wrapped(f"  {ask.run} {ask.contract}: ", ask.what))
        click.echo(click.style(f"    {cell(world, ask)}", dim=True))
    approval = next((ask for ask in asks if ask.kind is AskKind.APPROVAL), None)
    if approval:
        click.echo(f"\n{click.style('Try it', bold=True)}")
        click.echo(f"  1. Open {folder / 'business.xlsx'}, tab Approvals, and type APPROVE into cell {_cell(world, approval)}.")
        click.echo("  2. Save and close it.")
        click.echo(f"  3. rowpact --config {folder / 'config.toml'} run --once")


def _who_wrote(model: str, texts: int, folder: Path) -> str:
    if model:
        return f"{texts} texts were written by {model}; none leaves unchecked."
    return f"No AI model is set up: replies come from templates. With one: rowpact demo {folder}-2 --model llama3.2"


def cell(world: World, ask: Ask) -> str:
    """`Approvals!J2: APPROVE or REJECT`."""
    from runner.rules.answers import DESKS, words_for

    return f"{DESKS[ask.kind].tab.name}!{_cell(world, ask)}: {' or '.join(words_for(ask))}"


def _cell(world: World, ask: Ask) -> str:
    from runner.rules.answers import DESKS, rows_of

    row = rows_of({ask.id: ask}, world.workbook.read(), world.zone).get(ask.id)
    return row.address(DESKS[ask.kind].cell).partition("!")[2] if row else "of its row"


# --------------------------------------------------------------------------------------------------- the web service


@dataclass(slots=True)
class Service:
    """A CRM on this computer that is having a bad morning: it refuses its first two calls, and knows no invoices."""

    host: str
    calls: int = 0
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.host}"

    def answer(self, path: str) -> tuple[int, dict[str, str]]:
        """Status and JSON for a call."""
        with self.lock:
            self.calls += 1
            if path.startswith("/invoices"):
                self.refused += 1
                return 422, {"error": "This account has no invoices module."}
            if self.calls <= 2:
                self.refused += 1
                return 503, {"error": "Down for maintenance, back in a second."}
            return 201, {"id": f"crm-{self.calls}"}


@contextmanager
def crm() -> Iterator[Service]:
    """The service, for as long as the demo runs; reachable from this computer only."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = service.answer(self.path)
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing: the demo tells its own story."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = Service(host=f"127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
