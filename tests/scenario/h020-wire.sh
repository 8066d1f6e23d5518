#!/bin/sh
# The channel of private questions seen from the wire, between two nodes as shipped: a question repeated, a number
# used twice, skipped or late, forged purposes, and answers whose proof is not their key's.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rogue.sh"
cat >"$T/annexes.json" <<'J'
[{"id":"A","domain":"counter-terrorism","purposes":["terrorism"],"quota":{"day":14,"epoch_persons":40,"epoch_days":30}}]
J
rogue_nodes "$T/annexes.json" || { not_ok "two nodes with an agreement, and somebody on the wire"; exit 1; }
printf '{"originator":"RAB","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2,"subject":"suspect","review_at":"2031-01-01","expires_at":"2033-01-01"}' >"$T/label"
run amina record add --name "Karim Idrissi" --birth 1980-05-06 --label "$T/label" $why
expect "a filter is built" 0 "epoch" salma filter build --agreement AGR-1
q="--partner RAB --agreement AGR-1 $why"
# counted TEXT N: BRU counts N persons, and RAB's keeper did with the last answer
counted() {
	run bart filter status
	c_keeper=$(python3 "$here/wire_rogue.py" ask "$W" $rogue_args 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["answer"]["used_day"])')
	if says "asked $2 of 14 persons today" && [ "$c_keeper" = $(($2 * 8)) ]; then ok "$1"
	else not_ok "$1 (the partner's keeper says $c_keeper elements, wanted $(($2 * 8)))"; fi
}
# rogue_asks NAME TEXT... -- CHANGE...: what RAB answers to BRU's last question, changed, has these texts
rogue_asks() {
	r_name=$1 r_bad=; shift
	: >"$T/texts"
	while [ "$1" != -- ]; do echo "$1" >>"$T/texts"; shift; done
	shift
	out=$(python3 "$here/wire_rogue.py" ask "$W" $rogue_args "$@" 2>&1)
	while read -r r_text; do says "$r_text" || r_bad="$r_bad, without $r_text"; done <"$T/texts"
	[ -z "$r_bad" ] && ok "$r_name" || not_ok "$r_name$r_bad"
}

expect "a question is asked through the wire" 0 "13 of 14 persons today" anke ask $q "Nobody Known" --birth 1970-02-03

# a refusal leaves its number free: here the first question of a new epoch, asked under the old one
expect "the partner builds its filter anew" 0 "epoch" salma filter build --agreement AGR-1
expect "and is asked under the new epoch without anybody's doing" 0 "12 of 14 persons today" anke ask $q "Nobody Known" --birth 1970-02-03
reconciled() {
	rm -rf "$T/xb" "$T/xr"
	as dirk audit export --log AGR-1 --out "$T/xb" $dpo >/dev/null && as driss audit export --log AGR-1 --out "$T/xr" $dpo >/dev/null
	out=$("$ENTENTE" audit reconcile "$T/xb" "$T/xr" 2>&1); rc=$?
}
reconciled
[ $rc = 0 ] && says " 0 differences" && ok "the refused question and the one that took its number reconcile" || not_ok "the refused question and the one that took its number reconcile"

# the same again
rogue_asks "the same request again gets the same bytes" '"same": true' '"seq": 2' --
rogue_asks "and again" '"same": true' --
counted "it is counted once, by the asker and by the partner's keeper" 2
expect "nothing is lost by it for the next question" 0 "11 of 14 persons today" anke ask $q "Nobody Atall" --birth 1970-02-03
counted "which both count" 3
rule lose
expect "an answer is lost on the wire, which the asker is told" 3 "RAB" anke ask $q "Nobody There" --birth 1970-02-03
rule pass
expect "asked again it is answered, and so is the next; each is counted once" 0 "9 of 14 persons today" anke ask $q "Nobody Here" --birth 1970-02-03
counted "by both" 5

# a number with other content, an old one, one that is skipped
rogue_asks "a number that was answered, with other content, is refused out of sequence, signed" '"error": "ESEQ"' '"clause": "hit/sequence"' '"seq": 5' -- swap
rogue_asks "so is one whose time alone differs" '"error": "ESEQ"' '"clause": "hit/sequence"' -- time+1
rogue_asks "an old number, signed anew, is refused" '"error": "ESEQ"' '"clause": "hit/sequence"' '"seq": 2' -- seq=2
rogue_asks "a number that leaves one out is refused" '"status": 409' 'hit/sequence' 'request 7 came, 6 was due' -- seq+2 prev=last
rogue_asks "the next number behind another answer than the last is refused" '"error": "ESEQ"' '"clause": "hit/sequence"' -- seq+1
rogue_asks "a question that was put by an hour is refused" '"error": "ESTATE"' '"clause": "hit/time"' -- seq+1 prev=last time-3600
rogue_asks "one of another epoch is refused, and told the one in force" '"error": "ESTATE"' '"clause": "hit/epoch"' -- seq+1 prev=last epoch=9
expect "nothing of that was counted by either side" 0 "8 of 14 persons today" anke ask $q "Nobody Now" --birth 1970-02-03

# fields that a partner's own node forges
rogue_asks "a purpose outside the annex is refused by its clause" '"error": "EREFUSED"' '"clause": "AGR-1/annex A/purposes"' -- seq+1 prev=last 'purpose="border"'
rogue_asks "a purpose that is none is no request" '"status": 400' 'purpose: not one of the registry' -- seq+1 prev=last 'purpose="curiosity"'
rogue_asks "another service's code as the sender's is refused" '"status": 502' 'another channel' -- seq+1 prev=last 'iss="XYZ"'
rogue_asks "an agreement that is not here is refused by name" 'AGR-9' -- seq+1 prev=last 'agreement="AGR-9"'
rogue_asks "the identity for an element is refused" 'no group element' -- seq+1 prev=last zero
rogue_asks "so is an element that is not encoded canonically" 'no group element' -- seq+1 prev=last high
expect "nor was anything of that" 0 "7 of 14 persons today" anke ask $q "Nobody Then" --birth 1970-02-03

# answers that are not what the partner's key makes of the question
for how in swap proof key; do
	rule answer $how
	expect "a forged proof ($how) is refused by the asker, who is told so" 3 "the proof of RAB does not verify" anke ask $q "Karim Idrissi" --birth 1980-05-06
	says "hit" && not_ok "and no result is told" || ok "and no result is told"
done
for how in zero high; do
	rule answer $how
	expect "so is an answer with an element that is none ($how)" 3 "no group element" anke ask $q "Karim Idrissi" --birth 1980-05-06
	says "hit" && not_ok "and no result is told" || ok "and no result is told"
done
run bart filter status
says "asked 7 of 14 persons today" && ok "nothing of it is counted as answered" || not_ok "nothing of it is counted as answered"
rule pass
expect "the honest answer to the same question is taken, once, and the next is a hit" 0 "class 2 of 4" anke ask $q "Karim Idrissi" --birth 1980-05-06
says "5 of 14 persons today" && ok "both are counted once" || not_ok "both are counted once"

# the logs
log_of dirk bru; log_of driss rab
n=$(entries bru | grep -a '"event":"hit.ask"' | grep -ac '"phase":"outcome".*"result":"EPROOF"')
[ "$n" = 5 ] && ok "the asker's log tells of each answer that its proof did not bear out" || not_ok "the asker's log tells of each answer that its proof did not bear out ($n)"
for clause in hit/sequence hit/time hit/epoch; do
	entries rab | grep -a '"event":"hit.answer"' | grep -aq "\"refused\":\"$clause\"" && ok "the partner's log tells of the refusals by $clause" || not_ok "the partner's log tells of the refusals by $clause"
done
entries rab | grep -a '"event":"hit.answer"' | grep -aq '"clause":"AGR-1/annex A/purposes"' && ok "and of the purpose that the annex does not admit" || not_ok "and of the purpose that the annex does not admit"
reconciled
[ $rc = 1 ] && says "sent without logging, by BRU" && ok "reconciling shows the questions that BRU's node never logged" || not_ok "reconciling shows the questions that BRU's node never logged"
out=$("$ENTENTE" audit verify "$T/xr" 2>&1); rc=$?
[ $rc = 0 ] && ok "the partner's own log stays good, whatever was sent to it" || not_ok "the partner's own log stays good, whatever was sent to it"
