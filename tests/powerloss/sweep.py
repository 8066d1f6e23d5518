#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loss of power at the N-th write or sync of a node or its keeper, on the shipped binaries.

Called by tests/scenario/x010-power-loss.sh, which has set up two nodes.  For each act, each process
and each N: the process ends at its N-th write or sync (shim.c), the other half of its node is killed
with it, the node starts again on what was left, and what must hold is looked at.  The partner runs on,
as a partner does.  Nodes are not set back between points, so that damage that is done stays to be
found; imports, which would pile up, start from a copy each.

usage: sweep.py DIR        environment: ENTENTE; POWERLOSS_FULL=1: every N, losing all that was not synced and
then a part of it; POWERLOSS_EVERY=K: every K-th N, either way in turn; POWERLOSS_ONLY=ACT
"""
import json, os, shutil, signal, sqlite3, subprocess, sys, tempfile, time

ENTENTE = os.environ["ENTENTE"]
SHIM = os.path.join(os.path.dirname(ENTENTE), "tests/powerloss/libpowerloss.so")
FULL = os.environ.get("POWERLOSS_FULL") == "1"
EVERY = int(os.environ.get("POWERLOSS_EVERY", "1" if FULL else "0"))
ONLY = os.environ.get("POWERLOSS_ONLY", "")
T = sys.argv[1]
WHY = ["--purpose", "terrorism", "--case", "C-2026-17", "--reason", "scenario"]
DPO = ["--purpose", "data-protection", "--case", "A-1", "--reason", "inspection"]
ASSURED = [w for a in ("no-torture", "no-death-penalty", "no-political-purpose")
           for w in ("--assurances", a)]
HOME = {"anke": "bru", "dirk": "bru", "rachid": "rab", "driss": "rab", "amina": "rab"}
OFFICER = {"bru": "dirk", "rab": "driss"}
PROGRAM = {"node": "entente", "keeper": "entente-keyd"}
ROWS = 2100  # of an import: three staged commits


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
        time.sleep(0.03)
    return True


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def child_of(pid):
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{p}/stat") as f:
                if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                    return int(p)
        except OSError:
            pass
    return None


def copy(of, to):
    shutil.copytree(of, to, ignore=lambda d, names: [n for n in names if n.endswith(".sock")])


class Node:
    def __init__(self, name):
        self.name, self.dir = name, f"{T}/{name}"
        self.arm, self.told = f"{T}/{name}.arm", f"{T}/{name}.told"
        self.process = self.keeper = None

    def start(self, role="node", at=0, keep="none", lie=False):
        env = dict(os.environ, LD_PRELOAD=SHIM, ENTENTE_KILL_AT=str(at), ENTENTE_KILL_ROLE=role,
                   ENTENTE_KILL_ARM=self.arm, ENTENTE_KILL_KEEP=keep, ENTENTE_KILL_LOG=self.told)
        if lie:
            env["ENTENTE_KILL_LIE"] = "1"
        for path in (self.arm, self.told):
            if os.path.exists(path):
                os.unlink(path)
        ready, say = os.pipe()
        with open(f"{self.dir}.pass") as secret, open(f"{T}/{self.name}.err", "a") as err:
            self.process = subprocess.Popen(
                [ENTENTE, "serve", self.dir, "--passphrase-fd", str(secret.fileno()),
                 "--ready-fd", str(say)], env=env, pass_fds=(secret.fileno(), say),
                stdin=subprocess.DEVNULL, stdout=err, stderr=err)
        os.close(say)
        with os.fdopen(ready) as r:
            if r.read() != "ready\n":
                raise Broken(f"{self.name} does not start again: see its log")
        self.keeper = child_of(self.process.pid)
        must(self.keeper is not None, f"{self.name} has no keeper")
        with open(f"/proc/{self.keeper}/maps") as f:  # a sweep of a keeper without shim shows nothing
            must("libpowerloss" in f.read(), "the shim is not in the keeper")

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
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.gone()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.gone()

    def gone(self):
        self.process.wait(20)
        must(until(10, lambda: not alive(self.keeper)), f"{self.name}'s keeper stays")
        self.process = None

    def rows(self, file, sql):
        # read only: the last writer to close would tidy up what the next start has to
        db = sqlite3.connect(f"file:{self.dir}/{file}?mode=ro", uri=True, timeout=5)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def store(self, sql):
        return self.rows("store/records.db", sql)

    def counter(self):
        """(sequence, elements of this epoch) that the keeper has counted.  On a copy: its own file is
        locked, and looking must not repair what the next start has to repair."""
        with tempfile.TemporaryDirectory(dir=T) as tmp:
            for end in ("", "-wal"):
                if os.path.exists(f"{self.dir}/keeper/keeper.db{end}"):
                    shutil.copy(f"{self.dir}/keeper/keeper.db{end}", f"{tmp}/k{end}")
            db = sqlite3.connect(f"{tmp}/k")
            seq = db.execute("SELECT coalesce(max(seq), 0) FROM counter").fetchone()[0]
            used = db.execute("SELECT coalesce(max(used_epoch), 0) FROM oprf_key").fetchone()[0]
            db.close()
        return seq, used


bru, rab = Node("bru"), Node("rab")
NODES = {"bru": bru, "rab": rab}


def say(who, *args, fine=True):
    """One command of one person; None if it was not acknowledged."""
    env = dict(os.environ, ENTENTE_SESSION=f"{T}/{who}.session", ENTENTE_DIR=f"{T}/{HOME[who]}")
    p = subprocess.run([ENTENTE, *args], env=env, capture_output=True, text=True, timeout=60)
    if fine:
        must(p.returncode == 0, f"{args[0]} fails: {p.stderr.strip() or p.stdout.strip()}")
    if p.returncode != 0:
        return None
    return json.loads(p.stdout) if "--json" in args else p.stdout


def audit(*args):
    p = subprocess.run([ENTENTE, "audit", *args], capture_output=True, text=True, timeout=60)
    must(p.returncode == 0, f"audit {args[0]}: {(p.stdout + p.stderr).strip()}")


def export(node, log, fresh=False):
    """A log's export, grown from the last one: what was exported once cannot change unseen."""
    out = f"{T}/export.{node.name}.{log}"
    if fresh:
        shutil.rmtree(out, ignore_errors=True)
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


def node_log(node, fresh=False):
    return entries(export(node, "node", fresh))


def reconciled():
    audit("reconcile", export(bru, "AGR-1"), export(rab, "AGR-1"))


def count(log, event, phase, **facts):
    return sum(e["event"] == event and e["phase"] == phase and e.get("result", "ok") == "ok" and
               all(e.get("facts", {}).get(k) == v for k, v in facts.items()) for e in log)


# ---- what must hold at any time ---------------------------------------------------------------------

def intents_hold(log, counter):
    """Nothing that the keeper counted, and so may have evaluated, lacks its intent."""
    told = {e["facts"]["seq"]: e["facts"]["elements"] for e in log
            if e["event"] == "hit.answer" and e["phase"] == "intent"}
    seq, used = counter
    lacking = [n for n in range(1, seq + 1) if n not in told]
    must(not lacking, f"request {lacking[:3]} was counted and has no intent in the log")
    must(used <= sum(told[n] for n in range(1, seq + 1)), "more was counted than was intended")


def feed(node, direction):
    return node.store("SELECT seq, hash, kind, ref FROM feed_entry "
                      f"WHERE direction = {direction} ORDER BY seq")


def feeds_whole(one, other):
    """Both see the same feed in this direction: consecutive numbers, and each entry once."""
    sent, came = feed(one, 0), feed(other, 1)
    must([r[0] for r in sent] == list(range(1, len(sent) + 1)), f"{one.name}'s feed has a gap")
    must(sent == came, f"{one.name} sent {len(sent)}, {other.name} has {len(came)}, or they differ")
    said = [(r[2], r[3]) for r in sent if r[2] == "request"]
    must(len(set(said)) == len(said), "a request stands twice")


def receipts_due(one, other):
    theirs = [r for r in feed(one, 0) if r[2] != "receipt"]
    return len(theirs) - sum(r[2] == "receipt" for r in feed(other, 0))


def feeds_quiet():
    """Nothing is on its way any more."""
    try:
        return all(len(feed(a, 0)) == len(feed(b, 1)) and receipts_due(a, b) <= 0
                   for a, b in ((bru, rab), (rab, bru)))
    except sqlite3.Error:  # it ends at this moment
        return False


def all_holds():
    must(until(40, feeds_quiet), "the feeds do not come to rest")
    feeds_whole(bru, rab)
    feeds_whole(rab, bru)
    node_log(bru)
    intents_hold(node_log(rab), rab.counter())
    reconciled()


# ---- the acts -------------------------------------------------------------------------------------

class Import:
    name, targets = "import", [("rab", "node", 9), ("rab", "keeper", 2)]
    settled = staticmethod(lambda: True)

    def __init__(self):
        self.list = f"{T}/list.jsonl"
        with open(self.list, "w") as f:
            for i in range(ROWS):
                f.write(json.dumps({"id": f"q{i}", "type": "person", "names": [f"Mehdi Row{i}"], "weak": [],
                                    "dob": ["1991-07-08"], "docs": [f"P{i:07}"], "nat": ["MA"], "pob": []}) + "\n")

    def before(self, node):
        if not os.path.exists(f"{T}/rab.base"):
            copy(node.dir, f"{T}/rab.base")
        shutil.rmtree(node.dir)
        copy(f"{T}/rab.base", node.dir)

    def prepare(self):
        self.had = rab.store("SELECT count(*) FROM record")[0][0]

    def act(self):
        return say("amina", "import", "--format", "jsonl", "--label", f"{T}/suspect.label", *WHY,
                   "--json", self.list, fine=False)

    def verify(self, node, answer, counter):
        must(rab.store("SELECT count(*) FROM import WHERE flipped = 0")[0][0] == 0, "a staged import stays")
        new = rab.store("SELECT count(*) FROM record")[0][0] - self.had
        must(new in (0, ROWS), f"{new} of {ROWS} records are there")
        must(new == ROWS or answer is None, "an acknowledged import is lost")
        found = say("amina", "search", f"Mehdi Row{ROWS - 1}", "--document", f"P{ROWS - 1:07}", *WHY,
                    fine=False) or ""
        must((f"Row{ROWS - 1}" in found) == (new == ROWS), "search shows another state than the register")
        log = node_log(rab, fresh=True)
        done = count(log, "import", "done", records=ROWS)
        must(done == (new == ROWS), f"{done} entries of {new} records")
        intents_hold(log, counter)

    def after(self, node):
        node.off()
        self.put_back(node)

    @staticmethod
    def put_back(node):
        shutil.rmtree(node.dir)
        shutil.move(f"{T}/rab.base", node.dir)
        shutil.rmtree(f"{T}/export.rab.node", ignore_errors=True)


class Act:
    def before(self, node):
        pass

    def after(self, node):
        node.off()


class Query(Act):
    name = "query"
    targets = [("bru", "node", 8), ("rab", "node", 20), ("rab", "keeper", 5), ("bru", "keeper", 2)]
    settled = staticmethod(lambda: True)
    words = ("ask", "--partner", "RAB", "--agreement", "AGR-1", *WHY, "Karim Idrissi", "--birth", "1980-05-06", "--json")

    def prepare(self):
        self.had = count(node_log(bru), "hit.ask", "outcome", hits=1)

    def act(self):
        return say("anke", *self.words, fine=False)

    def verify(self, node, answer, counter):
        intents_hold(node_log(rab), counter)
        log = node_log(bru)
        new = count(log, "hit.ask", "outcome", hits=1) - self.had
        must(new in (0, 1) and (new == 1 or answer is None), f"{new} outcomes of one query" +
             (" that was acknowledged" if answer else ""))
        must(count(log, "hit.ask", "intent") >= count(log, "hit.ask", "outcome"), "an outcome without intent")
        must(say("anke", *self.words)["hits"] == 1, "the same question hits no more")
        self.counters_agree()
        all_holds()

    @staticmethod
    def counters_agree():
        asked, used = bru.store("SELECT seq, used_epoch FROM hit_asker")[0]
        seq, counted = rab.counter()
        must((asked, used) == (seq, counted) == (seq, 8 * seq),
             f"asker counts {used} after {asked}, keeper {counted} after {seq}")
        kept = rab.store("SELECT seq, used_epoch, result FROM hit_received ORDER BY seq")
        must(kept == [(n, 8 * n, 1) for n in range(1, seq + 1)], "what was answered has a gap")


class Request(Act):
    name = "request"
    targets = [("bru", "node", 7), ("rab", "node", 7), ("bru", "keeper", 3), ("rab", "keeper", 3)]
    settled = staticmethod(feeds_quiet)
    kind, sender, receiver = "request", bru, rab

    def prepare(self):
        must(until(40, feeds_quiet), "the feeds do not come to rest")
        self.had = len([r for r in feed(self.sender, 0) if r[2] == self.kind])

    def act(self):
        return say("anke", "request", "--agreement", "AGR-1", *WHY, *ASSURED, "--question", "what is known",
                   "--urgency", "urgent", "--json", fine=False)

    def verify(self, node, answer, counter):
        intents_hold(node_log(rab), counter)
        all_holds()
        new = [r for r in feed(self.receiver, 1) if r[2] == self.kind][self.had:]
        must(len(new) <= 1, f"{len(new)} entries came of one {self.kind}")
        must(new or answer is None, f"an acknowledged {self.kind} is lost")
        if new and answer:
            must(new[0][3].hex() == answer["ref"].replace("-", ""), "another one came")
            who = "rachid" if self.receiver is rab else "anke"
            shown = say(who, "show", answer["ref"], *WHY, "--json")
            must(sum(e["kind"] == self.kind for e in shown["entries"]) == 1, "not shown once")


class Answer(Request):
    name = "answer"
    targets = [("rab", "node", 7), ("bru", "node", 7), ("rab", "keeper", 3), ("bru", "keeper", 3)]
    kind, sender, receiver = "answer", rab, bru

    def prepare(self):
        self.ref = say("anke", "request", "--agreement", "AGR-1", *WHY, *ASSURED, "--question", "who is it",
                       "--urgency", "urgent", "--json")["ref"]
        super().prepare()
        self.record = rab.store("SELECT hex(id) FROM record LIMIT 1")[0][0].lower()
        r = self.record
        self.record = "-".join((r[:8], r[8:12], r[12:16], r[16:20], r[20:]))

    def act(self):
        return say("rachid", "answer", self.ref, *WHY, "--record", self.record, "--handling", "H1",
                   "--evaluation", "B2", *ASSURED, "--json", fine=False)


# ---- the sweep ------------------------------------------------------------------------------------

def others_run(node):
    for other in NODES.values():
        if other is not node and other.process is None:
            other.start()


def once(act, node, role, at, keep="none", lie=False):
    """One loss of power.  Returns what was counted and whether the process was killed."""
    if node.process is not None:
        node.off()
    act.before(node)
    node.start(role, at, keep, lie)
    act.prepare()
    node.armed()
    answer = act.act()
    process = node.process if role == "node" else None

    def struck():
        return process.poll() is not None if process else not alive(node.keeper)
    until(15, lambda: struck() or act.settled())
    if lie or struck():
        node.off()
    else:
        node.stop()  # on the way down there is power to lose, too
    counted, killed = node.counted(role)
    counter = rab.counter()
    node.start()
    act.verify(node, answer, counter)
    return counted, killed


def points(total, sample):
    if EVERY > 0 or total <= sample:
        return list(range(1, total + 1, max(EVERY, 1)))
    return sorted({1 + i * (total - 1) // (sample - 1) for i in range(sample)})


def sweep(act):
    for where, role, sample in act.targets:
        node = NODES[where]
        others_run(node)
        began, kills, told = time.monotonic(), 0, f"{act.name}, {where}'s {role}"
        try:
            total, _ = once(act, node, role, 0)
            must(total > 0, "nothing was counted")
            for n, at in enumerate(points(total, sample)):
                told = f"{act.name}, {where}'s {role}, write or sync {at} of {total}"
                for keep in (("none", str(at)) if FULL else ("none" if n % 2 == 0 else str(at),)):
                    kills += once(act, node, role, at, keep)[1]
            print(f"ok power-loss: {act.name}: {where}'s {role} loses power {kills} times in {total} writes "
                  f"and syncs ({time.monotonic() - began:.0f} s)", flush=True)
        except (Broken, subprocess.TimeoutExpired, sqlite3.Error) as e:
            print(f"not ok power-loss: {told}: {e}", flush=True)
            for n in NODES.values():
                if n.process is not None:
                    n.off()
            return False
        act.after(node)
    return True


def planted(act, where, what):
    """A disk that lies is a bug that must be found."""
    others_run(NODES[where])
    shutil.rmtree(f"{T}/export.{where}.node", ignore_errors=True)  # it would show the rollback first
    try:
        once(act, NODES[where], "node", 0, lie=True)
        print(f"not ok power-loss: a disk that lies at the time of an act ({act.name}) is not noticed", flush=True)
    except Broken as e:
        fine = what in str(e)
        print(("ok" if fine else "not ok") + f" power-loss: a disk that lies at the time of an act ({act.name}) is noticed: {e}",
              flush=True)
    for n in NODES.values():
        if n.process is not None:
            n.off()


def main():
    acts = [a for a in (Import, Query, Request, Answer) if ONLY in ("", a.name)]
    try:
        if all(sweep(a()) for a in acts):
            planted(Import(), "rab", "an acknowledged import is lost")
            Import.put_back(rab)
            planted(Query(), "rab", "no intent")
    finally:
        for n in NODES.values():
            if n.process is not None:
                n.off()


if __name__ == "__main__":
    main()
