#!/bin/sh
# What a node has acknowledged is there after SIGTERM and after a kill; a real list cut off midway is not.
. "$(dirname "$0")/lib.sh"
make_node rab RAB "$PORT_BASE" "Rabat service" && start_node rab && person rab amina analyst || { not_ok "a node starts"; exit 1; }
printf '{"originator":"RAB","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2,"review_at":"2031-01-01","expires_at":"2033-01-01"' >"$T/head"
{ cat "$T/head"; echo ',"subject":"suspect"}'; } >"$T/full.label"
{ cat "$T/head"; echo '}'; } >"$T/none.label"

# three writers; each keeps the identifiers that the node has confirmed
writer() {
	w=1
	while [ $w -le 400 ]; do
		w_id=$(as amina record add --name "Writer $1 Number $w" --label "$T/full.label" $why 2>/dev/null) || return 0
		echo "${w_id%% *}" >>"$T/done.$1"; w=$((w + 1))
	done
}
cut() { # cut SIGNAL: amidst the writing
	rm -f "$T"/done.*
	for n in 1 2 3; do writer $n & done
	sleep 1.5
	stop_node rab "$1"
	wait
	start_node rab || not_ok "the node starts after $1"
	cat "$T"/done.* >"$T/all"
	lost=0
	while read -r id; do as amina record show "$id" $why >/dev/null 2>&1 || lost=$((lost + 1)); done <"$T/all"
	if [ -s "$T/all" ] && [ $lost = 0 ]; then ok "each of $(wc -l <"$T/all") confirmed records is there after $2"
	else not_ok "each of $(wc -l <"$T/all") confirmed records is there after $2 ($lost lost)"; fi
}
cut TERM "SIGTERM amidst writing"
cut KILL "a kill amidst writing"

# staged: a part of an import is on the disk, not yet shown
staged() {
	python3 -c 'import sqlite3, sys
rows = sqlite3.connect(sys.argv[1], timeout=5).execute("SELECT records FROM import WHERE flipped = 0").fetchall()
sys.exit(not rows or rows[0][0] == 0)' "$T/rab/store/records.db"
}

lists=${ENTENTE_DATA:-../shared/data}/lists
if [ -f "$lists/ofac-sdn.csv" ]; then
	take() { as amina import --format ofac-sdn --label "$T/none.label" $why "$lists/ofac-sdn.csv" "$lists/ofac-add.csv" "$lists/ofac-alt.csv"; }
	# half of it through a pipe, whose other end then stays open: the import has begun and cannot end
	mkfifo "$T/half"
	{ head -c "$(($(wc -c <"$lists/ofac-sdn.csv") / 2))" "$lists/ofac-sdn.csv"; : >"$T/half.sent"; exec sleep 60; } >"$T/half" & feeder=$!
	as amina import --format ofac-sdn --label "$T/none.label" $why "$T/half" >"$T/import.out" 2>&1 & job=$!
	wait_for 30 test -e "$T/half.sent"
	wait_for 30 staged && ok "half of the OFAC list is staged" || not_ok "half of the OFAC list is staged"
	stop_node rab KILL
	wait $job; rc=$?
	running $feeder && ok "the command ends with the node though its input goes on" || not_ok "the command ends with the node though its input goes on"
	kill $feeder
	if [ $rc = 0 ]; then not_ok "the import is cut off by a kill of the node"
	else
		grep -q "broke off before the input ended" "$T/import.out" && ok "and says why" || not_ok "and says why"
		ok "the import is cut off by a kill of the node"
		start_node rab
		run amina record list --state quarantine $why
		says "no records" && ok "nothing of it is listed" || not_ok "nothing of it is listed"
		expect "nothing of it is found" 1 "nothing found" amina search "AEROCARIBBEAN AIRLINES" --type organisation $why
		grep -q import.swept "$T/rab/log/node.log" && ok "start-up swept it, and says so" || not_ok "start-up swept it, and says so"
		out=$(take 2>&1); rc=$?
		[ "$rc" = 0 ] && says "7379 records" && ok "taken again, it is there whole" || not_ok "taken again, it is there whole (status $rc)"
		expect "and found" 0 "AEROCARIBBEAN" amina search "AEROCARIBBEAN AIRLINES" --type organisation $why
	fi
else skip "the OFAC list is not there"; fi

pid=$(node_pid rab)
expect "stop ends the node" 0 "stopped" root stop "$T/rab"
# its lock is free as soon as it ends, its last memory a moment later
gone() { ! running "$pid"; }
check "and it is gone" wait_for 5 gone
expect "a second stop says that none runs" 3 "no node of" root stop "$T/rab"
