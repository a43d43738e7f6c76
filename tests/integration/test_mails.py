"""Mails at the end of a run go out encrypted, to a server that is who it says it is, and else not at all."""

import base64
import socketserver
import ssl
import subprocess
import threading

import pytest

from runnable import Pipeline, ShellTask, email, secret
from runnable_runtime import notifications
from runnable_runtime.failures import UserCodeFailed
from tests.integration.test_exits import executed, statuses

PASSWORD = "correct horse"


class _Session(socketserver.StreamRequestHandler):
    """One client of the server: as much of SMTP as takes a mail. Lines are kept with whether they were encrypted."""

    def handle(self):
        self.encrypted = self.server.kind == "tls"
        try:
            if self.encrypted:
                self._encrypt()
            self._say(b"220 here")
            while line := self.rfile.readline().decode().strip():
                self.server.received.append((self.encrypted, line))
                if self._answer(line.partition(" ")[0].upper()):
                    return
        except OSError:  # a client that does not trust it is gone
            return

    def _answer(self, command):
        if command == "EHLO":
            offers = b"250-STARTTLS\r\n" if self.server.kind == "starttls" and not self.encrypted else b""
            self._say(b"250-here\r\n" + offers + b"250 AUTH PLAIN")
        elif command == "STARTTLS" and self.server.kind == "starttls":
            self._say(b"220 go on")
            self._encrypt()
        elif command == "AUTH":
            self._say(b"235 welcome")
        elif command == "DATA":
            self._say(b"354 go on")
            while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                self.server.received.append((self.encrypted, text))
            self._say(b"250 taken")
        elif command == "QUIT":
            self._say(b"221 bye")
            return True
        else:
            self._say(b"250 fine")
        return False

    def _encrypt(self):
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        self.encrypted = True

    def finish(self):
        super().finish()
        self.connection.close()

    def _say(self, line):
        self.wfile.write(line + b"\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The files of a certificate for 127.0.0.1, which nobody has signed, and of its key."""
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=mails -addext subjectAltName=IP:127.0.0.1"
    made = subprocess.run([*command.split(), "-out", files[0], "-keyout", files[1]], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return files


@pytest.fixture
def mails(certificate):
    """Starts servers: ``tls`` from the first byte, ``starttls`` when asked, and one that knows of neither."""
    servers = []

    def start(kind):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        server.kind, server.received = kind, []
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(*certificate)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
def test_a_mail_and_the_password_are_sent_encrypted(encryption, mails, certificate, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    server = mails(encryption)
    host, port = server.server_address
    mail = email(
        ["ann@example.com"],
        sender="runs@example.com",
        host=host,
        port=port,
        user="runs",
        password=secret("SMTP_PASSWORD"),
        encryption=encryption,
        on="always",
    )
    record = executed(tmp_path, Pipeline(name="orders", steps=[ShellTask(name="a", command="true")], notify=[mail]))
    assert statuses(record)["notify.succeeded.email"] == "succeeded"
    plain = [line for encrypted, line in server.received if not encrypted]
    secretly = [line for encrypted, line in server.received if encrypted]
    assert [line.partition(" ")[0].upper() for line in plain] == (
        ["EHLO", "STARTTLS"] if encryption == "starttls" else []
    )
    (login,) = [line for line in secretly if line.startswith("AUTH PLAIN ")]
    assert base64.b64decode(login.rpartition(" ")[2]).decode().split("\0")[1:] == ["runs", PASSWORD]
    assert any(line.startswith(f"Subject: orders: the run {record.run_id}") for line in secretly)


REFUSED = {
    "nobody has signed its certificate": ("tls", "tls", "CERTIFICATE_VERIFY_FAILED"),
    "nor when it is asked": ("starttls", "starttls", "CERTIFICATE_VERIFY_FAILED"),
    "it knows of no encryption": ("none", "starttls", "STARTTLS extension not supported"),
    "it speaks no TLS": ("none", "tls", "SSL"),
}


@pytest.mark.parametrize(("kind", "encryption", "reason"), REFUSED.values(), ids=REFUSED)
def test_to_a_server_that_may_be_another_nothing_is_sent(kind, encryption, reason, mails, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    monkeypatch.setattr(notifications, "SECONDS", 5)
    server = mails(kind)
    host, port = server.server_address
    given = {"host": host, "port": port, "user": "runs", "password": {"secret": "SMTP_PASSWORD"}}
    told = {"pipeline": "orders", "run_id": "r", "status": "failed", "failures": [], "duration": 1.0}
    with pytest.raises(UserCodeFailed, match=reason) as raised:
        notifications.email(["ann@example.com"], "runs@example.com", encryption=encryption, **given, **told)
    assert PASSWORD not in str(raised.value)
    assert not [line for _, line in server.received if line.upper().startswith(("AUTH", "MAIL", "DATA", "SUBJECT"))]
