"""The templates of mails and pages, each in its folder.

Invariant: whatever is put into an HTML template is text there; a name that is not given is an error, never a blank.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def paper(folder: str) -> "Environment":
    """The templates in `runner/<folder>`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("runner", folder),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
