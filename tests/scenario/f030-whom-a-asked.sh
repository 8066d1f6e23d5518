#!/bin/sh
# Whom A asked: 200 people that RAB does not hold, and then a look through everything that RAB has.
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
probe="python3 $here/whom_probe.py"
inputs=${ENTENTE%/*}/hit-inputs
cat >"$T/annexes.json" <<'J'
[{"id":"A","domain":"counter-terrorism","purposes":["terrorism"],"quota":{"day":250,"epoch_persons":500,"epoch_days":30}}]
J
two_nodes "$T/annexes.json" || { not_ok "two nodes with an agreement"; exit 1; }
seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
$probe people "$T" "$seed"
if [ -x "$inputs" ]; then "$inputs" <"$T/list.tsv" >"$T/values"; else : >"$T/values"; skip "sound codes: hit-inputs is not built"; fi
$probe needles "$T" >/dev/null
filter_ready() { as salma filter status --json 2>/dev/null | grep -q '"epoch": *1'; }
check "RAB has built its filter" wait_for 60 filter_ready

# found: what of the needles stands in standard input
found() { LC_ALL=C grep -aoFf "$T/needles" | LC_ALL=C sort -u; }
files() { find "$T/rab" -type f -exec cat {} + 2>/dev/null; }
names() { find "$T/rab" -printf '%p\n'; }
node=$(node_pid rab) root=no
keeper=$(keeper_pid "$node")
[ "$(id -u)" = 0 ] && root=yes
# What stands there before anybody has asked says nothing: tables of time zones have dates, too.
{ files; names; [ $root = no ] || { $probe memory "$node"; $probe memory "$keeper"; }; } | found >"$T/before"
LC_ALL=C grep -vxFf "$T/before" "$T/needles" >"$T/left" && [ -s "$T/before" ] && mv "$T/left" "$T/needles"
count=$(wc -l <"$T/needles")
[ "$count" -ge 5900 ] && ok "$count spellings to look for, $(wc -l <"$T/before") were there before by chance" || not_ok "$count spellings to look for"

run anke ask --partner RAB --agreement AGR-1 $why --list "$T/list.jsonl"
if says "200 asked, 0 hits, 200 without"; then ok "200 people are asked about, with no hit (seed $seed)"; else not_ok "200 people are asked about, with no hit (seed $seed)"; fi

clean() { # clean WHAT COMMAND...: what the command writes has none of them
	c_what=$1; shift
	out=$("$@" | found)
	[ -z "$out" ] && ok "none of them stands in $c_what" || not_ok "none of them stands in $c_what"
}
name=$(head -1 "$T/list.tsv" | cut -f1)
[ -n "$(printf 'x%sx' "$name" | found)" ] && ok "the look finds a name that is there" || not_ok "the look finds a name that is there"
[ -n "$(printf 'x%sx' "$name" | iconv -f UTF-8 -t UTF-16LE | tr -d '\0' | found)" ] && ok "and one in UTF-16" || not_ok "and one in UTF-16"
[ "$(files | grep -ac 'RAB')" -ge 1 ] && ok "RAB's files are read" || not_ok "RAB's files are read"
clean "a file or log of RAB" files
clean "a file's name" names
if [ $root = yes ]; then
	reads() { [ "$($probe memory "$1" | LC_ALL=C grep -acF "$2")" -ge 1 ]; }
	check "the node's memory is read" reads "$node" "AGR-1"
	check "the keeper's memory is read" reads "$keeper" "RAB"
	clean "the memory of RAB's node" $probe memory "$node"
	clean "the memory of RAB's keeper" $probe memory "$keeper"
else skip "RAB's memory: only root may read it"; fi
# One's own searches are sealed, too.
as amina search "$name" $why >/dev/null 2>&1
stop_node rab
clean "a file or log after RAB has stopped, though one of its own people then searched for one of them" files
