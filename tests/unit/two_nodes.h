/* SPDX-License-Identifier: Apache-2.0
 *
 * Two nodes in one process, BRU and RAB, each with its store and its real keeper, joined by a
 * transport that a test can cut, and an agreement that both have signed.  Header only.
 */
#ifndef TESTS_TWO_NODES_H
#define TESTS_TWO_NODES_H

#include "grant/admit.h"
#include "grant/mint.h"
#include "ops/node.h"
#include "ops/runner.h"
#include "base/file.h"
#include "store/audit_log.h"
#include "store/records.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TWO_AGREEMENT "RAB-BRU-1"

struct two_side {
	char dir[80], code[CODE_MAX];
	struct keeper_process keeper;
	struct node *node;
	struct two_nodes *both;
	struct ent_id people[2];
};

struct two_nodes {
	char dir[64];
	struct two_side bru, rab;
	/* What happens to the next posts: how many answers get lost, how many do not get there. */
	int lose_answers, lose_requests;
	int posts;
	/* If set: changes an answer on its way. */
	void (*tamper)(const char *path, struct buf *answer);
};

/* One call of an operation by its name; in is taken.  *out (may be NULL) is the caller's. */
static enum ent_err
two_call_as(struct two_side *s, const struct op_caller *who, const char *method_path, struct js *in,
    struct js **out, struct buf *raw, struct ent_why *why)
{
	struct op_call c = { .node = s->node, .row = ops_row_by_path("POST", method_path), .who = who,
		.arena = arena_new(ARENA_REQUEST_MAX), .in = in, .out = js_object(), .why = why };
	assert_non_null(c.row);
	enum ent_err err = ops_dispatch(&c);
	if (raw != NULL && err == ENT_OK && c.raw.p != NULL)
		buf_put(raw, c.raw.p, c.raw.n);
	else if (raw != NULL && err == ENT_OK)
		js_write(c.out, raw);
	if (out != NULL)
		*out = c.out;
	else
		js_free(c.out);
	js_free(in);
	arena_free(c.arena);
	return err;
}

/* person: 0 or 1; roles: ROLE_ bits. */
static enum ent_err
two_call(struct two_side *s, int person, unsigned roles, const char *path, struct js *in,
    struct js **out, struct ent_why *why)
{
	struct op_caller who = { .authenticated = true, .uid = -1 };
	who.actor.id = s->people[person];
	who.actor.roles = roles;
	(void)snprintf(who.actor.name, sizeof who.actor.name, "person%d", person);
	(void)snprintf(who.actor.service, sizeof who.actor.service, "%s", s->code);
	return two_call_as(s, &who, path, in, out, NULL, why);
}

static struct js *
two_must(struct two_side *s, int person, unsigned roles, const char *path, struct js *in)
{
	struct ent_why why = { .text = "" };
	struct js *out = NULL;
	enum ent_err err = two_call(s, person, roles, path, in, &out, &why);
	if (err != ENT_OK)
		fail_msg("%s %s: %s: %s (%s)", s->code, path, ent_err_name(err), why.text, why.clause);
	return out;
}

static enum ent_err
two_post(void *ctx, const char *address, const char *partner, const uint8_t identity[static 32],
    const char *path, struct bytes body, struct buf *out, struct ent_why *why)
{
	struct two_side *from = ctx;
	struct two_side *to = strcmp(partner, "RAB") == 0 ? &from->both->rab : &from->both->bru;
	struct op_caller who = { .authenticated = true, .uid = -1 };
	struct js *in = NULL;
	(void)address;
	(void)identity;
	from->both->posts++;
	if (from->both->lose_requests > 0) {
		from->both->lose_requests--;
		return ent_fail(ENT_EDOWN, why, "nobody answers");
	}
	who.actor.roles = ROLE_PEER;
	(void)snprintf(who.actor.service, sizeof who.actor.service, "%s", from->code);
	enum ent_err err = js_parse(body, JWS_MAX * 2, &in, why);
	if (err == ENT_OK)
		err = two_call_as(to, &who, path, in, NULL, out, why);
	if (err == ENT_OK && from->both->tamper != NULL)
		from->both->tamper(path, out);
	if (err == ENT_OK && from->both->lose_answers > 0) {
		from->both->lose_answers--;
		buf_reset(out);
		return ent_fail(ENT_EDOWN, why, "the answer is lost");
	}
	return err;
}

static void
two_open(struct two_side *s)
{
	struct ent_why why = { .text = "" };
	char path[120];
	(void)snprintf(path, sizeof path, "%s/keeper", s->dir);
	if (keeper_start(path, true, &s->keeper, &why) != ENT_OK ||
	    keeper_unlock(s->keeper.fd, bytes_of_cstr("a passphrase"), &why) != ENT_OK)
		fail_msg("keeper: %s", why.text);
	struct node_options opt = { .dir = s->dir, .keeper_fd = s->keeper.fd, .sandbox = "none",
		.transport = { .ctx = s, .post = two_post } };
	if (node_open(&opt, &s->node, &why) != ENT_OK)
		fail_msg("node: %s", why.text);
}

static void
two_close(struct two_side *s)
{
	node_close(s->node);
	s->node = NULL;
	keeper_wait(&s->keeper);
}

static void
two_make(struct two_nodes *t, struct two_side *s, const char *code, const uint8_t *oversight)
{
	struct ent_why why = { .text = "" };
	char path[120], fingerprint[POLICY_FINGERPRINT_TEXT];
	s->both = t;
	(void)snprintf(s->code, sizeof s->code, "%s", code);
	(void)snprintf(s->dir, sizeof s->dir, "%s/%s", t->dir, code);
	s->people[0] = id_new();
	s->people[1] = id_new();
	assert_int_equal(file_mkdir(s->dir, 0700, &why), ENT_OK);
	(void)snprintf(path, sizeof path, "%s/store", s->dir);
	assert_int_equal(file_mkdir(path, 0700, &why), ENT_OK);
	assert_int_equal(store_create(path, &why), ENT_OK);
	(void)snprintf(path, sizeof path, "%s/keeper", s->dir);
	assert_int_equal(keeper_create(path, code, "Service", bytes_of_cstr("a passphrase"), &why), ENT_OK);
	if (keeper_start(path, true, &s->keeper, &why) != ENT_OK ||
	    keeper_unlock(s->keeper.fd, bytes_of_cstr("a passphrase"), &why) != ENT_OK)
		fail_msg("keeper: %s", why.text);
	struct node_init_options opt = { .dir = s->dir, .keeper_fd = s->keeper.fd,
		.address = "127.0.0.1:1", .oversight_box = oversight, .admin = "admin", .uid = -1 };
	if (node_init(&opt, fingerprint, &why) != ENT_OK)
		fail_msg("init: %s", why.text);
	keeper_wait(&s->keeper);
	two_open(s);
}

static void
two_give_card(struct two_side *from, struct two_side *to)
{
	struct js *card = two_must(from, 0, ROLE_SUPERVISOR, "/v1/partner/card", js_object());
	struct js *in = js_object();
	js_set_str(in, "card", js_get_str(card, "card"));
	js_free(two_must(to, 0, ROLE_SUPERVISOR, "/v1/partner/add", in));
	js_free(card);
}

static void
two_sign(struct two_side *s)
{
	for (int person = 0; person < 2; person++) {
		struct js *in = js_object();
		js_set_str(in, "agreement", TWO_AGREEMENT);
		js_free(two_must(s, person, ROLE_SUPERVISOR, "/v1/agreement/sign", in));
	}
}

static void
two_import(struct two_side *s, const char *text)
{
	struct js *in = js_object();
	js_set_str(in, "file", text);
	js_free(two_must(s, 0, ROLE_SUPERVISOR, "/v1/agreement/import", in));
}

static void
two_hand_over(struct two_side *from, struct two_side *to)
{
	struct js *in = js_object();
	js_set_str(in, "agreement", TWO_AGREEMENT);
	js_set_bool(in, "file", true);
	struct js *out = two_must(from, 0, ROLE_SUPERVISOR, "/v1/agreement/show", in);
	char *text = js_text(js_get(out, "file"));
	two_import(to, text);
	free(text);
	js_free(out);
}

/* annexes: taken, or NULL for the default one. */
static void
two_agree(struct two_nodes *t, struct js *annexes)
{
	struct js *in = js_object();
	two_give_card(&t->rab, &t->bru);
	two_give_card(&t->bru, &t->rab);
	js_set_str(in, "partner", "RAB");
	js_set_str(in, "id", TWO_AGREEMENT);
	if (annexes != NULL)
		js_set_take(in, "annexes", annexes);
	struct js *draft = two_must(&t->bru, 0, ROLE_SUPERVISOR, "/v1/agreement/draft", in);
	two_import(&t->bru, js_get_str(draft, "document"));
	js_free(draft);
	two_sign(&t->bru);
	two_hand_over(&t->bru, &t->rab);
	two_sign(&t->rab);
	two_hand_over(&t->rab, &t->bru);
}

static struct two_nodes *
two_new(const uint8_t *oversight_bru)
{
	struct two_nodes *t = ent_alloc(sizeof *t);
	(void)snprintf(t->dir, sizeof t->dir, "/tmp/ent-two-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	assert_int_equal(crypto_init(), ENT_OK);
	two_make(t, &t->bru, "BRU", oversight_bru);
	two_make(t, &t->rab, "RAB", NULL);
	return t;
}

static int
two_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
two_free(struct two_nodes *t)
{
	two_close(&t->bru);
	two_close(&t->rab);
	(void)nftw(t->dir, two_remove, 8, FTW_DEPTH | FTW_PHYS);
	free(t);
}

/* ---- records, put straight into the store -------------------------------------------------------- */

struct two_put {
	struct record_row row;
	const char *body;
	struct grant *grant;
};

static enum ent_err
two_put_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct two_put *p = ctx;
	return record_put(tx, p->grant, &p->row, bytes_of_cstr(p->body), why);
}

static struct grant *
two_grant(enum ent_action action)
{
	struct grant_terms terms = { .action = action, .verdict = ENT_OK };
	struct grant *g = grant_mint(&terms);
	grant_admit(g, 1);
	return g;
}

struct two_log {
	struct grant *grant;
	audit_entry_fn *fn;
	void *ctx;
};

static enum ent_err
two_log_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	const struct two_log *l = ctx;
	struct audit_range range = { .log = AUDIT_NODE, .to = UINT32_MAX, .openings = true };
	return audit_log_read(tx, l->grant, &range, l->fn, l->ctx, why);
}

/* Each entry of the node's log, with its openings. */
static inline void
two_read_log(struct two_side *s, audit_entry_fn *fn, void *ctx)
{
	struct ent_why why = { .text = "" };
	struct two_log l = { .grant = two_grant(ACTION_AUDIT), .fn = fn, .ctx = ctx };
	if (store_read(node_store(s->node), two_log_body, &l, &why) != ENT_OK)
		fail_msg("log: %s", why.text);
	grant_free(l.grant);
}

/* A person with one name, birth and document (each may be NULL), expiring at that time. */
static struct ent_id
two_person(struct two_side *s, const char *name, const char *birth, const char *document,
    enum subject_category subject, ent_time expires)
{
	struct ent_why why = { .text = "" };
	struct statement st[3];
	size_t n = 0;
	memset(st, 0, sizeof st);
	if (name != NULL) {
		st[n] = (struct statement){ .kind = STATEMENT_NAME, .basis = BASIS_FACT };
		st[n].name.value = name;
		st[n].name.kind = NAMEKIND_PRIMARY;
		(void)snprintf(st[n].name.script, sizeof st[n].name.script, "%s", script_of(str_of(name)));
		n++;
	}
	if (birth != NULL) {
		st[n] = (struct statement){ .kind = STATEMENT_BIRTH, .basis = BASIS_FACT };
		assert_int_equal(record_birth_parse(str_of(birth), &st[n++].birth), ENT_OK);
	}
	if (document != NULL) {
		st[n] = (struct statement){ .kind = STATEMENT_DOCUMENT, .basis = BASIS_FACT };
		st[n].document.number = document;
		st[n++].document.kind = DOCKIND_PASSPORT;
	}
	struct record r = { .id = id_new(), .type = RTYPE_PERSON, .version = 1, .statements = st,
		.count = n, .label = { .legal_basis = "law", .handling = HANDLING_H0, .tlp = TLP_AMBER,
		    .source = SOURCE_B, .information = 2, .subject = subject,
		    .review_at = expires - ENT_DAY, .expires_at = expires } };
	(void)snprintf(r.label.originator, sizeof r.label.originator, "%s", s->code);
	struct js *body = record_write(&r);
	char *text = js_text(body);
	struct two_put p = { .row = { .id = r.id, .type = r.type, .label = r.label,
		.changed_at = clock_now() }, .body = text, .grant = two_grant(ACTION_WRITE) };
	enum ent_err err = store_write(node_store(s->node), two_put_body, &p, &why);
	if (err != ENT_OK)
		fail_msg("record: %s", why.text);
	grant_free(p.grant);
	free(text);
	js_free(body);
	return r.id;
}

#endif
