"""Where a file may be written: names that every system can keep, inside the folders that config.toml allows.

Invariant: no name leads out of its folder, by dots, links, drives or devices.
"""

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from adapters.folders import make_folder, sync_folder
from runner.errors import ActionFailed

ENDINGS = (".html", ".md", ".txt", ".csv", ".pdf")
#: Names that Windows keeps for devices, whatever their ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_LONGEST_PART, _LONGEST = 120, 200


def name_problem(path: str) -> str:
    """Why a file cannot be called so, as a sentence; "" when it can."""
    shown = path[:80]
    parts = path.split("/")
    if not path.strip():
        return "The file has no name."
    if path.startswith(("/", "\\", "~")) or ":" in path:
        return f"“{shown}” names a place of its own. Write a path inside the folder that config.toml allows: invoices/7.pdf."
    if ".." in parts or "\\" in path:
        return f"“{shown}” leads out of its folder. Write it with / and without “..”."
    if len(path) > _LONGEST or any(len(part) > _LONGEST_PART for part in parts):
        return f"The name is too long: {_LONGEST} signs are the most."
    if any(sign in '*?"<>|' or ord(sign) < 32 or sign in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068" for sign in path):
        return f"“{shown}” holds a sign that a file's name must not hold."
    if any(part.strip(" .") != part or not part or _DEVICES.fullmatch(part) for part in parts):
        return f"“{shown}” has a part that cannot be the name of a file or folder."
    if PurePosixPath(path).suffix.lower() not in ENDINGS:
        return f"“{shown}” does not end with one of {', '.join(ENDINGS)}."
    return ""


def relative(path: str, folders: Sequence[Path]) -> tuple[str, str]:
    """(the name of an allowed folder, the path in it): the one that the path begins with, else the first."""
    first, _, rest = path.partition("/")
    named = next((folder.name for folder in folders if folder.name == first), "") if rest else ""
    return (named, rest) if named else (folders[0].name, path)


def allowed_place(folder: str, path: str, folders: Sequence[Path], kept: Sequence[Path] = ()) -> Path:
    """The place of the file, its folders made.

    Raises `ActionFailed` when it is not, or no longer, inside an allowed folder, or one of `kept`.
    """
    root = next((one for one in folders if one.name == folder), None)
    if root is None or name_problem(path):
        raise ActionFailed(f"config.toml [files] allow no longer names the folder {folder}. Nothing was written.", permanent=True)
    try:
        make_folder(root)
        root = root.resolve(strict=True)
        place = root
        for part in path.split("/")[:-1]:
            place /= part
            make_folder(place)
            if not place.resolve(strict=True).is_relative_to(root):
                raise ActionFailed(f"{place} is a link that leads out of {root}. Nothing was written.", permanent=True)
    except OSError as error:
        raise failed(path, error) from None
    place /= path.rpartition("/")[2]
    if place.is_symlink() or place.is_dir():
        what = "link" if place.is_symlink() else "folder"
        raise ActionFailed(f"{place} is a {what}, so the file cannot be written there. Nothing was written.", permanent=True)
    if is_kept(place, kept):
        raise ActionFailed(f"{place} is one of Rowpact's own files. Nothing was written.", permanent=True)
    return place


def is_kept(place: Path, kept: Iterable[Path]) -> bool:
    """Whether it is one of these files, by whatever name it is reached."""
    return any(_is_same(place, one) for one in kept)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there yet
        return one.resolve() == other.resolve()


def write_whole(place: Path, content: bytes, key: str) -> None:
    """Beside the place first, then into it in one step: a kill at any moment leaves the old file or the new one, whole."""
    temporary = place.with_name(f".{key[:16]}.rowpact.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(place)
        sync_folder(place.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise failed(str(place), error) from None


def failed(path: str, error: OSError) -> ActionFailed:
    """What a disk that does not take a file means: another try may work."""
    why = (error.strerror or "the disk did not take it").lower()
    return ActionFailed(f"{path} could not be written: {why}. Make room, or allow it; then it is tried again.")
