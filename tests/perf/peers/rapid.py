#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rapidfuzz: every name of the type is compared.  usage: rapid.py FOLDER

token_sort       fuzz.token_sort_ratio, one question at a time
token_sort_bulk  the same scores, up to 64 questions at once (cdist compares several names in one vector register):
                 for screening lists, where nobody waits for one answer
wratio           fuzz.WRatio, one question at a time

Punctuation goes first (utils.default_process), as the library's documentation advises.  The words of the register are
sorted once, at load, and fuzz.ratio of sorted words is token_sort_ratio to the last digit; so that is its fastest form.
cdist is faster here than process.extract, for one question too."""
import sys, time
import numpy as np
import rapidfuzz
from rapidfuzz import fuzz, process, utils
import peer


def sorted_words(name):
    return " ".join(sorted(name.split()))


def best(row, n):
    """Indices of the n highest scores, the first in the register among equals."""
    least, idx = float(row.max()) if len(row) else 0.0, ()
    while len(row) and len(idx) < n and least > 0:
        least -= 10
        idx = np.flatnonzero(row >= least)
    return sorted(idx, key=lambda i: (-row[i], i))[:n] if len(idx) < 1000 else \
        idx[np.argsort(-row[idx], kind="stable")[:n]]


def main(folder):
    t0 = time.monotonic()
    reg = peer.register(folder)
    names = {k: [utils.default_process(n) for n in v[1]] for k, v in reg.items()}
    words = {k: [sorted_words(n) for n in v] for k, v in names.items()}

    def hits(kind, row):
        return [(reg[kind][0][i], float(row[i])) for i in best(row, peer.TOP)]

    def token_sort(kind, name):
        q = sorted_words(utils.default_process(name))
        return hits(kind, process.cdist([q], words[kind], scorer=fuzz.ratio, dtype=np.float32)[0])

    def wratio(kind, name):
        q = utils.default_process(name)
        return hits(kind, process.cdist([q], names[kind], scorer=fuzz.WRatio, dtype=np.float32)[0])

    def bulk(queries, seconds):
        answers, wall, cpu = [], time.monotonic(), time.process_time()
        at_once = max(1, min(64, (1 << 26) // (len(words["person"]) + 1)))
        by = [[q for q in queries if q.type == kind] for kind in peer.TYPES]
        for part in (ask[i:i + at_once] for ask in by for i in range(0, len(ask), at_once)):
            kind = part[0].type
            asked = [sorted_words(utils.default_process(q.name)) for q in part]
            rows = process.cdist(asked, words[kind], scorer=fuzz.ratio, dtype=np.float32)
            answers += [(q.id, hits(kind, row)) for q, row in zip(part, rows)]
            if seconds and time.monotonic() - wall > seconds:
                break
        return answers, time.monotonic() - wall, time.process_time() - cpu

    peer.serve({"token_sort": peer.one_by_one(token_sort), "token_sort_bulk": bulk, "wratio": peer.one_by_one(wratio)},
               {"version": f"rapidfuzz {rapidfuzz.__version__}", "names": sum(len(v) for v in names.values()),
                "build_s": time.monotonic() - t0})


main(sys.argv[1])
