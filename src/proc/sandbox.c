/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/sandbox.h"

#include <sys/stat.h>

/* Landlock and seccomp bind the calling thread and its later children: an earlier thread would stay
 * outside.  /proc may be absent in a chroot; then the caller's order is all there is. */
static bool
alone(void)
{
	struct stat st;
	return stat("/proc/self/task", &st) != 0 || st.st_nlink <= 3;
}

enum ent_err
sandbox_enter(const struct sandbox_rules *rules, struct sandbox_state *out, struct ent_why *why)
{
	struct sandbox_state s = { 0 };
	if (!alone())
		return ent_fail(ENT_ESTATE, why, "the sandbox is entered before threads start");
	enum ent_err err = ENT_OK;
	if (!rules->seccomp_only)
		err = landlock_apply(rules, &s.landlock, why);
	if (err == ENT_OK && s.landlock == 0 && !rules->seccomp_only)
		return ent_fail(ENT_ESTATE, why,
		    "this kernel has no Landlock: switch it on (lsm=landlock,...) or start with "
		    "--sandbox=seccomp");
	if (err == ENT_OK)
		err = seccomp_apply(rules->role, why);
	if (err != ENT_OK)
		return err;
	s.seccomp = true;
	*out = s;
	return ENT_OK;
}

const char *
sandbox_text(const struct sandbox_state *s)
{
	return s->landlock > 0 ? "seccomp+landlock" : "seccomp";
}
