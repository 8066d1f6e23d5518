/* SPDX-License-Identifier: Apache-2.0
 *
 * The first writes of a node.  Nothing can grant them yet; they are possible only while there is
 * nothing, and the log tells of them.
 */
#include "keeper/keeper.h"
#include "ops/node.h"
#include "ops/store_key.h"
#include "store/agreements.h"
#include "store/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct founding {
	const struct node_init_options *opt;
	struct keeper *keeper;
	struct keeper_keys keys;
	struct actor admin;
	struct policy *policy; /* our own card alone: grants by role */
	struct buf card, annex, consent;
	ent_time now;
};

static enum ent_err
make_card(struct founding *f, struct ent_why *why)
{
	struct js *p = js_object();
	struct buf text;
	buf_init(&text, 8192);
	js_set_str(p, "iss", f->keys.code);
	js_set_str(p, "service", f->keys.service);
	js_set_b64u(p, "identity", bytes_of(f->keys.identity, CRYPTO_SIGN_PK));
	js_set_b64u(p, "record", bytes_of(f->keys.record, CRYPTO_SIGN_PK));
	js_set_b64u(p, "checkpoint", bytes_of(f->keys.checkpoint, CRYPTO_SIGN_PK));
	if (f->opt->oversight_box != NULL)
		js_set_b64u(p, "oversight_box", bytes_of(f->opt->oversight_box, CRYPTO_BOX_PK));
	js_set_str(p, "address", f->opt->address);
	js_set_int(p, "time", f->now);
	js_write(p, &text);
	enum ent_err err = keeper_sign(f->keeper, JWS_CARD, buf_bytes(&text), &f->card, why);
	js_free(p);
	buf_done(&text);
	return err;
}

static enum ent_err
make_policy(struct founding *f, struct ent_why *why)
{
	struct policy_card own;
	enum ent_err err = policy_card_check((struct str){ buf_cstr(&f->card), f->card.n }, &own, why);
	return err == ENT_OK ? policy_load(&own, NULL, 0, &f->policy, why) : err;
}

static enum ent_err
make_annex(struct founding *f, struct ent_why *why)
{
	uint8_t digest[CRYPTO_HASH_LEN];
	struct js *doc = policy_national_default(f->keys.code, f->keys.service, f->keys.identity, f->now);
	if (f->opt->screening_law != NULL)
		policy_national_screening(doc, f->opt->screening_law, f->opt->screening_rows, 0);
	js_write(doc, &f->annex);
	js_free(doc);
	crypto_sha256(buf_bytes(&f->annex), digest);
	return keeper_consent(f->keeper, digest, &f->admin.id, f->admin.name,
	    role_name(ROLE_ADMIN), f->now, &f->consent, why);
}

/* A grant for one of the founding acts, admitted in the same transaction. */
static enum ent_err
grant_for(struct founding *f, struct store_tx *tx, enum ent_action action, enum ent_event event,
    struct grant **out, struct ent_why *why)
{
	struct policy_ask ask = { .actor = &f->admin, .action = action, .roles = ROLE_ADMIN,
		.case_ref = "init", .reason = "a node is founded", .now = f->now };
	struct audit_event ev = { .event = event, .time = f->now, .actor = &f->admin };
	struct audit_sink sink = node_sink(tx);
	*out = policy_decide(f->policy, &ask);
	return audit_admit(&sink, *out, &ev, NULL, why);
}

static enum ent_err
found_admin(struct founding *f, struct store_tx *tx, struct ent_why *why)
{
	struct grant *g = NULL;
	struct user_row user = { .id = f->admin.id, .roles = ROLE_ADMIN, .uid = f->opt->uid,
		.created_at = f->now };
	(void)snprintf(user.name, sizeof user.name, "%s", f->admin.name);
	enum ent_err err = grant_for(f, tx, ACTION_USERS, EVENT_USER, &g, why);
	if (err == ENT_OK)
		err = user_put(tx, g, &user, why);
	grant_free(g);
	return err;
}

static enum ent_err
found_agreement(struct founding *f, struct store_tx *tx, const struct grant *g,
    struct ent_why *why)
{
	uint8_t digest[CRYPTO_HASH_LEN];
	struct str consent = { buf_cstr(&f->consent), f->consent.n };
	struct card_row card = { .code = f->keys.code, .identity = f->keys.identity, .own = true,
		.time = f->now, .jws = { buf_cstr(&f->card), f->card.n } };
	crypto_sha256(buf_bytes(&f->annex), digest);
	enum ent_err err = card_put(tx, g, &card, f->now, why);
	if (err == ENT_OK)
		err = agreement_put(tx, g, POLICY_NATIONAL, buf_bytes(&f->annex), f->now, why);
	if (err == ENT_OK)
		err = consent_put(tx, g, digest, f->keys.code, &f->admin.id, consent, f->now, why);
	return err;
}

static enum ent_err
found_body(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct founding *f = ctx;
	struct grant *g = NULL;
	enum ent_err err = found_admin(f, tx, why);
	if (err == ENT_OK)
		err = grant_for(f, tx, ACTION_AGREE, EVENT_AGREEMENT, &g, why);
	if (err == ENT_OK)
		err = found_agreement(f, tx, g, why);
	grant_free(g);
	return err;
}

static enum ent_err
found(struct founding *f, struct ent_why *why)
{
	char path[4200];
	struct store *store = NULL;
	ent_time made;
	(void)snprintf(path, sizeof path, "%s/store", f->opt->dir);
	enum ent_err err = keeper_keys(f->keeper, &f->keys, why);
	if (err == ENT_OK)
		err = store_key_open(f->keeper, path, f->now, &store, &made, why);
	(void)snprintf(f->admin.service, sizeof f->admin.service, "%s", f->keys.code);
	if (err == ENT_OK)
		err = make_card(f, why);
	if (err == ENT_OK)
		err = make_policy(f, why);
	if (err == ENT_OK)
		err = make_annex(f, why);
	if (err == ENT_OK)
		err = store_write(store, found_body, f, why);
	store_close(store);
	return err;
}

enum ent_err
node_init(const struct node_init_options *opt, char fingerprint[static POLICY_FINGERPRINT_TEXT],
    struct ent_why *why)
{
	struct founding f = { .opt = opt, .now = clock_now(),
		.admin = { .id = id_new(), .roles = ROLE_ADMIN } };
	(void)snprintf(f.admin.name, sizeof f.admin.name, "%s", opt->admin);
	buf_init(&f.card, 16384);
	buf_init(&f.annex, POLICY_DOCUMENT_MAX);
	buf_init(&f.consent, 16384);
	enum ent_err err = keeper_attach(opt->keeper_fd, &f.keeper, why);
	if (err == ENT_OK)
		err = found(&f, why);
	if (err == ENT_OK)
		policy_fingerprint(f.keys.identity, fingerprint);
	keeper_detach(f.keeper);
	policy_free(f.policy);
	buf_done(&f.card);
	buf_done(&f.annex);
	buf_done(&f.consent);
	return err;
}
