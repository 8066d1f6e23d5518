# Helpers of the bench-* scripts, on top of the scenarios': the nodes are the shipped binaries, as a user
# starts them, in their sandboxes and at synchronous=FULL.  Standard output has figures alone.
#
# bench_begin "FIGURE FIGURE ..." [NAME]   ends the script if NAME is none of them
. tests/scenario/lib.sh
build=${BUILD:-build}
drive=$build/tests/perf/drive

bench_begin() {
	bench_wanted=${2:-}
	case " $1 " in *" ${bench_wanted:-$1} "*) ;; *) exit 0 ;; esac
	trap 'finish >&2' EXIT
}
wanted() { [ -z "$bench_wanted" ] || [ "$bench_wanted" = "$1" ]; }
note() { echo "# $scenario: $*" >&2; }
fail() { note "$*"; [ -z "${out:-}" ] || printf '%s\n' "$out" | head -5 >&2; exit 1; }
# figure NAME VALUE UNIT
figure() { ! wanted "$1" || printf '{"bench":"%s","value":%s,"unit":"%s"}\n' "$1" "$2" "$3"; }
calc() { awk "BEGIN { printf \"%.${2:-3}f\", $1 }"; }
# median NUMBER...: the middle one
median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# of KEY, from a JSON line on standard input
of() { python3 -c 'import json,sys; v=json.load(sys.stdin)
for k in sys.argv[1].split("."): v = v[int(k)] if isinstance(v, list) else v[k]
print(v)' "$1"; }
now() { date +%s.%N; }
sync_rate() { "$drive" sync "$T" "$1" | of per_s; }      # append or again: 4 KiB and fdatasync, a second
raw_rate() { "$build/tests/perf/bench_crypto" crypto.scalarmult | of value; } # scalar multiplications a second
# load WHO PATH CALLERS COUNT STATUS BODIES: drive's line
load() { l_who=$1; shift; "$drive" call "$T/$l_who.session" "$@" || fail "the load ended"; }
label() { # label CODE [SUBJECT]
	printf '{"originator":"%s","legal_basis":"law 1","handling":["H1"],"tlp":"AMBER","source":"B","information":2%s,"review_at":"2031-01-01","expires_at":"2033-01-01"}' \
		"$1" "${2:+,\"subject\":\"$2\"}"
}
