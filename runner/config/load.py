"""Reads config.toml: defaults ‹ file ‹ environment; every mistake at once, each as a sentence with its place.

Invariant: nothing raises for what a person wrote, and no sentence repeats a secret.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from runner.config.complaints import complaint
from runner.config.environment import overlay
from runner.config.secret_uses import secret_problems
from runner.config.whole import Config
from runner.model import Problem


def load(path: Path, environ: Mapping[str, str]) -> tuple[Config | None, list[Problem]]:
    """The configuration and every mistake in it; None when it cannot be built at all. Use it only when there is no problem.

    `environ` may override single keys: `ROWPACT_RUNNER_POLL=5s` wins over poll in [runner].
    """
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        return None, [_unreadable(path, error)]
    except UnicodeDecodeError:
        return None, [Problem(where=path.name, message="The file is not UTF-8 text.", fix="Save it as UTF-8 in your editor.")]
    except tomllib.TOMLDecodeError as error:
        return None, [_not_toml(path, str(error))]
    except RecursionError:
        return None, [Problem(where=path.name, message="The file is nested too deeply.", fix="Compare it with the example.")]
    data, overridden, problems = overlay(data, environ)
    problems += secret_problems(data, path.name)
    try:
        config = Config.model_validate(data, context={"folder": path.absolute().parent, "file": path.absolute()})
    except ValidationError as error:
        wrong = (complaint(one["loc"], one, path.name, overridden) for one in error.errors(include_url=False, include_input=False))
        return None, [*wrong, *problems]
    return config, problems


def _unreadable(path: Path, error: OSError) -> Problem:
    if isinstance(error, FileNotFoundError):
        fix = "Make one with: rowpact demo (sample data to try) or rowpact new FILE --template NAME; or name another with --config."
        return Problem(where=str(path), message="There is no such file.", fix=fix)
    return Problem(
        where=str(path), message=f"The file cannot be read: {error.strerror}.", fix="It must be a file that you may read."
    )


_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")


def _not_toml(path: Path, said: str) -> Problem:
    place = _PLACE.search(said)
    where = f"{path.name} line {place[1]}, column {place[2]}" if place and place[1] else f"{path.name}, at its end"
    reason = _PLACE.sub("", said)
    if "overwrite" in reason or "twice" in reason:
        return Problem(where=where, message="The same key or table stands twice.", fix="Keep one of them.")
    if "\\" in reason or "hex" in reason:
        return Problem(
            where=where, message="A backslash begins a code here.", fix="Write paths with / or in single quotes: 'C:\\work'."
        )
    fix = 'Text stands in quotation marks: name = "value". A table begins with [its name] on a line of its own.'
    return Problem(where=where, message=f"This line is not valid TOML: {reason[:1].lower()}{reason[1:160]}.", fix=fix)
