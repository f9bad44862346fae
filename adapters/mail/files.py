"""The files that a mail takes along, from the folders that config.toml allows and from nowhere else.

Invariant: what is read lies, after every link was followed, inside an allowed folder.
"""

from collections.abc import Sequence
from pathlib import Path

from adapters.documents.places import is_kept
from adapters.mail.message import Attachment
from runner.errors import ActionFailed

#: Bytes of all files of one mail: encoded they grow by a third, and most servers stop at 25 MB.
MOST_BYTES = 18_000_000


def read_attachments(names: Sequence[str], folders: Sequence[Path], kept: Sequence[Path] = ()) -> list[Attachment]:
    """The files as they are now; none of `kept` is given away.

    Raises `ActionFailed` (permanent) with a sentence for the first that may not or cannot be read.
    """
    files = []
    room = MOST_BYTES
    for name in names:
        path = _allowed(name, folders)
        if is_kept(path, kept):
            raise ActionFailed(f"The attachment “{name}” is one of Rowpact's own files. Nothing was sent.", permanent=True)
        try:
            if path.stat().st_size > room:
                raise ActionFailed(
                    f"The attachments together are larger than {MOST_BYTES // 1_000_000} MB. Nothing was sent.", permanent=True
                )
            content = path.read_bytes()
        except OSError as error:
            why = (error.strerror or "it cannot be opened").lower()
            raise ActionFailed(f"The attachment {name} could not be read: {why}. Nothing was sent.", permanent=True) from None
        room -= len(content)
        files.append(Attachment(name=path.name, content=content))
    return files


def _allowed(name: str, folders: Sequence[Path]) -> Path:
    """The file of that name in the first folder that has it; absolute names must lie in one."""
    if not folders:
        message = "Files may only be attached from the folders in config.toml [files] allow, and there are none. Nothing was sent."
        raise ActionFailed(message, permanent=True)
    try:
        for folder in folders:
            root = folder.resolve()
            path = (root / name).resolve()
            if path.is_relative_to(root) and path.is_file():
                return path
    except (OSError, ValueError, RuntimeError):  # a name too long, a circle of links
        pass
    places = ", ".join(str(folder) for folder in folders)
    raise ActionFailed(
        f"The attachment “{name}” is not in {places}. Nothing was sent. Put it there, then type RETRY.", permanent=True
    )
