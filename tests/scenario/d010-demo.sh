#!/bin/sh
# The demonstration as a user plays it: every step that it must have, each as it must be; nothing is left
# behind; the same seed brings the same persons.
. "$(dirname "$0")/lib.sh"
chmod 711 "$T" # the demo's nodes run as users of their own
seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
play() { TMPDIR=$T DEMO_PORT=$PORT_BASE "$(dirname "$0")/../../tools/demo" --stop "$@" >"$T/played" 2>&1; }
before=$(getent passwd entente-demo-bru)

play --seed "$seed"; rc=$?
out=$(grep -B12 'NOT as it must be' "$T/played"; tail -1 "$T/played")
last=$(tail -1 "$T/played")
case $rc:$last in
"0:demo: "[1-9]*" steps, 0 failed") ok "$last, seed $seed" ;;
*) not_ok "the demonstration plays, seed $seed (status $rc)" ;;
esac
cp "$T/played" "$T/first"
has() { grep -qE "^ *[0-9]+\. .*$1" "$T/first" && ok "it has a step: $1" || not_ok "it has a step: $1"; }
for s in "Arabic record from a Latin spelling" "does not hold" "suspects of her case" "urgent request" "asks back" "answers in part: H1, B2" \
	"the label refuses" "permits SEN" "waits in BRU's feed" "all three came, once each" "read without a reason is refused" \
	"purpose outside the annex is refused" "quota is exhausted" "suspends the agreement" "exchange logs tell of the same" "One byte of entry"; do has "$s"; done
grep -q "DEMO_ARGS=\"--seed $seed\"" "$T/first" && ok "it prints its seed" || not_ok "it prints its seed"
left=$(for p in /proc/[0-9]*/cmdline; do tr '\0' ' ' <"$p" 2>/dev/null | grep -F "$T/entente-demo"; done)
[ -z "$left" ] && ok "--stop leaves nothing running" || { out=$left; not_ok "--stop leaves nothing running"; }
[ -z "$(ls -d "$T"/entente-demo* 2>/dev/null)" ] && ok "nor any file" || not_ok "nor any file"
[ -n "$before" ] || [ -z "$(getent passwd entente-demo-bru)" ] && ok "nor its users" || not_ok "nor its users"

persons() { grep -E '^ +\$ entente (search|ask) ' "$1" | grep -oE "'[^']+' --birth [0-9-]+"; }
play --seed "$seed"; rc=$?
out=$(tail -3 "$T/played")
[ $rc = 0 ] && ok "the same seed again" || not_ok "the same seed again (status $rc)"
[ -n "$(persons "$T/first")" ] && [ "$(persons "$T/first")" = "$(persons "$T/played")" ] && ok "brings the same persons" || not_ok "brings the same persons"
play --seed "$((seed + 7))" --no-such-option; rc=$?
[ $rc = 2 ] && ok "an unknown option is usage" || not_ok "an unknown option is usage ($rc)"
