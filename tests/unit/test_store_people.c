/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "store/people.h"

#define NOW ((ent_time)1800000000 * ENT_SECOND)

struct call {
	enum { PUT, PASSWORD, DISABLE, BY_NAME, BY_UID, TRIED, BEGIN, GET, END, SWEEP, PAGE } what;
	const struct grant *g;
	struct user_row user;
	struct user_password password;
	bool yes;
	ent_time now;
	char token[SESSION_TOKEN_TEXT];
	struct session_row session;
	struct session_defaults defaults;
	int64_t n;
	char names[200];
};

static enum ent_err
note(void *ctx, const struct user_row *row, struct ent_why *why)
{
	struct call *c = ctx;
	size_t at = strlen(c->names);
	(void)why;
	(void)snprintf(c->names + at, sizeof c->names - at, "%s ", row->name);
	return ENT_OK;
}

static enum ent_err
run(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct call *c = ctx;
	switch (c->what) {
	case PUT:
		return user_put(tx, c->g, &c->user, why);
	case PASSWORD:
		return user_password_set(tx, c->g, &c->user.id, &c->password, why);
	case DISABLE:
		return user_disable(tx, c->g, &c->user.id, c->yes, why);
	case BY_NAME:
		return user_by_name(tx, c->user.name, &c->user, &c->password, why);
	case BY_UID:
		return user_by_uid(tx, c->n, &c->user, why);
	case TRIED:
		return user_tried(tx, c->g, &c->user.id, c->yes, c->now, why);
	case BEGIN:
		return session_begin(tx, c->g, &c->user.id, &c->defaults, c->now, c->token,
		    &c->session, why);
	case GET:
		return session_get(tx, c->token, c->now, &c->session, why);
	case END:
		return session_end(tx, c->g, &c->session.id, why);
	case SWEEP:
		return session_sweep(tx, c->now, 100, &c->n, why);
	case PAGE:
		return user_page(tx, c->g, "", 10, note, c, why);
	}
	return ENT_EINTERNAL;
}

static enum ent_err
write_as(struct store *s, struct call *c, enum ent_action action, struct ent_why *why)
{
	struct grant *g = fixture_grant(action, 1, ROLE_ADMIN);
	c->g = g;
	enum ent_err err = store_write(s, run, c, why);
	c->g = NULL;
	grant_free(g);
	return err;
}

static struct user_row
a_user(struct store *s, const char *name, unsigned roles, int64_t uid)
{
	struct call c = { .what = PUT };
	c.user = (struct user_row){ .id = id_new(), .roles = roles, .uid = uid, .created_at = NOW };
	(void)snprintf(c.user.name, sizeof c.user.name, "%s", name);
	assert_int_equal(write_as(s, &c, ACTION_USERS, NULL), ENT_OK);
	return c.user;
}

static struct call
a_session(struct store *s, const struct user_row *user)
{
	struct call c = { .what = BEGIN, .user = *user, .now = NOW,
		.defaults = { .purpose = "border", .case_ref = "C-7", .reason = "routine" } };
	assert_int_equal(write_as(s, &c, ACTION_SESSION, NULL), ENT_OK);
	c.what = GET;
	return c;
}

static void
test_users_are_found_by_name_and_by_system_user(void **state)
{
	struct fixture *f = *state;
	a_user(f->s, "amina", ROLE_ANALYST | ROLE_LIAISON, 1001);
	a_user(f->s, "youssef.2", ROLE_DPO, -1);
	struct call c = { .what = BY_UID, .n = 1001 };
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	assert_string_equal(c.user.name, "amina");
	assert_int_equal(c.user.roles, ROLE_ANALYST | ROLE_LIAISON);
	c.n = -1; /* bound to none is not bound to "none" */
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_ENOTFOUND);
	c = (struct call){ .what = BY_NAME, .user.name = "youssef.2" };
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	assert_int_equal(c.user.uid, -1);
	assert_false(c.user.has_password);
	c = (struct call){ .what = PAGE };
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_OK);
	assert_string_equal(c.names, "amina youssef.2 ");
}

static void
test_a_name_or_uid_is_taken_once_and_roles_are_those_of_persons(void **state)
{
	struct fixture *f = *state;
	struct call c = { .what = PUT, .user = a_user(f->s, "amina", ROLE_ANALYST, 5) };
	c.user.id = id_new();
	c.user.uid = 6;
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_EEXISTS);
	(void)snprintf(c.user.name, sizeof c.user.name, "other");
	c.user.uid = 5;
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_EEXISTS);
	c.user.uid = 7;
	c.user.roles = ROLE_ANALYST | ROLE_SYSTEM;
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_EFIELD);
	c.user.roles = ROLE_ANALYST;
	(void)snprintf(c.user.name, sizeof c.user.name, "Not A Name");
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_EFIELD);
	(void)snprintf(c.user.name, sizeof c.user.name, "other");
	assert_int_equal(write_as(f->s, &c, ACTION_SESSION, NULL), ENT_EREFUSED);
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_OK);
}

static void
test_the_last_administrator_stays(void **state)
{
	struct fixture *f = *state;
	struct ent_why why = { 0 };
	struct user_row first = a_user(f->s, "root", ROLE_ADMIN, 0);
	struct user_row second = a_user(f->s, "second", ROLE_ADMIN | ROLE_DPO, -1);
	struct call c = { .what = DISABLE, .user = second, .yes = true };
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_OK);
	c.user = first;
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, &why), ENT_ECONFLICT);
	assert_string_equal(why.clause, "users/last-administrator");
	c.user = second;
	c.yes = false;
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_OK);
	c.user = first;
	c.yes = true;
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_OK);
}

static void
test_a_password_is_right_or_wrong(void **state)
{
	struct fixture *f = *state;
	struct user_row user = a_user(f->s, "amina", ROLE_ANALYST, -1);
	struct call c = { .what = PASSWORD, .user = user };
	assert_int_equal(user_password_make(bytes_of_cstr("short"), &c.password, NULL), ENT_EFIELD);
	assert_int_equal(user_password_make(bytes_of_cstr("correct horse"), &c.password, NULL), ENT_OK);
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_OK);
	memset(&c.password, 0, sizeof c.password);
	c.what = BY_NAME;
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	assert_true(c.user.has_password);
	assert_int_equal(user_password_check(bytes_of_cstr("correct horse"), &c.password, NULL), ENT_OK);
	assert_int_equal(user_password_check(bytes_of_cstr("correct h0rse"), &c.password, NULL),
	    ENT_EAUTH);
	assert_int_equal(user_password_check(bytes_of_cstr("correct horse"), NULL, NULL), ENT_EAUTH);
}

static void
test_five_wrong_passwords_lock_for_a_minute(void **state)
{
	struct fixture *f = *state;
	struct user_row user = a_user(f->s, "amina", ROLE_ANALYST, -1);
	struct call c = { .what = TRIED, .user = user, .now = NOW };
	for (int i = 0; i < USER_TRIES; i++) {
		struct call look = { .what = BY_NAME, .user = user };
		assert_int_equal(store_read(f->s, run, &look, NULL), ENT_OK);
		assert_true(look.user.locked_until == 0);
		assert_int_equal(write_as(f->s, &c, ACTION_SESSION, NULL), ENT_OK);
	}
	struct call look = { .what = BY_NAME, .user = user };
	assert_int_equal(store_read(f->s, run, &look, NULL), ENT_OK);
	assert_true(look.user.locked_until == NOW + USER_PAUSE);
	c.yes = true;
	assert_int_equal(write_as(f->s, &c, ACTION_SESSION, NULL), ENT_OK);
	assert_int_equal(store_read(f->s, run, &look, NULL), ENT_OK);
	assert_true(look.user.locked_until == 0);
}

static void
test_a_session_lives_twelve_hours_and_carries_its_defaults(void **state)
{
	struct fixture *f = *state;
	struct user_row user = a_user(f->s, "amina", ROLE_ANALYST, -1);
	struct call c = a_session(f->s, &user);
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	assert_string_equal(c.session.user.name, "amina");
	assert_string_equal(c.session.defaults.case_ref, "C-7");
	assert_string_equal(c.session.defaults.purpose, "border");
	fixture_reopen(f);
	c.now = NOW + 12 * ENT_HOUR - 1;
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	c.now = NOW + 12 * ENT_HOUR;
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_ENOTFOUND);
	c.what = SWEEP;
	assert_int_equal(store_write(f->s, run, &c, NULL), ENT_OK);
	assert_int_equal(c.n, 1);
	c.what = GET;
	c.now = NOW;
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_ENOTFOUND);
	c.token[3] = c.token[3] == 'a' ? 'b' : 'a';
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_ENOTFOUND);
}

static void
test_a_session_without_defaults_reads_back(void **state)
{
	struct fixture *f = *state;
	struct user_row user = a_user(f->s, "amina", ROLE_ANALYST, -1);
	struct call c = { .what = BEGIN, .user = user, .now = NOW };
	assert_int_equal(write_as(f->s, &c, ACTION_SESSION, NULL), ENT_OK);
	c.what = GET;
	assert_int_equal(store_read(f->s, run, &c, NULL), ENT_OK);
	assert_string_equal(c.session.defaults.purpose, "");
	assert_string_equal(c.session.defaults.reason, "");
}

static void
test_logout_and_disabling_end_sessions(void **state)
{
	struct fixture *f = *state;
	struct user_row user = a_user(f->s, "amina", ROLE_ANALYST, -1);
	struct call a = a_session(f->s, &user), b = a_session(f->s, &user);
	struct grant_terms t = { .action = ACTION_SESSION, .actor.id = user.id };
	struct grant *own = grant_mint(&t);
	grant_admit(own, 1);
	assert_string_not_equal(a.token, b.token);
	a.what = END;
	assert_int_equal(write_as(f->s, &a, ACTION_SESSION, NULL), ENT_OK);
	a.what = GET;
	assert_int_equal(store_read(f->s, run, &a, NULL), ENT_OK); /* not another person's */
	a.what = END;
	a.g = own;
	assert_int_equal(store_write(f->s, run, &a, NULL), ENT_OK);
	grant_free(own);
	a.what = GET;
	assert_int_equal(store_read(f->s, run, &a, NULL), ENT_ENOTFOUND);
	assert_int_equal(store_read(f->s, run, &b, NULL), ENT_OK);
	struct call c = { .what = DISABLE, .user = user, .yes = true };
	assert_int_equal(write_as(f->s, &c, ACTION_USERS, NULL), ENT_OK);
	assert_int_equal(store_read(f->s, run, &b, NULL), ENT_ENOTFOUND);
	b.what = BEGIN;
	assert_int_equal(write_as(f->s, &b, ACTION_SESSION, NULL), ENT_EAUTH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_users_are_found_by_name_and_by_system_user),
		T(test_a_name_or_uid_is_taken_once_and_roles_are_those_of_persons),
		T(test_the_last_administrator_stays),
		T(test_a_password_is_right_or_wrong),
		T(test_five_wrong_passwords_lock_for_a_minute),
		T(test_a_session_lives_twelve_hours_and_carries_its_defaults),
		T(test_a_session_without_defaults_reads_back),
		T(test_logout_and_disabling_end_sessions),
#undef T
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
