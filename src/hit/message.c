/* SPDX-License-Identifier: Apache-2.0
 *
 * The payloads that travel: an ask, its answer or signed refusal, and the list of withdrawn
 * references.  Ask and answer have a size that the number of elements alone decides.
 */
#include "hit/hit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAD_MAX 2048

/* Write j with a member "pad" of as many zeros as bring it to size. */
static enum ent_err
write_padded(struct js *j, size_t size, struct buf *out, struct ent_why *why)
{
	char zeros[PAD_MAX];
	struct buf b;
	enum ent_err err = ENT_OK;
	memset(zeros, '0', sizeof zeros);
	buf_init(&b, JWS_MAX);
	js_set_str(j, "pad", "");
	js_write(j, &b);
	if (buf_err(&b) != ENT_OK || b.n > size || size - b.n > PAD_MAX) {
		err = ent_fail(ENT_ETOOBIG, why, "a hit message does not fit its fixed size");
		goto out;
	}
	js_set_take(j, "pad", js_new_strn(zeros, size - b.n));
	js_write(j, out);
	err = buf_err(out);
out:
	buf_done(&b);
	return err;
}

static void
set_elements(struct js *j, const uint8_t *elements, size_t count)
{
	struct js *a = js_array();
	for (size_t i = 0; i < count; i++) {
		char text[B64U_SIZE(OPRF_ELEMENT)];
		b64u_encode(bytes_of(elements + i * OPRF_ELEMENT, OPRF_ELEMENT), text);
		js_append_take(a, js_new_str(text));
	}
	js_set_take(j, "elements", a);
}

static void
read_elements(struct js_reader *r, uint8_t *out, size_t *count)
{
	const struct js *a = js_want_array(r, "elements", HIT_ELEMENTS_MAX);
	size_t n = js_len(a), got;
	if (r->err == ENT_OK && (n == 0 || n % HIT_SLOTS != 0))
		r->err = ent_fail(ENT_EFIELD, r->why, "elements: %zu are no whole persons of %d", n,
		    HIT_SLOTS);
	for (size_t i = 0; i < n && r->err == ENT_OK; i++) {
		uint8_t *e = out + i * OPRF_ELEMENT;
		const char *s = js_str(js_at(a, i));
		if (s == NULL || b64u_decode(str_of(s), e, OPRF_ELEMENT, &got) != ENT_OK ||
		    got != OPRF_ELEMENT)
			r->err = ent_fail(ENT_EFIELD, r->why, "elements[%zu]: not 32 bytes in base64url", i);
		else if (oprf_element_check(e) != ENT_OK)
			r->err = ent_fail(ENT_EPROOF, r->why, "elements[%zu]: no group element", i);
	}
	*count = n;
}

static void
read_text(struct js_reader *r, const char *key, char *out, size_t size)
{
	const char *s = js_want_str(r, key, size - 1);
	if (r->err == ENT_OK)
		(void)snprintf(out, size, "%s", s);
}

static uint64_t
read_count(struct js_reader *r, const char *key)
{
	return (uint64_t)js_want_int(r, key, 0, INT64_MAX);
}

/* The pad: zeros only, so that nothing can be hidden in it. */
static void
read_pad(struct js_reader *r)
{
	const char *s = js_get_str(r->obj, "pad");
	if (r->err == ENT_OK && (s == NULL || strlen(s) > PAD_MAX || strspn(s, "0") != strlen(s)))
		r->err = ent_fail(ENT_EFIELD, r->why, "pad: not zeros");
}

enum ent_err
hit_ask_write(const struct hit_ask *a, struct buf *out, struct ent_why *why)
{
	struct js *j = js_object();
	js_set_str(j, "iss", a->iss);
	js_set_str(j, "to", a->to);
	js_set_str(j, "agreement", a->agreement);
	js_set_int(j, "epoch", a->epoch);
	js_set_int(j, "seq", (int64_t)a->seq);
	js_set_int(j, "time", a->time);
	js_set_str(j, "purpose", purpose_name(a->purpose));
	js_set_int(j, "n", (int64_t)a->count);
	js_set_b64u(j, "case_digest", bytes_of(a->case_digest, sizeof a->case_digest));
	js_set_b64u(j, "commit", bytes_of(a->commit, sizeof a->commit));
	js_set_b64u(j, "prev", bytes_of(a->prev, sizeof a->prev));
	js_set_int(j, "used_day", (int64_t)a->used_day);
	js_set_int(j, "used_epoch", (int64_t)a->used_epoch);
	set_elements(j, a->elements, a->count);
	enum ent_err err = write_padded(j, HIT_ASK_SIZE(a->count), out, why);
	js_free(j);
	return err;
}

enum ent_err
hit_ask_read(const struct js *payload, struct hit_ask *out, struct ent_why *why)
{
	static const char *const known[] = { "iss", "to", "agreement", "epoch", "seq", "time",
		"purpose", "n", "case_digest", "commit", "prev", "used_day", "used_epoch", "elements",
		"pad", NULL };
	struct js_reader r = js_reader_of(payload, "", why);
	memset(out, 0, sizeof *out);
	js_only(&r, known);
	read_text(&r, "iss", out->iss, sizeof out->iss);
	read_text(&r, "to", out->to, sizeof out->to);
	read_text(&r, "agreement", out->agreement, sizeof out->agreement);
	out->epoch = (uint32_t)js_want_int(&r, "epoch", 1, UINT32_MAX);
	out->seq = (uint64_t)js_want_int(&r, "seq", 1, INT64_MAX);
	out->time = js_want_int(&r, "time", 0, INT64_MAX);
	out->purpose = purpose_of(js_want_str(&r, "purpose", 64));
	if (r.err == ENT_OK && out->purpose == PURPOSE_NONE)
		r.err = ent_fail(ENT_EFIELD, why, "purpose: not one of the registry");
	int64_t n = js_want_int(&r, "n", HIT_SLOTS, HIT_ELEMENTS_MAX);
	js_want_b64u(&r, "case_digest", out->case_digest, sizeof out->case_digest);
	js_want_b64u(&r, "commit", out->commit, sizeof out->commit);
	js_want_b64u(&r, "prev", out->prev, sizeof out->prev);
	out->used_day = read_count(&r, "used_day");
	out->used_epoch = read_count(&r, "used_epoch");
	read_pad(&r);
	read_elements(&r, out->elements, &out->count);
	if (r.err == ENT_OK && (size_t)n != out->count)
		r.err = ent_fail(ENT_EFIELD, why, "n: %" PRId64 " elements said, %zu there", n, out->count);
	return r.err;
}

enum ent_err
hit_answer_write(const struct hit_answer *a, struct buf *out, struct ent_why *why)
{
	struct js *j = js_object();
	js_set_str(j, "iss", a->iss);
	js_set_str(j, "to", a->to);
	js_set_str(j, "agreement", a->agreement);
	js_set_int(j, "epoch", a->epoch);
	js_set_int(j, "seq", (int64_t)a->seq);
	js_set_int(j, "time", a->time);
	js_set_b64u(j, "request", bytes_of(a->request, sizeof a->request));
	js_set_int(j, "used_day", (int64_t)a->used_day);
	js_set_int(j, "used_epoch", (int64_t)a->used_epoch);
	js_set_int(j, "withdrawn", (int64_t)a->withdrawn);
	if (a->error != ENT_OK) {
		js_set_str(j, "error", ent_err_name(a->error));
		js_set_str(j, "clause", a->clause);
		js_set_bool(j, "counted", a->counted);
	} else {
		js_set_b64u(j, "proof", bytes_of(a->proof, sizeof a->proof));
		set_elements(j, a->elements, a->count);
	}
	enum ent_err err = write_padded(j, HIT_ANSWER_SIZE(a->error == ENT_OK ? a->count : 0), out, why);
	js_free(j);
	return err;
}

/* Which errors a signed refusal may tell. */
static const enum ent_err refusals[] = { ENT_EREFUSED, ENT_EQUOTA, ENT_ESUSPENDED, ENT_EEXPIRED,
	ENT_ESEQ, ENT_ESTATE };

static void
read_refusal(struct js_reader *r, struct hit_answer *out)
{
	const char *name = js_want_str(r, "error", 32);
	const char *clause = js_get_str(r->obj, "clause");
	out->counted = js_opt_bool(r, "counted", false);
	if (r->err != ENT_OK)
		return;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (strcmp(name, ent_err_name(refusals[i])) == 0)
			out->error = refusals[i];
	if (out->error == ENT_OK)
		r->err = ent_fail(ENT_EFIELD, r->why, "error: not one that a refusal may tell");
	else if (clause == NULL || strlen(clause) >= sizeof out->clause)
		r->err = ent_fail(ENT_EFIELD, r->why, "clause: missing or too long");
	else
		(void)snprintf(out->clause, sizeof out->clause, "%s", clause);
}

enum ent_err
hit_answer_read(const struct js *payload, struct hit_answer *out, struct ent_why *why)
{
	static const char *const answered[] = { "iss", "to", "agreement", "epoch", "seq", "time",
		"request", "used_day", "used_epoch", "withdrawn", "proof", "elements", "pad", NULL };
	static const char *const refused[] = { "iss", "to", "agreement", "epoch", "seq", "time",
		"request", "used_day", "used_epoch", "withdrawn", "error", "clause", "counted", "pad",
		NULL };
	struct js_reader r = js_reader_of(payload, "", why);
	bool refusal = js_get(payload, "error") != NULL;
	memset(out, 0, sizeof *out);
	js_only(&r, refusal ? refused : answered);
	read_text(&r, "iss", out->iss, sizeof out->iss);
	read_text(&r, "to", out->to, sizeof out->to);
	read_text(&r, "agreement", out->agreement, sizeof out->agreement);
	out->epoch = (uint32_t)js_want_int(&r, "epoch", 0, UINT32_MAX);
	out->seq = (uint64_t)js_want_int(&r, "seq", 1, INT64_MAX);
	out->time = js_want_int(&r, "time", 0, INT64_MAX);
	js_want_b64u(&r, "request", out->request, sizeof out->request);
	out->used_day = read_count(&r, "used_day");
	out->used_epoch = read_count(&r, "used_epoch");
	out->withdrawn = read_count(&r, "withdrawn");
	read_pad(&r);
	if (refusal) {
		read_refusal(&r, out);
	} else {
		js_want_b64u(&r, "proof", out->proof, sizeof out->proof);
		read_elements(&r, out->elements, &out->count);
	}
	return r.err;
}

enum ent_err
hit_answer_fits(const struct hit_ask *ask, const uint8_t ask_hash[static CRYPTO_HASH_LEN],
    const struct hit_answer *answer, struct ent_why *why)
{
	if (strcmp(answer->iss, ask->to) != 0 || strcmp(answer->to, ask->iss) != 0 ||
	    strcmp(answer->agreement, ask->agreement) != 0)
		return ent_fail(ENT_EPEER, why, "the answer is of another channel");
	if (answer->seq != ask->seq || memcmp(answer->request, ask_hash, CRYPTO_HASH_LEN) != 0)
		return ent_fail(ENT_ESEQ, why, "the answer is not to request %" PRIu64, ask->seq);
	if (answer->error != ENT_OK && !answer->counted)
		return ENT_OK;
	if (answer->error == ENT_OK && (answer->epoch != ask->epoch || answer->count != ask->count))
		return ent_fail(ENT_EPEER, why, "the answer has another epoch or number of elements");
	if (answer->used_day != ask->used_day || answer->used_epoch != ask->used_epoch)
		return ent_fail(ENT_ESTATE, why, "the two counts differ: the partner counts %" PRIu64
		    " elements today and %" PRIu64 " in the epoch, we count %" PRIu64 " and %" PRIu64
		    "; the channel stops until both logs are compared (entente audit reconcile)",
		    answer->used_day, answer->used_epoch, ask->used_day, ask->used_epoch);
	return ENT_OK;
}

/* ---- the withdrawn list ------------------------------------------------------------------------ */

enum ent_err
hit_withdrawn_write(const struct hit_withdrawn *w, struct buf *out, struct ent_why *why)
{
	if (w->count > HIT_WITHDRAWN_MAX || w->count % HIT_WITHDRAWN_GRID != 0)
		return ent_fail(ENT_ETOOBIG, why, "a withdrawn list of %zu references: build the filter "
		    "anew (entente filter build)", w->count);
	struct js *j = js_object(), *refs = js_array();
	js_set_str(j, "iss", w->iss);
	js_set_str(j, "to", w->to);
	js_set_str(j, "agreement", w->agreement);
	js_set_int(j, "epoch", w->epoch);
	js_set_int(j, "seq", (int64_t)w->seq);
	js_set_int(j, "time", w->time);
	for (size_t i = 0; i < w->count; i++) {
		char text[B64U_SIZE(HIT_REF)];
		b64u_encode(bytes_of(w->refs + i * HIT_REF, HIT_REF), text);
		js_append_take(refs, js_new_str(text));
	}
	js_set_take(j, "refs", refs);
	js_write(j, out);
	js_free(j);
	return buf_err(out);
}

/* Each of 16 bytes, and above the one before: one form only, and searched by halves. */
static enum ent_err
read_refs(const struct js *refs, struct hit_withdrawn *out, struct ent_why *why)
{
	size_t n = js_len(refs), got;
	if (n % HIT_WITHDRAWN_GRID != 0)
		return ent_fail(ENT_EFIELD, why, "refs: %zu is not on the grid", n);
	out->refs = ent_alloc_array(n > 0 ? n : 1, HIT_REF);
	out->count = n;
	for (size_t i = 0; i < n; i++) {
		uint8_t *ref = out->refs + i * HIT_REF;
		const char *s = js_str(js_at(refs, i));
		if (s == NULL || b64u_decode(str_of(s), ref, HIT_REF, &got) != ENT_OK || got != HIT_REF)
			return ent_fail(ENT_EFIELD, why, "refs[%zu]: not 16 bytes in base64url", i);
		if (i > 0 && memcmp(ref - HIT_REF, ref, HIT_REF) >= 0)
			return ent_fail(ENT_EFIELD, why, "refs[%zu]: not in order", i);
	}
	return ENT_OK;
}

enum ent_err
hit_withdrawn_read(const struct js *payload, struct hit_withdrawn *out, struct ent_why *why)
{
	static const char *const known[] = { "iss", "to", "agreement", "epoch", "seq", "time", "refs",
		NULL };
	struct js_reader r = js_reader_of(payload, "", why);
	memset(out, 0, sizeof *out);
	js_only(&r, known);
	read_text(&r, "iss", out->iss, sizeof out->iss);
	read_text(&r, "to", out->to, sizeof out->to);
	read_text(&r, "agreement", out->agreement, sizeof out->agreement);
	out->epoch = (uint32_t)js_want_int(&r, "epoch", 1, UINT32_MAX);
	out->seq = (uint64_t)js_want_int(&r, "seq", 1, INT64_MAX);
	out->time = js_want_int(&r, "time", 0, INT64_MAX);
	const struct js *refs = js_want_array(&r, "refs", HIT_WITHDRAWN_MAX);
	enum ent_err err = r.err != ENT_OK ? r.err : read_refs(refs, out, why);
	if (err != ENT_OK)
		hit_withdrawn_done(out);
	return err;
}

void
hit_withdrawn_done(struct hit_withdrawn *w)
{
	free(w->refs);
	w->refs = NULL;
	w->count = 0;
}

bool
hit_withdrawn_has(const struct hit_withdrawn *w, const uint8_t ref[static HIT_REF])
{
	size_t low = 0, high = w->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = memcmp(w->refs + mid * HIT_REF, ref, HIT_REF);
		if (c == 0)
			return true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}
