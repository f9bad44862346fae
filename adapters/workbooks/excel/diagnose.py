"""What a file that should be a workbook really is, told from its first bytes. Looks only; changes and unpacks nothing."""

from pathlib import Path

from adapters.workbooks.excel.package import DAMAGED, BadPackage

_ZIP, _OLE = b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS = "Open it in Excel or LibreOffice and save it as “Excel Workbook (.xlsx)”."


def diagnose(path: Path) -> None:
    """Raise `BadPackage` with what the file is when it is no zip file at all, else nothing. Raises OSError as opening does."""
    if path.is_dir():
        raise BadPackage("it is a folder, not a file. Write the workbook's own name into config.toml under [workbook] path")
    with path.open("rb") as file:
        start = file.read(512)
        if start.startswith(_ZIP):
            return
        if not start:
            raise BadPackage("it is empty, or still being saved or downloaded", may_settle=True)
        if start.startswith(_OLE):
            raise BadPackage(_ole(start + file.read(64 << 20)))
    if start.lstrip()[:1] in (b"<", b"{") or not any(byte < 9 for byte in start):
        raise BadPackage(f"it is a text file (CSV, perhaps), whatever its name says. {_SAVE_AS}")
    raise BadPackage(f"it is not a workbook, or {DAMAGED}", may_settle=True)


def wrong_zip(names: set[str]) -> str:
    """The clause for a zip file without a workbook that we can read; "" when it looks like one."""
    if "mimetype" in names and "content.xml" in names:
        return f"it is an OpenDocument file (.ods). {_SAVE_AS}"
    if "xl/workbook.bin" in names:
        return f"it is a binary workbook (.xlsb). {_SAVE_AS}"
    if "[Content_Types].xml" not in names:
        return "it is a zip file, but there is no workbook in it"
    if any(name.startswith(("word/", "ppt/", "visio/")) for name in names):
        return "it is another kind of Office document, not a workbook"
    return ""


def _ole(data: bytes) -> str:
    if _ENCRYPTED in data:
        return (
            "it is protected with a password. Open it in Excel, choose File > Info > Protect Workbook > Encrypt with Password, "
            "empty the field, and save it"
        )
    return f"it is in the old Excel format (.xls). {_SAVE_AS}"
