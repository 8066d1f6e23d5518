#!/bin/sh
# Screening under an agreement's annex: its law and cap, its rules for each record, its end when it is suspended.
. "$(dirname "$0")/lib.sh"
echo '[{"id":"A","domain":"carriers","purposes":["border","terrorism"],"screening":{"law":"agreement, art. 7","max_rows":100,"keep_days":3}}]' >"$T/annexes.json"
two_nodes "$T/annexes.json" || { not_ok "two nodes with an agreement"; exit 1; }
add() { # add NAME TLP
	printf '{"originator":"BRU","legal_basis":"law 1","handling":["H1"],"tlp":"%s","source":"B","information":2,"subject":"suspect","review_at":"2031-01-01","expires_at":"2033-01-01"}' "$2" >"$T/label.json"
	# shellcheck disable=SC2086
	run an record add --name "$1" --birth 1980-05-06 --label "$T/label.json" $why; [ "$rc" = 0 ] || not_ok "record add"
}
add "Karim Idrissi" AMBER; add "Zineb Secret" RED
printf 'name,dob\nKarim Idrissi,1980-05-06\nZineb Secret,1980-05-06\n' >"$T/list.csv"
expect "the national annex lets none" 1 "clause: national/annex own/screening" an screen "$T/list.csv" $why
expect "the agreement's has its own cap" 1 "refused by clause AGR-1/annex A/screening" an decide screen --agreement AGR-1 --rows 101 $why
expect "and its own rules: what is too secret for it is no candidate" 0 "1 candidates in 2 rows" an screen "$T/list.csv" --agreement AGR-1 $why
run an screen list --json; job=$(field screenings.0.job)
expect "its end is the annex's" 0 "deleted on $(date -u -d '+3 days' +%Y-%m-%d)" dirk screen list
expect "the candidate is that one" 0 "Karim Idrissi" an screen results "$job" $why
says "Zineb" && not_ok "and no other" || ok "and no other"
expect "somebody decides on the own record" 0 "not-same" anke screen decide "$job" 1 --verdict not-same --because "other mother" $why
as bart agreement suspend AGR-1 >/dev/null
expect "a suspension ends screening" 1 "clause: AGR-1/standing" an screen "$T/list.csv" --agreement AGR-1 $why
expect "and the reading of its results" 1 "clause: AGR-1/standing" an screen results "$job" $why
