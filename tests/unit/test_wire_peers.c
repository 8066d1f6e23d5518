/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/log.h"
#include "crypto/cert.h"
#include "wire_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <pthread.h>

/* A service: its identity, and the node's TLS certified by it. */
struct service {
	const char *code;
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK];
	int64_t shift; /* of the clock that certifies, in microseconds */
	const uint8_t *leaf_sk; /* NULL: its own */
	char dir[64];
	struct wire_tls *tls;
	struct wire_peers *peers;
};

struct fixture {
	struct service rab, bru, xyz; /* server, partner, stranger */
	int fd;
	char address[32];
	struct wire_server *server;
};

static enum ent_err
certify(void *ctx, struct bytes spki, ent_time now, struct buf *leaf, struct buf *ca,
    struct ent_why *why)
{
	const struct service *s = ctx;
	enum ent_err err = cert_leaf(s->code, s->leaf_sk == NULL ? s->sk : s->leaf_sk, spki,
	    now + s->shift, leaf, why);
	return err == ENT_OK ? cert_ca(s->code, s->sk, now, ca, why) : err;
}

static void
service_init(struct service *s, const char *code)
{
	struct ent_why why = { 0 };
	char run[96];
	s->code = code;
	crypto_ed25519_keypair(s->pk, s->sk);
	(void)snprintf(s->dir, sizeof s->dir, "/tmp/ent-peer-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(run, sizeof run, "%s/run", s->dir);
	assert_int_equal(file_mkdir(run, 0700, &why), ENT_OK);
	assert_int_equal(wire_tls_new(certify, s, clock_now(), &s->tls, &why), ENT_OK);
	assert_int_equal(wire_peers_new(s->dir, &s->peers, &why), ENT_OK);
	assert_int_equal(wire_peers_identify(s->peers, s->tls, &why), ENT_OK);
}

static void
service_done(struct service *s)
{
	char run[96];
	wire_peers_free(s->peers);
	wire_tls_free(s->tls);
	(void)snprintf(run, sizeof run, "%s/run", s->dir);
	assert_int_equal(rmdir(run), 0); /* no key left behind */
	assert_int_equal(rmdir(s->dir), 0);
}

static bool
partner(void *ctx, const uint8_t identity[static CRYPTO_SIGN_PK], char code[static CODE_MAX])
{
	const struct fixture *f = ctx;
	if (memcmp(identity, f->bru.pk, CRYPTO_SIGN_PK) != 0)
		return false;
	(void)snprintf(code, CODE_MAX, "BRU");
	return true;
}

static void
serve(struct fixture *f, const char *address)
{
	struct ent_why why = { 0 };
	assert_int_equal(wire_listen_tcp(address, &f->fd, &why), ENT_OK);
	struct wire_options opt = { .fd = f->fd, .tls = f->rab.tls,
		.app = { .ctx = f, .row = probe_row, .dispatch = probe_dispatch, .partner = partner },
		.limits = { .first_ms = 1000, .next_ms = 1500, .per_ip = 20 } };
	assert_int_equal(wire_start(&opt, &f->server, &why), ENT_OK);
}

static int
start(void **state)
{
	struct fixture *f = ent_alloc(sizeof *f);
	struct sockaddr_in a;
	socklen_t n = sizeof a;
	log_set_level(LOG_ERROR);
	assert_int_equal(crypto_init(), ENT_OK);
	service_init(&f->rab, "RAB");
	service_init(&f->bru, "BRU");
	service_init(&f->xyz, "XYZ");
	serve(f, "127.0.0.1:0");
	assert_int_equal(getsockname(f->fd, (struct sockaddr *)&a, &n), 0);
	(void)snprintf(f->address, sizeof f->address, "127.0.0.1:%d", ntohs(a.sin_port));
	*state = f;
	return 0;
}

static int
stop(void **state)
{
	struct fixture *f = *state;
	wire_stop(f->server);
	(void)close(f->fd);
	service_done(&f->rab);
	service_done(&f->bru);
	service_done(&f->xyz);
	free(f);
	return 0;
}

static enum ent_err
post(struct fixture *f, struct service *from, const uint8_t *pin, const char *path, struct buf *out,
    struct ent_why *why)
{
	struct transport t = wire_peers_transport(from->peers);
	return t.post(t.ctx, f->address, "RAB", pin, path, bytes_of_cstr("{\"a\":1}"), out, why);
}

static void
test_a_pinned_partner_is_heard_under_its_code(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	struct js *j;
	buf_init(&out, 4096);
	for (int i = 0; i < 3; i++) { /* the second and third on the kept connection */
		buf_reset(&out);
		assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/who", &out, &why), ENT_OK);
	}
	assert_int_equal(js_parse(buf_bytes(&out), 4096, &j, NULL), ENT_OK);
	assert_string_equal(js_get_str(j, "service"), "BRU");
	assert_int_equal(js_get_int(j, "roles", 0), ROLE_PEER);
	assert_int_equal(js_get_int(j, "uid", 0), -1);
	js_free(j);
	buf_done(&out);
}

static void
test_a_renewed_certificate_is_shown_and_accepted(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/who", &out, &why), ENT_OK);
	assert_int_equal(wire_tls_renew(f->bru.tls, clock_now(), &why), ENT_OK);
	assert_int_equal(wire_peers_identify(f->bru.peers, f->bru.tls, &why), ENT_OK);
	assert_int_equal(wire_tls_renew(f->rab.tls, clock_now(), &why), ENT_OK);
	buf_reset(&out);
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/who", &out, &why), ENT_OK);
	buf_done(&out);
}

static void
test_a_stranger_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	assert_int_equal(post(f, &f->xyz, f->rab.pk, "/peer/who", &out, &why), ENT_EDOWN);
	assert_non_null(strstr(why.text, "closed the connection"));
	buf_done(&out);
}

static void
test_a_stranger_under_a_partners_name_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	f->xyz.code = "BRU";
	assert_int_equal(wire_tls_renew(f->xyz.tls, clock_now(), &why), ENT_OK);
	assert_int_equal(wire_peers_identify(f->xyz.peers, f->xyz.tls, &why), ENT_OK);
	assert_int_equal(post(f, &f->xyz, f->rab.pk, "/peer/who", &out, &why), ENT_EDOWN);
	buf_done(&out);
}

static void
test_a_server_with_another_identity_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	assert_int_equal(post(f, &f->bru, f->xyz.pk, "/peer/who", &out, &why), ENT_EPIN);
	assert_int_equal(out.n, 0);
	buf_done(&out);
}

static void
test_a_pinned_authority_above_a_strangers_leaf_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	f->bru.leaf_sk = f->xyz.sk;
	assert_int_equal(wire_tls_renew(f->bru.tls, clock_now(), &why), ENT_OK);
	assert_int_equal(wire_peers_identify(f->bru.peers, f->bru.tls, &why), ENT_OK);
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/who", &out, &why), ENT_EDOWN);
	buf_done(&out);
}

static void
test_a_leaf_out_of_date_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	f->bru.shift = -8 * ENT_DAY;
	assert_int_equal(wire_tls_renew(f->bru.tls, clock_now(), &why), ENT_OK);
	assert_int_equal(wire_peers_identify(f->bru.peers, f->bru.tls, &why), ENT_OK);
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/who", &out, &why), ENT_EDOWN);
	buf_done(&out);
}

static void
test_a_leaf_with_another_services_name_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	f->bru.code = "ABC";
	assert_int_equal(wire_tls_renew(f->bru.tls, clock_now(), &why), ENT_OK);
	assert_int_equal(wire_peers_identify(f->bru.peers, f->bru.tls, &why), ENT_OK);
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/who", &out, &why), ENT_EDOWN);
	buf_done(&out);
}

static void
test_a_partners_refusal_comes_back_as_its_code(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/no", &out, &why), ENT_EREFUSED);
	assert_string_equal(why.clause, "AGR-1/annex A/purposes");
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/v1/echo", &out, &why), ENT_ENOTFOUND);
	buf_done(&out);
}

static void
test_an_answer_beyond_the_callers_maximum_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 50000);
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/blob", &out, &why), ENT_ETOOBIG);
	buf_done(&out);
	buf_init(&out, 200000);
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/blob", &out, &why), ENT_OK);
	assert_int_equal(out.n, 100000);
	buf_done(&out);
}

static void
test_a_node_that_is_down_is_said_so(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	(void)snprintf(f->address, sizeof f->address, "127.0.0.1:1");
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/who", &out, &why), ENT_EDOWN);
	buf_done(&out);
}

/* The kept connection has ended, with a farewell of TLS that libcurl may take for an answer. */
static void
test_a_partner_that_started_again_is_reached_at_once(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	buf_init(&out, 4096);
	for (int i = 0; i < 20; i++) {
		buf_reset(&out);
		assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/who", &out, &why), ENT_OK);
		wire_stop(f->server);
		(void)close(f->fd);
		serve(f, f->address);
	}
	buf_done(&out);
}

/* ---- clients that are not ours ------------------------------------------------------------------ */

static int
connect_tcp(const struct fixture *f)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtol(f->address + 10, NULL, 10)) };
	struct timeval patience = { .tv_sec = 5 };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s >= 0);
	assert_int_equal(connect(s, (const struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
	return s;
}

/* A handshake with those priorities and, if certified, BRU's files, then a request: bytes answered,
 * or a negative GnuTLS error. */
static ssize_t
try_tls(const struct fixture *f, const char *priorities, bool certified)
{
	static const char request[] = "POST /peer/who HTTP/1.1\r\nHost: n\r\n"
	    "Content-Length: 2\r\n\r\n{}";
	gnutls_certificate_credentials_t cred;
	gnutls_session_t session;
	char crt[96], key[96], answer[2048];
	int s = connect_tcp(f);
	assert_int_equal(gnutls_certificate_allocate_credentials(&cred), 0);
	(void)snprintf(crt, sizeof crt, "%s/run/tls.crt", f->bru.dir);
	(void)snprintf(key, sizeof key, "%s/run/tls.key", f->bru.dir);
	if (certified)
		assert_int_equal(gnutls_certificate_set_x509_key_file(cred, crt, key,
		    GNUTLS_X509_FMT_PEM), 0);
	assert_int_equal(gnutls_init(&session, GNUTLS_CLIENT), 0);
	assert_int_equal(gnutls_priority_set_direct(session, priorities, NULL), 0);
	assert_int_equal(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, cred), 0);
	gnutls_transport_set_int(session, s);
	ssize_t rc;
	do
		rc = gnutls_handshake(session);
	while (rc < 0 && gnutls_error_is_fatal((int)rc) == 0);
	if (rc >= 0)
		rc = gnutls_record_send(session, request, sizeof request - 1);
	do
		rc = rc < 0 && gnutls_error_is_fatal((int)rc) != 0
		    ? rc : gnutls_record_recv(session, answer, sizeof answer);
	while (rc < 0 && gnutls_error_is_fatal((int)rc) == 0);
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(cred);
	(void)close(s);
	return rc;
}

static void
test_tls_1_3_with_a_certificate_is_served_and_nothing_else_is(void **state)
{
	const struct fixture *f = *state;
	assert_true(try_tls(f, "NORMAL:-VERS-ALL:+VERS-TLS1.3", true) > 0);
	assert_true(try_tls(f, "NORMAL:-VERS-ALL:+VERS-TLS1.3", false) <= 0);
	assert_true(try_tls(f, "NORMAL:-VERS-ALL:+VERS-TLS1.2", true) <= 0);
}

static int64_t
ms_until_closed(int s, bool trickle)
{
	int64_t began = clock_mono_us();
	while (clock_mono_us() - began < 8 * ENT_SECOND) {
		char c = 0x16;
		if (trickle)
			(void)send(s, &c, 1, MSG_NOSIGNAL);
		ssize_t got = recv(s, &c, 1, MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			break;
		(void)usleep(50000);
	}
	return (clock_mono_us() - began) / 1000;
}

static void
test_a_stalled_handshake_is_cut_off(void **state)
{
	const struct fixture *f = *state;
	static const uint8_t hello[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc };
	int s = connect_tcp(f);
	assert_in_range(ms_until_closed(s, false), 800, 2500);
	(void)close(s);
	s = connect_tcp(f);
	probe_send(s, hello, sizeof hello);
	assert_in_range(ms_until_closed(s, true), 0, 2500);
	(void)close(s);
}

static void
test_connections_of_one_address_are_limited(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct buf out;
	int held[30];
	unsigned closed = 0;
	buf_init(&out, 4096);
	for (size_t i = 0; i < 30; i++)
		held[i] = connect_tcp(f);
	(void)usleep(200000);
	for (size_t i = 0; i < 30; i++) {
		char c;
		closed += recv(held[i], &c, 1, MSG_DONTWAIT) == 0;
	}
	assert_int_equal(closed, 10);
	for (size_t i = 0; i < 30; i++)
		(void)close(held[i]);
	(void)usleep(200000);
	assert_int_equal(post(f, &f->bru, f->rab.pk, "/peer/who", &out, &why), ENT_OK);
	buf_done(&out);
}

struct poster {
	struct fixture *f;
	unsigned failed;
};

static void *
post_many(void *ctx)
{
	struct poster *p = ctx;
	struct ent_why why;
	struct buf out;
	buf_init(&out, 4096);
	for (int i = 0; i < 40; i++) {
		buf_reset(&out);
		if (post(p->f, &p->f->bru, p->f->rab.pk, "/peer/who", &out, &why) != ENT_OK)
			p->failed++;
	}
	buf_done(&out);
	return NULL;
}

static void
test_many_threads_share_the_kept_connections(void **state)
{
	struct poster p[12];
	pthread_t t[12];
	for (size_t i = 0; i < 12; i++) {
		p[i] = (struct poster){ .f = *state };
		assert_int_equal(pthread_create(&t[i], NULL, post_many, &p[i]), 0);
	}
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_int_equal(p[i].failed, 0);
	}
}

int
main(void)
{
#define WITH(t) cmocka_unit_test_setup_teardown(t, start, stop)
	const struct CMUnitTest tests[] = {
		WITH(test_a_pinned_partner_is_heard_under_its_code),
		WITH(test_a_renewed_certificate_is_shown_and_accepted),
		WITH(test_a_stranger_is_refused),
		WITH(test_a_stranger_under_a_partners_name_is_refused),
		WITH(test_a_server_with_another_identity_is_refused),
		WITH(test_a_pinned_authority_above_a_strangers_leaf_is_refused),
		WITH(test_a_leaf_out_of_date_is_refused),
		WITH(test_a_leaf_with_another_services_name_is_refused),
		WITH(test_a_partners_refusal_comes_back_as_its_code),
		WITH(test_an_answer_beyond_the_callers_maximum_is_refused),
		WITH(test_a_node_that_is_down_is_said_so),
		WITH(test_a_partner_that_started_again_is_reached_at_once),
		WITH(test_tls_1_3_with_a_certificate_is_served_and_nothing_else_is),
		WITH(test_a_stalled_handshake_is_cut_off),
		WITH(test_connections_of_one_address_are_limited),
		WITH(test_many_threads_share_the_kept_connections),
	};
	return cmocka_run_group_tests_name("wire_peers", tests, NULL, NULL);
}
