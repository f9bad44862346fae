"""Environment variables that override single keys of config.toml: `ROWPACT_<TABLE>_<KEY>`.

Invariant: a variable that begins like one of these and names no key is a problem, not silence.
"""

from collections.abc import Mapping
from typing import Any

from runner.config.whole import TABLES, keys_of
from runner.model import Problem
from runner.rules.findings import did_you_mean

_OVERRIDABLE = ("workbook", "runner", "email", "http", "files", "ai", "report")


def overlay(data: dict[str, Any], environ: Mapping[str, str]) -> tuple[dict[str, Any], dict[tuple[str, str], str], list[Problem]]:
    """The data with the environment's values over it, (table, key) → variable for those, and the problems found."""
    ours = {variable: value for variable, value in environ.items() if variable.startswith("ROWPACT_") and value}
    known = {f"ROWPACT_{table}_{key}".upper(): (table, key) for table in _OVERRIDABLE for key in keys_of(TABLES[table])}
    secret = _secret_variables(data)
    merged, overridden, problems = dict(data), dict[tuple[str, str], str](), list[Problem]()
    for variable, value in ours.items():
        table, key = known.get(variable, ("", ""))
        if table and isinstance(merged.get(table, {}), dict):
            merged[table] = {**merged.get(table, {}), key: value}
            overridden[table, key] = variable
        elif table:
            problems.append(_problem(variable, "It cannot say which of several workbooks it means.", "Write it in config.toml."))
        elif variable not in secret and variable.split("_")[1].lower() in _OVERRIDABLE:
            problems.append(
                _problem(variable, "This environment variable names no key of config.toml.", did_you_mean(variable, known))
            )
    return merged, overridden, problems


def _secret_variables(data: Mapping[str, Any]) -> set[str]:
    """Variables that hold secrets may be called anything."""
    tables = data.get("secrets")
    return {str(table.get("env")) for table in tables.values() if isinstance(table, dict)} if isinstance(tables, dict) else set()


def _problem(variable: str, message: str, fix: str) -> Problem:
    return Problem(where=f"environment variable {variable}", message=message, fix=fix)
