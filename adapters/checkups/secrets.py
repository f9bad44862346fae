"""Secrets that config.toml names: whether each can be found. Its value is not shown, and goes nowhere."""

from collections.abc import Mapping, Sequence

from runner.errors import ActionFailed
from runner.ports import Secrets
from runner.ports.checkup import Finding, problem, warning


def found(secrets: Secrets, hosts: Mapping[str, Sequence[str]]) -> list[Finding]:
    """One finding a secret. `hosts`: secret → where it may be sent."""
    return [_one(secrets, name, hosts.get(name, ())) for name in sorted(secrets.names)]


def _one(secrets: Secrets, name: str, hosts: Sequence[str]) -> Finding:
    if not hosts:
        mend = f'Write hosts = ["…"] in config.toml [secrets.{name}].'
        return warning(name, "It may not be sent anywhere yet, so nothing can use it.", mend)
    try:
        secrets.reveal(f"{{{{ secrets.{name} }}}}", hosts[0])
    except ActionFailed as error:
        return problem(name, str(error))
    return Finding(what=name, says=f"found; may go to {', '.join(hosts)}")
