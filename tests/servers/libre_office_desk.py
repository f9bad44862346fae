"""Sits before LibreOffice and does what it is told, one line a doing; run by the Python that has LibreOffice's `uno`."""

import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue

FILTER = "Calc MS Excel 2007 XML"


def said(**properties):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in properties.items())


def desktop(pipe):
    """LibreOffice itself, once it listens; a minute at most."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
        except Exception:  # noqa: BLE001 - it listens later
            time.sleep(0.1)
    raise TimeoutError(pipe)


class Desk:
    def __init__(self, pipe, url):
        self.office, self.url, self.book = desktop(pipe), url, None

    def open(self):
        self.book = self.office.loadComponentFromURL(self.url, "_blank", 0, said(Hidden=True))

    def type(self, tab, cell, text):
        self.book.Sheets.getByName(tab).getCellRangeByName(cell).setString(text)

    def insert_column(self, tab, before):
        self.book.Sheets.getByName(tab).Columns.insertByIndex(int(before), 1)

    def save(self):
        self.book.store()

    def save_over(self):
        """As a shared folder does that knows of no other save: what is open here takes the file's place."""
        mine = self.url.removesuffix(".xlsx") + "-mine.xlsx"
        self.book.storeToURL(mine, said(FilterName=FILTER))
        Path(uno.fileUrlToSystemPath(mine)).replace(uno.fileUrlToSystemPath(self.url))

    def close(self):
        self.book.close(True)


def main(pipe, url):
    desk = Desk(pipe, url)
    for line in sys.stdin:
        doing, *words = line.rstrip("\n").split("\t")
        try:
            getattr(desk, doing)(*words)
            print("done", flush=True)
        except Exception as error:  # noqa: BLE001 - the test is told
            print(f"failed: {error!r}".replace("\n", " "), flush=True)


main(*sys.argv[1:])
