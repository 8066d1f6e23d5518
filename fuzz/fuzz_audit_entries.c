/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries, lines, bundles and whole exports from outside.  The first byte says what the rest is taken
 * for.  An export is the input as each of its files; its log.json is a good one.
 */
#include "audit/reconcile.h"
#include "audit/verify.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
entry(struct bytes in)
{
	struct entry_view e;
	struct exchange_line l;
	struct js *value;
	struct js *none = js_array();
	if (entry_read(in, &e, NULL) == ENT_OK)
		entry_view_done(&e);
	if (entry_open(in, none, "case", &value, NULL) == ENT_OK)
		ENT_BUG("a field was opened with nothing");
	js_free(none);
	if (line_read(in, &l, NULL) == ENT_OK) {
		struct exchange_line again;
		struct buf b;
		buf_init(&b, ENTRY_MAX);
		line_write(&l, &b);
		ENT_ASSERT(line_read(buf_bytes(&b), &again, NULL) == ENT_OK);
		ENT_ASSERT(again.seq == l.seq && strcmp(again.dir, l.dir) == 0);
		buf_done(&b);
	}
}

static void
bundle(struct bytes in)
{
	struct bytes e;
	size_t total = 0;
	while (bundle_next(&in, &e) == ENT_OK)
		total += e.n + 2;
	ENT_ASSERT(total <= SIZE_MAX - in.n);
}

static enum ent_err
read_any(void *ctx, const char *path, struct buf *out, struct ent_why *why)
{
	const struct bytes *in = ctx;
	(void)path;
	(void)why;
	if (in->n > out->max)
		return ENT_ETOOBIG;
	buf_put(out, in->p, in->n);
	return buf_err(out);
}

/* A log of up to 600 entries whose files all are the input. */
static void
export(struct bytes in, bool exchange)
{
	if (in.n < 2)
		return;
	uint64_t size = ((uint64_t)in.p[0] << 8 | in.p[1]) % 600;
	struct bytes rest = bytes_of(in.p + 2, in.n - 2);
	struct audit_log l = { .folder = { &rest, read_any }, .exchange = exchange, .code = "RAB",
		.log = "AGR-1", .checkpoint = { .origin = "entente/RAB/node", .size = size } };
	struct audit_log other = l;
	struct checkpoint point = { .origin = "entente/RAB/node", .size = size / 3 };
	struct audit_against against = { .log = &other };
	if (size % 2 == 1)
		against = (struct audit_against){ .checkpoint = &point };
	struct audit_report *r = NULL;
	struct reconcile_report *d = NULL;
	memcpy(other.code, "BRU", 4);
	other.checkpoint.size = size / 2;
	if (audit_verify(&l, &against, &r, NULL) == ENT_OK)
		ENT_ASSERT(r->count > 0 || size == 0); /* the root is zeros: nothing gives it */
	audit_report_free(r);
	if (exchange && audit_reconcile(&l, &other, &d, NULL) == ENT_OK)
		ENT_ASSERT(d->same <= size);
	reconcile_report_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct audit_log l;
	if (!ready && crypto_init() != ENT_OK)
		abort();
	ready = true;
	if (size < 1)
		return 0;
	struct bytes in = bytes_of(data + 1, size - 1);
	struct audit_folder f = { &in, read_any };
	switch (data[0] % 5) {
	case 0:
		entry(in);
		break;
	case 1:
		bundle(in);
		break;
	case 2:
		export(in, false);
		break;
	case 3:
		export(in, true);
		break;
	default:
		if (audit_log_open(&f, NULL, &l, NULL) == ENT_OK)
			audit_log_close(&l);
		break;
	}
	return 0;
}
