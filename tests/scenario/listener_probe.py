#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pokes at a node's partner listener, and prints one line a finding.

usage: listener_probe.py PORT CERT KEY WHAT...   CERT "-": none
"""
import socket
import ssl
import sys
import time

PORT = int(sys.argv[1])
CERT, KEY = sys.argv[2], sys.argv[3]
GOOD = b"POST /peer/nothing HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}"


def tcp():
    s = socket.create_connection(("127.0.0.1", PORT), timeout=15)
    return s


def tls(version=ssl.TLSVersion.TLSv1_3):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    c.minimum_version = c.maximum_version = version
    if CERT != "-":
        c.load_cert_chain(CERT, KEY)
    return c.wrap_socket(tcp())


def status(s, request):
    """HTTP status, or 0 when the other side closes without one."""
    try:
        s.sendall(request)
        answer = b""
        while b"\r\n" not in answer:
            got = s.recv(4096)
            if not got:
                break
            answer += got
        return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0
    except OSError:
        return 0


def ask(request, version=ssl.TLSVersion.TLSv1_3):
    try:
        return status(tls(version), request)
    except OSError:
        return 0


def trickle(s, data):
    """Seconds until the other side closes, while a byte goes out each 100 ms; 99: it does not."""
    began = time.monotonic()
    s.settimeout(0.1)
    for i in range(200):
        try:
            s.sendall(data[i % len(data):i % len(data) + 1])
            if s.recv(1) == b"":
                return time.monotonic() - began
        except (socket.timeout, ssl.SSLWantReadError):
            continue
        except OSError:
            return time.monotonic() - began
    return 99


def loris(n, make, data):
    """The longest life of n connections that are slow together."""
    import threading
    lives = []

    def one():
        lives.append(trickle(make(), data))
    threads = [threading.Thread(target=one) for _ in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return max(lives)


def second():
    s = tls()
    if status(s, GOOD) == 0:
        return s
    return s


SLOW = b"POST /peer/hello HTTP/1.1 with a request line that takes its time and more of it and more"
HELLO = bytes([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]) + bytes(200)
FINDINGS = {
    "good": lambda: ask(GOOD),
    "tls12": lambda: ask(GOOD, ssl.TLSVersion.TLSv1_2),
    "plain": lambda: status(tcp(), GOOD),
    "cl-te": lambda: ask(b"POST /peer/nothing HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "two-cl": lambda: ask(b"POST /peer/nothing HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n"
                          b"Content-Length: 3\r\n\r\n{}"),
    "no-host": lambda: ask(b"POST /peer/nothing HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"),
    "nul": lambda: ask(b"POST /peer/nothing HTTP/1.1\r\nHost: n\r\nX\0Y: z\r\nContent-Length: 2\r\n\r\n{}"),
    "oversize": lambda: ask(b"POST /peer/hello HTTP/1.1\r\nHost: n\r\nContent-Length: 20000000\r\n\r\n"),
    "long-header": lambda: ask(b"POST /peer/hello HTTP/1.1\r\nHost: n\r\nX: " + b"x" * 100000 + b"\r\n\r\n"),
    "local-op": lambda: ask(b"POST /v1/status HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}"),
    "slow-first": lambda: "cut" if loris(10, tls, SLOW) < 6 else "alive",
    "slow-handshake": lambda: "cut" if loris(10, tcp, HELLO) < 6 else "alive",
    "slow-second": lambda: "cut" if loris(10, second, SLOW) < 6 else "alive",
}

for what in sys.argv[4:]:
    try:
        print(what, FINDINGS[what](), flush=True)
    except OSError:
        print(what, 0, flush=True)
