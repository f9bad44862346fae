"""Secrets from the environment, from files or from the computer's keyring.

Invariant: a value goes only into texts for the hosts that config.toml names for it, is looked up only when it is first needed, and
stands in no message.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Protocol

from adapters.redaction import Redactor
from runner.errors import ActionFailed
from runner.ports import Secrets
from runner.rules.findings import did_you_mean
from runner.rules.marks import MARK, may_go


class Source(Protocol):
    """Where one secret is kept: one table [secrets.NAME] of config.toml; exactly one of env, file and keyring is given."""

    @property
    def env(self) -> str | None:
        """Name of an environment variable."""

    @property
    def file(self) -> Path | None:
        """A file that only its owner may read."""

    @property
    def keyring(self) -> str | None:
        """`service/user` in the computer's keyring; the service is rowpact when only a user is given."""

    @property
    def hosts(self) -> Sequence[str]:
        """Hosts, or host:port pairs, that the secret may be sent to. A host without a port stands for all its ports."""


def open_secrets(sources: Mapping[str, Source], environ: Mapping[str, str]) -> Secrets:
    """The secrets that config.toml names. Nothing is looked up yet."""
    store = _Store(sources, environ)
    return Secrets(names=frozenset(sources), reveal=store.reveal, redact=store.redactor.redact)


class _Store:
    def __init__(self, sources: Mapping[str, Source], environ: Mapping[str, str]) -> None:
        self._sources = sources
        self._environ = environ
        self._values: dict[str, str] = {}
        self.redactor = Redactor()

    def reveal(self, text: str, host: str) -> str:
        """The text with values for marks. Raises ActionFailed when a secret is unknown, missing, or not for this host."""
        for name in dict.fromkeys(MARK.findall(text)):
            self._check(name, host)
        return MARK.sub(lambda found: self._value(found[1]), text)

    def _check(self, name: str, host: str) -> None:
        source = self._sources.get(name)
        if source is None:
            hint = did_you_mean(name, self._sources) or f"Add [secrets.{name}] with env and hosts."
            raise ActionFailed(f"There is no secret “{name}” in config.toml. {hint}", permanent=True)
        if not may_go(source.hosts, host):
            only = f"may only be sent to {', '.join(source.hosts)}" if source.hosts else "may not be sent anywhere yet"
            message = f"The secret {name} {only} (config.toml [secrets.{name}] hosts), not to {host[:100]}."
            raise ActionFailed(message, permanent=True)

    def _value(self, name: str) -> str:
        if name not in self._values:
            value = _look_up(name, self._sources[name], self._environ)
            self.redactor.hide(name, value)
            self._values[name] = value
        return self._values[name]


def _look_up(name: str, source: Source, environ: Mapping[str, str]) -> str:
    if source.env:
        value = environ.get(source.env, "")
        return value or _fail(name, "env", f"there is no environment variable {source.env}", "Set it and start Rowpact again.")
    if source.file:
        return _from_file(name, source.file)
    return _from_keyring(name, source.keyring or name)


def _from_file(name: str, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            _fail(name, "file", f"others may read the file {path}", f"Run: chmod 600 {path}")
        value = path.read_bytes().decode()
    except FileNotFoundError:
        _fail(name, "file", f"there is no file {path}", "Put the secret into it, alone, and run chmod 600 on it.")
    except OSError as error:
        _fail(name, "file", f"the file {path} cannot be read: {error.strerror}", "Check who owns it.")
    except UnicodeDecodeError:
        _fail(name, "file", f"the file {path} is not UTF-8 text", "Save it as UTF-8.")
    return value.removesuffix("\n").removesuffix("\r") or _fail(
        name, "file", f"the file {path} is empty", "Put the secret into it."
    )


def _from_keyring(name: str, entry: str) -> str:
    try:
        keyring = import_module("keyring")
    except ImportError:
        _fail(name, "keyring", "the keyring package is not installed", 'Run: pip install "rowpact[keyring]"')
    service, slash, user = entry.partition("/")
    service, user = (service, user) if slash else ("rowpact", entry)
    try:
        value: str | None = keyring.get_password(service, user)
    except keyring.errors.KeyringError:
        _fail(name, "keyring", "the keyring of this computer cannot be opened", "Unlock it, or use env or file instead.")
    return value or _fail(name, "keyring", f"the keyring has no entry for {service} {user}", f"Run: keyring set {service} {user}")


def _fail(name: str, key: str, why: str, mend: str) -> NoReturn:
    raise ActionFailed(f"The secret {name} could not be found: {why} (config.toml [secrets.{name}] {key}). {mend}", permanent=True)
