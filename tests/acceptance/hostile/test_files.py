"""Steps that try to give away, or write over, files which no step may touch."""

from pathlib import Path

import pytest

from tests.acceptance.conftest import Shop

SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


@pytest.fixture
def careless(shop: Shop) -> Shop:
    """An owner who allowed the whole folder, with config.toml, ledger and a secret in it."""
    shop.config('[files]\nallow = ["."]\n[secrets.PAY]\nfile = "pay.txt"\nhosts = ["api.example.com"]\n')
    secret = shop.folder / "pay.txt"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    return shop


def _wish(shop: Shop, action: str, settings: str, files: list[str]) -> None:
    """One run for each name, which comes out of a cell; each of a contract of its own, so that no breaker spares the rest."""
    takes = [f"Take {number}" for number in range(len(files))]
    shop.write(
        Contracts=[
            ["Contract", "Enabled", "Trigger", "Tab", "If", "Dedupe key"],
            *([take, "Yes", "New row", "Wishes", f"No = {number}", "{{ no }}"] for number, take in enumerate(takes)),
        ],
        Steps=[["Contract", "Step", "Action", "With", "Retry"], *([take, "Touch", action, settings, "No"] for take in takes)],
        Wishes=[["No", "File", "State", "Run", "Row ID"], *([place, name] for place, name in enumerate(files))],
    )


ATTACH = "to: ana@shop.example\nsubject: x\nbody: x\nattach: {{ file }}"


def test_no_mail_takes_along_what_is_rowpacts_own_or_lies_outside(careless: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "private.txt"
    outside.write_text(SECRET)
    (careless.folder / "link.txt").symlink_to(outside)
    (careless.folder / "in").symlink_to(outside.parent, target_is_directory=True)
    own = ["pay.txt", "./pay.txt", "in/../pay.txt", "config.toml", "business.ledger", "business.ledger-wal"]
    away = ["link.txt", "in/private.txt", "../outside/private.txt", str(outside), "/etc/passwd", "/dev/zero", "C:\\boot.ini"]
    away += ["\\\\server\\share\\x", "CON", "nul.txt", "~/.ssh/id_rsa", "file:///etc/passwd", "a" * 5_000, "."]
    _wish(careless, "email.send", ATTACH, [*own, *away])
    printed = careless.run("run", "--once", code=None)
    assert careless.mails() == []
    assert SECRET not in printed
    letters = [str(letter["Error"]) for letter in careless.tab("Dead letters")]
    assert len(letters) == len(own) + len(away)
    assert sum("one of Rowpact's own files" in letter for letter in letters) >= 5


def test_a_huge_attachment_is_refused_unread(careless: Shop) -> None:
    with (careless.folder / "huge.pdf").open("wb") as file:
        file.truncate(10_000_000_000)  # a file of holes: it takes no room on disk, and would take ten gigabytes of memory
    _wish(careless, "email.send", ATTACH, ["huge.pdf"])
    careless.run("run", "--once", code=None)
    assert careless.mails() == []
    assert "larger than 18 MB" in str(careless.tab("Dead letters")[0]["Error"])


PATHS = [
    "pay.txt",
    "./pay.txt",
    "config.toml",
    "business.xlsx",
    "business.ledger",
    "business.ledger-wal",
    ".business.xlsx.lock",
    "status.html",
    "business.status.html",
    "../out.txt",
    "/tmp/out.txt",
    "a/../../out.txt",
    "C:\\out.txt",
    "C:out.txt",
    "\\\\server\\share\\out.txt",
    "CON.txt",
    "aux",
    "x.txt:stream.txt",
    "~/out.txt",
    "a\u202etxt.exe.txt",
    "b" * 500 + ".txt",
    "x.py",
    "in/out.txt",
    "trailing.txt ./x.txt",
]


def test_no_file_is_written_over_rowpacts_own_or_outside(careless: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (careless.folder / "in").symlink_to(outside, target_is_directory=True)
    _wish(careless, "file.write", "path: {{ file }}\nbody: mine now", PATHS)
    before = _files(careless.folder)
    careless.run("run", "--once", code=None)
    new = {name for name in _files(careless.folder) - before if not name.startswith("business.ledger")}
    assert new <= {".business.xlsx.lock", "status.html"}
    assert "mine now" not in (careless.folder / "status.html").read_text(encoding="utf-8")
    assert list(outside.iterdir()) == []
    assert (careless.folder / "pay.txt").read_text() == SECRET
    assert len(careless.tab("Dead letters")) == len(PATHS)


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
