"""Certificates for servers on loopback, made by openssl and signed by an authority of their own."""

import socket
import ssl
import subprocess
import threading

AUTHORITY = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
unique_subject = no
default_md = sha256
policy = policy
x509_extensions = names
[policy]
commonName = supplied
[names]
subjectAltName = DNS:{name}
"""
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
VALID = ("-days", "2")
EXPIRED = ("-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
FUTURE = ("-startdate", "20970101000000Z", "-enddate", "20980101000000Z")


class Authority:
    """Signs certificates; `file` is what trusts it."""

    def __init__(self, folder):
        self._folder, self.file, self._key = folder, folder / "authority.pem", folder / "authority.key"
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01")
        _openssl(
            "req", "-x509", *KEY, "-days", "2", "-subj", "/CN=us", "-keyout", self._key, "-out", self.file
        )

    def context(self, name="localhost", dates=VALID):
        """Return a server's TLS context with a certificate for that name."""
        stem = self._folder / f"{name}{dates[-1]}"
        key, asked, given, config = (stem.with_suffix(end) for end in (".key", ".csr", ".pem", ".cnf"))
        config.write_text(AUTHORITY.format(folder=self._folder, name=name))
        _openssl("req", *KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", asked)
        signer = ("-cert", self.file, "-keyfile", self._key)
        _openssl("ca", "-batch", "-config", config, *signer, "-in", asked, "-out", given, *dates)
        return _context(given, key)


def self_signed(folder):
    """Return a server's TLS context with a certificate that vouches for itself."""
    key, given = folder / "own.key", folder / "own.pem"
    _openssl("req", "-x509", *KEY, "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", given)
    return _context(given, key)


class Secure:
    """A server on loopback that answers every request with one body, encrypted where it has a context."""

    def __init__(self, context, body):
        self._context, self._body = context, body
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection):
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            connection.recv(10_000)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(self._body)}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode() + self._body)
            connection.close()
        except OSError:
            pass


def _context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
