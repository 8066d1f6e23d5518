# SPDX-License-Identifier: Apache-2.0
"""The figures of make bench-match: collected, printed one JSON line each, and laid out in tables."""
import collections, json, statistics, subprocess, sys

POOLED = {"dev": "persons", "mb-dev": "mb_persons"}
SHOWN = ["persons", "persons_stress", "ofac_alias_person_variant", "ofac_alias_org", "un_alias_person", "eu_alias_person",
         "un_arabic_person", "eu_arabic_person", "eu_cyrillic_person", "mb_arabic_person", "mb_variant_person",
         "mb_initials_person"]


def per_second(figures, key="cpu_s"):
    return figures["queries"] / max(figures[key], 1e-6)


def rate(figures):
    v = per_second(figures)
    return f"{v:.0f}" if v >= 100 else f"{v:.2f}"


def put(name, value, unit):
    print(json.dumps({"bench": name, "value": value, "unit": unit}, separators=(",", ":")), flush=True)


class Figures:
    def __init__(self):
        self.rounds = collections.defaultdict(lambda: collections.defaultdict(list))  # size, method: registers' rounds
        self.sets = collections.defaultdict(dict)  # (figure, set): {method: value}
        self.lines, self.versions, self.index, self.right = [], set(), {}, {}

    def speed(self, size, got, bench):
        """got: {method: [figures of a round]}; the rounds of several registers are added up."""
        for method, rounds in got.items():
            self.rounds[size][method].append(rounds)
        self.index[size] = bench.entente.loaded
        for p in bench.peers:
            self.versions.update(p.loaded["version"].split(", "))
            for m, size_of in p.loaded.get("bytes", {}).items():
                self.index[size, m] = size_of / max(p.loaded["names"], 1)

    def quality(self, method, data, name, run, negatives):
        """What the set's own score.py says of a run."""
        def score(against):
            out = run.with_suffix(".json")
            subprocess.run([sys.executable, data / "score.py", data / name / "queries.tsv", run, f"--neg={against}",
                            f"--json={out}"], check=True, stdout=subprocess.DEVNULL)
            return json.loads(out.read_text())
        scored = score(negatives)
        for key, v in scored.items():
            if "r1" in v:
                at = POOLED[name] if key == "_pooled_person" else key.replace(":", "_")
                self.sets["recall1", at][method] = v["r1"]
                if name == "dev":
                    self.sets["recall_fpr001", at][method] = v["r_fpr01"]
                else:  # 875 negatives bear the 1 % figure only
                    self.sets["recall_fpr01", at][method] = v["r_fpr1"]
        if name == "dev":
            stress = score(negatives + ",neg_recomb")["_pooled_person"]
            self.sets["recall_fpr001", "persons_stress"][method] = stress["r_fpr01"]

    def alias(self, size, method, rows, answers):
        """recall@1 of OFAC's aliases in a large register: as many as the method got through.  Entente comes first, so
        that the share it finds of the very same ones can be told."""
        first = {}
        with open(answers, encoding="utf-8") as f:
            for query, rank, entity, _ in (line.rstrip("\n").split("\t") for line in f):
                if rank == "1":
                    first[query] = entity
        right = {r["query_id"] for r in rows if first.get(r["query_id"]) in r["truth"].split(",")}
        if method == "entente":
            self.right[size] = right
        if rows:
            self.sets["recall1", f"ofac_alias_person+{size}"][method] = len(right) / len(rows)
            same = sum(r["query_id"] in self.right[size] for r in rows)
            self.lines.append(f"ofac_alias_person+{size}: {method} {len(right)} of {len(rows)}, entente {same} of these")

    def speed_of(self, size, method):
        """(queries a CPU second, queries a second by the clock, Entente beside it over this), medians of rounds."""
        cpu, wall, ratio = [], [], []
        for parts in zip(*self.rounds[size][method]):
            def total(key, of=lambda p: p):
                return sum(of(p)[key] for p in parts)
            cpu.append(total("queries") / max(total("cpu_s"), 1e-6))
            wall.append(total("queries") / max(total("seconds"), 1e-6))
            beside = total("queries", lambda p: p["beside"]) / max(total("cpu_s", lambda p: p["beside"]), 1e-6)
            ratio.append(beside / cpu[-1] if cpu[-1] else 0)
        return [statistics.median(v) for v in (cpu, wall, ratio)]

    def put_all(self):
        for size, methods in self.rounds.items():
            for m in methods:
                cpu, _, ratio = self.speed_of(size, m)
                put(f"match.qps.{m}.{size}", round(cpu, 2), "queries/s")
                if m != "entente":
                    put(f"match.ratio.{m}.{size}", round(ratio, 2), "x")
            own = [p for rounds in methods["entente"] for p in rounds]
            put(f"match.p99.entente.{size}", statistics.median(p["p99_us"] for p in own), "us")
            put(f"match.p99_cpu.entente.{size}", statistics.median(p["p99_cpu_us"] for p in own), "us")
            put(f"match.bytes_per_name.{size}", round(self.index[size]["index_bytes"] / self.index[size]["names"], 1), "bytes")
        if large := [s for s in ("1m", "10m", "100k", "5k") if s in self.rounds]:
            own = self.index[large[0]]
            put("match.bytes_per_name", round(own["index_bytes"] / own["names"], 1), "bytes")
        for (figure, name), by in self.sets.items():
            for m, v in by.items():
                put(f"match.{figure}.{m}.{name}", round(v, 4), "share")

    def table(self):
        yield f"Versions: {', '.join(sorted(self.versions))}."
        yield ""
        sizes = list(self.rounds)
        methods = list(dict.fromkeys(m for s in sizes for m in self.rounds[s]))
        yield "Queries a second of one core's CPU time (by the clock); x: Entente beside it in the same minute; B: index bytes a name"
        yield ""
        yield "| method | " + " | ".join(sizes) + " |"
        yield "|---" * (len(sizes) + 1) + "|"
        for m in methods:
            cells = []
            for s in sizes:
                cpu, wall, ratio = self.speed_of(s, m) if m in self.rounds[s] else (0, 0, 0)
                size = self.index[s]["index_bytes"] / self.index[s]["names"] if m == "entente" else self.index.get((s, m))
                cells.append(f"{cpu:,.{0 if cpu >= 100 else 2}f} ({wall:,.{0 if wall >= 100 else 2}f})"
                             + (f" x{ratio:,.{0 if ratio >= 20 else 1}f}" if m != "entente" else "")
                             + (f" {size:.0f} B" if size else ""))
            yield f"| {m} | " + " | ".join(cells) + " |"
        yield ""
        yield from self.quality_table(methods)
        yield from self.lines

    def quality_table(self, methods):
        sets = [s for s in SHOWN if any(k[1] == s for k in self.sets)]
        sets += sorted({k[1] for k in self.sets if "+" in k[1]})
        if not sets:
            return
        yield "recall@1 / recall at 0.1 % false positives (mb: at 1 %)"
        yield ""
        yield "| set | " + " | ".join(methods) + " |"
        yield "|---" * (len(methods) + 1) + "|"
        for s in sets:
            def cell(m):
                v = [self.sets[f, s].get(m) for f in ("recall1", "recall_fpr001", "recall_fpr01")]
                return " / ".join(f"{x:.3f}" for x in v if x is not None) or "-"
            yield f"| {s} | " + " | ".join(cell(m) for m in methods) + " |"
        yield ""

    def write(self, path):
        self.put_all()
        text = "\n".join(self.table()) + "\n"
        path.write_text(text, encoding="utf-8")
        print(text, file=sys.stderr)
