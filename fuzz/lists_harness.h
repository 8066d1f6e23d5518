/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the list targets: what a parser lets through passes the checks of a record that is typed in,
 * and its source rows can be had back.
 */
#ifndef ENT_FUZZ_LISTS_HARNESS_H
#define ENT_FUZZ_LISTS_HARNESS_H

#include "lists/lists.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
harness_row(void *ctx, const char *file, const char *row, const struct js *cells)
{
	(void)ctx;
	if (file == NULL || row == NULL || !js_is_object(cells))
		abort();
}

static enum ent_err
harness_record(void *ctx, struct record *r, struct ent_why *why)
{
	struct record *again = NULL;
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	(void)ctx;
	(void)why;
	r->version = 1;
	struct js *body = record_write(r);
	struct ent_why ignored;
	if (record_read(body, a, &again, &ignored) != ENT_OK)
		abort();
	struct js *twice = record_write(again);
	if (!js_equal(body, twice))
		abort();
	list_rebuild(again, harness_row, NULL);
	js_free(twice);
	js_free(body);
	arena_free(a);
	return ENT_OK;
}

static int
harness_run(enum list_format f, const struct list_input *in, size_t count)
{
	struct record_label l;
	struct list_report report;
	struct ent_why why;
	memset(&l, 0, sizeof l);
	memcpy(l.originator, "RAB", 4);
	memcpy(l.legal_basis, "law", 4);
	l.handling = HANDLING_H0;
	l.tlp = TLP_CLEAR;
	l.source = SOURCE_A;
	l.information = 1;
	l.subject = SUBJECT_NOTPERSON;
	l.review_at = ENT_DAY;
	l.expires_at = 2 * ENT_DAY;
	enum ent_err err = list_read(f, in, count, &l, harness_record, NULL, &report, &why);
	if (err != ENT_OK && memchr(why.text, '\0', sizeof why.text) == NULL)
		abort();
	list_report_done(&report);
	return 0;
}

#endif
