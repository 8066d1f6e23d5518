#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SQLite FTS5 with its trigram tokenizer: any trigram of the question, the first 100 by bm25, ranked again by
Jaro-Winkler (rapidfuzz).  usage: fts.py FOLDER

The database is a file, read through a cache that holds all of it."""
import pathlib, sqlite3, sys, time
import rapidfuzz
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
import peer

CANDIDATES = 100


def load(folder):
    path = pathlib.Path(folder) / "fts.db"
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-4000000;")
    names = 0
    for kind, (entities, texts) in peer.register(folder).items():
        db.execute(f"CREATE VIRTUAL TABLE {kind} USING fts5(name, entity UNINDEXED, tokenize='trigram')")
        db.executemany(f"INSERT INTO {kind}(entity, name) VALUES(?, ?)", zip(entities, texts))
        db.execute(f"INSERT INTO {kind}({kind}) VALUES('optimize')")
        names += len(texts)
    db.commit()
    return db, names, path.stat().st_size


def main(folder):
    t0 = time.monotonic()
    db, names, size = load(folder)
    ask = {k: f"SELECT entity, name FROM {k} WHERE {k} MATCH ? ORDER BY rank LIMIT {CANDIDATES}" for k in peer.TYPES}

    def search(kind, name):
        grams = dict.fromkeys(name[i:i + 3].replace('"', '""') for i in range(len(name) - 2))
        if not grams:
            return []
        found = db.execute(ask[kind], (" OR ".join(f'"{g}"' for g in grams),)).fetchall()
        scored = process.extract(name, [n for _, n in found], scorer=JaroWinkler.normalized_similarity, limit=3 * peer.TOP)
        return [(found[i][0], score) for _, score, i in scored]

    peer.serve({"fts5_jw": peer.one_by_one(search)},
               {"version": f"SQLite {sqlite3.sqlite_version}, rapidfuzz {rapidfuzz.__version__}", "names": names,
                "build_s": time.monotonic() - t0, "bytes": {"fts5_jw": size}})


main(sys.argv[1])
