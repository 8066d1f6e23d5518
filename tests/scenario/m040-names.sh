#!/bin/sh
# Statistics of names in the publishers' formats: loaded, listed, there after a restart, dropped; a bad row by file and line.
. "$(dirname "$0")/lib.sh"
make_node bru BRU "$PORT_BASE" "Brussels service" && start_node bru && person bru an analyst && person bru bart supervisor ||
	{ not_ok "a node starts"; exit 1; }
printf 'sexe;preusuel;annais;nombre\n1;ZEPHIRIN;1900;12\n1;ZEPHIRIN;1901;3\n2;MARIE;1900;48713\n' >"$T/nat.csv"
printf 'NOM\t_1891_1900\t_1901_1910\nQUATREVAUX\t10\t7\nAUTRES NOMS\t1000\t1000\n' >"$T/noms.txt"
printf 'sexe;preusuel;annais;nombre\n1;ZEPHIRIN;1900;twelve\n' >"$T/bad.csv"
expect "given names" 0 "2 names from 3 rows" bart names load "$T/nat.csv" --format insee
expect "family names" 0 "1 names from 2 rows" bart names load "$T/noms.txt" --format insee
expect "a bad row is told by file, line and column" 2 "bad.csv:2: column 'nombre' is no whole number" bart names load "$T/bad.csv" --format insee
expect "and another format" 2 "is it another --format" bart names load "$T/nat.csv" --format statbel
expect "not by an analyst" 1 "clause: role" an names load "$T/nat.csv" --format insee
expect "they are listed" 0 "3 names in use" an names list
stop_node bru; start_node bru || not_ok "the node starts again"
expect "and there after a restart" 0 "3 names in use" an names list
run an names list --json; set=$(field sets.0.set)
expect "one is dropped" 0 "dropped" bart names drop "$set"
expect "and gone" 0 "1 names in use" an names list
