#!/bin/sh
# Named users: roles, sessions in files of their own, wrong passwords, the last administrator, restarts.
. "$(dirname "$0")/lib.sh"
make_node bru BRU "$PORT_BASE" "Brussels service" && start_node bru || { not_ok "a node starts"; exit 1; }
ENTENTE_DIR=$T/bru; export ENTENTE_DIR
login() { # login WHO PASSWORD [SESSION]
	out=$(printf '%s' "$2" | ENTENTE_SESSION="$T/${3:-$1}.session" "$ENTENTE" login "$1" --password-fd 0 2>&1); rc=$?
}
expect_last() { # expect_last NAME STATUS TEXT
	if [ "$rc" = "$2" ] && { [ -z "$3" ] || says "$3"; }; then ok "$1"; else not_ok "$1 (status $rc)"; fi
}
try_admin() { out=$(admin bru "$@" 2>&1); rc=$?; }

check "a user with a role and a session" person bru anke liaison analyst
check "an officer" person bru dirk data-protection-officer
[ "$(stat -c %a "$T/anke.session")" = 600 ] && ok "the session's file is its owner's" || not_ok "the session's file is its owner's"
grep -q "$PASSWORD" "$T/anke.session" && not_ok "no password in it" || ok "no password in it"
try_admin user list; expect_last "the administrator sees the users" 0 "anke"
expect "an analyst manages no users" 1 "none of the caller's roles" anke user list
try_admin search "Somebody" --purpose terrorism --case C --reason R; expect_last "an administrator reads no records" 1 "role"
expect "an analyst does" 1 "nothing found" anke search "Somebody" $why
expect "a read without purpose is refused" 1 "purpose" anke search "Somebody"
try_admin user add anke --role analyst; expect_last "a name is taken once" 1 "there is a user of that name"
try_admin user add peer --role peer; expect_last "nobody is given a node's role" 2 "role"
try_admin user add Bad.Name --role analyst; expect_last "a name is well formed" 2 "name"

printf '%s' "$PASSWORD" | ENTENTE_SESSION="$T/anke.session" "$ENTENTE" login anke --password-fd 0 $why >/dev/null
expect "purpose, case and reason given at login stand for those left out" 1 "nothing found" anke search "Somebody"

login anke "another password" x; expect_last "a wrong password is refused" 1 "name or password are wrong"
login nobody "$PASSWORD" x; expect_last "so is a wrong name, in the same words" 1 "name or password are wrong"
for i in 1 2 3 4; do login anke "another password" x; done
login anke "$PASSWORD" x; expect_last "after five wrong ones the right one waits a minute" 1 "wait a minute"
expect "a session that stands is not touched by that" 1 "nothing found" anke search "Somebody"

expect "logout ends a session" 0 "logged out" dirk logout
[ -e "$T/dirk.session" ] && not_ok "and removes its file" || ok "and removes its file"
expect "then the session is nobody's" 1 "clause: role" dirk search "Somebody" $why
try_admin user disable admin; expect_last "the last administrator stays" 1 "last administrator"
try_admin user disable anke; expect_last "a user is disabled" 0 "disabled"
expect "whose sessions are over" 1 "session" anke search "Somebody"
login anke "$PASSWORD" x; expect_last "and who cannot come back" 1 "name or password are wrong"
try_admin user disable anke --enable; expect_last "until let in again" 0 "anke"

login dirk "$PASSWORD"; expect_last "another person logs in" 0 "logged in as dirk"
stop_node bru; start_node bru
expect "a session outlives a restart" 0 "logged out" dirk logout
out=$("$ENTENTE" status "$T/bru" 2>&1); rc=$?; expect_last "status tells of the log and the keeper" 0 "keeper     answers"
if grep -aqF "$PASSWORD" "$T"/bru/store/* "$T"/bru/log/*; then not_ok "no password in any file"; else ok "no password in any file"; fi
