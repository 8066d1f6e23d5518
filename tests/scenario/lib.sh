# Helpers for scenarios: two real nodes, BRU and RAB, each with its keeper, users and sessions.
# Sourced by tests/scenario/*.sh and tools/demo; POSIX sh.  $ENTENTE is the binary.
#
# as WHO VERB ...     runs entente as that person (session $T/WHO.session); WHO is "name" of people below
# ok NAME / check NAME COMMAND...   prints "ok NAME" or "not ok NAME" with what went wrong

: "${ENTENTE:=$PWD/build/entente}"
T=${SCENARIO_DIR:-$(mktemp -d /tmp/entente.XXXXXX)}
: "${PORT_BASE:=$((20000 + $$ % 10000 * 4))}"
PASSPHRASE="scenario passphrase of a node"
PASSWORD="a password for a named user"
scenario=$(basename "$0" .sh)
nodes=

ok() { echo "ok $scenario: $*"; }
not_ok() { echo "not ok $scenario: $*"; [ -z "${out:-}" ] || printf '%s\n' "$out" | sed 's/^/#   /' | head -20; }
skip() { echo "skip $scenario: $*"; }
# check NAME COMMAND...: the command succeeds
check() { name=$1; shift; if "$@"; then ok "$name"; else not_ok "$name"; fi; }
# run WHO ARGS...: keeps output in $out and the status in $rc
run() { out=$(as "$@" 2>&1); rc=$?; }
# says TEXT: the last output has it
says() { printf '%s\n' "$out" | grep -qF -e "$1"; }
# expect NAME STATUS TEXT WHO ARGS...: status and a text in the output
expect() {
	e_name=$1 e_rc=$2 e_text=$3; shift 3
	run "$@"
	if [ "$rc" = "$e_rc" ] && { [ -z "$e_text" ] || says "$e_text"; }; then ok "$e_name"
	else not_ok "$e_name (status $rc, wanted $e_rc${e_text:+ and \"$e_text\"})"; fi
}
as() { who=$1; shift; ENTENTE_SESSION=$T/$who.session "$ENTENTE" "$@"; }
# admin NODE ARGS...: as the first administrator, who is known by the system user
admin() { a_node=$1; shift; env -u ENTENTE_SESSION ENTENTE_DIR="$T/$a_node" "$ENTENTE" "$@"; }

# field KEY: of the last --json output, a top-level text or number
field() { printf '%s\n' "$out" | python3 -c 'import json,sys; v=json.load(sys.stdin)
for k in sys.argv[1].split("."): v = v[int(k)] if isinstance(v, list) else v[k]
print(v)' "$1"; }

make_node() { # make_node DIR CODE PORT "Service" [ADDRESS-ON-THE-CARD [init options]]
	m_dir=$1 m_code=$2 m_port=$3 m_service=$4 m_address=${5:-}; shift 4; [ $# = 0 ] || shift
	printf '%s\n' "$PASSPHRASE" >"$T/$m_dir.pass"; chmod 600 "$T/$m_dir.pass"
	"$ENTENTE" init "$T/$m_dir" --service "$m_service" --code "$m_code" --listen "127.0.0.1:$m_port" \
		${m_address:+--address "$m_address"} --admin admin "$@" --passphrase-fd 3 3<"$T/$m_dir.pass" >"$T/$m_dir.init" 2>&1 ||
		{ cat "$T/$m_dir.init"; return 1; }
}
start_node() { # start_node DIR [serve options]
	s_dir=$1; shift
	"$ENTENTE" serve "$T/$s_dir" --background --passphrase-fd 3 "$@" 3<"$T/$s_dir.pass" >"$T/$s_dir.start" 2>&1 ||
		{ cat "$T/$s_dir.start" "$T/$s_dir/log/node.log" 2>/dev/null; return 1; }
	case " $nodes " in *" $s_dir "*) ;; *) nodes="$nodes $s_dir" ;; esac
}
node_pid() { cat "$T/$1/run/pid" 2>/dev/null; }
# running PID: it has not ended.  kill -0 also finds the dead whom init has yet to reap, which may take it seconds
running() { r_stat=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null); case $r_stat in "" | [ZX]*) return 1 ;; esac; }
# keeper_pid NODE-PID: its keeper, from /proc alone (a bare machine has neither ps nor pgrep).  cat goes on
# where a process ended meanwhile; awk alone would give up there
keeper_pid() { cat /proc/[0-9]*/stat 2>/dev/null | awk -v p="$1" '$4 == p && $2 == "(entente-keyd)" { print $1 }' | head -1; }
stop_node() { # stop_node DIR [SIGNAL]: waits until it is gone
	pid=$(node_pid "$1") || return 0
	[ -n "$pid" ] || return 0
	kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
	i=0; while running "$pid" && [ $i -lt 500 ]; do sleep 0.04; i=$((i + 1)); done
	# its other threads may still hold the lock of the folder for a moment
	flock -w 10 "$T/$1/run/pid" true
}
person() { # person NODE NAME ROLE [ROLE ...]: a user with a session
	p_node=$1 p_name=$2; shift 2
	p_roles=; for p_role in "$@"; do p_roles="$p_roles --role $p_role"; done
	# shellcheck disable=SC2086
	printf '%s' "$PASSWORD" | admin "$p_node" user add "$p_name" $p_roles --password-fd 0 >/dev/null || return 1
	printf '%s' "$PASSWORD" | ENTENTE_DIR="$T/$p_node" ENTENTE_SESSION="$T/$p_name.session" \
		"$ENTENTE" login "$p_name" --password-fd 0 >/dev/null
}
assured="--assurances no-torture --assurances no-death-penalty --assurances no-political-purpose"
why="--purpose terrorism --case C-2026-17 --reason scenario"

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	w_left=$(($1 * 5)); shift
	while ! "$@" >/dev/null 2>&1; do
		w_left=$((w_left - 1)); [ $w_left -gt 0 ] || return 1; sleep 0.2
	done
}

# in_seconds N: the time in so many seconds, as labels state it.  N leaves room for what must be done before: a slow
# disk has made one act last three seconds.
in_seconds() { date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%SZ; }
# sleep_until TIME: until it has passed
sleep_until() { while [ "$(date +%s)" -le "$(date -d "$1" +%s)" ]; do sleep 0.2; done; }

# two_nodes [ANNEXES.json]: BRU and RAB with people, cards exchanged, agreement AGR-1 signed by two on each side
two_nodes() {
	make_node bru BRU "$PORT_BASE" "Brussels service" && make_node rab RAB $((PORT_BASE + 1)) "Rabat service" || return 1
	start_node bru && start_node rab || return 1
	people && sign_agreement "$@"
}
people() {
	person bru anke liaison && person bru bart supervisor && person bru bea supervisor && person bru an analyst && person bru dirk data-protection-officer || return 1
	person rab rachid liaison && person rab salma supervisor && person rab said supervisor && person rab amina analyst && person rab driss data-protection-officer
}
sign_agreement() {
	admin bru partner card >"$T/bru.card" && admin rab partner card >"$T/rab.card" || return 1
	admin bru partner add "$T/rab.card" >/dev/null && admin rab partner add "$T/bru.card" >/dev/null || return 1
	# shellcheck disable=SC2086
	as bart agreement draft --partner RAB --id AGR-1 ${1:+--annexes "$1"} >"$T/draft.json" || return 1
	as bart agreement import "$T/draft.json" >/dev/null || return 1
	as bart agreement sign AGR-1 >/dev/null && as bea agreement sign AGR-1 >/dev/null || return 1
	as bart agreement show AGR-1 --file "$T/agr.bru" >/dev/null || return 1
	as salma agreement import "$T/agr.bru" >/dev/null || return 1
	as salma agreement sign AGR-1 >/dev/null && as said agreement sign AGR-1 >/dev/null || return 1
	as salma agreement show AGR-1 --file "$T/agr.rab" >/dev/null || return 1
	as bart agreement import "$T/agr.rab" >/dev/null
}
finish() {
	[ -z "${relay:-}" ] || kill "$relay" 2>/dev/null
	for n in $nodes; do stop_node "$n"; done
	[ -n "${SCENARIO_KEEP:-}" ] || rm -rf "$T"
}
trap finish EXIT
trap 'exit 1' INT TERM
