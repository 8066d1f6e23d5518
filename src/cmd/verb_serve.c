/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/log.h"
#include "cmd/call.h"
#include "cmd/serve.h"
#include "crypto/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct start {
	struct serve_options serve;
	struct owner owner;
	char dir[PATH_MAX]; /* whole, since a node in the background leaves this folder */
	void *passphrase;   /* owned */
	int ready_fd;	    /* --ready-fd, or -1 */
	int parent;	    /* of a node in the background: where it says how its start went, or -1 */
};

static enum ent_err
set_log(const char *level, struct ent_why *why)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	for (size_t i = 0; i < 4; i++)
		if (strcmp(names[i], level) == 0) {
			log_set_level((enum log_level)i);
			return ENT_OK;
		}
	return ent_fail(ENT_EFIELD, why, "log is error, warn, info or debug, not '%s'", level);
}

static enum ent_err
take_arguments(struct verb_call *c, struct start *s, struct ent_why *why)
{
	const char *dir = verb_dir(c), *user = verb_text(c, "user"), *sandbox = verb_text(c, "sandbox");
	int64_t ready = verb_int(c, "ready-fd", -1);
	if (dir == NULL)
		return ent_fail(ENT_EUSAGE, why, "DIR is missing: the node's folder");
	if (realpath(dir, s->dir) == NULL)
		return ent_fail(ENT_ENOTFOUND, why, "cannot open '%s': %s", dir, strerror(errno));
	if (sandbox != NULL && strcmp(sandbox, "seccomp") != 0 && strcmp(sandbox, "full") != 0)
		return ent_fail(ENT_EUSAGE, why, "--sandbox is full or seccomp, not '%s'", sandbox);
	if (ready < -1 || ready > 65535)
		return ent_fail(ENT_EUSAGE, why, "--ready-fd is no descriptor");
	s->ready_fd = (int)ready;
	s->serve.dir = s->dir;
	s->serve.seccomp_only = sandbox != NULL && strcmp(sandbox, "seccomp") == 0;
	enum ent_err err = conf_read(s->dir, &s->serve.conf, why);
	if (err == ENT_OK)
		err = set_log(s->serve.conf.log, why);
	if (err == ENT_OK && user != NULL) {
		err = owner_find(user, &s->owner, why);
		s->serve.owner = &s->owner;
	}
	return err;
}

static void
on_ready(void *ctx)
{
	struct start *s = ctx;
	crypto_secret_free(s->passphrase);
	s->passphrase = NULL;
	s->serve.passphrase = (struct bytes){ 0 };
	if (s->ready_fd >= 0) {
		(void)!write(s->ready_fd, "ready\n", 6);
		(void)close(s->ready_fd);
	}
	if (s->parent >= 0) {
		(void)!write(s->parent, "ready", 5);
		(void)close(s->parent);
		s->parent = -1;
	}
}

/* Standard input and output to nowhere, errors to the log. */
static enum ent_err
leave_terminal(const struct start *s, struct ent_why *why)
{
	char path[PATH_MAX + 32];
	(void)snprintf(path, sizeof path, "%s/log/node.log", s->dir);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = owner_open(s->serve.owner, path, O_WRONLY | O_CREAT | O_APPEND, 0640);
	if (null < 0 || log < 0)
		return ent_fail(ENT_EIO, why, "cannot open '%s': %s", path, strerror(errno));
	if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0 || chdir("/") != 0)
		return ent_fail(ENT_EIO, why, "cannot leave the terminal: %s", strerror(errno));
	(void)close(null);
	(void)close(log);
	return ENT_OK;
}

/* The parent of a node in the background: waits for its word, and passes on what went wrong. */
static int
wait_for_child(struct verb_call *c, int from, pid_t pid)
{
	struct ent_why why = { 0 };
	struct buf said;
	int status = 0;
	buf_init(&said, 1024);
	enum ent_err err = file_read_fd(from, &said, &why);
	(void)close(from);
	if (err == ENT_OK && said.n == 5 && memcmp(said.p, "ready", 5) == 0) {
		struct js *answer = js_object();
		js_set_str(answer, "state", "running");
		js_set_int(answer, "pid", pid);
		status = verb_show(c, answer);
		js_free(answer);
	} else {
		(void)waitpid(pid, &status, 0);
		err = WIFEXITED(status) && WEXITSTATUS(status) == 1 ? ENT_ESTATE : ENT_EINTERNAL;
		status = verb_fail(c, err, said.n > 0
		    ? (ent_fail(err, &why, "%s", buf_cstr(&said)), &why)
		    : (ent_fail(err, &why, "the node ended at once; its log says why"), &why));
	}
	buf_done(&said);
	return status;
}

static int
serve(struct verb_call *c, struct start *s)
{
	struct ent_why why = { 0 };
	enum ent_err err = s->parent >= 0 ? leave_terminal(s, &why) : ENT_OK;
	s->serve.ready = on_ready;
	s->serve.ctx = s;
	if (err == ENT_OK)
		err = serve_run(&s->serve, &why);
	crypto_secret_free(s->passphrase);
	s->passphrase = NULL;
	if (err == ENT_OK)
		return 0;
	log_event(LOG_ERROR, "node.failed", "code=%d why=\"%s\"", (int)err, why.text);
	if (s->parent >= 0) {
		(void)!write(s->parent, why.text, strlen(why.text));
		(void)close(s->parent);
		return call_status(err);
	}
	return verb_fail(c, err, &why);
}

static int
background(struct verb_call *c, struct start *s)
{
	struct ent_why why = { 0 };
	int pair[2];
	if (pipe2(pair, O_CLOEXEC) != 0)
		return verb_fail(c, ent_fail(ENT_EIO, &why, "cannot make a pipe: %s", strerror(errno)),
		    &why);
	pid_t pid = fork();
	if (pid < 0)
		return verb_fail(c, ent_fail(ENT_EIO, &why, "cannot fork: %s", strerror(errno)), &why);
	if (pid > 0) {
		(void)close(pair[1]);
		crypto_secret_free(s->passphrase);
		return wait_for_child(c, pair[0], pid);
	}
	(void)close(pair[0]);
	(void)setsid();
	s->parent = pair[1];
	return serve(c, s);
}

static int
run(struct verb_call *c)
{
	struct ent_why why = { 0 };
	struct start s = { .ready_fd = -1, .parent = -1 };
	size_t n = 0;
	enum ent_err err = take_arguments(c, &s, &why);
	if (err == ENT_OK)
		err = verb_secret(c, "passphrase-fd", "Passphrase of the keeper", false, &s.passphrase,
		    &n, &why);
	if (err != ENT_OK)
		return verb_fail(c, err, &why);
	s.serve.passphrase = bytes_of(s.passphrase, n);
	return verb_flag(c, "background") ? background(c, &s) : serve(c, &s);
}

static const struct verb_arg args[] = {
	{ "dir", ARG_TEXT, true, false, "DIR", "the node's folder" },
	{ "passphrase-fd", ARG_INT, false, false, "N", "read the keeper's passphrase from descriptor N" },
	{ "user", ARG_TEXT, false, false, "NAME", "as root: run as this system user" },
	{ "sandbox", ARG_TEXT, false, false, "full|seccomp", "seccomp: do without Landlock" },
	{ "ready-fd", ARG_INT, false, false, "N", "write 'ready' to descriptor N once it answers" },
	{ "background", ARG_FLAG, false, false, NULL, "return once it answers; log to DIR/log/node.log" },
	{ .name = NULL },
};

const struct verb verb_serve = {
	.name = "serve",
	.summary = "run a node until it is told to stop",
	.args = args,
	.run = run,
};
