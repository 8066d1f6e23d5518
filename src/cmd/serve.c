/* SPDX-License-Identifier: Apache-2.0
 *
 * Order matters: what needs rights first (ports, another user, the keeper), then the sandbox, then
 * threads; at the end the listeners first, so that nothing new comes in while the rest finishes.
 */
#include "cmd/serve.h"

#include "base/log.h"
#include "keeper/keeper.h"
#include "ops/ops.h"
#include "proc/proc.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 50 /* how soon the runner sees that it was woken */

struct serving {
	const struct serve_options *opt;
	int lock, tcp, local; /* descriptors, -1: none */
	struct keeper_process keeper;
	bool keeper_runs;
	const char *sandbox;
	struct node *node;
	struct wire_peers *peers;
	struct wire_tls *tls;
	struct wire_server *for_peers, *for_local;
	struct lane {
		struct serving *serving;
		enum node_lane lane;
		pthread_t thread;
		bool runs;
	} lanes[LANES];
	atomic_bool stop;
};

static enum ent_err
path_below(const struct serving *s, const char *name, char out[static PATH_MAX],
    struct ent_why *why)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", s->opt->dir, name);
	return n > 0 && n < PATH_MAX ? ENT_OK : ent_fail(ENT_ETOOBIG, why, "the path is too long");
}

/* The folder's lock, which also tells who serves it.  It is the kernel's: a dead node holds none. */
static enum ent_err
take_lock(struct serving *s, struct ent_why *why)
{
	char path[PATH_MAX], pid[32] = { 0 };
	enum ent_err err = path_below(s, "run/pid", path, why);
	if (err != ENT_OK)
		return err;
	s->lock = owner_open(s->opt->owner, path, O_RDWR | O_CREAT, 0644);
	if (s->lock < 0)
		return ent_fail(ENT_EIO, why, "cannot open '%s': %s; does the node belong to another "
		    "user (--user)?", path, strerror(errno));
	if (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
		(void)!read(s->lock, pid, sizeof pid - 1);
		pid[strcspn(pid, "\n")] = '\0';
		return ent_fail(ENT_EEXISTS, why, "the node of '%s' runs already, as process %s",
		    s->opt->dir, pid);
	}
	int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	if (ftruncate(s->lock, 0) != 0 || pwrite(s->lock, pid, (size_t)n, 0) != n)
		return ent_fail(ENT_EIO, why, "cannot write '%s': %s", path, strerror(errno));
	return ENT_OK;
}

static enum ent_err
start_keeper(struct serving *s, struct ent_why *why)
{
	char path[PATH_MAX];
	enum ent_err err = path_below(s, "keeper", path, why);
	if (err == ENT_OK)
		err = keeper_start(path, s->opt->seccomp_only, &s->keeper, why);
	if (err != ENT_OK)
		return err;
	s->keeper_runs = true;
	return keeper_unlock(s->keeper.fd, s->opt->passphrase, why);
}

static enum ent_err
enter_sandbox(struct serving *s, struct ent_why *why)
{
	/* what a look-up of a partner's address reads; the libraries are those of glibc's name service */
	const struct sandbox_path paths[] = { { s->opt->dir, true }, { "/dev/urandom", false },
		{ "/etc/resolv.conf", false }, { "/etc/hosts", false }, { "/etc/host.conf", false },
		{ "/etc/nsswitch.conf", false }, { "/etc/gai.conf", false }, { "/etc/services", false },
		{ "/etc/ld.so.cache", false }, { "/usr/lib", false }, { "/lib", false },
		{ "/etc/localtime", false }, { "/usr/share/zoneinfo", false } };
	const struct sandbox_rules rules = { SANDBOX_NODE, s->opt->seccomp_only, paths,
		sizeof paths / sizeof paths[0] };
	struct sandbox_state state;
	enum ent_err err = sandbox_enter(&rules, &state, why);
	if (err == ENT_OK)
		s->sandbox = sandbox_text(&state);
	return err;
}

/* Everything that wants more rights than the node will have. */
static enum ent_err
prepare(struct serving *s, struct ent_why *why)
{
	enum ent_err err = take_lock(s, why);
	if (err == ENT_OK)
		err = wire_listen_tcp(s->opt->conf.listen, &s->tcp, why);
	if (err == ENT_OK && s->opt->owner != NULL)
		err = owner_become(s->opt->owner, why);
	if (err == ENT_OK)
		err = proc_harden(why);
	if (err == ENT_OK)
		err = start_keeper(s, why);
	if (err == ENT_OK)
		err = wire_listen_local(s->opt->dir, &s->local, why);
	if (err == ENT_OK)
		err = wire_peers_new(s->opt->dir, &s->peers, why);
	if (err == ENT_OK)
		err = enter_sandbox(s, why);
	return err;
}

static enum ent_err
certify(void *ctx, struct bytes spki, ent_time now, struct buf *leaf, struct buf *ca,
    struct ent_why *why)
{
	struct serving *s = ctx;
	return node_certify_tls(s->node, spki, now, leaf, ca, why);
}

static bool
is_partner(void *ctx, const uint8_t identity[static CRYPTO_SIGN_PK], char code[static CODE_MAX])
{
	return node_partner_of_identity(ctx, identity, code);
}

static enum ent_err
start_listeners(struct serving *s, struct ent_why *why)
{
	const struct conf *c = &s->opt->conf;
	struct wire_options opt = { .fd = s->tcp, .tls = s->tls,
		.app = { .node = s->node, .ctx = s->node, .row = ops_row_by_path,
		    .dispatch = ops_dispatch, .partner = is_partner,
		    .by_session = node_caller_of_session, .by_uid = node_caller_of_uid },
		.limits = { .connections = c->connections, .per_ip = c->connections_per_ip,
		    .first_ms = c->request_ms, .next_ms = c->idle_ms } };
	enum ent_err err = wire_start(&opt, &s->for_peers, why);
	opt.fd = s->local;
	opt.tls = NULL;
	opt.limits = (struct wire_limits){ 0 };
	return err == ENT_OK ? wire_start(&opt, &s->for_local, why) : err;
}

static void
renew_tls(struct serving *s)
{
	struct ent_why why = { 0 };
	ent_time now = clock_now();
	if (now - wire_tls_made(s->tls) < WIRE_TLS_RENEW)
		return;
	if (wire_tls_renew(s->tls, now, &why) != ENT_OK ||
	    wire_peers_identify(s->peers, s->tls, &why) != ENT_OK)
		log_event(LOG_ERROR, "tls.renew.failed", "%s", why.text);
}

/* A lane's thread: it looks often, and works when it is time or woken. */
static void *
run_rounds(void *ctx)
{
	const struct lane *l = ctx;
	struct serving *s = l->serving;
	ent_time next = 0;
	while (!atomic_load(&s->stop)) {
		ent_time now = clock_now();
		if (now >= next || node_wake_pending(s->node, l->lane)) {
			next = node_tick(s->node, l->lane, now);
			/* a clock that was set back must not put it to sleep for long */
			if (next > now + 60 * ENT_SECOND)
				next = now + 60 * ENT_SECOND;
			if (l->lane == LANE_QUEUES)
				renew_tls(s);
		}
		(void)usleep(TICK_MS * 1000);
	}
	return NULL;
}

static enum ent_err
start_lanes(struct serving *s, struct ent_why *why)
{
	for (size_t i = 0; i < LANES; i++) {
		struct lane *l = &s->lanes[i];
		l->serving = s;
		l->lane = (enum node_lane)i;
		if (pthread_create(&l->thread, NULL, run_rounds, l) != 0)
			return ent_fail(ENT_EINTERNAL, why, "cannot start a thread");
		l->runs = true;
	}
	return ENT_OK;
}

static enum ent_err
start_parts(struct serving *s, struct ent_why *why)
{
	struct node_options opt = { .dir = s->opt->dir, .keeper_fd = s->keeper.fd,
		.transport = wire_peers_transport(s->peers), .sandbox = s->sandbox,
		.import_batch = s->opt->conf.import_batch,
		.store_key_days = s->opt->conf.store_key_days };
	s->keeper.fd = -1; /* node_open takes it */
	enum ent_err err = node_open(&opt, &s->node, why);
	if (err == ENT_OK)
		err = wire_tls_new(certify, s, clock_now(), &s->tls, why);
	if (err == ENT_OK)
		err = wire_peers_identify(s->peers, s->tls, why);
	if (err == ENT_OK)
		err = start_listeners(s, why);
	return err == ENT_OK ? start_lanes(s, why) : err;
}

/* Until someone says stop, or the keeper is gone. */
static enum ent_err
wait_for_end(struct serving *s, const sigset_t *signals, struct ent_why *why)
{
	for (;;) {
		struct timespec second = { .tv_sec = 1 };
		int status, got = sigtimedwait(signals, NULL, &second);
		if (got == SIGTERM || got == SIGINT) {
			log_event(LOG_INFO, "node.stopping", "signal=%d", got);
			return ENT_OK;
		}
		if (waitpid((pid_t)s->keeper.pid, &status, WNOHANG) == (pid_t)s->keeper.pid) {
			s->keeper_runs = false;
			return ent_fail(ENT_EKEEPER, why, "the keeper has ended; its log says why");
		}
	}
}

static void
take_down(struct serving *s)
{
	char path[PATH_MAX];
	wire_stop(s->for_local);
	wire_stop(s->for_peers);
	atomic_store(&s->stop, true);
	if (s->node != NULL)
		node_stop(s->node);
	for (size_t i = 0; i < LANES; i++)
		if (s->lanes[i].runs)
			(void)pthread_join(s->lanes[i].thread, NULL);
	wire_peers_free(s->peers);
	wire_tls_free(s->tls);
	node_close(s->node);
	if (s->keeper_runs && s->keeper.fd >= 0)
		(void)close(s->keeper.fd);
	if (s->keeper_runs)
		keeper_wait(&s->keeper);
	if (s->local >= 0) {
		(void)close(s->local);
		if (path_below(s, WIRE_SOCKET, path, NULL) == ENT_OK)
			(void)unlink(path);
	}
	if (s->tcp >= 0)
		(void)close(s->tcp);
	if (s->lock >= 0)
		(void)close(s->lock); /* the file stays: whoever comes next locks the same one */
}

enum ent_err
serve_run(const struct serve_options *opt, struct ent_why *why)
{
	struct serving s = { .opt = opt, .lock = -1, .tcp = -1, .local = -1,
		.keeper = { .fd = -1, .pid = -1 } };
	sigset_t signals, was;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigaddset(&signals, SIGHUP); /* a terminal that closes does not end a node */
	(void)signal(SIGPIPE, SIG_IGN);
	/* Before threads start, so that they inherit it. */
	(void)sigprocmask(SIG_BLOCK, &signals, &was);
	enum ent_err err = prepare(&s, why);
	if (err == ENT_OK)
		err = start_parts(&s, why);
	if (err == ENT_OK) {
		log_event(LOG_INFO, "node.started", "pid=%ld listen=%s sandbox=%s", (long)getpid(),
		    opt->conf.listen, s.sandbox);
		opt->ready(opt->ctx);
		err = wait_for_end(&s, &signals, why);
	}
	take_down(&s);
	if (err == ENT_OK)
		log_event(LOG_INFO, "node.stopped", "pid=%ld", (long)getpid());
	(void)sigprocmask(SIG_SETMASK, &was, NULL);
	return err;
}
