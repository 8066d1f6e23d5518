#!/bin/sh
# Loss of power at chosen writes and syncs of node and keeper: tests/powerloss/sweep.py says what must hold.
# A sample; POWERLOSS_FULL=1: at every one.  In memory where there is such a place: the shim decides what a disk has.
[ -n "${SCENARIO_DIR:-}" ] || SCENARIO_DIR=$(mktemp -d /dev/shm/entente.XXXXXX 2>/dev/null || mktemp -d /tmp/entente.XXXXXX)
. "$(dirname "$0")/lib.sh"
sweep=$(dirname "$0")/../powerloss/sweep.py
[ -f "$(dirname "$ENTENTE")/tests/powerloss/libpowerloss.so" ] || { skip "built without tests, or sanitized: no shim"; exit 0; }
cat >"$T/annexes.json" <<'J'
[{"id":"A","domain":"counter-terrorism","purposes":["terrorism"],"quota":{"day":10000,"epoch_persons":20000,"epoch_days":30}}]
J
printf '{"originator":"RAB","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2,"subject":"suspect","review_at":"2031-01-01","expires_at":"2033-01-01"}' >"$T/suspect.label"
two_nodes "$T/annexes.json" || { not_ok "two nodes with an agreement"; exit 1; }
expect "RAB holds a person" 0 "" amina record add --name "Karim Idrissi" --birth 1980-05-06 --label "$T/suspect.label" $why
expect "and has a filter" 0 "epoch" salma filter build --agreement AGR-1
hit() { as anke ask --partner RAB --agreement AGR-1 $why "Karim Idrissi" --birth 1980-05-06 --json | grep -q '"hits": 1'; }
check "BRU hits" wait_for 10 hit
stop_node bru; stop_node rab; nodes=
# an import of several commits, and yet of few writes
echo 'import_batch = 10' >>"$T/rab/entente.conf"
ENTENTE=$(cd "$(dirname "$ENTENTE")" && pwd)/$(basename "$ENTENTE"); export ENTENTE
python3 "$sweep" "$T"
