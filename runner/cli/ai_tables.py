"""The model of a new config.toml: as the command line names it, or as the config that is there already does.

Invariant: no key is written into a file; a secret is only named, with the place where it is kept.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runner.errors import ConfigError
from runner.ports import ModelService

if TYPE_CHECKING:
    from runner.config import Config

#: The environment variable that a key for `--ai` is taken from.
KEY = "AI_KEY"


def ai_tables(url: str, model: str, config: Path, environ: Mapping[str, str]) -> str:
    """`[ai]` and the table of its secret as TOML; "" for no model. `config`: the file whose model is taken where none is named.

    Raises `ConfigError` for a model that could not be asked.
    """
    if model:
        from adapters.ai.service import unready
        from runner.config.tables import LOCAL_AI

        url = url or LOCAL_AI
        for sentence in unready(ModelService(base_url=url, model=model)):
            raise ConfigError(sentence)
        secret = _secret(KEY, {"env": KEY, "hosts": [urlsplit(url).netloc]}) if environ.get(KEY) else ""
        return _ai({"base_url": url, "model": model, "api_key": f"{{{{ secrets.{KEY} }}}}" if secret else ""}) + secret
    return _taken_over(config) if config.exists() else ""


def _taken_over(config: Path) -> str:
    """A file with mistakes brings no model: `check` is there to name them."""
    from runner import wiring

    loaded, problems = wiring.config_problems(config)
    return _of(loaded) if loaded and loaded.ai.model and not problems else ""


def _of(config: "Config") -> str:
    from runner.rules.marks import marked

    ai, budget = config.ai, config.ai.budget
    spending = str(budget or "")
    text = _ai({"base_url": ai.base_url, "model": ai.model, "api_key": ai.api_key, "budget": spending})
    for name in marked(ai.api_key):
        kept = config.secrets[name]
        place = {"env": kept.env, "file": str(kept.file) if kept.file else None, "keyring": kept.keyring, "hosts": list(kept.hosts)}
        text += _secret(name, {key: value for key, value in place.items() if value})
    return text


def _ai(keys: Mapping[str, str]) -> str:
    return _table("ai", {name: value for name, value in keys.items() if value})


def _secret(name: str, keys: Mapping[str, object]) -> str:
    return _table(f"secrets.{name}", keys)


def _table(name: str, keys: Mapping[str, object]) -> str:
    lines = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in keys.items())
    return f"\n[{name}]\n{lines}"
