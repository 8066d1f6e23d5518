#!/bin/sh
# Search: an Arabic record from Latin spellings and the other way round, explained; quarantine marked; expired
# unseen; the index follows the register, and is there again after a restart.
. "$(dirname "$0")/lib.sh"
make_node bru BRU "$PORT_BASE" "Brussels service" && start_node bru && person bru an analyst ||
	{ not_ok "a node starts"; exit 1; }
label() { # label SUBJECT EXPIRES [REVIEW]
	printf '{"originator":"BRU","legal_basis":"test","handling":["H0"],"tlp":"AMBER","source":"B","information":2,"subject":"%s","review_at":"%s","expires_at":"%s"}' \
		"$1" "${3:-2029-01-01T00:00:00Z}" "$2" >"$T/label.json"
}
add() { # add NAME...: as in record add
	# shellcheck disable=SC2086
	run an record add --label "$T/label.json" $why "$@"; [ "$rc" = 0 ] || not_ok "record add"
}
label suspect 2030-01-01T00:00:00Z
add --name "عبد الرحمن بوزيان" --birth 1985-03-12 --document passport:AB123456:MA
add --name "Noureddine Cherkaoui" --birth 1970
add --name "Jan van den Berghe"

for name in "Abderrahmane Bouziane" "Abd al-Rahman Buziyan" "Abdul-Rahman Bouzian" "BOUZIANE, Abdoerrahman"; do
	expect "an Arabic record from '$name'" 0 "عبد الرحمن بوزيان" an search "$name" $why
	says strong || not_ok "'$name' is strong"
done
expect "a Latin record from Arabic" 0 "Noureddine Cherkaoui" an search "نور الدين الشرقاوي" $why
expect "joined words meet separate ones" 0 "Jan van den Berghe" an search "Jan Vandenberghe" $why
expect "each word is explained" 0 "the same across scripts" an search "Abderrahmane Bouziane" --explain $why
says "1 in " && ok "with its rarity" || not_ok "with its rarity"
expect "words that are left are told, with their rarity" 0 "karim  left of the query, 1 in " an search "Abderrahmane Bouziane Karim" --explain $why
expect "the date line says what was compared" 0 "birth date equal with day and month swapped: query 1985-12-03, record 1985-03-12" an search "Abderrahmane Bouziane" --birth 1985-12-03 --explain $why
expect "the document line too" 0 "document numbers differ: query XY1, record AB123456" an search "Abderrahmane Bouziane" --document XY1 --explain $why
expect "day and month swapped are seen" 0 "day and month swapped" an search "Abderrahmane Bouziane" --birth 1985-12-03 $why
expect "a document finds its holder" 0 "document number equal" an search --document "ab 123-456" $why
expect "another name than the document's is no strong match" 0 "review" an search "Jan Peeters" --document AB123456 $why
says strong && not_ok "a wrong name is strong" || ok "a wrong name is not strong"
expect "a birth date alone finds nothing" 2 "neither a name nor a document" an search --birth 1985-03-12 $why
run an search "Bouziane" $why; says strong && not_ok "a single name is strong" || ok "a single name is never strong"
expect "nobody of that name" 1 "nothing found" an search "Zebulon Quatermain" $why
expect "a read without a reason is refused by its clause" 1 "clause: reason" an search "Bouziane" --purpose terrorism --case C

printf '{"id":"q1","type":"person","names":["Quentin Quarantaine"]}\n' >"$T/rows.jsonl"
label uncategorised 2030-01-01T00:00:00Z
run an import --format jsonl --label "$T/label.json" "$T/rows.jsonl" $why
if [ "$rc" = 0 ]; then
	expect "a record in quarantine is seen, and marked" 0 "IN QUARANTINE" an search "Quentin Quarantaine" $why
else
	not_ok "an import into quarantine"
fi
soon=$(in_seconds 15)
label suspect "$soon" "$(in_seconds 14)"
add --name "Ephemere Passager"
expect "a record before its expiry" 0 "Ephemere Passager" an search "Ephemere Passager" $why
sleep_until "$soon"
expect "an expired record is not seen" 1 "nothing found" an search "Ephemere Passager" $why

stop_node bru; start_node bru || not_ok "the node starts again"
expect "the index is there after a restart" 0 "عبد الرحمن بوزيان" an search "Abderrahmane Bouziane" $why
grep -riqE "bouziane|بوزيان" "$T/bru/log" && not_ok "a query term or name in the log" || ok "no query term and no name in the log"
