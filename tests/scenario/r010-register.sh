#!/bin/sh
# The register of one node: records, imports of the real lists, dates, erasure.
. tests/scenario/lib.sh

label() { # label CODE [SUBJECT] [REVIEW] [EXPIRES]
	printf '{"originator":"%s","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2' "$1"
	[ -z "${2:-}" ] || printf ',"subject":"%s"' "$2"
	printf ',"review_at":"%s","expires_at":"%s"}' "${3:-2031-01-01}" "${4:-2033-01-01}"
}

make_node rab RAB "$PORT_BASE" "Rabat service" && start_node rab || exit 1
person rab amina analyst && person rab salma supervisor && person rab driss data-protection-officer &&
	person rab said supervisor || exit 1
label RAB suspect >"$T/full.label"
label RAB >"$T/none.label"

# one record at a time
expect "a record is added" 0 "version 1" amina record add --name "Karim Example" --name "كريم" \
	--birth 1980-02-29 --document passport:AB123:MA --label "$T/full.label" $why
id=$(printf '%s\n' "$out" | awk '{ print $1; exit }')
expect "and shown" 0 "AB123" amina record show "$id" $why
expect "without a reason it is refused" 1 "clause" amina record show "$id" --purpose terrorism --case C-1
expect "a statement of religion is refused by name" 2 "kind" amina record add --label "$T/full.label" $why - <<EOF
{"type":"person","statements":[{"kind":"religion","basis":"fact","value":"x"}]}
EOF
expect "a record without label is refused" 2 "label" amina record add --name "No Label" $why
expect "search finds it in Latin" 0 "$id" amina search "Karim Example" $why
as amina record show "$id" $why --json | python3 -c '
import json, sys
r = json.load(sys.stdin)["record"]
r["statements"].append({"kind": "sex", "basis": "assessment", "sex": "m"})
r["statements"][0]["value"] = "Karim Exemplary"
json.dump(r, sys.stdout)' >"$T/edit.json"
expect "a new version is made" 0 "version 2" amina record edit "$id" "$T/edit.json" --version 1 $why
expect "an old version cannot be edited" 1 "version 1 is not the last" amina record edit "$id" "$T/edit.json" --version 1 $why
expect "search finds the new name" 0 "$id" amina search "Karim Exemplary" $why
expect "the list shows it" 0 "Karim Exemplary" amina record list $why

# an import: all of it or nothing [REC-10]
"$ENTENTE" generate --count 2500 --seed 11 --originator RAB >"$T/a.jsonl"
expect "generated records are imported" 0 "2500 records" amina import --format jsonl --label "$T/full.label" $why "$T/a.jsonl"
expect "twice they are refused, whole" 1 "here or before" amina import --format jsonl --label "$T/full.label" $why "$T/a.jsonl"
{ "$ENTENTE" generate --count 1500 --seed 12 --script latin --originator RAB; echo '{"type":"person"}'; } >"$T/b.jsonl"
expect "a bad line names file, line and field" 2 "b.jsonl, line 1501: field 'statements'" amina import --format jsonl --label "$T/full.label" $why "$T/b.jsonl"
first=$("$ENTENTE" generate --count 1 --seed 12 --script latin --originator RAB | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])')
expect "and nothing of that file is there" 1 "no such record" amina record show "$first" $why
"$ENTENTE" generate --count 3 --seed 13 --script latin --simple --errors 0 >"$T/c.jsonl"
expect "without subject category: quarantine" 0 "3 in quarantine" amina import --format jsonl --label "$T/none.label" $why "$T/c.jsonl"
expect "which the list shows" 0 "quarantine" amina record list --state quarantine $why
as driss audit export --log node --out "$T/log" --purpose data-protection --case A-1 --reason inspection >/dev/null
cat >"$T/told.py" <<'PY'
import json, sys
for f in sys.argv[1:]:
    data = open(f, "rb").read()
    while data:
        size = int.from_bytes(data[:2], "big")
        e, data = json.loads(data[2:2 + size]), data[2 + size:]
        if e["event"] == "import":
            facts = e["facts"]
            print(e["phase"], e["result"], facts.get("records"), len(facts.get("root", "")), end="; ")
PY
told=$(find "$T/log/tile/entries" -type f | sort | xargs python3 "$T/told.py")
if [ "$told" = "done ok 2500 43; done EEXISTS None 0; done EFIELD None 0; done ok 3 43; " ]; then ok "one entry an import, with count and root"
else not_ok "one entry an import, with count and root: $told"; fi

# killed in the midst of one: start-up sweeps it
"$ENTENTE" generate --count 60000 --seed 14 --script latin --originator RAB >"$T/d.jsonl"
as amina import --format jsonl --label "$T/full.label" $why "$T/d.jsonl" >/dev/null 2>&1 &
sleep 0.7
stop_node rab KILL
wait
start_node rab || exit 1
first=$(head -1 "$T/d.jsonl" | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])')
run amina record show "$first" $why
if [ "$rc" = 1 ] && says "no such record"; then ok "an import that was killed leaves nothing"; else not_ok "an import that was killed leaves nothing"; fi
expect "what was there before is there still" 0 "Karim Exemplary" amina record show "$id" $why

# dates and erasure
soon=$(in_seconds 10)
later=$(in_seconds 20)
label RAB suspect "$soon" "$later" >"$T/soon.label"
expect "a record that soon expires" 0 "version 1" amina record add --name "Zoubida Passagere" --label "$T/soon.label" $why
gone=$(printf '%s\n' "$out" | awk '{ print $1; exit }')
expect "is found" 0 "$gone" amina search "Zoubida Passagere" $why
sleep_until "$soon"
expect "its review falls due" 0 "$gone" driss due
sleep_until "$later"
run amina search "Zoubida Passagere" $why
if says "$gone"; then not_ok "expired, search does not find it"; else ok "expired, search does not find it"; fi
expect "nor can it be shown" 1 "expired" amina record show "$gone" $why
wait_for 10 sh -c "ENTENTE_SESSION=$T/driss.session $ENTENTE due | grep -A9 '^expired' | grep -q $gone"
expect "it waits for its erasure" 0 "expired" driss due
dpo="--purpose data-protection --case D-1 --reason expired"
expect "one supervisor confirms" 0 "waits for" salma due confirm "$gone" $dpo
expect "the same person twice counts once" 1 "clause: erasure/two-persons" salma due confirm "$gone" $dpo
expect "the data-protection officer carries it out" 0 "erased" driss due confirm "$gone" $dpo
expect "a record that has not expired needs another ground" 1 "not expired" driss due confirm "$id" $dpo
expect "an erasure on request" 0 "waits for" driss erase "$id" --ground request $dpo
expect "by a second person" 0 "erased" said erase "$id" --ground request $dpo
run amina search "Karim Exemplary" $why
if says "$id"; then not_ok "search does not find the erased"; else ok "search does not find the erased"; fi

# the real lists
lists=${ENTENTE_DATA:-../shared/data}/lists
if [ -f "$lists/ofac-sdn.csv" ]; then
	expect "the OFAC list is imported" 0 "7379 records" amina import --format ofac-sdn --label "$T/none.label" $why "$lists/ofac-sdn.csv" "$lists/ofac-add.csv" "$lists/ofac-alt.csv"
	expect "and the UN list" 0 "1003 records" amina import --format un-sc --label "$T/none.label" $why "$lists/un-consolidated.xml"
else
	skip "the real lists are not there"
fi
