#!/bin/sh
# Power is lost at each write and sync of an import (tests/powerloss/shim.c), on the shipped binaries in
# their sandbox: after a restart all of it is there or nothing, what was acknowledged is there, no key
# is without its record, and importing again doubles nothing.
# In memory where there is such a place: the shim decides what a disk would have kept.
[ -n "${SCENARIO_DIR:-}" ] || SCENARIO_DIR=$(mktemp -d /dev/shm/entente.XXXXXX 2>/dev/null || mktemp -d /tmp/entente.XXXXXX)
. "$(dirname "$0")/lib.sh"
shim=$(dirname "$ENTENTE")/tests/powerloss/libpowerloss.so
[ -f "$shim" ] || { skip "no shim beside the binary (a sanitized build)"; exit 0; }
ENTENTE_DIR=$T/bru; export ENTENTE_DIR
# every fifth event; POWER_STEP=1 takes each
COUNT=3 STEP=${POWER_STEP:-5}

power_node() { # power_node N KEEP: bru, which loses power at the N-th event after $T/armed is made
	rm -f "$T/armed" "$T/power"; printf '\0' >"$T/power"
	LD_PRELOAD=$shim ENTENTE_KILL_ROLE=node ENTENTE_KILL_AT=$1 ENTENTE_KILL_KEEP=$2 \
		ENTENTE_KILL_ARM=$T/armed ENTENTE_KILL_POWER=$T/power ENTENTE_KILL_LOG=$T/power.log start_node bru
}
counts() { # "visible records keys": as status tells, and in the files of a stopped node
	visible=$("$ENTENTE" status --json 2>/dev/null | python3 -c 'import json, sys; print(json.load(sys.stdin)["records"]["visible"])')
	stop_node bru
	python3 - "$T/bru/store" "$visible" <<'PY'
import sqlite3, sys
one = lambda f, q: sqlite3.connect(sys.argv[1] + "/" + f).execute(q).fetchone()[0]
have = {r[0] for r in sqlite3.connect(sys.argv[1] + "/records.db").execute("select id from record where state < 4")}
keys = {r[0] for r in sqlite3.connect(sys.argv[1] + "/keys.db").execute("select id from data_key")}
left = one("records.db", "select count(*) from import where flipped = 0") + one("records.db", "select count(*) from erase_pending")
print(sys.argv[2], len(have), len(have & keys), len(keys) - len(have & keys), left)
PY
}

make_node bru BRU "$PORT_BASE" "Brussels service" && start_node bru && person bru an analyst supervisor ||
	{ not_ok "a node with a user"; exit 1; }
"$ENTENTE" generate --count $COUNT --seed 5 --originator BRU >"$T/list.jsonl"
printf '%s' '{"originator":"BRU","legal_basis":"law","handling":["H0"],"tlp":"AMBER","source":"B","information":2,
"subject":"suspect","review_at":"2090-06-01T00:00:00Z","expires_at":"2091-01-01T00:00:00Z"}' >"$T/label.json"
set -- $(counts); other=$4
cp -r "$T/bru" "$T/fresh"

n=1 acked=0 nothing=0 whole=0 points=0 bad=
while [ $acked = 0 ] && [ $n -lt 400 ]; do
	rm -rf "$T/bru"; cp -r "$T/fresh" "$T/bru"
	case $((points % 3)) in 0) keep=none ;; 1) keep=torn:$n ;; *) keep=$n ;; esac
	points=$((points + 1))
	power_node $n $keep || { bad="$bad start-$n"; break; }
	: >"$T/armed"
	as an import --format jsonl --label "$T/label.json" "$T/list.jsonl" $why >"$T/out" 2>&1; rc=$?
	i=0 pid=$(node_pid bru)
	while [ $rc != 0 ] && running "$pid" && [ $i -lt 125 ]; do sleep 0.04; i=$((i + 1)); done
	[ $i -lt 125 ] || bad="$bad alive-$n"
	rm -f "$T/armed"; stop_node bru
	start_node bru || { bad="$bad restart-$n"; break; }
	set -- $(counts)
	case "$1 $2 $3 $5" in
	"0 0 0 0") nothing=$((nothing + 1)); [ $rc != 0 ] || bad="$bad lost-$n" ;;
	"$COUNT $COUNT $COUNT 0") whole=$((whole + 1)) ;;
	*) bad="$bad half-$n:$1/$2/$3/$5" ;;
	esac
	[ "$4" -le $((other + 1)) ] || bad="$bad orphans-$n:$4" # one more: a further part of the log's own
	[ $rc = 0 ] && acked=$n
	n=$((n + STEP))
done
[ -z "$bad" ] && ok "all or nothing at each event ($points points, every $STEP of $((n - STEP)): $nothing times nothing, $whole times all)" || not_ok "all or nothing:$bad"
[ $nothing -gt 5 ] && grep -q 'entente .* killed' "$T/power.log" && ok "power was lost before the end $nothing times" || not_ok "power was lost before the end $nothing times"
[ $acked != 0 ] && ok "an acknowledged import is there" || not_ok "no import was acknowledged within 400 events"
start_node bru
expect "what is there is not imported again" 1 "" an import --format jsonl --label "$T/label.json" "$T/list.jsonl" $why
set -- $(counts); [ "$1 $2" = "$COUNT $COUNT" ] && ok "nothing is doubled" || not_ok "nothing is doubled: $*"
