/* SPDX-License-Identifier: Apache-2.0
 *
 * A partner's filter and its note.  First byte: 0 the rest is a filter; 1 it is a note's text; 2 a
 * filter is built from the rest as tags, and must have each.
 */
#include "base/int.h"
#include "hit/hit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse(struct bytes in)
{
	struct hit_filter_head h;
	struct ent_why why;
	if (hit_filter_parse(in, &h, &why) == ENT_OK)
		for (uint64_t i = 0; i < 64; i++)
			(void)hit_filter_has(&h, in, i * UINT64_C(0x9e3779b97f4a7c15));
}

static void
note(struct bytes in)
{
	struct hit_note n;
	struct hit_filter_head h;
	struct ent_why why;
	if (hit_note_parse(in, &n, &why) == ENT_OK)
		(void)hit_filter_check(&n, in, &h, &why);
}

static void
build(struct bytes in)
{
	static const uint8_t seed[32] = { 1 };
	struct hit_filter_head h = { .epoch = 1, .rules = 1, .agreement = "A" }, back;
	struct ent_why why;
	struct buf out;
	size_t n = in.n / 8;
	uint64_t *tags = ent_alloc_array(n + 1, sizeof *tags);
	for (size_t i = 0; i < n; i++)
		tags[i] = get_be64(in.p + i * 8);
	oprf_element_random(h.pk);
	buf_init(&out, (size_t)1 << 24);
	if (hit_filter_build(&h, tags, n, seed, &out, &why) != ENT_OK ||
	    hit_filter_parse(buf_bytes(&out), &back, &why) != ENT_OK)
		abort();
	for (size_t i = 0; i < n; i++)
		if (!hit_filter_has(&back, buf_bytes(&out), tags[i]))
			abort();
	free(tags);
	/* What is cut or changed is refused, or read without harm. */
	if (in.n > 2) {
		out.p[(size_t)(in.p[0] << 8 | in.p[1]) % out.n] ^= in.p[2];
		parse(buf_bytes(&out));
		parse(bytes_of(out.p, (size_t)(in.p[1] << 8 | in.p[2]) % out.n));
	}
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || crypto_init() != ENT_OK)
		return 0;
	struct bytes in = bytes_of(data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		parse(in);
		break;
	case 1:
		note(in);
		break;
	default:
		if (in.n <= 4096)
			build(in);
	}
	return 0;
}
