"""The folder of finished letters."""

from pathlib import Path

import pytest

from adapters.letters import LetterFolder
from runner.errors import ActionFailed

PARTS = {"html": b"<p>", "txt": b"words", "xlsx": b"PK"}


@pytest.fixture
def letters(tmp_path: Path) -> LetterFolder:
    return LetterFolder(tmp_path / "deep" / "business.reports")


def test_what_was_kept_is_what_is_read(letters: LetterFolder) -> None:
    assert letters.digest("2026-W47") == ""
    digest = letters.keep("2026-W47", PARTS)
    assert (letters.read("2026-W47", digest), letters.digest("2026-W47")) == (PARTS, digest)
    assert letters.keep("2026-W48", {**PARTS, "txt": b"others"}) != digest


def test_a_letter_that_is_written_again_has_no_part_of_the_one_before(letters: LetterFolder) -> None:
    letters.keep("2026-W47", PARTS)
    digest = letters.keep("2026-W47", {"txt": b"new"})
    assert letters.read("2026-W47", digest) == {"txt": b"new"}


@pytest.mark.parametrize("ending", ["txt", "xlsx"])
def test_a_part_that_was_changed_or_taken_away_is_noticed(letters: LetterFolder, ending: str) -> None:
    digest = letters.keep("2026-W47", PARTS)
    path = letters.folder / f"2026-W47.{ending}"
    path.write_bytes(b"changed")
    with pytest.raises(ActionFailed, match="is not the one that was written there") as refused:
        letters.read("2026-W47", digest)
    assert refused.value.permanent
    path.unlink()
    with pytest.raises(ActionFailed):
        letters.read("2026-W47", digest)


def test_that_it_is_about_to_leave_is_remembered_and_no_part_of_it(letters: LetterFolder) -> None:
    digest = letters.keep("2026-W47", PARTS)
    assert not letters.begun("2026-W47")
    letters.begin("2026-W47", "for ana@example.com")
    letters.begin("2026-W47", "for ana@example.com")
    assert letters.begun("2026-W47")
    assert not letters.begun("2026-W4")
    assert (letters.folder / "2026-W47.log").read_text(encoding="utf-8").count("ana@example.com") == 2
    assert letters.read("2026-W47", digest) == PARTS
    assert letters.keep("2026-W47", PARTS) == digest
    assert letters.begun("2026-W47")


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    letters = LetterFolder(tmp_path / "file" / "business.reports")
    with pytest.raises(ActionFailed, match="could not be put into the folder"):
        letters.keep("2026-W47", PARTS)
    with pytest.raises(ActionFailed, match="Nothing was sent"):
        letters.begin("2026-W47", "x")
