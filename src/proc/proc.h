/* SPDX-License-Identifier: Apache-2.0
 *
 * proc: processes and their sandbox.  Spawning a helper with one end of a SOCK_SEQPACKET pair, whole
 * messages over it, and shutting the own process in: Landlock for files, seccomp for system calls.
 *
 * Order for a process that means to be safe: proc_harden, open what needs wider rights, spawn what
 * has to be spawned, sandbox_enter, then threads.  After sandbox_enter nothing is executed any more.
 */
#ifndef ENT_PROC_PROC_H
#define ENT_PROC_PROC_H

#include "base/bytes.h"

#include <sys/types.h>

/* ---- spawning ---------------------------------------------------------------------------------- */

#define PROC_FD 3 /* where a spawned program finds its end of the pair */
#define PROC_PATH_MAX 4096

struct proc_child {
	pid_t pid;
	int fd; /* our end: SOCK_SEQPACKET, closed on exec; owned by the caller */
};

/* No core dump, no ptrace by others of the same user, no new privileges through exec. */
ENT_CHECK enum ent_err proc_harden(struct ent_why *why);

/* Start path with argv (NULL-ended, argv[0] included): own session, so that a ^C at the terminal does
 * not reach it; standard input from /dev/null, output to standard error; PROC_FD and nothing else
 * open.  The environment is inherited.  EIO if it cannot be executed. */
ENT_CHECK enum ent_err proc_spawn(const char *path, const char *const *argv, struct proc_child *out,
    struct ent_why *why);

/* The path of a program that stands beside the running one. */
ENT_CHECK enum ent_err proc_beside(const char *name, char out[static PROC_PATH_MAX],
    struct ent_why *why);

/* Wait for a child's end; its exit status, or 128 + signal; -1 if there is no such child. */
int proc_wait(pid_t pid);

/* ---- messages over the pair -------------------------------------------------------------------- */

/* One whole message, with a descriptor beside it (-1: none).  Blocks while the pair is full; never
 * raises SIGPIPE.  ETOOBIG over what the pair takes, EIO if the other end is gone. */
ENT_CHECK enum ent_err proc_send(int fd, struct bytes message, int passed_fd);
/* The next message into room; *n = 0: the other end has closed.  A message over max bytes is
 * ETOOBIG and lost.  *passed_fd (may be NULL: descriptors are refused) is -1 or owned by the
 * caller.  wait false: EBUSY if none is there.  EIO. */
ENT_CHECK enum ent_err proc_receive(int fd, void *room, size_t max, bool wait, size_t *n,
    int *passed_fd);

/* ---- sandbox ----------------------------------------------------------------------------------- */

enum sandbox_role {
	SANDBOX_NODE,	/* network, threads, files below its paths */
	SANDBOX_KEEPER, /* files below its paths, threads; no network, no new sockets */
};

struct sandbox_path {
	const char *path; /* a file or a folder with all beneath; one that is absent is skipped */
	bool write;	  /* create, change and remove too */
};

struct sandbox_rules {
	enum sandbox_role role;
	bool seccomp_only; /* asked for by --sandbox=seccomp: a kernel without Landlock will do */
	const struct sandbox_path *paths;
	size_t count;
};

/* What was applied. */
struct sandbox_state {
	int landlock; /* ABI version, 0: none */
	bool seccomp;
};

/* Shut the process in, for good; one thread runs (else ESTATE).  Missing Landlock is ESTATE unless
 * seccomp_only; EIO if the kernel refuses. */
ENT_CHECK enum ent_err sandbox_enter(const struct sandbox_rules *rules, struct sandbox_state *out,
    struct ent_why *why);
/* "seccomp+landlock" or "seccomp", as status shows it. */
const char *sandbox_text(const struct sandbox_state *s);

#endif
