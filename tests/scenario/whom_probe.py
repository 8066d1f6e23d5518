#!/usr/bin/env python3
"""For f030-whom-a-asked.sh.  Invented people, what to look for, and the memory of a process.

whom_probe people FOLDER SEED   200 people: FOLDER/list.jsonl for `ask --list`, FOLDER/list.tsv for hit-inputs
whom_probe needles FOLDER       FOLDER/needles, a text a line, from list.tsv and FOLDER/values (of hit-inputs)
whom_probe memory PID           writes what the process has in memory, and once more without its zero bytes
                                (text in UTF-16 becomes readable so)"""
import base64, json, pathlib, random, sys

LATIN = "bdfghjklmnprstvz", "aeiou"
ARABIC = "بتثجحخدذرزسشصضطظعغفقكلمنهي"
SHORTEST = 6  # a shorter text stands somewhere in any process by chance


def word(rng, arabic):
    if arabic:
        return "".join(rng.choice(ARABIC) for _ in range(8))
    return "".join(rng.choice(LATIN[i % 2]) for i in range(10)).capitalize()


def people(folder, seed):
    rng = random.Random(seed)
    with open(folder / "list.jsonl", "w") as asked, open(folder / "list.tsv", "w") as plain:
        for i in range(200):
            name = word(rng, i % 3 == 0) + " " + word(rng, i % 3 == 0)
            birth = f"{rng.randrange(1931, 2008)}-{rng.randrange(1, 13):02}-{rng.randrange(2, 29):02}"
            document = f"QX{rng.randrange(10**8, 10**9)}"
            asked.write(json.dumps({"name": name, "birth": birth, "document": document}) + "\n")
            plain.write(f"{name}\t{birth}\t{document}\n")


def in_base64(text):
    """The characters that text leaves in base64, whatever stands before and behind it."""
    raw = text.encode()
    for shift in range(3):
        body = base64.urlsafe_b64encode(b"\0" * shift + raw).rstrip(b"=")
        yield body[(0, 2, 3)[shift]:len(body) - 1]


def needles(folder):
    found = set()
    for line in (folder / "list.tsv").read_text().splitlines():
        name, birth, document = line.split("\t")
        texts = [name, birth, document, *name.split()]
        for t in texts + [t.upper() for t in texts] + [t.lower() for t in texts]:
            found.add(t.encode())
            found.add(t.encode("utf-16-le").replace(b"\0", b""))
        for t in texts:
            found.update(in_base64(t))
    for value in (folder / "values").read_text().splitlines():
        found.add(value.encode())  # the whole key
        found.add(value.split("|")[0].encode())  # its sounds, without the date
    found = {f for f in found if len(f) >= SHORTEST and b"\n" not in f}
    (folder / "needles").write_bytes(b"\n".join(sorted(found)) + b"\n")
    print(len(found))


def memory(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            low, high = (int(x, 16) for x in line.split()[0].split("-"))
            at = low
            while at < high:
                try:
                    mem.seek(at)
                    chunk = mem.read(min(high - at, 4 << 20))
                except (OSError, OverflowError):
                    break
                if not chunk:
                    break
                if chunk.strip(b"\0"):
                    sys.stdout.buffer.write(chunk + b"\n" + chunk.replace(b"\0", b"") + b"\n")
                at += len(chunk) if at + len(chunk) >= high else max(len(chunk) - 4096, 1)  # pieces overlap


if sys.argv[1] == "people":
    people(pathlib.Path(sys.argv[2]), sys.argv[3])
elif sys.argv[1] == "needles":
    needles(pathlib.Path(sys.argv[2]))
elif sys.argv[1] == "memory":
    memory(int(sys.argv[2]))
else:
    sys.exit(__doc__)
