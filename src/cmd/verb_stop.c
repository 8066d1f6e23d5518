/* SPDX-License-Identifier: Apache-2.0
 *
 * stop: SIGTERM to the node of a folder, and the wait until its lock is free.
 */
#include "cmd/call.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define WAIT_S 60 /* the most that is waited; acknowledged work takes a second or two */
#define TICK_US 50000

static const struct verb_arg stop_args[] = {
	{ "dir", ARG_LOCAL, true, false, "DIR", "the node's folder" },
	{ "wait", ARG_LOCAL, false, false, "SECONDS", "how long to wait for its end, 0 to 3600 (60)" },
	{ 0 },
};

/* The process that holds the lock; 0 if nobody does. */
static enum ent_err
holder(int lock, const char *dir, pid_t *pid, struct ent_why *why)
{
	char text[32] = { 0 }, *end;
	*pid = 0;
	if (flock(lock, LOCK_SH | LOCK_NB) == 0) {
		(void)flock(lock, LOCK_UN);
		return ENT_OK;
	}
	if (pread(lock, text, sizeof text - 1, 0) <= 0)
		return ent_fail(ENT_EIO, why, "'%s/run/pid' is empty: the node is just starting; try again",
		    dir);
	long n = strtol(text, &end, 10);
	if (n < 2 || n > INT_MAX || *end != '\n')
		return ent_fail(ENT_ESYNTAX, why, "'%s/run/pid' names no process", dir);
	*pid = (pid_t)n;
	return ENT_OK;
}

static enum ent_err
stop(const char *dir, int lock, long wait_s, pid_t *pid, struct ent_why *why)
{
	pid_t now = 0;
	enum ent_err err = holder(lock, dir, pid, why);
	if (err != ENT_OK)
		return err;
	if (*pid == 0)
		return ent_fail(ENT_EDOWN, why, "no node of '%s' runs", dir);
	if (kill(*pid, SIGTERM) != 0)
		return ent_fail(ENT_EIO, why, "cannot stop process %ld: %s; stop it as the user that it "
		    "runs as", (long)*pid, strerror(errno));
	for (long left = wait_s * (1000000 / TICK_US); left > 0; left--) {
		err = holder(lock, dir, &now, why);
		if (err != ENT_OK || now != *pid)
			return err;
		(void)usleep(TICK_US);
	}
	return wait_s == 0 ? ENT_OK :
		ent_fail(ENT_EBUSY, why, "process %ld still runs after %ld s: its log tells why",
		    (long)*pid, wait_s);
}

static int
run_stop(struct verb_call *c)
{
	struct ent_why why = { 0 };
	const char *dir = verb_dir(c), *wait_text = verb_text(c, "wait");
	char path[PATH_MAX], *end = NULL;
	long wait_s = wait_text == NULL ? WAIT_S : strtol(wait_text, &end, 10);
	pid_t pid = 0;
	enum ent_err err = ENT_OK;
	if (dir == NULL)
		err = ent_fail(ENT_EUSAGE, &why, "which node? entente stop DIR, or set ENTENTE_DIR");
	else if (wait_s < 0 || wait_s > 3600 || (end != NULL && (*end != '\0' || end == wait_text)))
		err = ent_fail(ENT_EUSAGE, &why, "--wait is 0 to 3600 seconds");
	if (err != ENT_OK)
		return verb_fail(c, err, &why);
	(void)snprintf(path, sizeof path, "%s/run/pid", dir);
	int lock = open(path, O_RDONLY | O_CLOEXEC);
	if (lock < 0)
		err = ent_fail(ENT_ENOTFOUND, &why, "'%s' is no node's folder, or it never ran (%s)", dir,
		    strerror(errno));
	else
		err = stop(dir, lock, wait_s, &pid, &why);
	if (lock >= 0)
		(void)close(lock);
	if (err != ENT_OK)
		return verb_fail(c, err, &why);
	struct js *answer = js_object();
	js_set_str(answer, "state", wait_s == 0 ? "stopping" : "stopped");
	js_set_int(answer, "pid", pid);
	int status = verb_show(c, answer);
	js_free(answer);
	return status;
}

const struct verb verb_stop = { .name = "stop", .summary = "stop a node, once it has finished what it acknowledged",
	.args = stop_args, .run = run_stop };
