/* SPDX-License-Identifier: Apache-2.0
 *
 * Spawning and messages, and what a process can no longer do once it is shut in.  Each sandboxed
 * attempt runs in a forked child, whose exit status tells.  Started with the argument "child" the
 * program is its own helper.
 */
#include "proc/proc.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the helper -------------------------------------------------------------------------------- */

static int
count_fds(void)
{
	int n = 0;
	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Answers each message with: its bytes, how many descriptors are open, whether the session is own. */
static int
child_main(void)
{
	char in[256], out[512];
	size_t n;
	while (proc_receive(PROC_FD, in, sizeof in - 1, true, &n, NULL) == ENT_OK && n > 0) {
		in[n] = '\0';
		int len = snprintf(out, sizeof out, "%s %d %d", in, count_fds(), getsid(0) == getpid());
		if (proc_send(PROC_FD, bytes_of(out, (size_t)len), -1) != ENT_OK)
			return 3;
	}
	return 7;
}

static void
test_a_helper_gets_one_socket_and_ends_with_it(void **state)
{
	(void)state;
	struct proc_child child;
	struct ent_why why;
	char path[PROC_PATH_MAX], answer[256];
	size_t n;
	int stray = open("/dev/null", O_RDONLY); /* not closed on exec, and yet not passed on */
	assert_int_equal(proc_beside("test_proc", path, &why), ENT_OK);
	const char *const argv[] = { "test_proc", "child", NULL };
	assert_int_equal(proc_spawn(path, argv, &child, &why), ENT_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(proc_send(child.fd, bytes_of_cstr("hello"), -1), ENT_OK);
		assert_int_equal(proc_receive(child.fd, answer, sizeof answer, true, &n, NULL), ENT_OK);
		assert_int_equal(n, strlen("hello 4 1"));
		assert_memory_equal(answer, "hello 4 1", n); /* 0, 1, 2 and the pair */
	}
	(void)close(child.fd);
	(void)close(stray);
	assert_int_equal(proc_wait(child.pid), 7);
}

static void
test_a_missing_program_is_told(void **state)
{
	(void)state;
	struct proc_child child;
	struct ent_why why;
	const char *const argv[] = { "nothing", NULL };
	assert_int_equal(proc_spawn("/nonexistent/nothing", argv, &child, &why), ENT_EIO);
	assert_non_null(strstr(why.text, "/nonexistent/nothing"));
}

static void
test_messages_keep_their_borders_and_their_descriptor(void **state)
{
	(void)state;
	int pair[2], got = -1;
	char room[8];
	size_t n;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(proc_receive(pair[1], room, sizeof room, false, &n, NULL), ENT_EBUSY);
	assert_int_equal(proc_send(pair[0], bytes_of("one", 3), -1), ENT_OK);
	assert_int_equal(proc_send(pair[0], bytes_of("two", 3), pair[0]), ENT_OK);
	assert_int_equal(proc_send(pair[0], bytes_of("three", 5), pair[0]), ENT_OK);
	assert_int_equal(proc_send(pair[0], bytes_of("far too long", 12), -1), ENT_OK);
	assert_int_equal(proc_send(pair[0], bytes_of("end", 3), -1), ENT_OK);
	assert_int_equal(proc_receive(pair[1], room, sizeof room, true, &n, &got), ENT_OK);
	assert_int_equal(n, 3);
	assert_int_equal(got, -1);
	assert_int_equal(proc_receive(pair[1], room, sizeof room, true, &n, &got), ENT_OK);
	assert_true(got >= 0);
	(void)close(got);
	/* a descriptor where none is expected: refused, and closed */
	const int before = count_fds();
	assert_int_equal(proc_receive(pair[1], room, sizeof room, true, &n, NULL), ENT_ETOOBIG);
	assert_int_equal(count_fds(), before);
	assert_int_equal(proc_receive(pair[1], room, sizeof room, true, &n, NULL), ENT_ETOOBIG);
	assert_int_equal(proc_receive(pair[1], room, sizeof room, true, &n, NULL), ENT_OK);
	assert_memory_equal(room, "end", 3);
	(void)close(pair[0]);
	assert_int_equal(proc_receive(pair[1], room, sizeof room, true, &n, NULL), ENT_OK);
	assert_int_equal(n, 0);
	assert_int_equal(proc_send(pair[1], bytes_of("x", 1), -1), ENT_EIO); /* and no SIGPIPE */
	(void)close(pair[1]);
}

/* ---- sandboxed attempts ------------------------------------------------------------------------ */

static char own_dir[] = "/tmp/entente-proc-XXXXXX";

struct attempt {
	enum sandbox_role role;
	bool seccomp_only;
	int (*act)(void); /* 0: it worked; else errno */
};

/* Exit status of the act in the sandbox; 128 + signal if it was killed; 99 if there is no sandbox. */
static int
run(const struct attempt *a)
{
	const struct sandbox_path paths[] = { { own_dir, true }, { "/dev/urandom", false },
		{ "/nonexistent", true } };
	const struct sandbox_rules rules = { a->role, a->seccomp_only, paths, 3 };
	pid_t pid = fork();
	if (pid == 0) {
		struct sandbox_state s = { 0 };
		struct ent_why why;
		if (proc_harden(&why) != ENT_OK || sandbox_enter(&rules, &s, &why) != ENT_OK)
			_exit(99);
		_exit(a->act());
	}
	return proc_wait(pid);
}

/* Where the kernel has no Landlock, the rest is tried without it. */
static int
run_as(enum sandbox_role role, int (*act)(void))
{
	int status = run(&(struct attempt){ role, false, act });
	return status == 99 ? run(&(struct attempt){ role, true, act }) : status;
}

static int
keeper(int (*act)(void))
{
	return run_as(SANDBOX_KEEPER, act);
}

static int
node(int (*act)(void))
{
	return run_as(SANDBOX_NODE, act);
}

static int
write_own(void)
{
	char path[64];
	(void)snprintf(path, sizeof path, "%s/file", own_dir);
	int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
	if (fd < 0)
		return errno;
	if (write(fd, "x", 1) != 1 || fsync(fd) != 0 || ftruncate(fd, 0) != 0)
		return errno;
	return unlink(path) == 0 ? 0 : errno;
}

static int
read_passwd(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0 ? 0 : errno;
}

static int
write_tmp(void)
{
	return open("/tmp/entente-proc-stray", O_CREAT | O_WRONLY, 0600) >= 0 ? 0 : errno;
}

static int
write_urandom(void)
{
	return open("/dev/urandom", O_WRONLY) >= 0 ? 0 : errno;
}

static int
read_urandom(void)
{
	return open("/dev/urandom", O_RDONLY) >= 0 ? 0 : errno;
}

static int
open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}

static int
open_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 0 : errno;
}

static int
execute(void)
{
	char *const argv[] = { NULL };
	(void)execve("/bin/true", argv, argv);
	return errno;
}

static int
trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
}

static int
fork_again(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid > 0 ? 0 : errno;
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
make_thread(void)
{
	pthread_t t;
	int rc = pthread_create(&t, NULL, nothing, NULL);
	return rc != 0 ? rc : pthread_join(t, NULL);
}

static int
map_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p != MAP_FAILED ? 0 : errno;
}

static int
signal_parent(void)
{
	return kill(getppid(), 0) == 0 ? 0 : errno;
}

static int
raise_limit(void)
{
	const struct rlimit core = { 1, 1 };
	return setrlimit(RLIMIT_CORE, &core) == 0 ? 0 : errno;
}

static int
make_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 ? 0 : errno;
}

static void
test_what_is_needed_still_works(void **state)
{
	(void)state;
	assert_int_equal(keeper(write_own), 0);
	assert_int_equal(keeper(read_urandom), 0);
	assert_int_equal(keeper(make_thread), 0);
	assert_int_equal(node(write_own), 0);
	assert_int_equal(node(open_socket), 0);
	assert_int_equal(node(make_thread), 0);
}

static void
test_files_outside_are_out_of_reach(void **state)
{
	(void)state;
	if (run(&(struct attempt){ SANDBOX_KEEPER, false, read_urandom }) == 99)
		skip(); /* no Landlock in this kernel */
	assert_int_equal(keeper(read_passwd), EACCES);
	assert_int_equal(keeper(write_tmp), EACCES);
	assert_int_equal(keeper(write_urandom), EACCES);
	assert_int_equal(node(read_passwd), EACCES);
	assert_int_equal(node(write_tmp), EACCES);
}

static void
test_the_keeper_has_no_network(void **state)
{
	(void)state;
	assert_int_equal(keeper(open_socket), EPERM);
	assert_int_equal(node(open_packet_socket), EPERM);
}

static void
test_hostile_calls_end_the_process(void **state)
{
	(void)state;
	assert_int_equal(keeper(execute), 128 + SIGSYS);
	assert_int_equal(node(execute), 128 + SIGSYS);
	assert_int_equal(keeper(trace), 128 + SIGSYS);
	assert_int_equal(node(trace), 128 + SIGSYS);
}

static void
test_no_processes_no_signals_no_way_back(void **state)
{
	(void)state;
	assert_int_equal(node(fork_again), EPERM);
	assert_int_equal(keeper(fork_again), EPERM);
	assert_int_equal(node(signal_parent), EPERM);
	assert_int_equal(node(raise_limit), EPERM);
	assert_int_equal(keeper(make_dumpable), EPERM);
#ifndef ENT_SANITIZED
	assert_int_equal(node(map_executable), EPERM);
	assert_int_equal(keeper(map_executable), EPERM);
#else
	(void)map_executable;
#endif
}

static void
test_seccomp_alone_is_asked_for_and_said(void **state)
{
	(void)state;
	assert_int_equal(run(&(struct attempt){ SANDBOX_KEEPER, true, read_passwd }), 0);
	assert_int_equal(run(&(struct attempt){ SANDBOX_KEEPER, true, execute }), 128 + SIGSYS);
	struct sandbox_state s = { 0, true };
	assert_string_equal(sandbox_text(&s), "seccomp");
	s.landlock = 4;
	assert_string_equal(sandbox_text(&s), "seccomp+landlock");
}

static void *
wait_for(void *arg)
{
	char c;
	(void)!read(*(int *)arg, &c, 1);
	return NULL;
}

static void
test_a_second_thread_is_found(void **state)
{
	(void)state;
	const struct sandbox_rules rules = { SANDBOX_NODE, false, NULL, 0 };
	struct sandbox_state s;
	struct ent_why why;
	pthread_t t;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pthread_create(&t, NULL, wait_for, &ends[0]), 0);
	assert_int_equal(sandbox_enter(&rules, &s, &why), ENT_ESTATE);
	(void)close(ends[1]);
	(void)pthread_join(t, NULL);
	(void)close(ends[0]);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_helper_gets_one_socket_and_ends_with_it),
		cmocka_unit_test(test_a_missing_program_is_told),
		cmocka_unit_test(test_messages_keep_their_borders_and_their_descriptor),
		cmocka_unit_test(test_what_is_needed_still_works),
		cmocka_unit_test(test_files_outside_are_out_of_reach),
		cmocka_unit_test(test_the_keeper_has_no_network),
		cmocka_unit_test(test_hostile_calls_end_the_process),
		cmocka_unit_test(test_no_processes_no_signals_no_way_back),
		cmocka_unit_test(test_seccomp_alone_is_asked_for_and_said),
		cmocka_unit_test(test_a_second_thread_is_found),
	};
	if (argc == 2 && strcmp(argv[1], "child") == 0)
		return child_main();
	if (mkdtemp(own_dir) == NULL)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(own_dir);
	return failed;
}
