#!/bin/sh
# Private questions: hit and no hit, quota on both sides, what is never in a filter, withdrawal, follow-up, suspension.
. "$(dirname "$0")/lib.sh"
cat >"$T/annexes.json" <<'J'
[{"id":"A","domain":"counter-terrorism","purposes":["terrorism"],"quota":{"day":14,"epoch_persons":40,"epoch_days":30}}]
J
label() { # label SUBJECT REVIEW EXPIRES
	printf '{"originator":"RAB","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2%s,"review_at":"%s","expires_at":"%s"}' "${1:+,\"subject\":\"$1\"}" "$2" "$3"
}
two_nodes "$T/annexes.json" || { not_ok "two nodes with an agreement"; exit 1; }
label suspect 2031-01-01 2033-01-01 >"$T/suspect.label"; label "" 2031-01-01 2033-01-01 >"$T/none.label"
label suspect "$(in_seconds 30)" "$(in_seconds 35)" >"$T/soon.label"
add() { out=$(as amina record add "$@" $why --json 2>&1) && field id; }
arabic=$(add --name "محمد العربي" --birth 1975-03-20 --label "$T/suspect.label")
passport=$(add --name "Karim Idrissi" --birth 1980-05-06 --document passport:AB123456:MA --label "$T/suspect.label")
printf '{"id":"q1","type":"person","names":["Salma Haddad"],"weak":[],"dob":["1991-07-08"],"docs":[],"nat":["MA"],"pob":[]}\n' >"$T/q.jsonl"
expect "a row without subject category goes to quarantine" 0 "1 in quarantine" amina import --format jsonl --label "$T/none.label" $why "$T/q.jsonl"
soon=$(add --name "Youssef Tazi" --birth 1988-11-12 --label "$T/soon.label")
[ -n "$arabic" ] && [ -n "$passport" ] && [ -n "$soon" ] && ok "RAB holds three persons beside" || not_ok "RAB holds three persons beside"
expect "an analyst builds no filter" 1 "clause: role" amina filter build --agreement AGR-1
expect "a supervisor does" 0 "epoch" salma filter build --agreement AGR-1
q="--partner RAB --agreement AGR-1 $why"

expect "nobody: no hit, and what is left of the quota in persons" 0 "13 of 14 persons today" anke ask $q "Nobody Known" --birth 1970-02-03
expect "an Arabic record is hit from a Latin spelling" 0 '"class": 3' anke ask $q "Mohammed El Arabi" --birth 1975-03-20 --json
query=$(field results.0.query)
[ -n "$query" ] && ok "the query has a name to follow it up by" || not_ok "the query has a name to follow it up by"
expect "the class of key is told: a document number" 0 "document number" anke ask $q "Somebody Else" --birth 1999-09-09 --document "ab 123456"
expect "what is in quarantine is in no filter" 0 "no hit" anke ask $q "Salma Haddad" --birth 1991-07-08
expect "what soon expires is still hit" 0 "hit" anke ask $q "Youssef Tazi" --birth 1988-11-12 --json
soon_query=$(field results.0.query)

expect "another purpose than the annex has is refused by its clause" 1 "clause: AGR-1/annex A/purposes" anke ask --partner RAB --agreement AGR-1 --purpose border --case C --reason R "Nobody Known" --birth 1970-02-03
expect "without a reason it is refused by its clause" 1 "clause: reason" anke ask --partner RAB --agreement AGR-1 --purpose terrorism --case C "Nobody Known" --birth 1970-02-03
expect "a data-protection officer asks nothing" 1 "clause: role" dirk ask $q "Nobody Known" --birth 1970-02-03
expect "nothing of that was counted" 0 "8 of 14 persons today" anke ask $q "Nobody Atall" --birth 1970-02-03

# the follow-up opens that one query
ask_hit() { expect "$1" 0 '"seq"' anke request --agreement AGR-1 $why --hit "$2" --urgency hit --handling H1 --evaluation B2 $assured --question "Who is this?" --json; ref=$(field ref); }
ask_hit "a request follows the hit up" "$query"
came() { as rachid inbox $why --json | grep -q "$ref"; }
check "it comes" wait_for 20 came
expect "its opening is checked against what RAB answered" 0 "checked" rachid show "$ref" $why
expect "and names the record that was hit" 0 "$arabic" rachid show "$ref" $why --json
says "$passport" && not_ok "and no other" || ok "and no other"

# expiry, at once: in search, and in the follow-up of a filter that still has it
until_gone() { ! as amina search "Youssef Tazi" --birth 1988-11-12 $why | grep -q "$soon"; }
check "expired, RAB's own search does not find it" wait_for 50 until_gone
gone() { as anke ask $q "Youssef Tazi" --birth 1988-11-12 | grep -q "no hit"; }
expect "the filter is built anew" 0 "epoch" salma filter build --agreement AGR-1
check "nor does a partner's question" gone
withdrawn=$(as salma filter status | grep -c "withdrawn list")
[ "$withdrawn" -ge 1 ] && ok "filter status tells of the withdrawn list" || not_ok "filter status tells of the withdrawn list"
ask_hit "an old hit on it can be followed up" "$soon_query"
if [ -n "$ref" ]; then
	refused() { as anke show "$ref" $why --json | grep -q '"ground": *"withdrawn"'; }
	check "the request comes, and is refused by rule as withdrawn" wait_for 20 refused
	expect "but the record is not answered, since it has expired" 1 "expired" rachid answer "$ref" $why --record "$soon" --handling H1 --evaluation B2 $assured
fi

# an erased record is withdrawn from the filter that has it
dpo="--purpose data-protection --case D-1 --reason request"
as driss erase "$passport" --ground request $dpo >/dev/null; expect "a record is erased by two persons" 0 "erased" said erase "$passport" --ground request $dpo
no_more() { as anke ask $q "Somebody Else" --birth 1999-09-09 --document "AB123456" | grep -q "no hit"; }
check "erased, it hits no more, though the filter is the old one" wait_for 5 no_more

# the quota, on both sides
i=0; while [ $i -lt 14 ] && as anke ask $q "Nobody Atall" --birth 1970-02-03 2>&1 | grep -q "no hit"; do i=$((i + 1)); done
expect "the quota of the day ends it, by its clause" 1 "clause: AGR-1/annex A/quota" anke ask $q "Nobody Atall" --birth 1970-02-03
expect "the asker counts fourteen persons of fourteen" 0 "asked 14 of 14 persons today" bart filter status
expect "so does who answers" 0 "asked 14 of 14 persons today" salma filter status
stop_node bru; start_node bru
expect "a restart gives nothing back" 1 "clause: AGR-1/annex A/quota" anke ask $q "Nobody Atall" --birth 1970-02-03

expect "a suspended agreement refuses" 0 "suspended" salma agreement suspend AGR-1
knows() { as bart agreement show AGR-1 | grep -q suspended; }
check "the asker learns of the suspension" wait_for 20 knows
expect "and is refused by that clause" 1 "clause: AGR-1/standing" anke ask $q "Nobody Atall" --birth 1970-02-03
