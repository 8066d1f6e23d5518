/* SPDX-License-Identifier: Apache-2.0
 *
 * entente-keyd FOLDER [--sandbox=seccomp]: started by the node, with one end of a socket pair as
 * descriptor 3.  No network, no files but its own; it ends when the pair closes.
 */
#include "base/file.h"
#include "base/log.h"
#include "keeper/server.h"
#include "proc/proc.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYD_PATH_MAX 4096

static enum ent_err
enter(const char *dir, bool seccomp_only, struct ent_why *why)
{
	const struct sandbox_path paths[] = { { dir, true }, { "/dev/urandom", false } };
	const struct sandbox_rules rules = { SANDBOX_KEEPER, seccomp_only, paths, 2 };
	struct sandbox_state s;
	enum ent_err err = sandbox_enter(&rules, &s, why);
	if (err == ENT_OK)
		log_event(LOG_INFO, "keeper.started", "sandbox=%s landlock=%d", sandbox_text(&s),
		    s.landlock);
	return err;
}

static enum ent_err
start(const char *dir, bool seccomp_only, struct state **state, struct buf *keyfile,
    struct ent_why *why)
{
	char path[KEYD_PATH_MAX];
	int n = snprintf(path, sizeof path, "%s/" KEYFILE_NAME, dir);
	if (n < 0 || (size_t)n >= sizeof path)
		return ent_fail(ENT_ETOOBIG, why, "the keeper's folder has too long a path");
	enum ent_err err = proc_harden(why);
	if (err == ENT_OK)
		err = file_read(path, keyfile, why);
	if (err == ENT_OK)
		err = enter(dir, seccomp_only, why);
	if (err == ENT_OK)
		err = state_open(dir, state, why);
	return err;
}

/* A ^C at the terminal and the stop of a service reach all processes at once; the keeper stays until
 * the node has finished what it acknowledged, and ends with the pair. */
static void
ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		(void)signal(signals[i], SIG_IGN);
}

int
main(int argc, char **argv)
{
	struct ent_why why = { 0 };
	struct state *state = NULL;
	struct buf keyfile;
	int type = 0;
	socklen_t size = sizeof type;
	bool seccomp_only = argc == 3 && strcmp(argv[2], "--sandbox=seccomp") == 0;
	if ((argc != 2 && !seccomp_only) ||
	    getsockopt(PROC_FD, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) {
		(void)fputs("entente-keyd is started by entente, not by hand\n", stderr);
		return 2;
	}
	(void)umask(077);
	ignore_signals();
	if (crypto_init() != ENT_OK)
		return 1;
	buf_init(&keyfile, KEYFILE_SIZE);
	if (start(argv[1], seccomp_only, &state, &keyfile, &why) != ENT_OK) {
		log_event(LOG_ERROR, "keeper.failed", "%s", why.text);
		state_close(state);
		buf_done(&keyfile);
		return 1;
	}
	server_run(PROC_FD, state, buf_bytes(&keyfile));
	buf_done(&keyfile);
	_exit(0); /* no exit handlers: the leak checker's would fork and trace, which is forbidden here */
}
