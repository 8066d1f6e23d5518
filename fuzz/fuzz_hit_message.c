/* SPDX-License-Identifier: Apache-2.0
 *
 * Payloads of private hit/no-hit.  First byte: which: ask, answer, withdrawn list, query, opening.
 * What is accepted must come back the same from what is written of it.
 */
#include "hit/hit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct js *
again(struct buf *b)
{
	struct js *j = NULL;
	struct ent_why why;
	if (js_parse(buf_bytes(b), JWS_MAX, &j, &why) != ENT_OK)
		abort();
	return j;
}

static void
ask(const struct js *j)
{
	struct hit_ask *a = ent_alloc(sizeof *a), *b = ent_alloc(sizeof *b);
	struct ent_why why;
	struct buf out;
	buf_init(&out, JWS_MAX);
	if (hit_ask_read(j, a, &why) == ENT_OK && hit_ask_write(a, &out, &why) == ENT_OK) {
		struct js *k = again(&out);
		if (hit_ask_read(k, b, &why) != ENT_OK || memcmp(a, b, sizeof *a) != 0)
			abort();
		js_free(k);
	}
	buf_done(&out);
	free(a);
	free(b);
}

static void
answer(const struct js *j)
{
	struct hit_answer *a = ent_alloc(sizeof *a), *b = ent_alloc(sizeof *b);
	struct hit_ask *fits = ent_alloc(sizeof *fits);
	struct ent_why why;
	struct buf out;
	buf_init(&out, JWS_MAX);
	if (hit_answer_read(j, a, &why) == ENT_OK && hit_answer_write(a, &out, &why) == ENT_OK) {
		struct js *k = again(&out);
		if (hit_answer_read(k, b, &why) != ENT_OK || memcmp(a, b, sizeof *a) != 0)
			abort();
		(void)hit_answer_fits(fits, a->request, a, &why);
		js_free(k);
	}
	buf_done(&out);
	free(a);
	free(b);
	free(fits);
}

static void
withdrawn(const struct js *j)
{
	struct hit_withdrawn w;
	struct ent_why why;
	struct buf out;
	buf_init(&out, JWS_MAX);
	if (hit_withdrawn_read(j, &w, &why) == ENT_OK) {
		for (size_t i = 0; i < w.count; i++)
			if (!hit_withdrawn_has(&w, w.refs + i * HIT_REF))
				abort();
		if (hit_withdrawn_write(&w, &out, &why) == ENT_OK)
			js_free(again(&out));
		hit_withdrawn_done(&w);
	}
	buf_done(&out);
}

static void
query(const struct js *j)
{
	struct hit_query q, back;
	struct ent_why why;
	uint8_t blinded[HIT_SLOTS * OPRF_ELEMENT];
	if (hit_query_read(j, &q, &why) != ENT_OK)
		return;
	struct js *k = hit_query_write(&q);
	if (hit_query_read(k, &back, &why) != ENT_OK || memcmp(&q, &back, sizeof q) != 0)
		abort();
	js_free(k);
	(void)hit_query_blind(&q, blinded, &why);
}

static void
opening(const struct js *j)
{
	static const struct hit_domain d = { "A", 1, 1 };
	uint8_t elements[HIT_SLOTS * OPRF_ELEMENT] = { 0 }, ref[HIT_REF];
	struct ent_why why;
	size_t slot;
	if (hit_check_opening(j, &d, elements, elements, ref, &slot, &why) == ENT_OK)
		abort(); /* of elements that nobody blinded */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const what[])(const struct js *) = { ask, answer, withdrawn, query, opening };
	struct js *j = NULL;
	struct ent_why why;
	if (size < 1 || crypto_init() != ENT_OK)
		return 0;
	if (js_parse(bytes_of(data + 1, size - 1), JWS_MAX, &j, &why) == ENT_OK)
		what[data[0] % 5](j);
	js_free(j);
	return 0;
}
