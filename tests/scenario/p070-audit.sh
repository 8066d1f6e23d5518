#!/bin/sh
# Logs exported by running nodes, checked offline, tampered with by cat and dd, and reconciled.
. "$(dirname "$0")/lib.sh"
why="--purpose terrorism --case C-2026-17 --reason scenario"
dpo="--purpose data-protection --case A-1 --reason inspection"
two_nodes || { not_ok "two nodes with an agreement"; exit 1; }

# offline ARGS...: an audit verb that must not need a node
offline() { out=$(env -u ENTENTE_SESSION -u ENTENTE_DIR "$ENTENTE" audit "$@" 2>&1); rc=$?; }
# finds NAME STATUS TEXT ARGS...
finds() {
	f_name=$1 f_rc=$2 f_text=$3; shift 3
	offline "$@"
	if [ "$rc" = "$f_rc" ] && says "$f_text"; then ok "$f_name"; else not_ok "$f_name (status $rc, wanted $f_rc and \"$f_text\")"; fi
}

# entries, exports
for i in 1 2 3 4 5; do run amina search "Nobody Known $i" $why; done
expect "an analyst exports no log" 1 "clause: role" amina audit export --out "$T/no" $dpo
expect "the data-protection officer exports the node's log" 0 "entries of log 'node' of RAB" driss audit export --out "$T/old" $dpo
key=$(printf '%s\n' "$out" | sed -n 's/^key //p')
for i in 1 2 3; do run amina search "Nobody Known $i" $why; done
expect "openings go to the data-protection officer alone" 1 "clause: role" salma audit export --openings --out "$T/no" $dpo
expect "and again, with openings" 0 "entries of log 'node' of RAB" driss audit export --out "$T/new" --openings $dpo

finds "a good export verifies" 0 "good: node log of RAB" verify "$T/new" --key "$key"
finds "and is held against an older one" 0 "good: node log of RAB" verify "$T/new" --key "$key" --against "$T/old"
finds "which it continues" 0 "continues: from" consistency "$T/old" "$T/new" --key "$key"
finds "and against the older one's checkpoint alone" 0 "continues: from" consistency "$T/old/checkpoint" "$T/new" --key "$key"
finds "the older does not continue the newer" 1 "rolled back" consistency "$T/new" "$T/old" --key "$key"
finds "an older log in the newer one's place is a rollback" 1 "is missing: rolled back from" verify "$T/old" --key "$key" --against "$T/new"
offline verify "$T/new" --key "$(printf '%s' "$key" | sed 's/RAB/BRU/')"; [ "$rc" = 2 ] && ok "a mistyped key is usage" || not_ok "a mistyped key ($rc)"
finds "no folder is usage" 2 "" verify "$T/nowhere"

# proofs and openings
bundle=$(find "$T/new/tile/entries" -type f); n=${bundle##*/}
search=$(tr '{' '\n' <"$bundle" | sed -n 's/^"index":\([0-9]*\),.*"event":"search".*/\1/p' | tail -1)
finds "an entry is proven" 0 "proof of entry $search" prove "$T/new" "$search" --out "$T/proof" --key "$key"
finds "and its proof stands alone" 0 "event: search" check "$T/proof" --key "$key"
sed "s/^index $search\$/index 1/" "$T/proof" >"$T/proof.bad"
finds "not with another index" 1 "is not number 1" check "$T/proof.bad" --key "$key"
finds "what was asked opens" 0 "Nobody Known 3" open "$T/new" "$search" name --key "$key"
finds "and the reason" 0 "scenario" open "$T/new" "$search" reason --key "$key"
finds "nothing else does" 1 "no field 'colour'" open "$T/new" "$search" colour --key "$key"
if grep -rqaF "Nobody Known" "$T/new/tile" "$T/rab"; then not_ok "no query stands in log or store"; else ok "no query stands in log or store"; fi

# tampering: each entry of the bundle, its length before it, into a file of its own
mkdir "$T/e"; at=0 i=0
while [ $i -lt "$n" ]; do
	len=$(od -An -tu1 -j $at -N 2 "$bundle" | awk '{ print $1 * 256 + $2 + 2 }')
	dd if="$bundle" of="$T/e/$(printf %04d $i)" bs=1 skip=$at count="$len" 2>/dev/null
	at=$((at + len)) i=$((i + 1))
done
# forge NAME FILES...: a copy of the export with these entries in its bundle
forge() {
	rm -rf "$T/f"; cp -r "$T/new" "$T/f"; (cd "$T/e" && cat "$@") >"$T/f/tile/entries/000.p/$n"
}
all=$(cd "$T/e" && ls)
# shellcheck disable=SC2086
forge $all; finds "put together again it is good" 0 "good: node log" verify "$T/f" --key "$key"
sed 's/"result":"ok"/"result":"no"/' "$T/e/0007" >"$T/e/edited" # the same length
forge $(printf '%s\n' $all | sed s/0007/edited/)
finds "an edited entry is named" 1 "entry 7 of the node log of RAB: content differs" verify "$T/f" --key "$key"
forge $(printf '%s\n' $all | grep -v 0005)
finds "a dropped entry is named" 1 "entry 5 of the node log of RAB" verify "$T/f" --key "$key"
forge $(printf '%s\n' $all | sed 's/0004/x/; s/0009/0004/; s/^x$/0009/')
finds "reordered entries are named" 1 "entry 4 of the node log of RAB" verify "$T/f" --key "$key"
forge $(printf '%s\n' $all | sed 's/0006/0006 0002/')
finds "an inserted entry is named" 1 "entry 7 of the node log of RAB" verify "$T/f" --key "$key"
forge $(printf '%s\n' $all | sed '$d')
finds "a log cut short is named" 1 "entry $((n - 1)) of the node log of RAB is missing" verify "$T/f" --key "$key"
forge $all; printf 'X' | dd of="$T/f/tile/entries/000.p/$n" bs=1 seek=500 conv=notrunc 2>/dev/null
finds "one changed byte is found" 1 "entry 2 of the node log of RAB" verify "$T/f" --key "$key"
forge $all; printf 'X' | dd of="$T/f/tile/0/000.p/$n" bs=1 seek=100 conv=notrunc 2>/dev/null
finds "a changed tile is told from a changed entry" 1 "hash of entry 3 in tile/0" verify "$T/f" --key "$key"
forge $all; sed 's/^[0-9][0-9]*$/1/' "$T/new/checkpoint" >"$T/f/checkpoint"
finds "a forged checkpoint does not verify" 1 "does not verify" verify "$T/f" --key "$key"

# both exchange logs
expect "a request is sent" 0 "" anke request --agreement AGR-1 $why $assured --question "Please say what is known" --urgency urgent
settled() {
	rm -rf "$T/xb" "$T/xr"
	as dirk audit export --log AGR-1 --out "$T/xb" $dpo >/dev/null && as driss audit export --log AGR-1 --out "$T/xr" $dpo >/dev/null &&
		offline reconcile "$T/xb" "$T/xr" && [ "$rc" = 0 ]
}
wait_for 20 settled
finds "both exchange logs reconcile" 0 "reconciled: agreement AGR-1" reconcile "$T/xb" "$T/xr"
finds "a log does not reconcile with itself" 1 "both exports are from BRU" reconcile "$T/xb" "$T/xb"
for i in 1 2; do run amina search "Nobody Else $i" $why; done
expect "an export grows" 0 "new)" driss audit export --out "$T/new" $dpo
finds "and verifies against what it was" 0 "good: node log" verify "$T/new" --key "$key" --against "$T/old"
