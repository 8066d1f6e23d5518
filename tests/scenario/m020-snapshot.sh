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

# Each kind of damage: the node starts, refuses the file, says so, and finds what the store holds.
i=0; while [ $i -lt 120 ] && [ "$(last)" != index.saved ]; do sleep 0.5; i=$((i + 1)); done
stop_node bru
cp "$file" "$T/good.snapshot"
size=$(wc -c <"$file")
make_node rab RAB $((PORT_BASE + 1)) "Rabat service" && start_node rab && person rab amina analyst || exit 1
as amina record add --name "Somebody Else" --label "$T/label.json" $why >/dev/null
i=0; while [ $i -lt 120 ] && [ ! -s "$T/rab/store/index.snapshot" ]; do sleep 0.5; i=$((i + 1)); done
stop_node rab
flip() { # flip PLACE: another byte there
	byte=$(dd if="$file" bs=1 skip="$1" count=1 2>/dev/null | od -An -tu1)
	# shellcheck disable=SC2059
	printf "\\$(printf %03o $(((byte + 1) % 256)))" | dd of="$file" bs=1 seek="$1" conv=notrunc 2>/dev/null
}
refused() { # refused KIND: with the file as it now is.  Killed before it is saved again, so that the key stays
	was=$(grep -c '"event":"index.refused' "$log")
	start_node bru || { not_ok "$1: the node starts"; exit 1; }
	now=$(grep -c '"event":"index.refused' "$log")
	if [ "$now" -gt "$was" ] && [ "$(last)" = index.built ]; then ok "$1: refused, and built from the store"
	else out=$(grep index "$log" | tail -3); not_ok "$1: refused, and built from the store"; fi
	expect "$1: all is found" 0 "Zworbek Qulimandor" an search "Qulimandor Zworbek" $why
	stop_node bru KILL
	cp "$T/good.snapshot" "$file"
}
flip 3 && refused "another format"
flip 7 && refused "another version"
flip 12 && refused "a length that is not the file's"
flip 20 && refused "a changed nonce"
flip $((size / 2)) && refused "a changed section"
flip $((size - 1)) && refused "a changed tag"
truncate -s $((size - 1)) "$file" && refused "one byte too few"
truncate -s 8 "$file" && refused "nothing but a beginning"
: >"$file" && refused "an empty file"
printf x >>"$file" && refused "one byte too many"
cp "$T/rab/store/index.snapshot" "$file" && refused "another node's"
cp "$T/old.snapshot" "$file" && refused "one of before the last change"
start_node bru || exit 1
[ "$(last)" = index.loaded ] && ok "the whole one still opens" || { out=$(grep index "$log" | tail -3); not_ok "the whole one still opens"; }
expect "with all that it holds" 0 "Ottokar Brezinski" an search "Brezinski Ottokar" $why
grep -qF -e Qulimandor -e Brezinski "$log" && not_ok "no name is in the log" || ok "no name is in the log"
