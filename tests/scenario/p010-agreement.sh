#!/bin/sh
# Cards by another channel, two people on each side, and what the rules say at each step.
. "$(dirname "$0")/lib.sh"
w_all="$why --assurances no-torture --assurances no-death-penalty --assurances no-political-purpose"

make_node bru BRU "$PORT_BASE" "Brussels service" && make_node rab RAB $((PORT_BASE + 1)) "Rabat service" &&
	make_node imp RAB $((PORT_BASE + 2)) "Impostor" || exit 1
start_node bru && start_node rab && start_node imp || exit 1
person bru anke liaison && person bru bart supervisor && person bru an analyst || exit 1
person rab salma supervisor && person rab driss data-protection-officer || exit 1

# cards and fingerprints
as bart partner card >"$T/bru.card"; as salma partner card >"$T/rab.card"; admin imp partner card >"$T/imp.card"
print=$(sed -n 's/^fingerprint *//p' "$T/rab.card")
check "the fingerprint that init printed is on the card" grep -qF "$print" "$T/rab.init"
expect "a card with another fingerprint than was said is refused" 3 "do not use it" bart partner add "$T/imp.card" --fingerprint "$print"
expect "the partner's card is taken with the right one" 0 "$print" bart partner add "$T/rab.card" --fingerprint "$print"
expect "another identity for a known code is refused" 1 "another identity" bart partner add "$T/imp.card"
expect "an analyst adds no partner" 1 "clause: role" an partner add "$T/rab.card"
expect "the other side too" 0 "" salma partner add "$T/bru.card"

# the document
expect "a draft for a partner without card is refused" 1 "partner add" bart agreement draft --partner TUN --id AGR-1
as bart agreement draft --partner RAB --id AGR-1 >"$T/draft.json"
expect "the draft is imported" 0 "not active" bart agreement import "$T/draft.json"
sed 's/"retention_days": 365/"retention_days": 9999/' "$T/draft.json" >"$T/other.json"
expect "another document of that name is refused" 1 "another document" bart agreement import "$T/other.json"
expect "unsigned is inert" 1 "refused by clause AGR-1/signatures" anke decide request --agreement AGR-1 --explain $w_all

# signatures
expect "the first person signs" 0 "1 more of this service" bart agreement sign AGR-1
expect "the same person twice is refused" 1 "another person must" bart agreement sign AGR-1
expect "an analyst does not sign" 1 "clause: role" an agreement sign AGR-1
expect "the second person signs" 0 "signed by    anke" anke agreement sign AGR-1
as bart agreement show AGR-1 --file "$T/agr.bru" >/dev/null
expect "one side's signatures do not suffice" 1 "AGR-1/signatures" anke decide request --agreement AGR-1 $w_all
expect "the partner imports them" 0 "2 signatures added" salma agreement import "$T/agr.bru"
python3 - "$T/agr.bru" "$T/forged" <<'PY'
import json, sys
f = json.load(open(sys.argv[1]))
c = f["consents"][0]
f["consents"].append(c[:-9] + ("A" if c[-9] != "A" else "B") + c[-8:])
json.dump(f, open(sys.argv[2], "w"))
PY
expect "a forged signature is refused" 3 "signature" salma agreement import "$T/forged"
as salma agreement sign AGR-1 >/dev/null
expect "with the fourth signature it is active" 0 "AGR-1  version 1" driss agreement sign AGR-1
says "active" && ! says "not active" && ok "and says so" || not_ok "and says so"
as driss agreement show AGR-1 --file "$T/agr.rab" >/dev/null
expect "both sides have all four" 0 "known agreement, 2 signatures added" bart agreement import "$T/agr.rab"

# decide
expect "a request with its assurances is granted" 0 "granted by clause AGR-1/annex A/purposes" anke decide request --agreement AGR-1 $w_all
expect "without an assurance it is refused" 1 "AGR-1/annex A/commitments/no-torture" anke decide request --agreement AGR-1 $why --assurances no-death-penalty --assurances no-political-purpose
expect "a purpose outside the annex is refused" 1 "AGR-1/annex A/purposes" anke decide request --agreement AGR-1 --purpose border --case C --reason R
expect "what is TLP:RED does not leave" 1 "AGR-1/annex A/handling" anke decide answer --agreement AGR-1 $w_all --tlp RED
acts=$("$ENTENTE" --help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)   *[a-z].*/\1/p' | grep -vE '^(init|serve|stop|generate|help|completion|audit (verify|prove|check|consistency|reconcile|open))$')
untold=$(printf '%s\n' "$acts" | while read -r act; do as anke decide "$act" --agreement AGR-1 $w_all 2>&1 | grep -qE '^(granted|refused) by clause ' || printf '%s; ' "$act"; done)
[ -z "$untold" ] && [ "$(printf '%s\n' "$acts" | wc -l)" -ge 45 ] && ok "any verb's act is told with its clause" || not_ok "any verb's act is told with its clause: $untold"
expect "a search without reason is refused" 1 "by clause reason" an decide search --purpose terrorism --case C
expect "every clause is shown" 0 "pass  AGR-1/partner" anke decide request --agreement AGR-1 --explain $w_all

# standing
expect "a suspension acts at once" 0 "AGR-1 is suspended" bart agreement suspend AGR-1
expect "nothing but notices passes" 1 "AGR-1/standing" anke decide request --agreement AGR-1 $w_all
expect "a notice passes" 0 "granted" anke decide notice --agreement AGR-1 --role system
there() { as salma agreement show AGR-1 | grep -q "suspended by bart"; }
check "the partner learns of it" wait_for 20 there
expect "the partner cannot lift it" 1 "active on our side already" salma agreement resume AGR-1
expect "who suspended resumes" 0 "AGR-1 is active" bart agreement resume AGR-1
back() { ! as salma agreement show AGR-1 | grep -q "not active"; }
check "and the partner learns of that" wait_for 20 back
expect "a termination is for good" 0 "AGR-1 is terminated" salma agreement terminate AGR-1
expect "nothing lifts it" 1 "for good" salma agreement resume AGR-1
ended() { as bart agreement show AGR-1 | grep -q "terminated by salma"; }
check "the partner learns of the termination" wait_for 20 ended
stop_node bru; start_node bru
expect "it is so after a restart" 1 "AGR-1/standing" anke decide request --agreement AGR-1 $w_all
