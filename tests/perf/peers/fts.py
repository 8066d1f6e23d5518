#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SQLite FTS5 with its trigram tokenizer: any trigram of the question, the first 100 by bm25, ranked again by
Jaro-Winkler (rapidfuzz): of the names as they stand or of their words in order, whichever is higher, since lists
write the family name first or last.  usage: fts.py FOLDER

The database is a file, read through a cache that holds all of it.  The names of the candidates are at hand in memory."""
import pathlib, sqlite3, sys, time
import numpy as np
import rapidfuzz
from rapidfuzz import process, utils
from rapidfuzz.distance import JaroWinkler
import peer

CANDIDATES = 100


def load(folder, register):
    path = pathlib.Path(folder) / "fts.db"
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-4000000;")
    for kind, (_, texts) in register.items():
        db.execute(f"CREATE VIRTUAL TABLE {kind} USING fts5(name, tokenize='trigram')")
        db.executemany(f"INSERT INTO {kind}(rowid, name) VALUES(?, ?)", enumerate(texts))
        db.execute(f"INSERT INTO {kind}({kind}) VALUES('optimize')")
    db.commit()
    return db, path.stat().st_size


def forms(name):
    plain = utils.default_process(name)
    return plain, " ".join(sorted(plain.split()))


def main(folder):
    t0 = time.monotonic()
    register = peer.register(folder)
    db, size = load(folder, register)
    names = {k: [forms(n) for n in v[1]] for k, v in register.items()}
    ask = {k: f"SELECT rowid FROM {k} WHERE {k} MATCH ? ORDER BY rank LIMIT {CANDIDATES}" for k in peer.TYPES}

    def search(kind, name):
        grams = dict.fromkeys(name[i:i + 3].replace('"', '""') for i in range(len(name) - 2))
        if not grams:
            return []
        found = [row for (row,) in db.execute(ask[kind], (" OR ".join(f'"{g}"' for g in grams),))]
        if not found:
            return []
        likeness = np.maximum(*(
            process.cdist([form], [names[kind][i][which] for i in found], scorer=JaroWinkler.normalized_similarity)[0]
            for which, form in enumerate(forms(name))))
        return [(register[kind][0][found[i]], float(likeness[i]))
                for i in np.argsort(-likeness, kind="stable")[:3 * peer.TOP]]

    peer.serve({"fts5_jw": peer.one_by_one(search)},
               {"version": f"SQLite {sqlite3.sqlite_version}, rapidfuzz {rapidfuzz.__version__}",
                "names": sum(map(len, names.values())), "build_s": time.monotonic() - t0, "bytes": {"fts5_jw": size}})


main(sys.argv[1])
