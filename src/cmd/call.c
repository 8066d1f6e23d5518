/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/call.h"

#include "cmd/progress.h"
#include "cmd/render.h"
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The value of an argument that the verb's table names; NULL: it names none. */
static const struct verb_value *
value_of(const struct verb_call *c, const char *name)
{
	const struct verb_arg *args = c->verb->args;
	for (size_t i = 0; args != NULL && args[i].name != NULL; i++)
		if (strcmp(args[i].name, name) == 0)
			return &c->value[i];
	return NULL;
}

const char *
verb_text(const struct verb_call *c, const char *name)
{
	const struct verb_value *v = value_of(c, name);
	if (v != NULL)
		return v->given ? v->text : NULL;
	if (strcmp(name, "purpose") == 0)
		return c->purpose;
	if (strcmp(name, "case") == 0)
		return c->case_ref;
	return strcmp(name, "reason") == 0 ? c->reason : NULL;
}

bool
verb_flag(const struct verb_call *c, const char *name)
{
	const struct verb_value *v = value_of(c, name);
	return v != NULL && v->given;
}

int64_t
verb_int(const struct verb_call *c, const char *name, int64_t otherwise)
{
	const struct verb_value *v = value_of(c, name);
	return v != NULL && v->given ? v->num : otherwise;
}

size_t
verb_list(const struct verb_call *c, const char *name, const char *const **items)
{
	const struct verb_value *v = value_of(c, name);
	*items = v == NULL ? NULL : v->items;
	return v == NULL ? 0 : v->count;
}

bool
verb_json(const struct verb_call *c)
{
	return c->json;
}

const char *
verb_dir(const struct verb_call *c)
{
	const struct verb_value *own = value_of(c, "dir");
	if (own != NULL && own->given)
		return own->text;
	if (c->dir != NULL)
		return c->dir;
	if (c->session_dir != NULL)
		return c->session_dir;
	const char *env = getenv("ENTENTE_DIR");
	return env != NULL && *env != '\0' ? env : NULL;
}

static void
set_field(struct js *o, const struct verb_arg *a, const struct verb_value *v)
{
	char key[64];
	size_t i = 0;
	for (; a->name[i] != '\0' && i + 1 < sizeof key; i++)
		key[i] = a->name[i] == '-' ? '_' : a->name[i];
	key[i] = '\0';
	switch (a->kind) {
	case ARG_TEXT:
		js_set_str(o, key, v->text);
		break;
	case ARG_INT:
		js_set_int(o, key, v->num);
		break;
	case ARG_FLAG:
		js_set_bool(o, key, true);
		break;
	case ARG_JSONFILE:
		js_set_take(o, key, js_copy(v->json));
		break;
	case ARG_LIST: {
		struct js *list = js_array();
		for (size_t k = 0; k < v->count; k++)
			js_append_take(list, js_new_str(v->items[k]));
		js_set_take(o, key, list);
		break;
	}
	case ARG_LOCAL:
		break;
	}
}

struct js *
verb_request(const struct verb_call *c)
{
	struct js *o = js_object();
	const struct verb_arg *args = c->verb->args;
	for (size_t i = 0; args != NULL && args[i].name != NULL; i++)
		if (c->value[i].given)
			set_field(o, &args[i], &c->value[i]);
	js_set_str(o, "purpose", c->purpose);
	js_set_str(o, "case", c->case_ref);
	js_set_str(o, "reason", c->reason);
	return o;
}

/* The request's path, from the operation's verb or name. */
static const char *
path_of(const char *op)
{
	static const struct {
		const char *name, *verb, *path;
	} rows[] = {
#define OP(name, method, path, verb, action, event, mode, roles) { #name, verb, path },
#include "spec/registry/ops.def"
#undef OP
		{ "", "", "" },
	};
	for (size_t i = 0; i + 1 < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].verb, op) == 0 || strcasecmp(rows[i].name, op) == 0)
			return rows[i].path;
	return NULL;
}

static enum ent_err
send_call(struct verb_call *c, const char *op, const struct js *request, int fd, uint64_t size,
    struct js **answer, struct ent_why *why)
{
	bool tty = isatty(STDERR_FILENO) != 0;
	struct progress bar = { .out = stderr, .tty = tty };
	struct js *sized = NULL;
	struct wire_call w = { .dir = verb_dir(c), .token = c->session_token, .path = path_of(op),
		.request = request, .body_fd = fd, .body_size = size };
	if (w.path == NULL)
		return ent_fail(ENT_EINTERNAL, why, "there is no operation '%s'", op);
	if (w.dir == NULL)
		return ent_fail(ENT_EUSAGE, why,
		    "no node is named; use --dir, log in, or set ENTENTE_DIR");
	/* a token belongs to the node that gave it */
	if (c->session_dir != NULL && strcmp(w.dir, c->session_dir) != 0) {
		char *real = realpath(w.dir, NULL);
		if (real == NULL || strcmp(real, c->session_dir) != 0)
			w.token = NULL;
		free(real);
	}
	if (tty || c->progress) {
		w.progress = progress_show;
		w.progress_ctx = &bar;
	}
	if (fd >= 0 && size > 0) {
		sized = js_copy(request);
		js_set_int(sized, "size", (int64_t)size);
		w.request = sized;
	}
	enum ent_err err = wire_call(&w, answer, why);
	progress_end(&bar);
	js_free(sized);
	return err;
}

enum ent_err
verb_send(struct verb_call *c, const char *op, const struct js *request, struct js **answer,
    struct ent_why *why)
{
	return send_call(c, op, request, -1, 0, answer, why);
}

enum ent_err
verb_send_stream(struct verb_call *c, const char *op, const struct js *request, int fd,
    uint64_t size, struct js **answer, struct ent_why *why)
{
	return send_call(c, op, request, fd, size, answer, why);
}

int
call_status(enum ent_err err)
{
	if (err == ENT_OK)
		return 0;
	if (err == ENT_EUSAGE || err == ENT_EFIELD)
		return 2;
	return (int)err >= 2000 && (int)err < 4000 ? 1 : 3;
}

int
verb_fail(const struct verb_call *c, enum ent_err err, const struct ent_why *why)
{
	struct style st = render_style(stderr);
	const char *text = why != NULL && why->text[0] != '\0' ? why->text : ent_err_text(err);
	(void)fprintf(stderr, "entente%s%s: %s", c->verb == NULL ? "" : " ",
	    c->verb == NULL ? "" : c->verb->name, st.red);
	render_text(text, stderr);
	(void)fprintf(stderr, "%s\n", st.off);
	if (why != NULL && why->clause[0] != '\0') {
		(void)fputs("clause: ", stderr);
		render_text(why->clause, stderr);
		(void)fputc('\n', stderr);
	}
	return call_status(err);
}

int
verb_show(const struct verb_call *c, const struct js *answer)
{
	if (c->json) {
		struct buf text;
		buf_init(&text, WIRE_ANSWER_MAX * 2);
		js_write_pretty(answer, &text);
		(void)fwrite(text.p, 1, text.n, stdout);
		(void)fputc('\n', stdout);
		buf_done(&text);
	} else if (c->verb->render != NULL) {
		c->verb->render(answer, stdout);
	} else {
		render_value(answer, stdout);
	}
	return ferror(stdout) != 0 ? 3 : 0;
}
