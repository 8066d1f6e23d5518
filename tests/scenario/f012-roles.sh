#!/bin/sh
# Each operation, tried by each role that may not: refused by the clause "role", and nothing else.
. "$(dirname "$0")/lib.sh"
two_nodes || { not_ok "two nodes with an agreement"; exit 1; }
printf '{"originator":"RAB","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2,"subject":"suspect","review_at":"2031-01-01","expires_at":"2033-01-01"}' >"$T/full.label"
run amina record add --name "Karim Idrissi" --birth 1980-05-06 --label "$T/full.label" $why --json; record=$(field id)
as amina record show "$record" $why --json | python3 -c 'import json,sys; json.dump(json.load(sys.stdin)["record"], sys.stdout)' >"$T/edit.json"
echo '{"id":"q1","type":"person","names":["Salma Haddad"],"weak":[],"dob":["1991-07-08"],"docs":[],"nat":["MA"],"pob":[]}' >"$T/q.jsonl"
said="--handling H1 --evaluation B2 $assured"
run anke request --agreement AGR-1 $why $said --question "Who is this?" --json; open=$(field ref)
run anke request --agreement AGR-1 $why $said --question "And this?" --json; done=$(field ref)
asks() { run anke ask --partner RAB --agreement AGR-1 $why "Nobody Known" --birth 1970-02-03 --json; [ "$rc" = 0 ]; }
check "a question is asked" wait_for 20 asks; query=$(field results.0.query)
came() { as rachid inbox $why --json | grep -q "$done"; }
check "two requests come" wait_for 20 came
run rachid answer "$done" $why --record "$record" $said; [ "$rc" = 0 ] || not_ok "an answer"
answered() { as anke show "$done" $why --json | grep -q '"kind": *"answer"'; }
check "one is answered" wait_for 20 answered
run anke permit ask "$done" --record "$record" --to SEN $why --json; permit=$(field ref)
asked() { as salma inbox $why --json | grep -q "$permit"; }
check "a permission is asked" wait_for 20 asked

# role of NODE: its person
person_of() {
	case $1:$2 in
	bru:analyst) echo an ;; bru:liaison) echo anke ;; bru:supervisor) echo bart ;; bru:dpo) echo dirk ;;
	rab:analyst) echo amina ;; rab:liaison) echo rachid ;; rab:supervisor) echo salma ;; rab:dpo) echo driss ;;
	esac
}
tried=0; printf "%s" "$PASSWORD" >"$T/word"
# never NODE "ROLE ..." VERB ARGS...: none of these roles may
never() {
	n_node=$1 n_roles=$2 n_bad=; shift 2
	for n_role in $n_roles; do
		if [ "$n_role" = admin ]; then out=$(admin "$n_node" "$@" <"$T/word" 2>&1); rc=$?; else run "$(person_of "$n_node" "$n_role")" "$@" <"$T/word"; fi
		tried=$((tried + 1))
		[ "$rc" = 1 ] && says "clause: role" || n_bad="$n_bad $n_role"
	done
	case $2 in [a-z]*) n_name="$1 $2" ;; *) n_name=$1 ;; esac
	[ -z "$n_bad" ] && ok "$n_name: not for $n_roles" || not_ok "$n_name: not refused by its role:$n_bad"
}
W="--purpose terrorism --case C-1 --reason test"
never rab "admin" search Somebody $W
never rab "analyst liaison supervisor dpo" rekey
never rab "analyst liaison" annex amend --no-screening
for v in "list" "add zoe --role analyst" "disable amina" "password amina --password-fd 0"; do
	# shellcheck disable=SC2086
	never rab "analyst liaison supervisor dpo" user $v
done
never rab "dpo admin" record add --name "Some Body" --label "$T/full.label" $W
never rab "liaison admin" record edit "$record" "$T/edit.json" --version 1 $W
never rab "dpo admin" adjudicate "$record" "Karim Idrissi" --verdict unsure --because test $W
printf 'name\nKarim Idrissi\n' >"$T/screen.csv"
never rab "liaison dpo admin" screen "$T/screen.csv" $W
never rab "liaison admin" screen list
never rab "analyst liaison dpo" names drop 019b76da-a800-7b58-8e12-98c90a0bbd1a
never rab "analyst liaison dpo" names load "$T/screen.csv" --format tsv
never rab "liaison" names list
never rab "admin" record show "$record" $W
never rab "admin" record list $W
never rab "liaison dpo admin" import --format jsonl --label "$T/full.label" $W "$T/q.jsonl"
never rab "liaison admin" due
never rab "liaison admin" due review "$record" --review-at 2030-01-01 $W
never rab "analyst liaison admin" erase "$record" --ground request $W
never bru "analyst dpo admin" request --agreement AGR-1 $W $said --question "Who?"
never rab "analyst dpo admin" clarify "$open" $W --text "Which?"
never rab "analyst dpo admin" answer "$open" $W --record "$record" $said
never rab "analyst dpo admin" refuse "$open" $W --ground human-rights
never rab "admin" inbox $W
never rab "admin" show "$open" $W
never bru "analyst dpo admin" forward "$done" --record "$record" --to SEN $assured $W
never bru "analyst dpo admin" permit ask "$done" --record "$record" --to MLI $W
never rab "analyst dpo admin" permit grant "$permit" $W
never rab "analyst" partner card
never rab "analyst liaison" partner add "$T/bru.card"
never rab "analyst" agreement draft --partner BRU --id AGR-2
never rab "analyst" agreement import "$T/agr.bru"
never rab "analyst" agreement sign AGR-1
for v in suspend resume terminate; do never rab "analyst liaison" agreement $v AGR-1; done
never bru "dpo admin" ask --partner RAB --agreement AGR-1 $W "Nobody Known" --birth 1970-02-03
never rab "analyst liaison admin" filter build --agreement AGR-1
never bru "analyst liaison admin" query open "$query" --for oversight --out "$T/opening" $W
never rab "analyst liaison admin" audit export --log node --out "$T/none"
ok "$tried attempts in all"

# nothing of it was done, and each attempt stands in the log
expect "AGR-1 is in force still" 0 "active" salma agreement show AGR-1
expect "the record is as it was" 0 "version 1" amina record show "$record" $W
expect "the requests wait still" 0 "$open" rachid inbox $W
expect "an officer exports the log" 0 "" driss audit export --log node --out "$T/node"
out=$("$ENTENTE" audit verify "$T/node" 2>&1); rc=$?
[ "$rc" = 0 ] && ok "which verifies" || not_ok "which verifies"
refused=$(cat "$(find "$T/node/tile/entries" -type f | head -1)" | tr '\0' '\n' | grep -ao '"role"' | wc -l)
[ "$refused" -ge 40 ] && ok "and tells of the refusals ($refused)" || not_ok "and tells of the refusals ($refused)"
out=$(admin rab status 2>&1)
for t in sandbox keeper log; do says "$t" && ok "status tells of $t" || not_ok "status tells of $t"; done
