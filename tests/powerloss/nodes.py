# SPDX-License-Identifier: Apache-2.0
"""Two nodes under the shim (shim.c): started, left without power, set back to a kept state, asked.

For sweep.py, whose first argument is the folder that the scenario made: node folders, sessions, passphrases.
"""
import json, os, shutil, signal, sqlite3, subprocess, sys, tempfile, time

ENTENTE = os.environ["ENTENTE"]
SHIM = os.path.join(os.path.dirname(ENTENTE), "tests/powerloss/libpowerloss.so")
T = sys.argv[1]
DPO = ["--purpose", "data-protection", "--case", "A-1", "--reason", "inspection"]
HOME = {"anke": "bru", "dirk": "bru", "rachid": "rab", "driss": "rab", "amina": "rab"}
OFFICER = {"bru": "dirk", "rab": "driss"}
PROGRAM = {"node": "entente", "keeper": "entente-keyd"}
LOGS = ("node", "AGR-1")


class Broken(Exception):
    """Something that must hold does not."""


def must(holds, what):
    if not holds:
        raise Broken(what)


def until(seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def stat(pid):
    """State and parent of a process, or nothing."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            state, parent = f.read().rsplit(")", 1)[1].split()[:2]
            return state, int(parent)
    except OSError:
        return "X", 0


def alive(pid):
    return stat(pid)[0] not in "ZX"


def child_of(pid):
    return next((int(p) for p in os.listdir("/proc") if p.isdigit() and stat(p)[1] == pid), None)


def copy(of, to):
    shutil.rmtree(to, ignore_errors=True)
    if os.path.exists(of):
        shutil.copytree(of, to, ignore=lambda d, names: [n for n in names if n.endswith(".sock")])


class Node:
    def __init__(self, name):
        self.name, self.dir = name, f"{T}/{name}"
        self.arm, self.told, self.power = (f"{T}/{name}.{end}" for end in ("arm", "told", "power"))
        self.process = self.keeper = self.word = self.status = None

    def launch(self, role="node", at=0, keep="none", lie=False):
        env = dict(os.environ, LD_PRELOAD=SHIM, ENTENTE_KILL_AT=str(at), ENTENTE_KILL_ROLE=role,
                   ENTENTE_KILL_ARM=self.arm, ENTENTE_KILL_KEEP=keep, ENTENTE_KILL_LOG=self.told,
                   ENTENTE_KILL_POWER=self.power)
        if lie:
            env["ENTENTE_KILL_LIE"] = "1"
        for path in (self.arm, self.told, self.power):
            if os.path.exists(path):
                os.unlink(path)
        with open(self.power, "wb") as f:
            f.write(b"\0")
        self.word, say = os.pipe()
        with open(f"{self.dir}.pass") as secret, open(f"{T}/{self.name}.err", "a") as err:
            self.process = subprocess.Popen(
                [ENTENTE, "serve", self.dir, "--passphrase-fd", str(secret.fileno()),
                 "--ready-fd", str(say)], env=env, pass_fds=(secret.fileno(), say),
                stdin=subprocess.DEVNULL, stdout=err, stderr=err)
        os.close(say)

    def ready(self):
        with os.fdopen(self.word) as r:
            if r.read() != "ready\n":
                raise Broken(f"{self.name} does not start again: see its log")
        self.keeper = child_of(self.process.pid)
        must(self.keeper is not None, f"{self.name} has no keeper")
        with open(f"/proc/{self.keeper}/maps") as f:  # a sweep of a keeper without shim shows nothing
            must("libpowerloss" in f.read(), "the shim is not in the keeper")

    def start(self):
        self.launch()
        self.ready()

    def armed(self):
        open(self.arm, "w").close()

    def counted(self, role):
        """What the process counted, once it has ended, and whether it was killed."""
        try:
            with open(self.told) as f:
                lines = [line.split() for line in f]
        except OSError:
            lines = []
        for program, count, how in lines:
            if program == PROGRAM[role]:
                return int(count), how == "killed"
        return 0, False

    def off(self):
        """No power: both processes, and what they had not synced."""
        for pid in (self.process.pid, self.keeper):
            try:
                if pid is not None:
                    os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.gone()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.gone()

    def gone(self):
        self.status = self.process.wait(20)
        must(until(10, lambda: self.keeper is None or not alive(self.keeper)), f"{self.name}'s keeper stays")
        self.process = self.keeper = None

    def rows(self, file, sql):
        # read only: the last writer to close would tidy up what the next start has to
        db = sqlite3.connect(f"file:{self.dir}/{file}?mode=ro", uri=True, timeout=5)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def store(self, sql):
        return self.rows("store/records.db", sql)

    def keeper_rows(self, *queries):
        """On a copy: the keeper's own file is locked, and looking must not repair what the next start has to repair."""
        with tempfile.TemporaryDirectory(dir=T) as tmp:
            for end in ("", "-wal"):
                if os.path.exists(f"{self.dir}/keeper/keeper.db{end}"):
                    shutil.copy(f"{self.dir}/keeper/keeper.db{end}", f"{tmp}/k{end}")
            db = sqlite3.connect(f"{tmp}/k")
            found = [db.execute(q).fetchall() for q in queries]
            db.close()
        return found

    def counter(self):
        """(sequence, elements of this epoch) that the keeper has counted."""
        [[(seq,)], [(used,)]] = self.keeper_rows("SELECT coalesce(max(seq), 0) FROM counter",
                                                 "SELECT coalesce(max(used_epoch), 0) FROM oprf_key")
        return seq, used


bru, rab = Node("bru"), Node("rab")
NODES = {"bru": bru, "rab": rab}


def all_off():
    for n in NODES.values():
        if n.process is not None:
            n.off()


def folders():
    return list(NODES) + [f"export.{n}.{log}" for n in NODES for log in LOGS]


def keep():
    """Both nodes, stopped, and what was exported of them: where each point begins."""
    for n in NODES.values():
        if n.process is not None:
            n.stop()
    for name in folders():
        copy(f"{T}/{name}", f"{T}/base/{name}")


def set_back():
    all_off()
    for name in folders():
        copy(f"{T}/base/{name}", f"{T}/{name}")


def say(who, *args, fine=True):
    """One command of one person, or of a node's administrator, whom the system knows; None if it was not acknowledged."""
    env = dict(os.environ, ENTENTE_DIR=f"{T}/{HOME.get(who, who)}")
    if who in HOME:
        env["ENTENTE_SESSION"] = f"{T}/{who}.session"
    else:
        env.pop("ENTENTE_SESSION", None)
    p = subprocess.run([ENTENTE, *args], env=env, capture_output=True, text=True, timeout=60)
    if fine:
        must(p.returncode == 0, f"{args[0]} fails: {p.stderr.strip() or p.stdout.strip()}")
    if p.returncode != 0:
        return None
    return json.loads(p.stdout) if "--json" in args else p.stdout


def audit(*args):
    p = subprocess.run([ENTENTE, "audit", *args], capture_output=True, text=True, timeout=60)
    must(p.returncode == 0, f"audit {args[0]}: {(p.stdout + p.stderr).strip()}")


def export(node, log):
    """A log's export, grown from the last one: what was exported once cannot change unseen."""
    out = f"{T}/export.{node.name}.{log}"
    say(OFFICER[node.name], "audit", "export", "--log", log, "--out", out, *DPO)
    audit("verify", out)
    return out


def entries(path):
    """Entries of an export: in each bundle, two bytes of length before each."""
    found = {}
    for at, _, files in os.walk(f"{path}/tile/entries"):
        for name in files:
            with open(f"{at}/{name}", "rb") as f:
                data = f.read()
            while data:
                n = int.from_bytes(data[:2], "big")
                e = json.loads(data[2:2 + n])
                found[e["index"]] = e
                data = data[2 + n:]
    return [found[i] for i in sorted(found)]


def node_log(node):
    return entries(export(node, "node"))


def reconciled():
    audit("reconcile", export(bru, "AGR-1"), export(rab, "AGR-1"))


def count(log, event, phase, **facts):
    return sum(e["event"] == event and e["phase"] == phase and e.get("result", "ok") == "ok" and
               all(e.get("facts", {}).get(k) == v for k, v in facts.items()) for e in log)
