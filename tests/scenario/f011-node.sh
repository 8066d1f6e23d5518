#!/bin/sh
# A node's life: init makes all or nothing, serve runs once, stops cleanly, and ends with its keeper.
here=$(cd "$(dirname "$0")" && pwd)
ENTENTE=${ENTENTE:-$here/../../build/entente}
work=$(mktemp -d) || exit 1
chmod 755 "$work"
trap 'p=$(cat "$work/a/run/pid" 2>/dev/null) && kill "$p" 2>/dev/null; wait; rm -rf "$work"' EXIT
printf 'correct horse' >"$work/pass"
printf 'wrong horse' >"$work/wrong"
port=$((20000 + $$ % 20000))
bad=0

is() { # is NAME GOT WANTED
	if [ "$2" = "$3" ]; then echo "ok f011-node: $1"; else echo "not ok f011-node: $1: '$2', not '$3'"; bad=1; fi
}
has() { # has NAME TEXT: the last command's errors name it
	if grep -q -- "$2" "$work/err"; then echo "ok f011-node: $1"; else echo "not ok f011-node: $1: no '$2' in '$(cat "$work/err")'"; bad=1; fi
}
init() { "$ENTENTE" init "$@" --passphrase-fd 3 3<"$work/pass" >"$work/out" 2>"$work/err"; }
serve() { "$ENTENTE" serve "$work/a" --passphrase-fd 3 "$@" 3<"$work/pass" >"$work/out" 2>"$work/err"; }
gone() { # gone PID: wait up to 10 s for its end
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ -d "/proc/$1" ] || { echo yes; return; }
		sleep 0.5
	done
	echo no
}

init "$work/a" --service "Service A" --code AAA --listen 127.0.0.1:$port; is "init makes a node" $? 0
grep -qE '([0-9a-f]{4} ){9}[0-9a-f]{4}' "$work/out"; is "it prints the fingerprint of the identity key, in groups of four" $? 0
init "$work/a" --service "Service A" --code AAA; is "init of a folder that exists is refused" $? 1; has "and says that it exists already" "exists already"
init "$work/b" --service "Service B" --code lower; is "init with a code in lower case is refused as usage" $? 2
"$ENTENTE" init "$work/b" --service B --code BBB --passphrase-fd 3 3</dev/null 2>/dev/null; is "init without a passphrase is refused as usage" $? 2
: >"$work/file"
init "$work/file/b" --service B --code BBB; is "init below a file fails" $? 3
is "no failed init leaves anything behind" "$(ls "$work" | tr '\n' ' ')" "a err file out pass wrong "

"$ENTENTE" status --dir "$work/a" >/dev/null 2>"$work/err"; is "status of a node that does not run fails" $? 3; has "and says that the node is not running" "is not running"
"$ENTENTE" serve "$work/a" --passphrase-fd 3 --background 3<"$work/wrong" >/dev/null 2>"$work/err"; is "serve with a wrong passphrase is refused" $? 1
serve --background; is "serve starts node and keeper" $? 0
pid=$(cat "$work/a/run/pid")
"$ENTENTE" status --dir "$work/a" >"$work/out" 2>/dev/null; is "status answers then" $? 0
grep -q 'sandbox seccomp' "$work/out"; is "status shows the sandbox of the node" $? 0
serve --background; is "a second serve of the same folder is refused" $? 1; has "and names the process that runs already" "runs already, as process $pid"
is "folders, keys and configuration are their owner's alone, the socket everybody's" "$(stat -c %a "$work/a" "$work/a/keeper" "$work/a/store" "$work/a/entente.conf" "$work/a/run/tls.key" "$work/a/run/node.sock" | tr '\n' ' ')" "711 700 700 600 600 666 "
if [ "$(id -u)" = 0 ]; then
	setpriv --reuid 54321 --clear-groups "$ENTENTE" user list --dir "$work/a" >/dev/null 2>"$work/err"
	is "a system user whom no administrator bound to a name is refused" $? 1
fi
kill "$pid"; gone "$pid" >/dev/null
# a kernel without Landlock
real=$ENTENTE
bare() { "$here/no_landlock.py" "$(command -v "$real")" "$@"; }
bare serve "$work/a" --passphrase-fd 3 --background 3<"$work/pass" >"$work/out" 2>"$work/err"; is "a kernel without Landlock refuses to start" $? 3
cat "$work/a/log/node.log" >>"$work/err"; has "and says what to do" "this kernel has no Landlock.*--sandbox=seccomp"
bare serve "$work/a" --passphrase-fd 3 --background --sandbox=seccomp 3<"$work/pass" >"$work/out" 2>"$work/err"; is "unless it is told to do without" $? 0
"$ENTENTE" status --dir "$work/a" >"$work/out"; grep -q 'sandbox seccomp$' "$work/out"; is "which status shows" $? 0
kill "$(cat "$work/a/run/pid")"; gone "$(cat "$work/a/run/pid")" >/dev/null
serve --background; is "it starts with both again" $? 0
pid=$(cat "$work/a/run/pid")
kill "$pid"; is "SIGTERM stops it" "$(gone "$pid")" yes
is "a stopped node leaves neither socket nor TLS key" "$(ls "$work/a/run" | tr '\n' ' ')" "pid "
grep -q '"node.stopped"' "$work/a/log/node.log"; is "its log tells of the stop" $? 0

serve --background --sandbox seccomp; is "--sandbox=seccomp starts a node without Landlock" $? 0
"$ENTENTE" status --dir "$work/a" | grep -q 'seccomp+landlock'; is "and status does not claim Landlock then" $? 1
pid=$(cat "$work/a/run/pid")
kill -9 $(cat "/proc/$pid/task/$pid/children"); is "a node whose keeper is killed ends" "$(gone "$pid")" yes
grep -q 'keeper has ended' "$work/a/log/node.log"; is "its log says that the keeper has ended" $? 0

serve --background; is "it starts again after that" $? 0
pid=$(cat "$work/a/run/pid")
kill -9 "$pid"; is "a kill ends it at once" "$(gone "$pid")" yes
serve --background; is "it starts again after a kill" $? 0
printf 'lisen = 1\n' >>"$work/a/entente.conf"
serve; is "an unknown key in the configuration is refused as usage" $? 2; has "and the key that was meant is named" "did you mean 'listen'"
exit $bad
