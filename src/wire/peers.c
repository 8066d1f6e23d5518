/* SPDX-License-Identifier: Apache-2.0
 *
 * The node's way to its partners: libcurl over GnuTLS, connections kept, the identity pinned by a CA
 * certificate that is made around it.  libcurl's GnuTLS side takes keys and anchors from files only.
 */
#include "wire/inner.h"

#include "base/file.h"
#include "crypto/cert.h"
#include "wire/answer.h"

#include <curl/curl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define PEERS_MAX 64	    /* partners with kept connections */
#define IDLE_MAX 8	    /* kept connections a partner */
#define CONNECT_MS 5000L
#define TOTAL_MS 60000L	    /* of one exchange */
#define KEEP_S 20L	    /* shorter than the listener's patience, so that it is not raced */
#define PEM_MAX ((size_t)8192)

struct peer {
	char code[CODE_MAX];
	char address[128];
	uint8_t identity[CRYPTO_SIGN_PK];
	char pin[PATH_MAX];   /* its anchor's file */
	CURL *idle[IDLE_MAX]; /* owned */
	size_t idle_n;
};

struct wire_peers {
	char run[PATH_MAX - 64]; /* the folder of the files */
	pthread_mutex_t lock;	 /* of what follows */
	struct peer peer[PEERS_MAX];
	size_t peer_n;
	unsigned generation;	 /* of the key's files; 0: none yet */
};

/* One exchange. */
struct trip {
	struct buf *out;
	bool too_big;
};

static size_t
on_bytes(char *p, size_t size, size_t n, void *ctx)
{
	struct trip *t = ctx;
	buf_put(t->out, p, size * n);
	t->too_big = buf_err(t->out) != ENT_OK;
	return t->too_big ? 0 : size * n;
}

static void
free_handle(CURL *h)
{
	struct curl_slist *connect_to = NULL;
	(void)curl_easy_getinfo(h, CURLINFO_PRIVATE, &connect_to);
	curl_easy_cleanup(h);
	curl_slist_free_all(connect_to);
}

static void
drop_idle(struct peer *p)
{
	while (p->idle_n > 0)
		free_handle(p->idle[--p->idle_n]);
}

enum ent_err
wire_peers_new(const char *dir, struct wire_peers **out, struct ent_why *why)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return ent_fail(ENT_EINTERNAL, why, "libcurl does not start");
	struct wire_peers *p = ent_alloc(sizeof *p);
	int n = snprintf(p->run, sizeof p->run, "%s/run", dir);
	if (n < 0 || (size_t)n >= sizeof p->run) {
		free(p);
		return ent_fail(ENT_ETOOBIG, why, "the path of the node's folder is too long");
	}
	(void)pthread_mutex_init(&p->lock, NULL);
	*out = p;
	return ENT_OK;
}

static void
key_path(const struct wire_peers *p, const char *name, char out[static PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s/%s", p->run, name);
}

enum ent_err
wire_peers_identify(struct wire_peers *p, struct wire_tls *t, struct ent_why *why)
{
	char path[PATH_MAX];
	struct buf key, chain;
	buf_init(&key, PEM_MAX);
	buf_init(&chain, PEM_MAX);
	enum ent_err err = tls_export(t, &key, &chain, why);
	pthread_mutex_lock(&p->lock);
	key_path(p, "tls.key", path);
	if (err == ENT_OK)
		err = file_replace(path, buf_bytes(&key), 0600, why);
	key_path(p, "tls.crt", path);
	if (err == ENT_OK)
		err = file_replace(path, buf_bytes(&chain), 0600, why);
	if (err == ENT_OK) {
		p->generation++;
		for (size_t i = 0; i < p->peer_n; i++)
			drop_idle(&p->peer[i]);
	}
	pthread_mutex_unlock(&p->lock);
	if (key.p != NULL)
		explicit_bzero(key.p, key.n);
	buf_done(&key);
	buf_done(&chain);
	return err;
}

/* ---- handles ------------------------------------------------------------------------------------ */

static enum ent_err
write_pin(const struct peer *peer, struct ent_why *why)
{
	struct buf pem;
	buf_init(&pem, PEM_MAX);
	enum ent_err err = tls_shell(peer->code, peer->identity, &pem, why);
	if (err == ENT_OK)
		err = file_replace(peer->pin, buf_bytes(&pem), 0600, why);
	buf_done(&pem);
	return err;
}

/* A code becomes part of a file's and a host's name. */
static bool
code_is_plain(const char *code)
{
	size_t n = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	return n >= 2 && n < CODE_MAX && code[n] == '\0';
}

/* The row of a partner as it is pinned now; under the lock. */
static enum ent_err
find_peer(struct wire_peers *p, const char *address, const char *code, const uint8_t *identity,
    struct peer **out, struct ent_why *why)
{
	size_t i = 0;
	while (i < p->peer_n && strcmp(p->peer[i].code, code) != 0)
		i++;
	if (i < p->peer_n && strcmp(p->peer[i].address, address) == 0 &&
	    memcmp(p->peer[i].identity, identity, CRYPTO_SIGN_PK) == 0) {
		*out = &p->peer[i];
		return ENT_OK;
	}
	if (i == PEERS_MAX)
		return ent_fail(ENT_ETOOBIG, why, "more than %d partners", PEERS_MAX);
	struct peer fresh = { 0 };
	if (!code_is_plain(code) || strlen(address) >= sizeof fresh.address)
		return ent_fail(ENT_EFIELD, why, "malformed code or address of a partner");
	(void)snprintf(fresh.code, sizeof fresh.code, "%s", code);
	(void)snprintf(fresh.address, sizeof fresh.address, "%s", address);
	memcpy(fresh.identity, identity, CRYPTO_SIGN_PK);
	(void)snprintf(fresh.pin, sizeof fresh.pin, "%s/pin-%s.crt", p->run, code);
	enum ent_err err = write_pin(&fresh, why);
	if (err != ENT_OK)
		return err;
	if (i < p->peer_n)
		drop_idle(&p->peer[i]); /* they go to another address, or hold to another pin */
	else
		p->peer_n++;
	p->peer[i] = fresh;
	*out = &p->peer[i];
	return ENT_OK;
}

/* What is the same for every exchange with the partner.  CAPATH off: else libcurl would also take
 * every authority that the system knows. */
static CURL *
new_handle(const struct wire_peers *p, const struct peer *peer)
{
	char name[CERT_NAME_MAX], to[256], path[PATH_MAX];
	CURL *h = curl_easy_init();
	if (h == NULL)
		return NULL;
	cert_name(peer->code, name);
	(void)snprintf(to, sizeof to, "%s:443:%s", name, peer->address);
	struct curl_slist *connect_to = curl_slist_append(NULL, to);
	curl_easy_setopt(h, CURLOPT_PRIVATE, connect_to); /* freed with the handle */
	curl_easy_setopt(h, CURLOPT_CONNECT_TO, connect_to);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(h, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(h, CURLOPT_CAINFO, peer->pin);
	key_path(p, "tls.crt", path);
	curl_easy_setopt(h, CURLOPT_SSLCERT, path);
	key_path(p, "tls.key", path);
	curl_easy_setopt(h, CURLOPT_SSLKEY, path);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, TOTAL_MS);
	curl_easy_setopt(h, CURLOPT_MAXAGE_CONN, KEEP_S);
	curl_easy_setopt(h, CURLOPT_MAXCONNECTS, 1L);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
	return h;
}

static enum ent_err
take_handle(struct wire_peers *p, const char *address, const char *code, const uint8_t *identity,
    CURL **out, unsigned *generation, struct ent_why *why)
{
	struct peer *peer = NULL;
	pthread_mutex_lock(&p->lock);
	enum ent_err err = p->generation == 0
	    ? ent_fail(ENT_ESTATE, why, "this node has no TLS key yet")
	    : find_peer(p, address, code, identity, &peer, why);
	if (err == ENT_OK && peer != NULL) {
		*generation = p->generation;
		*out = peer->idle_n > 0 ? peer->idle[--peer->idle_n] : new_handle(p, peer);
		if (*out == NULL)
			err = ent_fail(ENT_EINTERNAL, why, "libcurl does not start");
	}
	pthread_mutex_unlock(&p->lock);
	return err;
}

/* Back among the idle ones, unless address, pin or key are others by now. */
static void
give_handle(struct wire_peers *p, const char *address, const char *code, const uint8_t *identity,
    CURL *h, unsigned generation)
{
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->peer_n && h != NULL; i++) {
		struct peer *peer = &p->peer[i];
		if (strcmp(peer->code, code) != 0)
			continue;
		if (generation == p->generation && peer->idle_n < IDLE_MAX &&
		    strcmp(peer->address, address) == 0 &&
		    memcmp(peer->identity, identity, CRYPTO_SIGN_PK) == 0) {
			peer->idle[peer->idle_n++] = h;
			h = NULL;
		}
		break;
	}
	pthread_mutex_unlock(&p->lock);
	if (h != NULL)
		free_handle(h);
}

/* ---- an exchange -------------------------------------------------------------------------------- */

static enum ent_err
map_failure(CURLcode rc, const char *code, const char *address, struct ent_why *why)
{
	switch ((int)rc) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		return ent_fail(ENT_EPIN, why,
		    "who answers at %s does not hold the identity that is pinned for %s", address,
		    code);
	case CURLE_OPERATION_TIMEDOUT:
		return ent_fail(ENT_EDOWN, why, "%s does not answer at %s in time", code, address);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
		/* TLS 1.3 tells a client of its refusal only when it reads */
		return ent_fail(ENT_EDOWN, why,
		    "%s at %s closed the connection; perhaps it does not know this node's card", code,
		    address);
	case CURLE_SSL_CERTPROBLEM:
		return ent_fail(ENT_EINTERNAL, why, "libcurl cannot use this node's TLS key");
	default:
		return ent_fail(ENT_EDOWN, why, "cannot reach %s at %s: %s", code, address,
		    curl_easy_strerror(rc));
	}
}

/* What the partner's node answered, if not 200. */
static enum ent_err
peer_error(struct buf *out, long status, const char *code, struct ent_why *why)
{
	struct js *j = NULL;
	enum ent_err err = js_parse(buf_bytes(out), out->max, &j, NULL);
	if (err == ENT_OK)
		err = answer_error(j, why);
	else
		err = ENT_OK;
	js_free(j);
	buf_reset(out);
	if (err == ENT_OK)
		err = ent_fail(ENT_EPEER, why, "%s answered with HTTP status %ld", code, status);
	return err;
}

/* A kept connection may have ended since, as when the partner restarts, which libcurl does not always
 * see before it writes.  Then once more on a new one: what partners are asked may be asked twice. */
static CURLcode
perform(CURL *h, const struct buf *out)
{
	long connects = 0;
	CURLcode rc = curl_easy_perform(h);
	if ((rc != CURLE_SEND_ERROR && rc != CURLE_RECV_ERROR && rc != CURLE_GOT_NOTHING) || out->n > 0 ||
	    curl_easy_getinfo(h, CURLINFO_NUM_CONNECTS, &connects) != CURLE_OK || connects > 0)
		return rc;
	curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
	rc = curl_easy_perform(h);
	curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 0L);
	return rc;
}

static enum ent_err
exchange(CURL *h, const char *code, const char *address, const char *path, struct bytes body,
    struct buf *out, struct ent_why *why)
{
	char name[CERT_NAME_MAX], url[256];
	struct trip t = { .out = out };
	long status = 0;
	cert_name(code, name);
	(void)snprintf(url, sizeof url, "https://%s%s", name, path);
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_POST, 1L);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.n == 0 ? "" : (const char *)body.p);
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &t);
	CURLcode rc = perform(h, out);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (t.too_big)
		return ent_fail(ENT_ETOOBIG, why, "the answer of %s is longer than %zu bytes", code,
		    out->max);
	if (rc != CURLE_OK)
		return map_failure(rc, code, address, why);
	(void)curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	return status == 200 ? ENT_OK : peer_error(out, status, code, why);
}

static enum ent_err
post(void *ctx, const char *address, const char *code,
    const uint8_t identity[static CRYPTO_SIGN_PK], const char *path, struct bytes body,
    struct buf *out, struct ent_why *why)
{
	struct wire_peers *p = ctx;
	CURL *h = NULL;
	unsigned generation = 0;
	enum ent_err err = take_handle(p, address, code, identity, &h, &generation, why);
	if (err != ENT_OK)
		return err;
	err = exchange(h, code, address, path, body, out, why);
	if (err == ENT_EDOWN || err == ENT_EPIN || err == ENT_ETOOBIG)
		free_handle(h); /* its connection is of no more use */
	else
		give_handle(p, address, code, identity, h, generation);
	return err;
}

struct transport
wire_peers_transport(struct wire_peers *p)
{
	return (struct transport){ .ctx = p, .post = post };
}

void
wire_peers_free(struct wire_peers *p)
{
	char path[PATH_MAX];
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->peer_n; i++) {
		drop_idle(&p->peer[i]);
		(void)unlink(p->peer[i].pin);
	}
	key_path(p, "tls.key", path);
	(void)unlink(path);
	key_path(p, "tls.crt", path);
	(void)unlink(path);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}
