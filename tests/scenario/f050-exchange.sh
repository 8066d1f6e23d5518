#!/bin/sh
# A request and its clarification, answer, refusal; due times, receipts; onward; the link cut and restored.
. "$(dirname "$0")/lib.sh"
printf '[{"id":"A","deadlines":{"normal_d":4}}]' >"$T/annexes.json" # the other classes: as they are by default
two_nodes "$T/annexes.json" || { not_ok "two nodes with an agreement"; exit 1; }
printf '{"originator":"RAB","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2,"subject":"suspect","review_at":"2031-01-01","expires_at":"2033-01-01"}' >"$T/full.label"
run amina record add --name "Karim Idrissi" --birth 1980-05-06 --document passport:AB123456:MA --nationality MA --label "$T/full.label" $why --json
record=$(field id)
send="--agreement AGR-1 $why --handling H1 --evaluation B2 $assured"
state_is() { as "$1" inbox $why --all --json | python3 -c '
import json, sys
for x in json.load(sys.stdin)["exchanges"]:
    if x["ref"] == sys.argv[1]: print(x["state"])' "$2" | grep -qx "$3"; }
due_of() { as "$1" inbox $why --all --json | python3 -c '
import json, sys
from datetime import datetime
for x in json.load(sys.stdin)["exchanges"]:
    if x["ref"] == sys.argv[1]:
        t = datetime.fromisoformat(x["due"].replace("Z", "+00:00"))
        print(round((t - datetime.now(t.tzinfo)).total_seconds() / 3600))' "$2"; }

# who may, and with what
expect "an analyst sends no request" 1 "clause: role" an request $send --question "Identity?"
expect "a request without its assurances is refused by their clause" 1 "clause: AGR-1/annex A/commitments/no-torture" anke request --agreement AGR-1 $why --handling H1 --evaluation B2 --question "Identity?"
expect "nor for a purpose outside the annex" 1 "clause: AGR-1/annex A/purposes" anke request --agreement AGR-1 --purpose border --case C --reason R --handling H1 --evaluation B2 $assured --question "Identity?"
expect "an urgency that is none is refused" 2 "urgency" anke request $send --urgency soon --question "Identity?"

# urgency classes and their due times, the same on both sides
for c in urgent:8 hit:48 normal:96 long:168; do
	class=${c%:*} hours=${c#*:}
	run anke request $send --urgency "$class" --question "Identity of Karim Idrissi" --json
	ref=$(field ref); eval "$class=$ref"
	check "the $class request comes" wait_for 20 state_is rachid "$ref" open
	check "its receipt goes back" wait_for 20 state_is anke "$ref" open
	there=$(due_of rachid "$ref") here=$(due_of anke "$ref")
	[ "$there" = "$hours" ] && [ "$here" = "$hours" ] && ok "due in $hours hours, on both sides" || not_ok "due in $hours hours, on both sides ($there, $here)"
done

# request, clarify, answer in part
ref=$urgent
sed 's/"RAB"/"BRU"/' "$T/full.label" >"$T/bru.label"
run an record add --name "Karim Idrissi" --label "$T/bru.label" $why --json; own=$(field id)
expect "the asker does not answer its own request" 1 "this request is our own; RAB answers it" anke answer "$ref" $why --record "$own" --handling H1 --evaluation B2 $assured
expect "the asked side asks back" 0 "entry" rachid clarify "$ref" $why --text "Which offence?"
check "the clock stops on both sides" wait_for 20 state_is anke "$ref" clarifying
expect "a second question meanwhile is refused" 1 "a clarify makes no sense while the exchange is clarifying" rachid clarify "$ref" $why --text "And where?"
expect "the asker clarifies" 0 "entry" anke clarify "$ref" $why --text "Financing"
check "and the clock runs on" wait_for 20 state_is rachid "$ref" open
expect "an unknown ground is refused" 2 "ground" rachid answer "$ref" $why --record "$record" --refused "address=because" --handling H1 --evaluation B2 $assured
half_year=$(date -u -d "+180 days" +%Y-%m-%d)
expect "an answer in part: H1, B2, kept for half a year, one part refused with its ground" 0 "entry" rachid answer "$ref" $why \
	--record "$record:name,birth,document" --refused "address=human-rights" --handling H1 --evaluation B2 --retain-until "$half_year" $assured
got() { as anke show "$ref" $why --json | grep -q '"kind": *"answer"'; }
check "it comes" wait_for 20 got
expect "with its grade and its coded ground" 0 "human-rights" anke show "$ref" $why --json
for t in '"H1"' '"B2"' "$half_year" 'AB123456' 'Idrissi'; do says "$t" && ok "the answer has $t" || not_ok "the answer has $t"; done
says nationality && not_ok "what was not disclosed did not travel" || ok "what was not disclosed did not travel"
check "the exchange is answered on both sides" wait_for 20 state_is rachid "$ref" answered
expect "an answer after that is refused" 1 "makes no sense while the exchange is answered" rachid answer "$ref" $why --record "$record" --handling H1 --evaluation B2 $assured

# a refusal
expect "a request is refused for human rights" 0 "entry" rachid refuse "$normal" $why --ground human-rights --text "we cannot"
check "and the asker learns of it" wait_for 20 state_is anke "$normal" refused
expect "with the ground's code" 0 "human-rights" anke show "$normal" $why

# an answer that may be kept for a moment: it is erased when the nodes are up again, below
expect "another is answered, to be kept for some seconds" 0 "entry" rachid answer "$hit" $why --record "$record:name" --handling H1 --evaluation B2 \
	--retain-until "$(in_seconds 20)" $assured
got_hit() { run anke show "$hit" $why --json && says '"records"'; }
check "that comes, too" wait_for 10 got_hit

# onward
expect "the label refuses forwarding to a third service, by its clause" 1 "clause: AGR-1/annex A/onward" anke forward "$urgent" --record "$record" --to SEN $assured $why
run anke permit ask "$urgent" --record "$record" --to SEN $why --json; permit=$(field ref)
asked() { as salma inbox $why --json | grep -q "$permit"; }
check "the originator is asked for one recipient" wait_for 20 asked
expect "and reads who asks, for whom and why, before it decides" 0 "reason: scenario" salma show "$permit" $why
for t in "permission $permit" "pass record $record to SEN" "asked by BRU" "by: anke"; do says "$t" && ok "it shows: $t" || not_ok "it shows: $t"; done
expect "and permits it" 0 "" salma permit grant "$permit" $why
may() { as anke forward "$urgent" --record "$record" --to SEN --out "$T/sen.json" $assured $why; }
check "the record goes to that one" wait_for 20 may
grep -q "$record" "$T/sen.json" 2>/dev/null || [ -s "$T/sen.json" ] && ok "as a packet to deliver" || not_ok "as a packet to deliver"
told() { run rachid show "$permit" $why && says "forwarded" && says "granted"; }
check "of which the originator is told" wait_for 20 told
expect "the asker reads the same" 0 "granted" anke show "$permit" $why
expect "and to no other" 1 "clause: AGR-1/annex A/onward" anke forward "$urgent" --record "$record" --to MLI $assured $why
run anke permit ask "$urgent" --record "$record" --to MLI $why --json; permit=$(field ref)
check "a second recipient is asked for" wait_for 20 asked
expect "and denied" 0 "" salma permit deny "$permit" --ground owner-refuses $why
sleep 3
expect "then it is refused still" 1 "clause: AGR-1/annex A/onward" anke forward "$urgent" --record "$record" --to MLI $assured $why

# the link cut, both ways, and restored
ask_cut() { expect "request $1 is taken while the partner is away" 0 "entry" anke request $send --question "cut $1"; }
count_open() { [ "$(as rachid inbox $why --json | python3 -c 'import json,sys; print(sum(x["state"] == "open" for x in json.load(sys.stdin)["exchanges"]))')" = "$1" ]; }
check "one exchange is open" count_open 1
stop_node rab KILL
ask_cut 1; ask_cut 2
stop_node bru KILL; start_node bru
ask_cut 3
unreached() { run bart status "$T/bru" && says "AGR-1 with RAB" && says "failed tries" && says "3 not yet pulled"; }
check "status tells that the partner is not reached, and that three entries wait" wait_for 20 unreached
down() { [ "$(as bart status "$T/bru" --json | python3 -c 'import json,sys; f=json.load(sys.stdin)["feeds"][0]; print(f["partner"], f["lag"], f["failures"] > 0)')" = "RAB 3 True" ]; }
check "the same in its JSON" down
start_node rab
check "all three come" wait_for 60 count_open 4
reached() { run bart status "$T/bru" && ! says "failed tries" && says " 0 not yet pulled"; }
check "status tells that it is reached again and nothing waits" wait_for 30 reached
stop_node bru; start_node bru; sleep 3
check "and none twice, after another restart" count_open 4
stop_node bru
expect "the other side works on, too" 0 "entry" rachid refuse "$long" $why --ground not-available
start_node bru
check "and that comes" wait_for 60 state_is anke "$long" refused

over() { run anke show "$hit" $why --json && says '"erased": true' && ! says '"records"' && says '"kind": "answer"'; }
check "what was to be kept for some seconds is erased, what was signed of it is not" wait_for 70 over
expect "what may be kept is there" 0 "Idrissi" anke show "$urgent" $why --json

# both logs tell of the same
even() {
	rm -rf "$T/x"; mkdir "$T/x"
	as dirk audit export --log AGR-1 --out "$T/x/bru" >/dev/null && as driss audit export --log AGR-1 --out "$T/x/rab" >/dev/null &&
		out=$("$ENTENTE" audit reconcile "$T/x/bru" "$T/x/rab") && says "0 differences"
}
check "both exchange logs reconcile, without a difference" wait_for 20 even
