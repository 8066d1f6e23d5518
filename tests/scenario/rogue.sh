# For scenarios with somebody on the wire (wire_rogue.py): two nodes whose cards name a relay's ports.
# Sourced behind lib.sh.  rule WORDS...: what the relay does from now on; $W its folder; $rogue_args who is who.
here=$(dirname "$0")
W=$T/wire
dpo="--purpose data-protection --case A-1 --reason inspection"
rule() { printf '%s\n' "$*" >"$W/rule"; }
# log_of OFFICER NODE: exports the node's log;  entries NODE: its entries, one a line
log_of() { rm -rf "$T/$2.log"; as "$1" audit export --log node --out "$T/$2.log" $dpo >/dev/null; }
entries() { find "$T/$1.log/tile/entries" -type f | sort | xargs cat | tr -d '\n\000' | LC_ALL=C sed 's/{"index":/\n&/g'; }
rogue_nodes() { # rogue_nodes [ANNEXES.json]: as two_nodes
	mkdir "$W"; rule pass
	tool=${ENTENTE%/*}/sign-as
	[ -x "$tool" ] || { skip "built without tests: no sign-as"; exit 0; }
	make_node bru BRU "$PORT_BASE" "Brussels service" "127.0.0.1:$((PORT_BASE + 2))" || return 1
	make_node rab RAB $((PORT_BASE + 1)) "Rabat service" "127.0.0.1:$((PORT_BASE + 3))" || return 1
	start_node bru && start_node rab || return 1
	rogue_args="$tool BRU=$T/bru:$((PORT_BASE + 2)):$PORT_BASE RAB=$T/rab:$((PORT_BASE + 3)):$((PORT_BASE + 1))"
	# shellcheck disable=SC2086
	python3 "$here/wire_rogue.py" relay "$W" $rogue_args 2>"$W/errors" &
	relay=$!
	people && sign_agreement "$@"
}
