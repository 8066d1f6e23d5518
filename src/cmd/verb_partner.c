/* SPDX-License-Identifier: Apache-2.0
 *
 * partner card, partner add: cards travel by another channel; two people compare fingerprints aloud.
 */
#include "base/file.h"
#include "cmd/render.h"
#include "cmd/verb.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CARD_FILE_MAX ((size_t)65536)

static void
print_line(const char *what, const char *value, FILE *out)
{
	(void)fprintf(out, "%-12s ", what);
	render_text(value == NULL ? "-" : value, out);
	(void)fputc('\n', out);
}

static void
print_card(const struct js *a, FILE *out)
{
	print_line("code", js_get_str(a, "code"), out);
	print_line("service", js_get_str(a, "service"), out);
	print_line("address", js_get_str(a, "address"), out);
	print_line("fingerprint", js_get_str(a, "fingerprint"), out);
}

/* Readable, and read back by partner add: the card is the line that begins with "eyJ". */
static void
render_card(const struct js *a, FILE *out)
{
	print_card(a, out);
	(void)fprintf(out, "%s\n", js_get_str(a, "card"));
}

static void
render_added(const struct js *a, FILE *out)
{
	struct style st = render_style(out);
	print_card(a, out);
	(void)fprintf(out, "%sRead the fingerprint to the partner by telephone, and sign nothing before it "
	    "agrees.%s\n", st.bold, st.off);
}

static enum ent_err
card_in_json(struct bytes in, char **card, struct ent_why *why)
{
	struct js *j = NULL;
	enum ent_err err = js_parse(in, CARD_FILE_MAX, &j, why);
	const char *s = js_get_str(j, "card");
	if (err == ENT_OK && s == NULL)
		err = ent_fail(ENT_EUSAGE, why, "the file has no field 'card'");
	if (err == ENT_OK)
		*card = ent_strdup(s);
	js_free(j);
	return err;
}

static enum ent_err
card_in_text(const char *text, char **card, struct ent_why *why)
{
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
		if (strncmp(line, "eyJ", 3) != 0 || n < 100)
			continue;
		*card = ent_alloc(n + 1);
		memcpy(*card, line, n);
		return ENT_OK;
	}
	return ent_fail(ENT_EUSAGE, why, "there is no card in the file; entente partner card writes one");
}

static enum ent_err
read_card(const char *path, char **card, struct ent_why *why)
{
	struct buf text;
	buf_init(&text, CARD_FILE_MAX);
	enum ent_err err = strcmp(path, "-") == 0 ? file_read_fd(STDIN_FILENO, &text, why)
						 : file_read(path, &text, why);
	const char *s = buf_cstr(&text);
	if (err == ENT_OK)
		err = s[strspn(s, " \t\r\n")] == '{' ? card_in_json(buf_bytes(&text), card, why)
						     : card_in_text(s, card, why);
	buf_done(&text);
	return err;
}

static int
run_add(struct verb_call *c)
{
	struct ent_why why = { .text = "" };
	struct js *request = js_object(), *answer = NULL;
	char *card = NULL;
	enum ent_err err = read_card(verb_text(c, "file"), &card, &why);
	if (err == ENT_OK) {
		js_set_str(request, "card", card);
		js_set_str(request, "fingerprint", verb_text(c, "fingerprint"));
		err = verb_send(c, "partner add", request, &answer, &why);
	}
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(request);
	js_free(answer);
	free(card);
	return status;
}

static const struct verb_arg card_args[] = {
	{ "address", ARG_TEXT, false, false, "HOST:PORT", "where partners reach this node; makes the card anew" },
	{ "oversight-box", ARG_TEXT, false, false, "KEY", "X25519 key of the own oversight body, base64url" },
	{ .name = NULL },
};
static const struct verb_arg add_args[] = {
	{ "file", ARG_LOCAL, true, true, "FILE", "the partner's card (\"-\": standard input)" },
	{ "fingerprint", ARG_LOCAL, false, false, "HEX", "as the partner said it; refused if it is another" },
	{ .name = NULL },
};

const struct verb verb_partner_card = {
	.name = "partner card",
	.summary = "print this node's card, to give to a partner",
	.op = "partner card",
	.args = card_args,
	.render = render_card,
};
const struct verb verb_partner_add = {
	.name = "partner add",
	.summary = "keep a partner's card and show its fingerprint",
	.op = "partner add",
	.args = add_args,
	.run = run_add,
	.render = render_added,
};
