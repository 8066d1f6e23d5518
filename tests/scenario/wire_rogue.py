#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stands on the wire between two served nodes that are as shipped, and makes a rogue of either: it has both
TLS leaves (NODE/run/tls.*) and, through sign-as, both record keys.

usage: wire_rogue.py relay FOLDER SIGN-AS BRU=DIR:CARD-PORT:PORT RAB=DIR:CARD-PORT:PORT
           passes on what comes to the card's port; FOLDER/rule says what is changed on the way, FOLDER/seen
           has the last request and answer of each path, FOLDER/done a line for each change
       wire_rogue.py ask FOLDER SIGN-AS BRU=... RAB=... [CHANGE...]
           posts BRU's last private question to RAB, changed and signed anew if a CHANGE is given:
           CLAIM=JSON, seq+N, time+S, time-S (seconds), prev=last (the hash of the last answer), swap (two
           elements), zero (an element is the identity), high (one is encoded above the prime); prints the status, whether the answer's bytes are those of the
           last one, and the answer's payload

Rules, one in FOLDER/rule:
  pass                   nothing
  answer HOW             the answer to a private question is signed, but (swap) has two elements swapped, (proof) another
                         proof, (key) is evaluated and proved under another key, has (zero) the identity or (high) an
                         encoding above the prime as an element
  entry CLAIM JSON       a claim of each request in a pulled feed is another, signed
  entry-unsigned CLAIM JSON   the same under the old signature
  label NAME JSON        the first record of each answer has another label, signed; its entry names it
  disclose JSON          that record discloses one statement more
  skip                   the first entry pulled is left out
  old                    in place of what is pulled the first entry of all comes again
  lose                   the answer is lost"""
import base64
import hashlib
import http.client
import http.server
import json
import pathlib
import ssl
import subprocess
import sys
import threading

ANSWER = "entente-hit-answer+jwt"
ASK = "entente-hit-ask+jwt"
ENTRY = "entente-entry+sd-jwt"
RECORD = "entente-record+sd-jwt"
BAD_ELEMENTS = {"zero": bytes(32), "high": bytes([0xff] * 31 + [0x7f])}


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Node:
    def __init__(self, folder, tool, text):
        self.code, rest = text.split("=")
        self.dir, card, port = rest.rsplit(":", 2)
        self.card, self.port = int(card), int(port)
        self.passphrase = f"{self.dir}.pass"
        self.tool, self.signer, self.lock = tool, None, threading.Lock()

    def context(self, purpose):
        c = ssl.SSLContext(purpose)
        c.minimum_version = ssl.TLSVersion.TLSv1_3
        if purpose == ssl.PROTOCOL_TLS_CLIENT:
            c.check_hostname = False
        c.verify_mode = ssl.CERT_NONE
        c.load_cert_chain(f"{self.dir}/run/tls.crt", f"{self.dir}/run/tls.key")
        return c

    def sign(self, typ, payload):
        return self.told(typ, json.dumps(payload, separators=(",", ":")))

    def told(self, what, text):
        with self.lock:
            if self.signer is None:
                self.signer = subprocess.Popen([self.tool, self.dir, self.passphrase], text=True,
                                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.signer.stdin.write(what + "\t" + text + "\n")
            self.signer.stdin.flush()
            return self.signer.stdout.readline().strip()


def payload_of(jws):
    return json.loads(unb64(jws.split(".")[1]))


def digest(text):
    return b64(hashlib.sha256(text.encode()).digest())


def post(target, caller, path, body):
    """The same request as caller's node would send it, to target's own port."""
    c = http.client.HTTPSConnection("127.0.0.1", target.port, timeout=20,
                                    context=caller.context(ssl.PROTOCOL_TLS_CLIENT))
    c.request("POST", path, body, {"Content-Type": "application/json"})
    r = c.getresponse()
    out = r.status, r.getheader("Content-Type", ""), r.read()
    c.close()
    return out


class Rogue:
    def __init__(self, folder, tool, nodes):
        self.folder = pathlib.Path(folder)
        self.nodes = {n.code: n for n in (Node(folder, tool, t) for t in nodes)}

    def other(self, node):
        return next(n for n in self.nodes.values() if n is not node)

    def rule(self):
        try:
            return (self.folder / "rule").read_text().split(" ", 2)
        except OSError:
            return ["pass"]

    def keep(self, node, path, request, answer):
        name = f"{node.code}{path.replace('/', '-')}"
        (self.folder / f"seen.{name}.request").write_bytes(request)
        (self.folder / f"seen.{name}.answer").write_bytes(answer)

    def done(self, text):
        with open(self.folder / "done", "a") as f:
            f.write(text + "\n")

    def answer(self, node, path, request, raw):
        """What the caller gets instead of raw; None: nothing at all."""
        rule = [r.strip() for r in self.rule()]
        change = None
        if path == "/peer/hit" and rule[0] == "answer":
            change = self.change_answer(node, json.loads(request), json.loads(raw), rule[1])
        elif path == "/peer/hit" and rule[0] == "lose":
            self.done("lose")
            return None
        elif path == "/peer/pull":
            change = self.change_pull(node, json.loads(raw), rule)
        if change is None:
            return raw
        self.done(" ".join(rule))
        return json.dumps(change).encode()

    def change_answer(self, node, request, answer, how):
        p = payload_of(answer["jws"])
        if "elements" not in p:
            return None
        if how == "swap":
            p["elements"][0], p["elements"][1] = p["elements"][1], p["elements"][0]
        elif how in BAD_ELEMENTS:
            p["elements"][0] = b64(BAD_ELEMENTS[how])
        elif how == "key":
            asked = json.dumps(payload_of(request["jws"])["elements"])
            p.update(json.loads(node.told("other-key", asked)))
        else:
            proof = bytearray(unb64(p["proof"]))
            proof[0] ^= 1
            p["proof"] = b64(bytes(proof))
        return {"jws": node.sign(ANSWER, p)}

    def change_pull(self, node, answer, rule):
        entries = answer.get("entries", [])
        first = self.folder / f"first.{node.code}"
        if entries and payload_of(entries[0]["jws"])["seq"] == 1:
            first.write_text(json.dumps(entries[0]))
        if rule[0] == "skip" and len(entries) > 1:
            answer["entries"] = entries[1:]
        elif rule[0] == "old" and entries and first.exists():
            answer["entries"] = [json.loads(first.read_text())]
        elif rule[0].startswith("entry") and self.change_entries(node, entries, rule):
            pass
        elif rule[0] in ("label", "disclose") and self.change_records(node, entries, rule):
            pass
        else:
            return None
        return answer

    def change_entries(self, node, entries, rule):
        changed = False
        for e in entries:
            p = payload_of(e["jws"])
            if p["kind"] != "request":
                continue
            p[rule[1]] = json.loads(rule[2])
            if rule[0] == "entry":
                e["jws"] = node.sign(ENTRY, p)
            else:
                head, _, signature = e["jws"].split(".")
                e["jws"] = ".".join((head, b64(json.dumps(p).encode()), signature))
            changed = True
        return changed

    def change_records(self, node, entries, rule):
        changed = False
        for e in entries:
            p = payload_of(e["jws"])
            if p["kind"] != "answer" or not e.get("items"):
                continue
            item = e["items"][0]
            record = payload_of(item["jws"])
            if rule[0] == "label":
                record["label"][rule[1]] = json.loads(rule[2])
            else:
                statement = json.loads(" ".join(rule[1:]))
                text = b64(json.dumps([b64(bytes(16)), f"s{len(record['_sd'])}", statement]).encode())
                record["_sd"] = sorted(record["_sd"] + [digest(text)])
                item["disclosures"].append(text)
            item["jws"] = node.sign(RECORD, record)
            p["items"][0] = digest(item["jws"])
            e["jws"] = node.sign(ENTRY, p)
            changed = True
        return changed


def serve(rogue, node):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            self.request.settimeout(60)
            self.request = node.context(ssl.PROTOCOL_TLS_SERVER).wrap_socket(self.request, server_side=True)
            super().setup()

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                status, kind, raw = post(node, rogue.other(node), self.path, body)
            except OSError:
                self.close_connection = True
                return
            if status == 200:
                rogue.keep(node, self.path, body, raw)
                raw = rogue.answer(node, self.path, body, raw)
            if raw is None:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass  # a node that goes away is part of the scenario

    Server(("127.0.0.1", node.card), Handler).serve_forever()


def change_ask(p, what, last):
    if what == "swap":
        p["elements"][0], p["elements"][1] = p["elements"][1], p["elements"][0]
    elif what in BAD_ELEMENTS:
        p["elements"][0] = b64(BAD_ELEMENTS[what])
    elif what == "prev=last":
        p["prev"] = digest(json.loads(last)["jws"])
    elif what.startswith("seq+"):
        p["seq"] += int(what[4:])
    elif what.startswith("time"):
        p["time"] += int(what[4:]) * 10**6
    else:
        name, value = what.split("=", 1)
        p[name] = json.loads(value)


def ask(rogue, changes):
    rab, bru = rogue.nodes["RAB"], rogue.nodes["BRU"]
    request = json.loads((rogue.folder / "seen.RAB-peer-hit.request").read_text())
    last = (rogue.folder / "seen.RAB-peer-hit.answer").read_bytes()
    if changes:
        p = payload_of(request["jws"])
        for c in changes:
            change_ask(p, c, last)
        request["jws"] = bru.sign(ASK, p)
    status, _, raw = post(rab, bru, "/peer/hit", json.dumps(request))
    answer = json.loads(raw)
    if "jws" in answer:
        answer = payload_of(answer["jws"])
        answer = {k: v for k, v in answer.items() if k not in ("elements", "pad")}
    print(json.dumps({"status": status, "same": raw == last, "answer": answer}, indent=1))


what, folder, tool = sys.argv[1:4]
rogue = Rogue(folder, tool, sys.argv[4:6])
if what == "relay":
    for n in rogue.nodes.values():
        threading.Thread(target=serve, args=(rogue, n), daemon=True).start()
    threading.Event().wait()
else:
    ask(rogue, sys.argv[6:])
