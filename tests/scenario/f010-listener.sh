#!/bin/sh
# The partners' listener of a running node: TLS 1.3 with a pinned identity or nothing, and all
# settings that keep slow and malformed callers from harming the rest.
here=$(cd "$(dirname "$0")" && pwd)
ENTENTE=${ENTENTE:-$here/../../build/entente}
work=$(mktemp -d) || exit 1
pids=
trap 'for p in $pids; do kill "$p" 2>/dev/null; done; wait; rm -rf "$work"' EXIT
printf 'correct horse' >"$work/pass"
bad=0

is() { # is NAME GOT WANTED
	if [ "$2" = "$3" ]; then echo "ok f010-$1"; else echo "not ok f010-$1: '$2', not '$3'"; bad=1; fi
}
node() { # node CODE PORT
	"$ENTENTE" init "$work/$1" --service "Service $1" --code "$1" --listen "127.0.0.1:$2" \
		--passphrase-fd 3 3<"$work/pass" >/dev/null 2>&1 || { echo "not ok f010-init"; exit 1; }
	printf 'request_ms = 1500\nidle_ms = 2000\nconnections_per_ip = 40\n' >>"$work/$1/entente.conf"
	"$ENTENTE" serve "$work/$1" --passphrase-fd 3 --background 3<"$work/pass" >"$work/out" 2>&1 ||
		{ cat "$work/out"; echo "not ok f010-serve"; exit 1; }
	pids="$pids $(cat "$work/$1/run/pid")"
}
probe() { # probe CODE-of-the-caller FINDING...
	crt=- key=-
	[ "$1" = - ] || { crt=$work/$1/run/tls.crt key=$work/$1/run/tls.key; }
	shift
	python3 "$here/listener_probe.py" "$port" "$crt" "$key" "$@"
}

port=$((20000 + $$ % 20000))
node RAB "$port"
node BRU $((port + 1))
node XYZ $((port + 2))
is stranger-refused "$(probe BRU good)" "good 0"
"$ENTENTE" partner card --dir "$work/BRU" >"$work/bru.card" 2>"$work/err" || cat "$work/err"
"$ENTENTE" partner add "$work/bru.card" --dir "$work/RAB" >/dev/null 2>"$work/err" || cat "$work/err"
is partner-heard "$(probe BRU good)" "good 404"
is other-identity-refused "$(probe XYZ good)" "good 0"
is no-certificate-refused "$(probe - good)" "good 0"
is tls-1-2-refused "$(probe BRU tls12)" "tls12 0"
is plain-http-refused "$(probe BRU plain)" "plain 0"
is length-and-chunks-refused "$(probe BRU cl-te)" "cl-te 400"
is two-lengths-refused "$(probe BRU two-cl)" "two-cl 400"
is no-host-refused "$(probe BRU no-host)" "no-host 400"
is nul-refused "$(probe BRU nul)" "nul 400"
is oversize-refused-at-once "$(probe BRU oversize)" "oversize 413"
is long-header-refused "$(probe BRU long-header)" "long-header 431"
is local-operations-not-offered "$(probe BRU local-op)" "local-op 404"
is slow-first-request-cut-off "$(probe BRU slow-first)" "slow-first cut"
is slow-handshake-cut-off "$(probe BRU slow-handshake)" "slow-handshake cut"
is slow-second-request-cut-off "$(probe BRU slow-second)" "slow-second cut"
is still-answers "$(probe BRU good)" "good 404"
"$ENTENTE" status --dir "$work/RAB" >/dev/null 2>"$work/err"; is local-socket-answers $? 0; cat "$work/err"
exit $bad
