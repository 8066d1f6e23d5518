#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loss of power at the N-th write or sync of a node or its keeper, on the shipped binaries.

Called by tests/scenario/x010-power-loss.sh, which has set up two nodes.  For each act, each process and
each N: both nodes start from the same state; the process ends at its N-th write or sync (shim.c) and no
write of the other half of its node takes effect any more; the node starts again on what was left; what
must hold is looked at, and the act is done once more.  The partner runs on, as a partner does.
What was not synced is lost: all of it (dropped), all but the first writes, the last of which in part
(torn), or some, in any order (reordered): the three take turns.

usage: sweep.py DIR     environment: ENTENTE, and
POWERLOSS_FULL=1   every N, until a run ends without reaching its N; 3: every N in each of the three ways;
                   otherwise a sample
POWERLOSS_ONLY=ACT,ACT:NODE  those acts alone, or a node's processes in one
POWERLOSS_LOG=FILE           a line a point is appended; points that the file has of the same binaries
                             are not run again
"""
import hashlib, json, os, shutil, sqlite3, subprocess, sys, time

from nodes import (Broken, ENTENTE, NODES, SHIM, T, all_off, bru, count, keep, must,
                   node_log, rab, reconciled, say, set_back, until, alive)

FULL = int(os.environ.get("POWERLOSS_FULL", "0"))
ONLY = [a for a in os.environ.get("POWERLOSS_ONLY", "").split(",") if a]
LOG = os.environ.get("POWERLOSS_LOG", "")
WHY = ["--purpose", "terrorism", "--case", "C-2026-17", "--reason", "scenario"]
ASSURED = [w for a in ("no-torture", "no-death-penalty", "no-political-purpose")
           for w in ("--assurances", a)]
KINDS = ("dropped", "torn", "reordered")
TRIES = 20  # at a point that the longest run had: how many writes a run has depends on who is heard first
ROWS = int(os.environ.get("POWERLOSS_ROWS", "30"))  # of an import; the scenario sets import_batch


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


def receipts(entries):
    return sum(r[2] == "receipt" for r in entries)


def feeds_quiet():
    """Nothing is on its way any more.  Looked at twice, as an entry may move between two looks."""
    def look():
        return [feed(n, d) for n in (bru, rab) for d in (0, 1)]
    try:
        seen = look()
        sent_b, came_b, sent_r, came_r = seen
        return (len(sent_b) == len(came_r) and len(sent_r) == len(came_b) and
                receipts(sent_r) >= len(sent_b) - receipts(sent_b) and
                receipts(sent_b) >= len(sent_r) - receipts(sent_r) and seen == look())
    except sqlite3.Error:  # it ends at this moment
        return False


def at_rest():
    must(until(40, feeds_quiet), "the feeds do not come to rest")


def all_holds():
    at_rest()
    feeds_whole(bru, rab)
    feeds_whole(rab, bru)
    node_log(bru)
    intents_hold(node_log(rab), rab.counter())
    reconciled()


# ---- the acts: prepare() once, before the state is kept; act() and verify() at each point -------------

class Import:
    name, targets = "import", [("rab", "node", 6), ("rab", "keeper", 1)]
    settled = staticmethod(lambda: True)

    def prepare(self):
        self.list = f"{T}/list.jsonl"
        with open(self.list, "w") as f:
            for i in range(ROWS):
                f.write(json.dumps({"id": f"019b76da-a800-750b-acca-{i:012x}", "type": "person", "statements": [
                    {"kind": "name", "basis": "fact", "value": f"Mehdi Row{i}", "script": "Latn",
                     "name_kind": "primary"}]}) + "\n")
        self.had, self.keys = self.records(), self.orphans()
        node_log(rab)

    @staticmethod
    def records():
        return rab.store("SELECT count(*) FROM record")[0][0]

    @staticmethod
    def orphans():
        """Keys without a record; a record without its key is never right."""
        have = {r[0] for r in rab.store("SELECT id FROM record WHERE state < 4")}
        keys = {r[0] for r in rab.rows("store/keys.db", "SELECT id FROM data_key")}
        must(have <= keys, "a record has no key")
        return len(keys - have)

    def act(self, fine=False):
        return say("amina", "import", "--format", "jsonl", "--label", f"{T}/suspect.label", *WHY,
                   "--json", self.list, fine=fine)

    def looks(self, new):
        found = say("amina", "search", f"Mehdi Row{ROWS - 1}", *WHY, fine=False) or ""
        must((f"Row{ROWS - 1}" in found) == (new == ROWS), "search shows another state than the register")
        # one more: a further part of the log's own
        must(self.orphans() <= self.keys + 1, f"{self.orphans()} keys have no record")

    def verify(self, node, answer, counter):
        must(rab.store("SELECT count(*) FROM import WHERE flipped = 0")[0][0] == 0, "a staged import stays")
        new = self.records() - self.had
        must(new in (0, ROWS), f"{new} of {ROWS} records are there")
        must(new == ROWS or answer is None, "an acknowledged import is lost")
        self.looks(new)
        must((self.act(fine=new == 0) is None) == (new == ROWS), "what is there is imported again")
        must(self.records() - self.had == ROWS, "importing again leaves other records")
        self.looks(ROWS)
        log = node_log(rab)
        done = count(log, "import", "done", records=ROWS)
        must(done == 1, f"{done} entries of one import")
        intents_hold(log, counter)


class Rekey:
    """Keeper and store commit apart: whatever is lost, one of the two store keys opens all."""
    name, targets = "rekey", [("rab", "node", 5), ("rab", "keeper", 5)]
    settled = staticmethod(lambda: True)

    def prepare(self):
        self.had = self.wrapped()
        node_log(rab)

    @staticmethod
    def wrapped():
        return dict(rab.rows("store/keys.db", "SELECT id, wrapped FROM data_key"))

    def act(self, fine=False):
        return say("rab", "rekey", "--json", fine=fine)

    @staticmethod
    def opens():
        found = say("amina", "search", "Karim Idrissi", *WHY) or ""
        must("Karim Idrissi" in found, "the register does not open")
        say("amina", "record", "list", *WHY)

    def anew(self):
        now = self.wrapped()
        return all(now[i] != was for i, was in self.had.items() if i in now)

    def verify(self, node, answer, counter):
        self.opens()
        must(self.anew() or answer is None, "an acknowledged store key is lost")
        self.act(fine=True)
        must(self.anew(), "a data key is wrapped as before")
        self.opens()
        node.stop()
        must(node.keeper_rows("SELECT slot FROM store_key") == [[(0,)]], "the key before is not destroyed")
        node.start()
        self.opens()
        intents_hold(node_log(rab), counter)


class Query:
    name = "query"
    targets = [("bru", "node", 5), ("rab", "node", 9), ("rab", "keeper", 4), ("bru", "keeper", 1)]
    settled = staticmethod(lambda: True)

    def prepare(self):
        self.had = count(node_log(bru), "hit.ask", "outcome", hits=1)
        all_holds()

    def act(self, fine=False):
        return say("anke", "ask", "--partner", "RAB", "--agreement", "AGR-1", *WHY, "Karim Idrissi",
                   "--birth", "1980-05-06", "--json", fine=fine)

    def verify(self, node, answer, counter):
        intents_hold(node_log(rab), counter)
        log = node_log(bru)
        new = count(log, "hit.ask", "outcome", hits=1) - self.had
        must(new in (0, 1) and (new == 1 or answer is None), f"{new} outcomes of one query" +
             (" that was acknowledged" if answer else ""))
        kept = bru.store("SELECT count(*) FROM hit_query WHERE state = 3")[0][0]
        must(kept >= self.had + new, f"{self.had + new} hits were answered, {kept} are kept")
        must(count(log, "hit.ask", "intent") >= count(log, "hit.ask", "outcome"), "an outcome without intent")
        must(self.act(fine=True)["hits"] == 1, "the same question hits no more")
        self.counters_agree()
        all_holds()

    @staticmethod
    def counters_agree():
        # one annex, so what is counted with it is all that is counted
        [(asked, used)] = bru.store("SELECT seq, used_epoch FROM hit_asker JOIN hit_asked USING (agreement)")
        seq, counted = rab.counter()
        must((asked, used) == (seq, counted) == (seq, 8 * seq),
             f"asker counts {used} after {asked}, keeper {counted} after {seq}")
        kept = rab.store("SELECT seq, used_epoch, result FROM hit_received ORDER BY seq")
        must(kept == [(n, 8 * n, 1) for n in range(1, seq + 1)], "what was answered has a gap")


class Request:
    name = "request"
    targets = [("bru", "node", 4), ("rab", "node", 4), ("bru", "keeper", 1), ("rab", "keeper", 1)]
    settled = staticmethod(feeds_quiet)
    kind, sender, receiver = "request", bru, rab

    def prepare(self):
        at_rest()
        self.had = len(self.came())
        all_holds()

    def came(self):
        return [r for r in feed(self.receiver, 1) if r[2] == self.kind]

    def act(self, fine=False):
        return say("anke", "request", "--agreement", "AGR-1", *WHY, *ASSURED, "--question", "what is known",
                   "--urgency", "urgent", "--json", fine=fine)

    def once_more(self, came):
        must(self.act(fine=True), f"no further {self.kind} can be made")

    def verify(self, node, answer, counter):
        intents_hold(node_log(rab), counter)
        at_rest()
        new = self.came()[self.had:]
        must(len(new) <= 1, f"{len(new)} entries came of one {self.kind}")
        must(new or answer is None, f"an acknowledged {self.kind} is lost")
        if new and answer:
            must(new[0][3].hex() == answer["ref"].replace("-", ""), "another one came")
            who = "rachid" if self.receiver is rab else "anke"
            shown = say(who, "show", answer["ref"], *WHY, "--json")
            must(sum(e["kind"] == self.kind for e in shown["entries"]) == 1, "not shown once")
        self.once_more(bool(new))
        all_holds()
        must(len(self.came()) == self.had + len(new) + 1, f"the {self.kind} after it did not come once")


class Answer(Request):
    name = "answer"
    targets = [("rab", "node", 4), ("bru", "node", 4), ("rab", "keeper", 1), ("bru", "keeper", 1)]
    kind, sender, receiver = "answer", rab, bru

    def prepare(self):
        self.first = self.ref = self.asked()
        r = rab.store("SELECT hex(id) FROM record LIMIT 1")[0][0].lower()
        self.record = "-".join((r[:8], r[8:12], r[12:16], r[16:20], r[20:]))
        super().prepare()

    @staticmethod
    def asked():
        return say("anke", "request", "--agreement", "AGR-1", *WHY, *ASSURED, "--question", "who is it",
                   "--urgency", "urgent", "--json")["ref"]

    def act(self, fine=False):
        return say("rachid", "answer", self.ref, *WHY, "--record", self.record, "--handling", "H1",
                   "--evaluation", "B2", *ASSURED, "--json", fine=fine)

    def once_more(self, came):
        if came:  # what is answered is not answered again: another one
            self.ref = self.asked()
            at_rest()
        super().once_more(came)
        self.ref = self.first


# ---- the sweep ------------------------------------------------------------------------------------

def start_both(node, role, at, keep_as, lie):
    for other in NODES.values():
        if other is node:
            other.launch(role, at, keep_as, lie)
        else:
            other.launch()
    for other in NODES.values():
        other.ready()


def once(act, node, role, at, kind="dropped", lie=False):
    """One loss of power.  Returns what was counted and whether the process was killed."""
    set_back()
    start_both(node, role, at, {"dropped": "none", "torn": f"torn:{at}", "reordered": str(at)}[kind], lie)
    node.armed()
    answer = act.act(fine=at == 0 and not lie)  # with power all along it succeeds, or says why it does not
    process = node.process if role == "node" else None

    def struck():
        return process.poll() is not None if process else not alive(node.keeper)
    until(15, lambda: struck() or act.settled())
    if lie or struck():
        node.off()
    else:
        node.stop()  # on the way down there is power to lose, too
    counted, killed = node.counted(role)
    must(killed or lie or node.status == 0, f"{node.name} ends with status {node.status}")
    counter = rab.counter()
    node.start()
    act.verify(node, answer, counter)
    return counted, killed


class Journal:
    """What was run of these binaries, a line a point, so that a break of the sweep loses nothing."""
    def __init__(self):
        build = hashlib.sha256()
        for path in (ENTENTE, f"{os.path.dirname(ENTENTE)}/entente-keyd", SHIM):
            with open(path, "rb") as f:
                build.update(f.read())
        self.build, self.had = build.hexdigest()[:12], {}
        if LOG and os.path.exists(LOG):
            with open(LOG) as f:
                for line in f:
                    word = line.split()
                    if len(word) == 8 and word[0] == self.build and word[7] == "ok":
                        self.had[tuple(word[1:6])] = (int(word[6].split("/")[0]), word[6].endswith("killed"))

    def point(self, act, where, role, at, kind):
        key = (act.name, where, role, str(at), kind)
        if key in self.had:
            return self.had[key]
        counted, killed = once(act, NODES[where], role, at, kind)
        if LOG:
            with open(LOG, "a") as f:
                f.write(f"{self.build} {' '.join(key)} {counted}/{'killed' if killed else 'ended'} ok\n")
        return counted, killed


class Sweep:
    """One process in one act."""
    def __init__(self, act, where, role, journal):
        self.act, self.where, self.role, self.journal = act, where, role, journal
        self.kills, self.failed, self.total, self.at, self.short = dict.fromkeys(KINDS, 0), [], 0, 0, 0

    def point(self, at, kind):
        """True if power was lost at that point."""
        try:
            for _ in range(TRIES if FULL else 1):  # a run may be shorter than the longest
                counted, killed = self.journal.point(self.act, self.where, self.role, at, kind)
                self.total = max(self.total, counted)
                if killed or at == 0 or at > self.total:
                    break
        except (Broken, subprocess.TimeoutExpired, sqlite3.Error) as e:
            self.failed.append(at)
            print(f"not ok power-loss: {self.act.name}, {self.where}'s {self.role}, write or sync {at} of "
                  f"{self.total}, {kind}: {e}", flush=True)
            all_off()
            if os.environ.get("POWERLOSS_KEEP"):
                shutil.copytree(T, f"{os.environ['POWERLOSS_KEEP']}/{self.act.name}-{self.where}-{self.role}-{at}-{kind}",
                                ignore=lambda d, names: [n for n in names if n.endswith(".sock")])
            return True
        self.kills[kind] += killed
        self.short += not killed and 0 < at <= self.total
        return killed

    def sample(self, most):
        if self.total <= most:
            return range(1, self.total + 1)
        return sorted({1 + i * (self.total - 1) // max(most - 1, 1) for i in range(most)})

    def run(self, most):
        began = time.monotonic()
        self.point(0, "dropped")
        if not self.failed and self.total == 0:
            raise Broken("nothing was counted")
        if FULL:
            struck = True
            while (struck or self.at < self.total) and len(self.failed) < 20:
                self.at += 1
                struck = any([self.point(self.at, kind) for kind in
                              (KINDS if FULL == 3 else (KINDS[self.at % 3],))])
        else:
            for i, at in enumerate(self.sample(most)):
                if not self.failed:
                    self.point(at, KINDS[i % 3])
        self.tell(time.monotonic() - began)

    def tell(self, seconds):
        kills = sum(self.kills.values())
        ways = ", ".join(f"{n} {kind}" for kind, n in self.kills.items())
        points = f"each of {self.total}" if FULL else f"{kills} of {self.total}"
        short = f", {self.short} not reached" if self.short else ""
        print(("ok" if not self.failed else "not ok") + f" power-loss: {self.act.name}: {self.where}'s {self.role} "
              f"loses power at {points} writes and syncs: {kills} times ({ways}{short}), {len(self.failed)} failures "
              f"({seconds:.0f} s)", flush=True)


def planted(act, where, what):
    """A disk that lies is a bug that must be found."""
    prepared(act)
    shutil.rmtree(f"{T}/base/export.{where}.node", ignore_errors=True)  # it would show the rollback first
    try:
        once(act, NODES[where], "node", 0, lie=True)
        print(f"not ok power-loss: a disk that lies at the time of an act ({act.name}) is not noticed", flush=True)
    except Broken as e:
        fine = what in str(e)
        print(("ok" if fine else "not ok") + f" power-loss: a disk that lies at the time of an act ({act.name}) is noticed: {e}",
              flush=True)


def prepared(act):
    set_back()
    for n in NODES.values():
        n.start()
    act.prepare()
    keep()
    return act


def main():
    journal, failed, kills = Journal(), 0, 0
    keep()
    try:
        for act in (a() for a in (Import, Rekey, Query, Request, Answer)):
            targets = [t for t in act.targets
                       if not ONLY or act.name in ONLY or f"{act.name}:{t[0]}" in ONLY]
            if targets:
                prepared(act)
            for where, role, most in targets:
                s = Sweep(act, where, role, journal)
                s.run(most)
                failed += len(s.failed)
                kills += sum(s.kills.values())
        if failed == 0:
            planted(Import(), "rab", "an acknowledged import is lost")
            planted(Query(), "rab", "no intent")
    finally:
        all_off()
    print(f"power-loss: {kills} losses of power, {failed} failures", flush=True)


if __name__ == "__main__":
    main()
