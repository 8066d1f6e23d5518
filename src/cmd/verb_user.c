/* SPDX-License-Identifier: Apache-2.0
 *
 * user add, list, disable, password: who may work on a node, as what.
 */
#include "cmd/render.h"
#include "cmd/verb.h"

#include "crypto/crypto.h"

static const struct verb_arg add_args[] = {
	{ "name", ARG_TEXT, true, true, "NAME", "login name: a-z 0-9 . _ -" },
	{ "role", ARG_LIST, false, true, "ROLE",
	    "analyst, liaison, supervisor, dpo or admin" },
	{ "uid", ARG_INT, false, false, "UID", "the system user who is this person on this machine" },
	{ "password-fd", ARG_INT, false, false, "FD", "read a password from this descriptor" },
	{ "password", ARG_FLAG, false, false, NULL, "ask for a password on the terminal" },
	{ 0 },
};
static const struct verb_arg disable_args[] = {
	{ "name", ARG_TEXT, true, true, "NAME", "whose sessions end" },
	{ "enable", ARG_FLAG, false, false, NULL, "let the user in again instead" },
	{ 0 },
};
static const struct verb_arg password_args[] = {
	{ "name", ARG_TEXT, true, true, "NAME", "whose password is set; running sessions end" },
	{ "password-fd", ARG_INT, false, false, "FD", "read it from this descriptor" },
	{ 0 },
};

static int
send_with_secret(struct verb_call *c, const char *op, bool secret)
{
	struct ent_why why = { 0 };
	struct js *request = verb_request(c), *answer = NULL;
	void *password = NULL;
	size_t n = 0;
	enum ent_err err = ENT_OK;
	js_del(request, "password"); /* the flag; and what is the client's own */
	js_del(request, "password_fd");
	if (secret)
		err = verb_secret(c, "password-fd", "New password", true, &password, &n, &why);
	if (err == ENT_OK && secret && !utf8_valid(bytes_of(password, n)))
		err = ent_fail(ENT_EUSAGE, &why, "the password is not UTF-8");
	if (err == ENT_OK && secret)
		js_set_take(request, "password", js_new_strn(password, n));
	crypto_secret_free(password);
	if (err == ENT_OK)
		err = verb_send(c, op, request, &answer, &why);
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(request);
	js_free(answer);
	return status;
}

static int
run_add(struct verb_call *c)
{
	return send_with_secret(c, "user add",
	    verb_int(c, "password-fd", -1) >= 0 || verb_flag(c, "password"));
}

static int
run_password(struct verb_call *c)
{
	return send_with_secret(c, "user password", true);
}

static void
print_user(const struct js *u, FILE *out)
{
	const struct js *roles = js_get(u, "roles");
	struct style st = render_style(out);
	(void)fprintf(out, "%s%-16s%s ", st.bold, js_get_str(u, "name"), st.off);
	for (size_t i = 0; i < js_len(roles); i++)
		(void)fprintf(out, "%s%s", i == 0 ? "" : ", ", js_str(js_at(roles, i)));
	if (js_get_int(u, "uid", -1) >= 0)
		(void)fprintf(out, "; uid %lld", (long long)js_get_int(u, "uid", -1));
	if (js_get_bool(u, "password", false))
		(void)fprintf(out, "; password");
	if (js_get_bool(u, "disabled", false))
		(void)fprintf(out, "; %sdisabled%s", st.red, st.off);
	(void)fputc('\n', out);
}

static void
render_user(const struct js *answer, FILE *out)
{
	print_user(js_get(answer, "user"), out);
}

static void
render_users(const struct js *answer, FILE *out)
{
	const struct js *list = js_get(answer, "users");
	for (size_t i = 0; i < js_len(list); i++)
		print_user(js_at(list, i), out);
}

const struct verb verb_user_add = { .name = "user add", .summary = "add a named user with roles",
	.op = "user add", .args = add_args, .run = run_add, .render = render_user };
const struct verb verb_user_list = { .name = "user list", .summary = "list the users of the node",
	.op = "user list", .render = render_users };
const struct verb verb_user_disable = { .name = "user disable",
	.summary = "shut a user out, or let one in again", .op = "user disable", .args = disable_args,
	.render = render_user };
const struct verb verb_user_password = { .name = "user password",
	.summary = "set a user's password", .op = "user password", .args = password_args,
	.run = run_password, .render = render_user };
