"""The status page's file: whole, the owner's alone, and nobody else's file."""

import os
import stat
from pathlib import Path

import pytest

from adapters.status_page import page_of, put_page


def test_the_page_stands_beside_the_ledger_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        put_page(tmp_path / "business.ledger", "<html>one</html>")
    finally:
        os.umask(before)
    page = tmp_path / "status.html"
    assert page.read_text(encoding="utf-8").endswith("<html>one</html>")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["status.html"]


def test_a_page_that_everybody_could_read_is_closed_again(tmp_path: Path) -> None:
    put_page(tmp_path / "business.ledger", "one")
    (tmp_path / "status.html").chmod(0o644)
    left_by_a_kill = tmp_path / ".status.html.part"
    left_by_a_kill.write_text("half")
    left_by_a_kill.chmod(0o666)
    put_page(tmp_path / "business.ledger", "two")
    assert stat.S_IMODE((tmp_path / "status.html").stat().st_mode) == 0o600
    assert not left_by_a_kill.exists()


@pytest.mark.parametrize("held", ["<!doctype html><title>My own</title>", "", "\x00\xff"])
def test_a_file_of_the_owners_with_that_name_is_left_alone(tmp_path: Path, held: str) -> None:
    (tmp_path / "status.html").write_text(held, encoding="utf-8")
    with pytest.raises(FileExistsError, match="a file of your own"):
        put_page(tmp_path / "business.ledger", "page")
    assert (tmp_path / "status.html").read_text(encoding="utf-8") == held


def test_a_folder_or_a_pipe_in_its_place_is_left_alone_and_waited_for_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "status.html").mkdir()
    with pytest.raises(OSError, match="of your own"):
        put_page(tmp_path / "business.ledger", "page")
    if hasattr(os, "mkfifo"):
        (tmp_path / "status.html").rmdir()
        os.mkfifo(tmp_path / "status.html")
        with pytest.raises(OSError, match="of your own"):
            put_page(tmp_path / "business.ledger", "page")


def test_two_ledgers_in_one_folder_have_a_page_each(tmp_path: Path) -> None:
    shop, farm = tmp_path / "the shop – ü.ledger", tmp_path / "farm.ledger"
    shop.touch()
    farm.touch()
    for _ in range(2):
        put_page(shop, "shop")
        put_page(farm, "farm")
    assert (tmp_path / "status.html").read_text(encoding="utf-8").endswith("shop")
    assert (tmp_path / "farm.status.html").read_text(encoding="utf-8").endswith("farm")


def test_the_page_of_a_ledger_that_has_gone_is_taken_over(tmp_path: Path) -> None:
    put_page(tmp_path / "old.ledger", "old")
    assert page_of(tmp_path / "new.ledger") == tmp_path / "status.html"
    put_page(tmp_path / "new.ledger", "new")
    assert (tmp_path / "status.html").read_text(encoding="utf-8").endswith("new")
