#!/bin/sh
# What a node tells of its health, held against what was done to it; several people in one terminal; an import's
# bar, its one entry in the log, and what of a source is never searched by.
. "$(dirname "$0")/lib.sh"
dpo="--purpose data-protection --case A-1 --reason inspection"
make_node rab RAB "$PORT_BASE" "Rabat service" && start_node rab || { not_ok "a node starts"; exit 1; }
ENTENTE_DIR=$T/rab; export ENTENTE_DIR
person rab amina analyst && person rab salma supervisor && person rab driss data-protection-officer || { not_ok "three people"; exit 1; }
label() { # label SUBJECT REVIEW EXPIRES
	printf '{"originator":"RAB","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2%s,"review_at":"%s","expires_at":"%s"}' "${1:+,\"subject\":\"$1\"}" "$2" "$3"
}
label suspect 2031-01-01 2033-01-01 >"$T/full.label"; label "" 2031-01-01 2033-01-01 >"$T/none.label"
in_s() { date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%SZ; }

# people, each with a session file, in one terminal
expect "an analyst's session is the analyst" 1 "clause: role" amina audit export --log node --out "$T/no" $dpo
expect "the next command of the same terminal, with another file, is the officer" 0 "entries of log" driss audit export --log node --out "$T/before" $dpo
out=$(ENTENTE_SESSION="$T/none.session" "$ENTENTE" status "$T/rab" 2>&1); rc=$?
[ $rc = 0 ] && ok "status is for whoever has no session, too" || not_ok "status is for whoever has no session, too"

# an import: a bar on a terminal, one entry in the log, quarantine
"$ENTENTE" generate --count 3000 --seed 5 --script latin --originator RAB >"$T/a.jsonl"
if python3 -c 'import os; os.openpty()' 2>/dev/null; then
	out=$(ENTENTE_SESSION=$T/amina.session python3 - "$ENTENTE" import --format jsonl --label "$T/full.label" $why "$T/a.jsonl" <<'PY'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
text = b""
while True:
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    text += got
_, status = os.waitpid(pid, 0)
print(text.decode(errors="replace").replace("\r", "\n"))
sys.exit(os.waitstatus_to_exitcode(status))
PY
); rc=$?
else # no /dev/pts: a bar may be asked for without a terminal
	skip "no terminal can be made here; the bar is asked for with --progress"
	run amina import --progress --format jsonl --label "$T/full.label" $why "$T/a.jsonl"
fi
[ $rc = 0 ] && says "3000 records" && ok "an import on a terminal takes all rows" || not_ok "an import on a terminal takes all rows"
printf '%s\n' "$out" | grep -qE '\[#+\.*\] +[0-9]+ %' && ok "and draws a bar with its share" || not_ok "and draws a bar with its share"
printf '{"id":"q1","type":"person","names":["Salma Haddad"],"weak":[],"dob":["1991-07-08"],"docs":[],"nat":["MA"],"pob":[]}\n' >"$T/q.jsonl"
expect "a row without subject category goes to quarantine" 0 "1 in quarantine" amina import --format jsonl --label "$T/none.label" $why "$T/q.jsonl"
expect "the officer exports the log again" 0 "entries of log" driss audit export --log node --out "$T/after" $dpo
entries() { find "$1/tile/entries" -type f | sort | xargs cat | tr -d '\n\000' | LC_ALL=C sed 's/{"index":/\n&/g'; }
n=$(entries "$T/after" | grep -a '"event":"import"' | grep -ac '"root":')
[ "$n" = 2 ] && ok "each import has one entry with a root" || not_ok "each import has one entry with a root ($n)"
entries "$T/after" | grep -a '"event":"import"' | grep -aq '3000' && ok "and its count" || not_ok "and its count"

# what status tells
label suspect "$(in_s 2)" "$(in_s 600)" >"$T/review.label"; label suspect "$(in_s 1)" "$(in_s 3)" >"$T/gone.label"
run amina record add --name "Review Soon" --label "$T/review.label" $why; [ "$rc" = 0 ] || not_ok "a record whose review comes due"
run amina record add --name "Zwentibold Quoxandry" --label "$T/gone.label" $why; [ "$rc" = 0 ] || not_ok "a record that expires"
of() { as driss status "$T/rab" --json | python3 -c 'import json,sys; v=json.load(sys.stdin)
for k in sys.argv[1].split("."): v = v[int(k)] if isinstance(v, list) else v[k]
print(v)' "$1"; }
to_do() { [ "$(of records.review_due)" -ge 1 ] && [ "$(of records.erasure_due)" = 1 ]; }
check "the queue of reviews and of erasures stands in status when the dates come" wait_for 20 to_do
run driss status "$T/rab"
says " to review, 1 to erase" && ok "and in its text" || not_ok "and in its text"
[ "$(of records.quarantined)" = 1 ] && ok "status counts what is in quarantine" || not_ok "status counts what is in quarantine ($(of records.quarantined))"
[ "$(of sessions)" = 3 ] && ok "and the open sessions" || not_ok "and the open sessions ($(of sessions))"
[ "$(of keeper.answers)" = True ] && ok "and that the keeper answers" || not_ok "and that the keeper answers"
[ "$(of code)" = RAB ] && ok "and which node it is" || not_ok "and which node it is"
of sandbox | grep -q seccomp && ok "and its sandbox" || not_ok "and its sandbox"
size=$(of logs.0.size); run driss audit export --log node --out "$T/last" $dpo
exported=$(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\) entries of log.*/\1/p')
[ -n "$exported" ] && [ "$exported" -ge "$size" ] && [ "$exported" -le $((size + 2)) ] && ok "and the head of the log, which the export has" || not_ok "and the head of the log, which the export has ($size, $exported)"
# the runner may add an entry between the two looks: then once more
same_head() {
	rm -rf "$T/head"; as driss audit export --log node --out "$T/head" $dpo && out=$(as driss status "$T/rab" --json) &&
		[ "$(sed -n 2p "$T/head/checkpoint")" = "$(field logs.0.size)" ] &&
		[ "$(sed -n 3p "$T/head/checkpoint" | tr '+/' '-_' | tr -d =)" = "$(field logs.0.root)" ]
}
check "its root is that of the export's checkpoint" wait_for 20 same_head
case $(of records.next_review) in 2028-01-01*) ok "and when the next review comes" ;; *) not_ok "and when the next review comes" ;; esac
of records.next_expiry | grep -q "^$(date -u +%Y)" && ok "and the next expiry" || not_ok "and the next expiry"
[ "$(( $(date -ud "$(of keeper.store_key_due)" +%s) - $(date -ud "$(of keeper.store_key_made)" +%s) ))" = 2592000 ] && ok "and when the store key is replaced" || not_ok "and when the store key is replaced"
expect "an administrator alone replaces it before" 1 "clause: role" salma rekey
out=$(admin rab rekey 2>&1); rc=$?; [ $rc = 0 ] && says "the store key is replaced" && ok "and does" || not_ok "and does"
stop_node rab; start_node rab && ok "the node starts again with it" || not_ok "the node starts again with it"
expect "an expired record is not searched" 1 "nothing found" amina search "Zwentibold Quoxandry" $why
expect "one to be reviewed is" 0 "Review Soon" amina search "Review Soon" $why
expect "what is in quarantine is, marked" 0 "IN QUARANTINE" amina search "Salma Haddad" $why

# a remark is quoted and never searched by
cat >"$T/remark.json" <<'J'
{"type":"person","statements":[{"kind":"name","basis":"fact","value":"Hamid Quotient","script":"Latn","name_kind":"primary"},
{"kind":"remark","basis":"assessment","text":"seen with Zebulon Unheard","quoted":true,"flagged":true}]}
J
expect "a record with a source's remark is added" 0 "version 1" amina record add --label "$T/full.label" $why - <"$T/remark.json"
expect "its name is found" 0 "Hamid Quotient" amina search "Hamid Quotient" $why
expect "the name in its remark is not" 1 "nothing found" amina search "Zebulon Unheard" $why
