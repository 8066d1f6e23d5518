/* SPDX-License-Identifier: Apache-2.0 */
#include "lists/builder.h"
#include "lists/formats.h"

#include <inttypes.h>
#include <string.h>

static const char *const formats[] = { "", "ofac-sdn", "un-sc", "jsonl" };

const char *
list_format_name(enum list_format f)
{
	return (size_t)f < sizeof formats / sizeof formats[0] ? formats[f] : "";
}

enum list_format
list_format_of(const char *name)
{
	for (unsigned i = 1; name != NULL && i < sizeof formats / sizeof formats[0]; i++)
		if (strcmp(formats[i], name) == 0)
			return (enum list_format)i;
	return LIST_NONE;
}

static int64_t
read_memory(void *ctx, void *p, size_t n)
{
	struct bytes *rest = ctx;
	if (n > rest->n)
		n = rest->n;
	if (n > 0)
		memcpy(p, rest->p, n);
	rest->p += n;
	rest->n -= n;
	return (int64_t)n;
}

struct list_input
list_input_of(const char *name, struct bytes *rest)
{
	return (struct list_input){ .name = name, .read = read_memory, .ctx = rest };
}

void
list_report_done(struct list_report *r)
{
	js_free(r->unmapped);
	r->unmapped = NULL;
}

enum ent_err
list_label_read(const struct js *obj, struct record_label *out, struct ent_why *why)
{
	struct js *whole = js_is_object(obj) ? js_copy(obj) : js_object();
	if (js_get(whole, "subject") == NULL)
		js_set_str(whole, "subject", subject_name(SUBJECT_UNCATEGORISED));
	enum ent_err err = label_read(whole, out, why);
	js_free(whole);
	return err;
}

enum ent_err
list_fail_at(enum ent_err err, struct ent_why *why, const char *file, uint64_t line)
{
	char text[sizeof why->text];
	if (why == NULL)
		return err;
	(void)snprintf(text, sizeof text, "%s", why->text);
	(void)snprintf(why->text, sizeof why->text, "%.80s, line %" PRIu64 ": %.260s", file, line, text);
	return err;
}

enum ent_err
list_read(enum list_format f, const struct list_input *in, size_t count,
    const struct record_label *label, list_emit *emit, void *ctx, struct list_report *report,
    struct ent_why *why)
{
	struct builder b;
	enum ent_err err;
	memset(report, 0, sizeof *report);
	report->unmapped = js_object();
	builder_init(&b, f, label, report, emit, ctx);
	if (count == 0 || count > (f == LIST_OFAC_SDN ? LIST_FILES_MAX : 1))
		err = ent_fail(ENT_EUSAGE, why, "%s", f == LIST_OFAC_SDN ?
		    "one to three files are taken: sdn, add and alt" : "this format takes one file");
	else if (f == LIST_OFAC_SDN)
		err = ofac_read(&b, in, count, why);
	else if (f == LIST_UN_SC)
		err = un_read(&b, in, why);
	else if (f == LIST_JSONL)
		err = jsonl_read(&b, in, why);
	else
		err = ent_fail(ENT_EUSAGE, why, "the format must be ofac-sdn, un-sc or jsonl");
	builder_done(&b);
	return err;
}
