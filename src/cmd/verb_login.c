/* SPDX-License-Identifier: Apache-2.0
 *
 * login, logout: a session in the file that ENTENTE_SESSION names, so that one machine user can be
 * several people, each in a terminal of their own.
 */
#include "cmd/call.h"
#include "cmd/render.h"

#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

static const struct verb_arg login_args[] = {
	{ "name", ARG_TEXT, true, true, "NAME", "login name" },
	{ "password-fd", ARG_INT, false, false, "FD",
	    "read the password from this descriptor instead of the terminal" },
	{ 0 },
};

/* A session that is over must not stand in the way of a new one. */
static void
forget_session(struct verb_call *c)
{
	if (c->session_token == NULL)
		return;
	explicit_bzero(c->session_token, strlen(c->session_token));
	free(c->session_token);
	c->session_token = NULL;
}

static enum ent_err
log_in(struct verb_call *c, struct js **answer, struct ent_why *why)
{
	void *password = NULL;
	size_t n = 0;
	enum ent_err err = verb_secret(c, "password-fd", "Password", false, &password, &n, why);
	if (err == ENT_OK && !utf8_valid(bytes_of(password, n)))
		err = ent_fail(ENT_EUSAGE, why, "the password is not UTF-8");
	if (err == ENT_OK) {
		struct js *request = verb_request(c);
		js_del(request, "password_fd"); /* the client's own */
		js_set_take(request, "password", js_new_strn(password, n));
		forget_session(c);
		err = verb_send(c, "login", request, answer, why);
		js_free(request);
	}
	crypto_secret_free(password);
	if (err == ENT_OK)
		err = verb_session_save(c, js_get_str(*answer, "token"), why);
	return err;
}

static int
run_login(struct verb_call *c)
{
	struct ent_why why = { 0 };
	struct js *answer = NULL;
	enum ent_err err = getenv("ENTENTE_SESSION") == NULL
	    ? ent_fail(ENT_EUSAGE, &why, "ENTENTE_SESSION is not set: set it to the path of a session "
		"file of your own, such as $XDG_RUNTIME_DIR/entente")
	    : log_in(c, &answer, &why);
	js_del(answer, "token"); /* it is in the file, and goes nowhere else */
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(answer);
	return status;
}

static int
run_logout(struct verb_call *c)
{
	struct ent_why why = { 0 };
	struct js *request = verb_request(c), *answer = NULL;
	enum ent_err err = verb_send(c, "logout", request, &answer, &why);
	/* a session that the node does not know any more is over too */
	enum ent_err removed = err == ENT_OK || err == ENT_EAUTH ? verb_session_save(c, NULL, &why)
	                                                         : ENT_OK;
	if (err == ENT_OK)
		err = removed;
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(request);
	js_free(answer);
	return status;
}

static void
render_login(const struct js *answer, FILE *out)
{
	const struct js *user = js_get(answer, "user"), *roles = js_get(user, "roles");
	struct style st = render_style(out);
	(void)fprintf(out, "logged in as %s%s%s (", st.bold, js_get_str(user, "name"), st.off);
	for (size_t i = 0; i < js_len(roles); i++)
		(void)fprintf(out, "%s%s", i == 0 ? "" : ", ", js_str(js_at(roles, i)));
	(void)fprintf(out, ") until ");
	render_text(js_get_str(answer, "expires"), out);
	(void)fputc('\n', out);
}

static void
render_logout(const struct js *answer, FILE *out)
{
	(void)answer;
	(void)fprintf(out, "logged out\n");
}

const struct verb verb_login = { .name = "login",
	.summary = "begin a session in the file that ENTENTE_SESSION names", .op = "login",
	.args = login_args, .reasoned = true, .run = run_login, .render = render_login };
const struct verb verb_logout = { .name = "logout", .summary = "end the session", .op = "logout",
	.run = run_logout, .render = render_logout };
