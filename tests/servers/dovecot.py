"""A real Dovecot of the test's own on loopback: one account, `ana`, with a password of letters and blanks.

dovecot.file("Sent", message)          # what a provider does with a mail that left
dovecot.held("Sent")                   # every message there, as bytes
"""

import grp
import imaplib
import os
import pwd
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import trustme

from adapters.mail.sent_folder import modified_utf7

PROGRAM = "/usr/sbin/dovecot"
USER, PASSWORD = "ana", "s3cret pw"

_CONFIG = """
base_dir = {at}/run
state_dir = {at}/state
log_path = {at}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{at}/cert.pem
ssl_key = <{at}/key.pem
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{at}/mail/%u
passdb {{
  driver = passwd-file
  args = {at}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={at}/home/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
namespace inbox {{
  inbox = yes
{mailboxes}
}}
"""

_MAILBOX = """
  mailbox "{name}" {{
    auto = create
    special_use = {use}
  }}
"""


class Dovecot:
    """Serves until `stop()`. `mailboxes`: name → its special use, `\\Sent` or "".

    Dovecot lets nobody's mail belong to root, so what root starts runs as the user nobody.
    """

    def __init__(self, ca: trustme.CA, mailboxes: dict[str, str]) -> None:
        self.host, self.port, self.tls_port = "127.0.0.1", _free_port(), _free_port()
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        group = grp.getgrgid(user.pw_gid).gr_name
        self.at = Path(tempfile.mkdtemp(prefix="dovecot-"))
        cert = ca.issue_cert("localhost", "127.0.0.1")
        (self.at / "cert.pem").write_bytes(b"".join(part.bytes() for part in cert.cert_chain_pems))
        (self.at / "key.pem").write_bytes(cert.private_key_pem.bytes())
        (self.at / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::::\n")
        listed = "".join(_MAILBOX.format(name=name, use=use) for name, use in mailboxes.items())
        names = {"at": self.at, "user": user.pw_name, "group": group, "port": self.port, "tls_port": self.tls_port}
        (self.at / "conf").write_text(_CONFIG.format(**names, mailboxes=listed))
        #: Whose processes they are, where that is not this one's user.
        self._other: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        self.at.chmod(0o755)
        for path in (*self.at.iterdir(), self.at) if self._other else ():
            os.chown(path, user.pw_uid, user.pw_gid)
        command = [PROGRAM, "-F", "-c", str(self.at / "conf")]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._other)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection((self.host, self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(f"dovecot did not start: {self.log()}")

    def log(self) -> str:
        """What it wrote down."""
        path = self.at / "log"
        return path.read_text() if path.exists() else ""

    def stop(self) -> None:
        """End it; what it kept is gone."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        subprocess.run(["rm", "-rf", str(self.at)], check=False, **self._other)

    def file(self, mailbox: str, message: bytes) -> None:
        """Put a message there."""
        with self._account() as account:
            assert account.append(f'"{modified_utf7(mailbox)}"', "", "", message)[0] == "OK"

    def held(self, mailbox: str) -> list[bytes]:
        """Every message there."""
        with self._account() as account:
            status, (count,) = account.select(f'"{modified_utf7(mailbox)}"', readonly=True)
            assert status == "OK"
            if count == b"0":
                return []
            _, parts = account.fetch("1:*", "(BODY.PEEK[])")
            return [part[1] for part in parts if isinstance(part, tuple)]

    def _account(self) -> imaplib.IMAP4:
        account = imaplib.IMAP4(self.host, self.port, timeout=10)
        account.login(USER, PASSWORD)
        return account


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
