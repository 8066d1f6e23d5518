#!/bin/sh
# A partner whose node sends what it must not, seen from the honest one: each forged, dropped or replayed entry
# of the feed is refused by its clause, leaves nothing behind but its refusal in the log, and loses nothing
# [EXC-6] [EXC-14] [EXC-15].
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rogue.sh"
rogue_nodes || { not_ok "two nodes with an agreement, and somebody on the wire"; exit 1; }
sent=0
request() { as anke request --agreement AGR-1 $why $assured --handling H1 --evaluation B2 --question "Identity?" >/dev/null && sent=$((sent + 1)); }
held() { as rachid inbox $why --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["exchanges"]))'; }
holds() { [ "$(held)" = "$1" ]; }
n=0
# forged NAME TEXT RULE...: BRU sends a request while the rule is on; RAB refuses what it gets, and says why
forged() {
	f_name=$1 f_text=$2; shift 2
	rule "$@"; n=$((n + 1))
	request || not_ok "a request to be forged"
	refused() { grep -aF -e '"feed.refused"' "$T/rab/log/node.log" | tail -n +"$n" | grep -qF -e "$f_text"; }
	if wait_for 10 refused; then ok "$f_name"
	else out=$(grep -a '"feed.refused"\|"exchange.contact"' "$T/rab/log/node.log" | tail -3); not_ok "$f_name"; fi
	holds 1 || { not_ok "$f_name: and nothing of it comes in"; exit 1; }
}

request
check "an honest request passes the wire" wait_for 20 holds 1
forged "a purpose that the annex does not admit is refused by its clause" "clause=AGR-1/annex A/purposes" entry purpose '"border"'
forged "an annex that the agreement does not have is refused by its clause" "clause=AGR-1/annex " entry annex '"Z"'
forged "a request without its assurances is refused by the first one's clause" "clause=AGR-1/annex A/commitments/" entry assurances '[]'
forged "an urgency that is none is refused" "field 'urgency'" entry urgency '"soon"'
forged "a claim that no request has is refused" "field 'weight'" entry weight '1'
forged "an entry changed under its old signature is refused" "state=ESIG" entry-unsigned urgency '"urgent"'
forged "an entry of another agreement is refused" "another agreement" entry agreement '"AGR-2"'
forged "an entry that follows another than the last is refused" "state=ESEQ" entry prev '"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"'
forged "entries with one left out are refused" "state=ESEQ" skip
forged "an old entry, sent again, is refused" "state=ESEQ" old
holds 1 && ok "none of these came in" || not_ok "none of these came in"

rule pass
request
check "what the honest node has signed comes, all of it, and the feed goes on" wait_for 20 holds "$sent"
sleep 1
holds "$sent" && ok "nothing came twice" || not_ok "nothing came twice"

# answers: BRU refuses what RAB's node lets out beyond the annex
printf '{"originator":"RAB","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2,"subject":"suspect","review_at":"2031-01-01","expires_at":"2033-01-01"}' >"$T/label"
run amina record add --name "Karim Idrissi" --birth 1980-05-06 --label "$T/label" $why --json; record=$(field id)
asked() { as rachid inbox $why --json | grep -qF -e "$ref"; }
answered() { as anke show "$ref" $why --json | grep -q '"kind": *"answer"'; }
# over_shared NAME CLAUSE RULE...: RAB answers while the rule is on; BRU refuses it, and gets the honest answer when it is off
over_shared() {
	o_name=$1 o_clause=$2; shift 2
	run anke request --agreement AGR-1 $why $assured --handling H1 --evaluation B2 --question "Identity?" --json; ref=$(field ref)
	wait_for 20 asked || not_ok "a request to be answered"
	rule "$@"
	expect "RAB answers" 0 "entry" rachid answer "$ref" $why --record "$record" --handling H1 --evaluation B2 $assured
	refused() { grep -aF -e '"feed.refused"' "$T/bru/log/node.log" | grep -qF -e "clause=AGR-1/annex A/$o_clause"; }
	if wait_for 20 refused; then ok "$o_name"; else out=$(tail -3 "$T/bru/log/node.log"); not_ok "$o_name"; fi
	answered && not_ok "and nothing of it comes in" || ok "and nothing of it comes in"
	rule pass
	check "what RAB's node had signed comes" wait_for 40 answered
}
over_shared "an answer above the annex's TLP is refused by its clause" handling label tlp '"RED"'
over_shared "an answer with a statement that may not leave is refused by its clause" fields disclose '{"kind":"remark","basis":"fact","text":"seen","quoted":true,"flagged":true}'
log_of dirk bru
for r in '"result":"EREFUSED","clause":"AGR-1/annex A/handling"' '"result":"EREFUSED","clause":"AGR-1/annex A/fields"'; do
	[ "$(entries bru | grep -a '"event":"feed.received"' | grep -acF -e "$r")" = 1 ] && ok "BRU's log tells once of a refusal with $r" || not_ok "BRU's log tells once of a refusal with $r"
done
log_of driss rab
for r in '"result":"EREFUSED","clause":"AGR-1/annex A/purposes"' '"result":"EREFUSED","clause":"AGR-1/annex"' '"result":"EFIELD"' '"result":"ESIG"' '"result":"ESEQ"'; do
	entries rab | grep -a '"event":"feed.received"' | grep -aqF -e "$r" && ok "RAB's log tells of a refusal with $r" || not_ok "RAB's log tells of a refusal with $r"
done
even() {
	rm -rf "$T/xb" "$T/xr"
	as dirk audit export --log AGR-1 --out "$T/xb" $dpo >/dev/null && as driss audit export --log AGR-1 --out "$T/xr" $dpo >/dev/null &&
		out=$("$ENTENTE" audit reconcile "$T/xb" "$T/xr") && says "0 differences"
}
check "both exchange logs have the honest entries alone" wait_for 20 even
