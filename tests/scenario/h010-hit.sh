#!/bin/sh
# Private hit/no-hit between two nodes: keys of four classes, across scripts; quota on both sides; a
# partner that is killed; withdrawal; opening; and what the partner has seen of it afterwards: nothing.
. "$(dirname "$0")/lib.sh"

box=$(python3 -c 'import base64,os; print(base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("="))')
printf '[{"id":"A","quota":{"day":400,"epoch_persons":400,"epoch_days":30},"oversight":[{"party":"BRU","box_key":"%s"}]}]' \
	"$box" >"$T/annexes.json"
two_nodes "$T/annexes.json" || { not_ok "two nodes and an agreement"; exit 1; }
printf '{"originator":"RAB","legal_basis":"law","handling":["H1"],"tlp":"AMBER","source":"B","information":2,"subject":"suspect","review_at":"2029-01-01","expires_at":"2030-01-01"}' >"$T/label.json"
add() { run amina record add --label "$T/label.json" $why "$@"; [ "$rc" = 0 ] || not_ok "record add"; }
add --name "محمد العربي" --birth 1975-03-20
add --name "Karim Idrissi" --birth 1980-05-06 --document passport:AB123456:MA
add --name "Hicham Tazi" --birth 1959-11-12
gone=$(printf '%s\n' "$out" | awk '{ print $1; exit }')

built() { as salma filter status | grep -q "in force"; }
if wait_for 20 built; then ok "the filter is built when the agreement becomes active"
else not_ok "the filter is built when the agreement becomes active"; fi
expect "and anew on demand" 0 "3 records" salma filter build --agreement AGR-1
expect "a liaison officer builds none" 1 "role" rachid filter build --agreement AGR-1

ask() { anke_name=$1; shift; expect "$anke_name" 0 "$1" anke ask --partner RAB $why "$2" --birth "$3"; }
ask "an Arabic record from a Latin spelling: class 3" "class 3 of 4" "Mohammed El Arabi" 1975-03-20
ask "the name as written: class 2" "class 2 of 4" "karim IDRISSI" 1980-05-06
ask "day and month swapped: class 4" "class 4 of 4" "Karim Idrissi" 1980-06-05
expect "a document alone: class 1" 0 "class 1 of 4" anke ask --partner RAB $why --document "ab 123-456"
ask "no hit is no hit" "no hit" "Karim Idrissi" 1981-05-06
says "395 of 400 persons today" && ok "the quota is told in persons" || not_ok "the quota is told in persons"
expect "and shown by status" 0 "asked 5 of 400 persons today" anke filter status
expect "1 January gives no key" 2 "nothing to ask by" anke ask --partner RAB $why "Karim Idrissi" --birth 1980-01-01
expect "a purpose outside the annex" 1 "purposes" anke ask --partner RAB --purpose border --case C-1 --reason r "Karim Idrissi" --birth 1980-05-06
expect "without a reason" 1 "reason" anke ask --partner RAB --purpose terrorism --case C-1 "Karim Idrissi" --birth 1980-05-06

# the partner is killed and comes back: the question is answered, nothing is counted twice
stop_node rab KILL
expect "with the partner's node down the question fails, and says so" 3 "RAB" anke ask --partner RAB $why "Karim Idrissi" --birth 1980-05-06
start_node rab || not_ok "the partner comes back"
ask "and is answered when it is back; both are counted once" "393 of 400" "Nobody At All" 1970-02-03

# a hit is followed up: the request opens that one question
expect "a hit" 0 "reference" anke ask --partner RAB $why "Hicham Tazi" --birth 1959-11-12
hit=$(printf '%s\n' "$out" | awk '$1 == "query" { print $2 }')
# shellcheck disable=SC2086
expect "is followed up by a request" 0 "exchange" anke request --agreement AGR-1 --hit "$hit" --question "what is held" $assured $why
ref=$(printf '%s\n' "$out" | sed -n 's/.*exchange \([0-9a-f-]*\).*/\1/p')
came() { as rachid show "$ref" $why --json >"$T/shown" 2>/dev/null; }
wait_for 20 came
run rachid show "$ref" $why --json
if says '"checked": true' && says "$gone"; then ok "the partner checks the opening and finds the record"
else not_ok "the partner checks the opening and finds the record"; fi

# the oversight body of the asker
expect "a question is opened to oversight, sealed" 0 "sealed" bart query open "$hit" --for oversight --out "$T/opening" $why
if [ -s "$T/opening" ] && ! grep -q "Tazi" "$T/opening"; then ok "nobody else reads it"; else not_ok "nobody else reads it"; fi
expect "a liaison officer opens none" 1 "role" anke query open "$hit" --for oversight --out "$T/x" $why

# erased: withdrawn at once
run driss erase "$gone" --ground wrong $why
expect "a record is erased by two" 0 "" salma erase "$gone" --ground wrong $why
withdrawn() { as anke ask --partner RAB $why "Hicham Tazi" --birth 1959-11-12 | grep -q "no hit any more"; }
if wait_for 5 withdrawn; then ok "and hits no more"; else not_ok "and hits no more"; fi

# two hundred questions without a hit; then look for them at the partner's
python3 - "$T/list.jsonl" <<'PY'
import json, random, sys
syllables = "ba ki lu mo ner tas vi zor quel hast".split()
with open(sys.argv[1], "w") as f:
    for i in range(200):
        name = "Xq" + "".join(random.choice(syllables) for _ in range(4)).capitalize() + " Zw" + random.choice(syllables) + str(0)
        name = name.replace("0", "") + "ovq"
        f.write(json.dumps({"name": name.title(), "birth": "19%02d-%02d-%02d" % (random.randint(40, 99), random.randint(2, 12),
            random.randint(2, 28)), "document": "QX%08d" % random.randint(0, 99999999)}) + "\n")
PY
before=$(date +%s%N)
expect "two hundred persons are asked as a list" 0 "200 asked, 0 hits" anke ask --partner RAB --list "$T/list.jsonl" $why
after=$(date +%s%N)
echo "# $((200 * 1000000000 / (after - before))) persons a second by the clock"
python3 - "$T/list.jsonl" >"$T/patterns" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    p = json.loads(line)
    print(p["name"]); print(p["name"].lower()); print(p["document"])
    print(p["name"].split()[0])
PY
if grep -rlaF -f "$T/patterns" "$T/rab" >"$T/found"; then out=$(cat "$T/found"); not_ok "nothing of them is in the partner's files"
else ok "nothing of them is in the partner's files"; fi
if grep -rlaF -f "$T/patterns" "$T/bru" >"$T/found"; then out=$(cat "$T/found"); not_ok "nor, unsealed, in our own"
else ok "nor, unsealed, in our own"; fi
pid=$(node_pid rab)
if [ "$(id -u)" = 0 ]; then
	if python3 - "$T/patterns" "$pid" $(keeper_pid "$pid") <<'PY'
import sys
wanted = [l.strip().encode() for l in open(sys.argv[1])]
for pid in sys.argv[2:]:
    for line in open(f"/proc/{pid}/maps"):
        span, mode = line.split()[:2]
        if "r" not in mode or "[v" in line:
            continue
        a, b = (int(x, 16) for x in span.split("-"))
        try:
            with open(f"/proc/{pid}/mem", "rb") as m:
                m.seek(a)
                data = m.read(b - a)
        except (OSError, ValueError, OverflowError):
            continue
        for w in wanted:
            if w in data:
                sys.exit(f"found in {pid}")
PY
	then ok "nor in the partner's memory"; else not_ok "nor in the partner's memory"; fi
else
	skip "the partner's memory: not root"
fi

# the quota, to its end
python3 -c '
for i in range(400): print("{\"name\":\"Somebody %c%c\",\"birth\":\"1970-05-06\"}" % (97 + i % 26, 97 + i // 26))' >"$T/rest.jsonl"
used=$(as anke filter status | sed -n 's/.*theirs:.*asked \([0-9]*\) of 400 persons today.*/\1/p')
run anke ask --partner RAB --list "$T/rest.jsonl" $why
if [ "$rc" = 1 ] && says quota; then ok "more than is left is refused, by the clause quota"; else not_ok "more than is left is refused, by the clause quota"; fi
expect "without counting anything" 0 "asked $used of 400" anke filter status
expect "the channel can be suspended" 0 "" salma agreement suspend AGR-1
expect "and is closed at once" 1 "suspended" anke ask --partner RAB $why "Karim Idrissi" --birth 1980-05-06

# every message of it stands in both exchange logs, the killed, the repeated and the refused included
settled() {
	rm -rf "$T/xb" "$T/xr"
	as dirk audit export --log AGR-1 --out "$T/xb" $why >/dev/null && as driss audit export --log AGR-1 --out "$T/xr" $why >/dev/null || return 1
	out=$("$ENTENTE" audit reconcile "$T/xb" "$T/xr" 2>&1)
}
if wait_for 15 settled; then ok "both exchange logs reconcile"; else not_ok "both exchange logs reconcile"; fi
