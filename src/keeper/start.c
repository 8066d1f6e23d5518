/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting the keeper and opening it: before there is a reader thread, one message at a time.
 */
#include "keeper/client.h"
#include "proc/proc.h"

#include <stdlib.h>
#include <unistd.h>

/* Tests run from elsewhere: ENTENTE_KEYD then names the program.  secure_getenv: not under setuid. */
static enum ent_err
program(char path[static PROC_PATH_MAX], struct ent_why *why)
{
	const char *given = secure_getenv("ENTENTE_KEYD");
	if (given == NULL)
		return proc_beside("entente-keyd", path, why);
	int n = snprintf(path, PROC_PATH_MAX, "%s", given);
	return n > 0 && n < PROC_PATH_MAX ? ENT_OK
					  : ent_fail(ENT_EUSAGE, why, "ENTENTE_KEYD is too long");
}

enum ent_err
keeper_start(const char *dir, bool seccomp_only, struct keeper_process *out, struct ent_why *why)
{
	char path[PROC_PATH_MAX];
	struct proc_child child;
	const char *const argv[] = { "entente-keyd", dir, seccomp_only ? "--sandbox=seccomp" : NULL,
		NULL };
	enum ent_err err = program(path, why);
	if (err != ENT_OK)
		return err;
	if (proc_spawn(path, argv, &child, why) != ENT_OK)
		return ENT_EKEEPER;
	*out = (struct keeper_process){ .fd = child.fd, .pid = (int)child.pid };
	return ENT_OK;
}

void
keeper_wait(const struct keeper_process *p)
{
	(void)proc_wait((pid_t)p->pid);
}

enum ent_err
keeper_unlock(int fd, struct bytes passphrase, struct ent_why *why)
{
	struct exchange *x = crypto_secret_new(sizeof *x);
	size_t n = 0;
	enum ent_err err;
	client_begin(x, KEEPER_UNLOCK);
	cur_put_var(&x->out, passphrase, FRAME_PASSPHRASE);
	frame_head_put(x->request, &(struct frame_head){ .msg = KEEPER_UNLOCK });
	if (x->out.bad)
		err = ent_fail(ENT_EFIELD, why, "the passphrase is longer than %zu bytes",
		    FRAME_PASSPHRASE);
	else if (proc_send(fd, bytes_of(x->request, frame_request_size(KEEPER_UNLOCK)), -1) != ENT_OK ||
	    proc_receive(fd, x->reply, sizeof x->reply, true, &n, NULL) != ENT_OK || n == 0)
		err = ent_fail(ENT_EKEEPER, why, "the keeper did not start: its log says why");
	else
		err = client_read(x, n, 0, why);
	crypto_secret_free(x); /* wipes the passphrase */
	return err;
}
