# SPDX-License-Identifier: Apache-2.0
"""What the peers share: folded text, the register's files, and the conversation with the driver.

A peer is started with a folder that holds names_person.tsv and names_org.tsv (entity<TAB>folded name, a row a name) and
tells what it loaded in one line of JSON.  Then it takes lines METHOD<TAB>QUERIES<TAB>ANSWERS<TAB>SECONDS, asks the
first as many queries of that file as the seconds allow (0: all), writes query<TAB>rank<TAB>entity<TAB>score, ten
entities at most, and tells {"queries", "seconds", "cpu_s"}.  Loading, folding and writing are not in those seconds."""
import collections, json, pathlib, subprocess, sys, time

TYPES = ("person", "org")
TOP = 10
FOLDING = "::Any-Latin; ::NFD; ::[:Nonspacing Mark:] Remove; ::NFC; ::Latin-ASCII; ::Lower;"

Query = collections.namedtuple("Query", "id type name")


def fold(names):
    """Each name by ICU (uconv of icu-devtools); what is ASCII already is only lowered, which is the same."""
    names = [" ".join(n.replace("\\", " ").split()) for n in names]
    rest = [i for i, n in enumerate(names) if not n.isascii()]
    folded = [n.lower() for n in names]
    text = "".join(names[i] + "\n" for i in rest).encode()
    lines = subprocess.run(["uconv", "-f", "utf-8", "-t", "utf-8", "-x", FOLDING], input=text, check=True,
                           stdout=subprocess.PIPE).stdout.decode().split("\n")[:-1]
    if len(lines) != len(rest):
        sys.exit(f"fold: {len(rest)} names became {len(lines)} lines")
    for i, line in zip(rest, lines):
        folded[i] = " ".join(line.split())
    return folded


def register(folder):
    """{type: ([entity], [name])}"""
    out = {}
    for kind in TYPES:
        with open(pathlib.Path(folder) / f"names_{kind}.tsv", encoding="utf-8") as f:
            rows = [line.rstrip("\n").split("\t") for line in f]
        out[kind] = ([r[0] for r in rows], [r[1] for r in rows])
    return out


def read_queries(path):
    with open(path, encoding="utf-8") as f:
        return [Query(*line.rstrip("\n").split("\t")) for line in f]


def write_answers(path, answers):
    """answers: (query id, [(entity, score)]); an entity counts by its best name."""
    with open(path, "w", encoding="utf-8") as f:
        for query, hits in answers:
            best = {}
            for entity, score in hits:
                best[entity] = max(score, best.get(entity, score))
            ranked = sorted(best.items(), key=lambda h: -h[1])[:TOP]
            for rank, (entity, score) in enumerate(ranked, 1):
                print(query, rank, entity, f"{score:.6f}", sep="\t", file=f)


def one_by_one(search):
    """A method that asks query by query: search(type, name) -> [(entity, score)]."""
    def run(queries, seconds):
        answers, wall, cpu = [], time.monotonic(), time.process_time()
        for q in queries:
            answers.append((q.id, search(q.type, q.name)))
            if seconds and time.monotonic() - wall > seconds:
                break
        return answers, time.monotonic() - wall, time.process_time() - cpu
    return run


def serve(methods, loaded):
    print(json.dumps(loaded), flush=True)
    for line in sys.stdin:
        method, queries, out, seconds = line.rstrip("\n").split("\t")
        answers, wall, cpu = methods[method](read_queries(queries), float(seconds))
        write_answers(out, answers)
        print(json.dumps({"queries": len(answers), "seconds": wall, "cpu_s": cpu}), flush=True)
