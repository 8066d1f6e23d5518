#!/bin/sh
# A node that was founded without screening: its annex is amended by two persons, screens on that law up to that cap,
# and no more after another amendment (POL-39).
. "$(dirname "$0")/lib.sh"
make_node bru BRU "$PORT_BASE" "Brussels service" && start_node bru && person bru an analyst && person bru bart supervisor &&
	person bru dirk data-protection-officer || { not_ok "a node starts"; exit 1; }
printf 'Name;Born\nAnna Peeters;1980-02-03\nBert Claes;1990-05-06\nCarl Maes;1970-07-08\n' >"$T/list.csv"
head -4 "$T/list.csv" >"$T/three.csv"
cat >"$T/label.json" <<'END'
{"originator":"BRU","legal_basis":"test","handling":["H0"],"tlp":"AMBER","source":"B","information":2,"subject":"suspect",
 "review_at":"2029-01-01T00:00:00Z","expires_at":"2030-01-01T00:00:00Z"}
END
LAW="law of 2 June on ports, art. 9"

expect "without it no list is screened" 1 "clause: national/annex own/screening" an screen "$T/list.csv" $why
expect "an analyst may not amend" 1 "clause: role" an annex amend --screening-law "$LAW" --screening-rows 2
expect "a cap without a law is refused" 2 "a legal basis and a cap" bart annex amend --screening-rows 2
expect "a supervisor amends" 0 "another person must sign it: entente agreement sign national.2" \
	bart annex amend --screening-law "$LAW" --screening-rows 3 --keep-days 5
expect "one signature is nothing" 1 "clause: national/annex own/screening" an screen "$T/list.csv" $why
expect "the same person does not count twice" 1 "another person must" bart agreement sign national.2
expect "another one signs" 0 "active" dirk agreement sign national.2
expect "it tells its law and cap" 0 "lists of up to 3 rows, candidates kept 5 days: $LAW" dirk agreement show national.2
expect "a list is screened" 0 "3 rows" an screen "$T/list.csv" $why
echo "Dora One;1960" >>"$T/list.csv"
expect "and not a longer one" 1 "clause: national.2/annex own/screening" an screen "$T/list.csv" $why
expect "records stand under it as before" 0 "" an record add --name "Wim Vandevelde" --label "$T/label.json" $why
stop_node bru; start_node bru || not_ok "the node starts again"
expect "kept over a restart" 0 "law of 2 June on ports" an decide screen --rows 3 --explain $why
expect "an amendment takes it back" 0 "national.3" dirk annex amend --no-screening
expect "until it is signed the one before holds" 0 "3 rows" an screen "$T/three.csv" $why
expect "it is signed" 0 "active" bart agreement sign national.3
expect "and no list is screened any more" 1 "clause: national.3/annex own/screening" an screen "$T/three.csv" $why
expect "the log is exported" 0 "" dirk audit export --log node --out "$T/node"
[ "$(grep -rao '"annex":"national.[23]"' "$T/node" | wc -l)" = 2 ] && ok "and tells of both" || not_ok "and tells of both"
