"""The mark that stands for a secret in a text: `{{ secrets.NAME }}`.

Invariant: a text that `neutralise` returned holds no mark, however it was put together; so a mark can only come from a template
that the owner wrote, never from a cell, a mail or an answer.
"""

import re
from collections.abc import Iterable

#: A secret's name: letters, digits and _, not beginning with a digit.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: Only plain blanks around the name: no escaping (JSON's `\t`) can hide a mark from this pattern and bring it back later.
MARK = re.compile(r"\{\{ *secrets\.([A-Za-z_][A-Za-z0-9_]*) *\}\}")


def mark(name: str) -> str:
    """What stands in settings, requests and approvals instead of the secret's value."""
    return f"{{{{ secrets.{name} }}}}"


def marked(text: str) -> tuple[str, ...]:
    """Names of the secrets that the text holds marks of, in order, each once."""
    return tuple(dict.fromkeys(MARK.findall(text)))


def keep_in(place: str) -> str:
    """The sentence for a secret in a place that others can read."""
    return f"A secret may not be put into {place}: remove {{{{ secrets.… }}}}. It goes into web requests to its own hosts only."


def neutralise(text: str) -> str:
    """The text with `{ {` for the `{{` of every mark: a person still reads it, nothing takes it for a secret.

    >>> neutralise("Dear {{ secrets.KEY }}, hello {{ name }}")
    'Dear { { secrets.KEY }}, hello {{ name }}'
    """
    return MARK.sub(lambda found: "{ " + found[0][1:], text) if "secrets." in text else text


def may_go(hosts: Iterable[str], host: str) -> bool:
    """Whether a secret for these hosts may be sent to this one; both are a host or host:port, in any case.

    A host without a port stands for all its ports; a host with one for that port alone.
    """
    name, port = _split(host)
    return any(name == allowed and only in ("", port) for allowed, only in map(_split, hosts))


def _split(host: str) -> tuple[str, str]:
    """`Api.Example.com.:443` → ("api.example.com", "443"); `[::1]:25` → ("[::1]", "25"); `::1` → ("[::1]", "")."""
    whole = host.strip().lower()
    name, colon, port = whole.rpartition(":")
    if not colon or not port.isdecimal() or (":" in name and not name.endswith("]")):
        name, port = whole, ""
    if ":" in name and not name.startswith("["):
        name = f"[{name}]"
    return name.rstrip("."), port
