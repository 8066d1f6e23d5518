#!/bin/sh
# A node patched so that it sends without logging: the partner's log shows it, in each direction.
. "$(dirname "$0")/lib.sh"
why="--purpose terrorism --case C-2026-17 --reason scenario"
dpo="--purpose data-protection --case A-1 --reason inspection"
mkdir "$T/bin"
cp "$(dirname "$ENTENTE")/tests/entente-unlogged" "$T/bin/entente"; cp "$(dirname "$ENTENTE")/entente-keyd" "$T/bin/entente-keyd"
[ -x "$T/bin/entente" ] || { skip "built without tests: no patched node"; exit 0; }
two_nodes || { not_ok "two nodes with an agreement"; exit 1; }
honest=$ENTENTE

send() { as "$1" request --agreement AGR-1 $why $assured --question "Please say what is known" --urgency urgent >/dev/null; }
exports() {
	rm -rf "$T/xb" "$T/xr"
	as dirk audit export --log AGR-1 --out "$T/xb" $dpo >/dev/null && as driss audit export --log AGR-1 --out "$T/xr" $dpo >/dev/null || return 1
	out=$("$ENTENTE" audit reconcile "$T/xb" "$T/xr" 2>&1); rc=$?
}
settled() { exports && [ $rc = 0 ]; }
shown() { exports && [ $rc = 1 ] && says "sent without logging, by BRU"; }

check "an honest request is sent" send anke
check "and both logs reconcile" wait_for 20 settled
stop_node bru
ENTENTE=$T/bin/entente
check "a patched node starts" start_node bru
ENTENTE=$honest
printf '%s' "$PASSWORD" | ENTENTE_DIR="$T/bru" ENTENTE_SESSION="$T/anke.session" "$ENTENTE" login anke --password-fd 0 >/dev/null
printf '%s' "$PASSWORD" | ENTENTE_DIR="$T/bru" ENTENTE_SESSION="$T/dirk.session" "$ENTENTE" login dirk --password-fd 0 >/dev/null
check "it sends a request" send anke
check "reconciling shows a message that it sent without logging" wait_for 20 shown
says "BRU>RAB feed" && ok "with its direction" || not_ok "with its direction"
out=$("$ENTENTE" audit verify "$T/xb" 2>&1); rc=$?
[ $rc = 0 ] && ok "its own log is good in itself" || not_ok "its own log is good in itself"
