/* SPDX-License-Identifier: Apache-2.0
 *
 * System calls by allow list.  What is neither allowed nor hostile fails with EPERM, so that a
 * library that only tries goes on; what nobody here would ever call ends the process.
 */
#include "proc/sandbox.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Files (which ones is Landlock's matter), memory, time, threads, own messages. */
static const int both[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64), SCMP_SYS(preadv), SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(close),
	SCMP_SYS(close_range), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
	SCMP_SYS(rmdir), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate),
	SCMP_SYS(fallocate), SCMP_SYS(fadvise64), SCMP_SYS(fcntl), SCMP_SYS(flock), SCMP_SYS(dup),
	SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(getdents64),
	SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(utimensat), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(umask), SCMP_SYS(munmap), SCMP_SYS(mremap),
	SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock), SCMP_SYS(brk),
	SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getpid),
	SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(times),
	SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getrlimit), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(rt_sigsuspend), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(membarrier),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendto),
	SCMP_SYS(recvfrom), SCMP_SYS(shutdown), SCMP_SYS(getsockopt), SCMP_SYS(set_tid_address),
};

static const int node_only[] = {
	SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(connect),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(setsockopt), SCMP_SYS(sendmmsg),
	SCMP_SYS(recvmmsg), SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime), SCMP_SYS(signalfd4),
	SCMP_SYS(memfd_create), SCMP_SYS(sendfile), SCMP_SYS(copy_file_range), SCMP_SYS(splice),
	SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(statfs), SCMP_SYS(link), SCMP_SYS(linkat),
	SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(sync_file_range), SCMP_SYS(getgroups),
	SCMP_SYS(getsid), SCMP_SYS(getpgrp), SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_getparam),
};

static const int hostile[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(bpf), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns), SCMP_SYS(unshare),
	SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(reboot), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(personality), SCMP_SYS(setuid), SCMP_SYS(setreuid), SCMP_SYS(setresuid),
	SCMP_SYS(setgid), SCMP_SYS(setgroups), SCMP_SYS(kcmp), SCMP_SYS(pidfd_getfd),
};

/* Sticky: the first error stays. */
struct list {
	scmp_filter_ctx ctx;
	int rc;
};

static void
rule(struct list *l, uint32_t action, int call)
{
	if (l->rc == 0)
		l->rc = seccomp_rule_add(l->ctx, action, call, 0);
}

/* Allow call if (argument & mask) == value. */
static void
allow_masked(struct list *l, int call, unsigned arg, uint64_t mask, uint64_t value)
{
	struct scmp_arg_cmp cmp = { .arg = arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask,
		.datum_b = value };
	if (l->rc == 0)
		l->rc = seccomp_rule_add_array(l->ctx, SCMP_ACT_ALLOW, call, 1, &cmp);
}

static void
allow_equal(struct list *l, int call, unsigned arg, uint64_t value)
{
	struct scmp_arg_cmp cmp = { .arg = arg, .op = SCMP_CMP_EQ, .datum_a = value };
	if (l->rc == 0)
		l->rc = seccomp_rule_add_array(l->ctx, SCMP_ACT_ALLOW, call, 1, &cmp);
}

/* Memory is writable or executable, never both; the keeper loads no code any more at all, while the
 * node may (name service and character set modules).  The sanitizers do as they please. */
static void
memory(struct list *l, enum sandbox_role role)
{
	static const int calls[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
#ifdef ENT_SANITIZED
		(void)role;
		rule(l, SCMP_ACT_ALLOW, calls[i]);
#else
		allow_masked(l, calls[i], 2, PROT_WRITE | PROT_EXEC, 0);
		allow_masked(l, calls[i], 2, PROT_WRITE | PROT_EXEC, PROT_WRITE);
		if (role == SANDBOX_NODE)
			allow_masked(l, calls[i], 2, PROT_WRITE | PROT_EXEC, PROT_EXEC);
#endif
	}
}

/* Threads, not processes; glibc falls back to clone if there is no clone3, whose flags lie in memory
 * where no filter sees them. */
static void
threads(struct list *l)
{
	allow_masked(l, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD);
	rule(l, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
	allow_equal(l, SCMP_SYS(tgkill), 0, (uint64_t)getpid());
	allow_equal(l, SCMP_SYS(prctl), 0, PR_SET_NAME);
	allow_equal(l, SCMP_SYS(prlimit64), 2, 0); /* new limit NULL: reading only */
}

static void
sockets(struct list *l)
{
	allow_equal(l, SCMP_SYS(socket), 0, AF_UNIX);
	allow_equal(l, SCMP_SYS(socket), 0, AF_INET);
	allow_equal(l, SCMP_SYS(socket), 0, AF_INET6);
	allow_equal(l, SCMP_SYS(socketpair), 0, AF_UNIX);
	allow_equal(l, SCMP_SYS(ioctl), 1, FIONREAD);
	allow_equal(l, SCMP_SYS(ioctl), 1, FIONBIO);
}

enum ent_err
seccomp_apply(enum sandbox_role role, struct ent_why *why)
{
	struct list l = { .ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM)) };
	if (l.ctx == NULL)
		return ent_fail(ENT_EIO, why, "cannot make a system call filter");
	l.rc = seccomp_attr_set(l.ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; i < sizeof both / sizeof both[0]; i++)
		rule(&l, SCMP_ACT_ALLOW, both[i]);
	for (size_t i = 0; role == SANDBOX_NODE && i < sizeof node_only / sizeof node_only[0]; i++)
		rule(&l, SCMP_ACT_ALLOW, node_only[i]);
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
		rule(&l, SCMP_ACT_KILL_PROCESS, hostile[i]);
	memory(&l, role);
	threads(&l);
	if (role == SANDBOX_NODE)
		sockets(&l);
	if (l.rc == 0)
		l.rc = seccomp_load(l.ctx);
	seccomp_release(l.ctx);
	if (l.rc != 0)
		return ent_fail(ENT_EIO, why, "cannot load the system call filter: %s", strerror(-l.rc));
	return ENT_OK;
}
