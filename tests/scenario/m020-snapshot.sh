#!/bin/sh
# The index's snapshot: written when the register is still, sealed, read at the next start; worthless once the
# register changes; a damaged one is refused and the index built from the store.
. "$(dirname "$0")/lib.sh"
make_node bru BRU "$PORT_BASE" "Brussels service" && start_node bru && person bru an analyst ||
	{ not_ok "a node starts"; exit 1; }
file=$T/bru/store/index.snapshot log=$T/bru/log/node.log
printf '{"originator":"BRU","legal_basis":"test","handling":["H0"],"tlp":"AMBER","source":"B","information":2,"subject":"suspect","review_at":"2030-01-01","expires_at":"2032-01-01"}' >"$T/label.json"
"$ENTENTE" generate --count 3000 --seed 21 --originator BRU >"$T/a.jsonl"
expect "records are imported" 0 "3000 records" an import --format jsonl --label "$T/label.json" $why "$T/a.jsonl"
expect "and one added" 0 "version 1" an record add --name "Zworbek Qulimandor" --label "$T/label.json" $why
last() { grep -o '"event":"index\.[a-z]*' "$log" | tail -1 | sed 's/.*"//'; }
restart() { stop_node bru; start_node bru || { not_ok "the node starts again"; exit 1; }; }

i=0; while [ $i -lt 60 ] && [ ! -s "$file" ]; do sleep 0.5; i=$((i + 1)); done
check "a still register is saved" test -s "$file"
grep -qaF -e Qulimandor -e qulimandor "$file" && not_ok "no name stands in it" || ok "no name stands in it"
restart
[ "$(last)" = index.loaded ] && ok "the next start reads it" || { out=$(grep index "$log"); not_ok "the next start reads it"; }
expect "and finds what it held" 0 "Zworbek Qulimandor" an search "Qulimandor Zworbek" $why

expect "a change of the register" 0 "version 1" an record add --name "Ottokar Brezinski" --label "$T/label.json" $why
cp "$file" "$T/old.snapshot"
stop_node bru KILL
cp "$T/old.snapshot" "$file"
start_node bru || exit 1
[ "$(last)" = index.built ] && ok "makes the snapshot worthless" || { out=$(grep index "$log"); not_ok "makes the snapshot worthless"; }
expect "and nothing is missed" 0 "Ottokar Brezinski" an search "Brezinski Ottokar" $why

i=0; while [ $i -lt 60 ] && [ "$(last)" != index.saved ]; do sleep 0.5; i=$((i + 1)); done
[ "$(last)" = index.saved ] && ok "it is saved again" || { out=$(grep index "$log"); not_ok "it is saved again"; }
stop_node bru
printf 'X' | dd of="$file" bs=1 seek=5000 conv=notrunc 2>/dev/null
start_node bru || exit 1
grep -q '"event":"index.refused' "$log" && ok "a damaged one is refused" || { out=$(grep index "$log"); not_ok "a damaged one is refused"; }
[ "$(last)" = index.built ] && ok "and the index is built from the store" || not_ok "and the index is built from the store"
expect "with all that it holds" 0 "Zworbek Qulimandor" an search "Qulimandor Zworbek" $why
grep -qF -e Qulimandor -e Brezinski "$log" && not_ok "no name is in the log" || ok "no name is in the log"
