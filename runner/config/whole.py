"""All of config.toml as one frozen value.

Invariant: every table is there, whether it was written or not.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from runner.config.alerts import Alerts
from runner.config.kinds import Unusable
from runner.config.tables import (
    Ai,
    Email,
    Files,
    Folder,
    Http,
    Inbox,
    Mcp,
    Report,
    Runner,
    Secret,
    Table,
    Webhook,
    Workbook,
)
from runner.ports import STATUS_PAGE


def _several(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Config(Table):
    """All of config.toml."""

    workbooks: Annotated[tuple[Workbook, ...], BeforeValidator(_several)] = Field(alias="workbook")
    runner: Runner
    email: Email
    http: Http
    files: Files
    ai: Ai
    mcp: Mapping[str, Mcp] = {}
    report: Report
    alerts: Alerts
    webhook: Mapping[str, Webhook] = {}
    inbox: Mapping[str, Inbox] = {}
    folder: Mapping[str, Folder] = {}
    secrets: Mapping[str, Secret] = {}
    _file: Path = PrivateAttr(default=Path("config.toml"))

    def model_post_init(self, context: Any) -> None:
        """Keep the place of the file, whose folder relative paths count from."""
        self._file = (context or {}).get("file", Path("config.toml"))

    @property
    def home(self) -> Path:
        """The folder of config.toml."""
        return self._file.parent

    @model_validator(mode="before")
    @classmethod
    def _all_tables(cls, data: Any) -> Any:
        """A table that is not written is an empty one, so that its defaults pass through the same rules."""
        return {name: {} for name, field in cls.model_fields.items() if field.is_required() and name != "workbooks"} | data

    @field_validator("workbooks")
    @classmethod
    def _names(cls, value: tuple[Workbook, ...]) -> tuple[Workbook, ...]:
        if not value:
            raise Unusable("No workbook is named.", 'Add a table [workbook] with path = "business.xlsx".')
        names = [workbook.name.strip().casefold() for workbook in value]
        if len(names) > 1 and (len(set(names)) < len(names) or "" in names):
            raise Unusable("Of several workbooks each needs a name of its own.", 'Add name = "…" to every [[workbook]].')
        return value

    def ledger_of(self, workbook: Workbook) -> str:
        """The workbook's ledger: a file's path or a PostgreSQL address; by default the file beside the workbook."""
        if self.runner.ledger:
            return self.runner.ledger
        return str(self.beside(workbook).with_suffix(".ledger"))

    def beside(self, workbook: Workbook) -> Path:
        """The workbook's file; of one that is no file, the place by which its ledger and its archive are named."""
        return workbook.path or self._file.parent / workbook.file_name

    def ledger_file(self, workbook: Workbook) -> Path:
        """The ledger's file; of one that is no file, the place where it would be. The status page stands beside it."""
        place = self.ledger_of(workbook)
        return self.beside(workbook).with_suffix(".ledger") if "://" in place else Path(place)

    @property
    def kept_files(self) -> tuple[Path, ...]:
        """What no step may read or write: this file, the ledgers with what stands beside them, and files with secrets."""
        ledgers = [Path(place) for place in map(self.ledger_of, self.workbooks) if "://" not in place]
        beside = [place.with_name(place.name + ending) for place in ledgers for ending in ("", "-wal", "-shm", "-journal")]
        keys = [Path(workbook.credentials) for workbook in self.workbooks if workbook.kind == "google"]
        pages = [
            place.with_name(name)
            for place in map(self.ledger_file, self.workbooks)
            for name in (STATUS_PAGE, f"{place.stem}.{STATUS_PAGE}")
        ]
        return (self._file, *beside, *pages, *keys, *(secret.file for secret in self.secrets.values() if secret.file))


#: Table → its model, for the tables that hold keys.
TABLES: Mapping[str, type[Table]] = {
    "workbook": Workbook,
    "runner": Runner,
    "email": Email,
    "http": Http,
    "files": Files,
    "ai": Ai,
    "mcp": Mcp,
    "report": Report,
    "alerts": Alerts,
    "webhook": Webhook,
    "inbox": Inbox,
    "folder": Folder,
    "secrets": Secret,
}


def keys_of(table: type[Table]) -> list[str]:
    """The keys of a table as they are written in config.toml."""
    return [field.alias or name for name, field in table.model_fields.items()]
