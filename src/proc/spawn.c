/* SPDX-License-Identifier: Apache-2.0
 *
 * A helper process with one socket.  Between fork and exec only async-signal-safe calls are made: the
 * parent may have threads.
 */
#include "proc/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum ent_err
proc_harden(struct ent_why *why)
{
	const struct rlimit none = { 0, 0 };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
		return ent_fail(ENT_EIO, why, "cannot harden the process: %s", strerror(errno));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return ent_fail(ENT_EIO, why, "cannot forbid dumps: %s", strerror(errno));
	return ENT_OK;
}

enum ent_err
proc_beside(const char *name, char out[static PROC_PATH_MAX], struct ent_why *why)
{
	char self[PROC_PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return ent_fail(ENT_EIO, why, "cannot read /proc/self/exe: %s", strerror(errno));
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	if (slash == NULL)
		return ent_fail(ENT_EIO, why, "/proc/self/exe names no path");
	*slash = '\0';
	n = snprintf(out, PROC_PATH_MAX, "%s/%s", self, name);
	if (n < 0 || n >= PROC_PATH_MAX)
		return ent_fail(ENT_ETOOBIG, why, "the path of '%s' is too long", name);
	return ENT_OK;
}

/* In the child.  Tells errno through report_fd, which exec closes. */
static _Noreturn void
become(const char *path, char *const *argv, int pair_fd, int report_fd)
{
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	/* Both numbers may lie where the others shall stand: lift them out of the way first. */
	int pair = fcntl(pair_fd, F_DUPFD_CLOEXEC, 16), report = fcntl(report_fd, F_DUPFD_CLOEXEC, 16);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (pair >= 0 && report >= 0 && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	    dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 && dup2(pair, PROC_FD) >= 0 &&
	    dup2(report, PROC_FD + 1) >= 0 && fcntl(PROC_FD + 1, F_SETFD, FD_CLOEXEC) == 0 &&
	    close_range(PROC_FD + 2, ~0u, 0) == 0) {
		report = PROC_FD + 1;
		(void)execve(path, argv, environ);
	}
	const int why = errno;
	if (write(report, &why, sizeof why) < 0)
		_exit(126);
	_exit(127);
}

static char *const *
for_exec(const char *const *argv)
{
	union {
		const char *const *from;
		char *const *to;
	} u = { .from = argv }; /* execve does not write there */
	return u.to;
}

enum ent_err
proc_spawn(const char *path, const char *const *argv, struct proc_child *out, struct ent_why *why)
{
	int pair[2], report[2], cause = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return ent_fail(ENT_EIO, why, "cannot make a socket pair: %s", strerror(errno));
	if (pipe2(report, O_CLOEXEC) != 0) {
		(void)close(pair[0]);
		(void)close(pair[1]);
		return ent_fail(ENT_EIO, why, "cannot make a pipe: %s", strerror(errno));
	}
	pid_t pid = fork();
	if (pid == 0)
		become(path, for_exec(argv), pair[1], report[1]);
	if (pid < 0)
		cause = errno;
	(void)close(pair[1]);
	(void)close(report[1]);
	ssize_t n = 0;
	do
		n = pid < 0 ? 0 : read(report[0], &cause, sizeof cause);
	while (n < 0 && errno == EINTR);
	(void)close(report[0]);
	if (cause != 0) {
		(void)close(pair[0]);
		if (pid > 0)
			(void)proc_wait(pid);
		return ent_fail(ENT_EIO, why, "cannot start '%s': %s", path, strerror(cause));
	}
	*out = (struct proc_child){ .pid = pid, .fd = pair[0] };
	return ENT_OK;
}

int
proc_wait(pid_t pid)
{
	int status = 0;
	pid_t got;
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
