/* SPDX-License-Identifier: Apache-2.0
 *
 * The index's snapshot: its file opens under its key alone, and the key goes with the register's next
 * change.
 */
#include "store_fixture.h"

#include "base/buf.h"
#include "store/records.h"
#include "store/snapshot.h"

#include <stdlib.h>

#define NOW ((ent_time)1800000000 * ENT_SECOND)
#define BYTES ((size_t)(2 << 20) + 777)

struct call {
	enum { KEY_PUT, KEY_GET, PUT, REPLACE, ERASE } what;
	struct ent_id id;
	uint8_t key[CRYPTO_KEY_LEN];
	const struct grant *g;
	struct record_row row;
	bool erased;
};

static enum ent_err
run(struct store_tx *tx, void *ctx, struct ent_why *why)
{
	struct call *c = ctx;
	switch (c->what) {
	case KEY_PUT: return snapshot_key_put(tx, &c->id, c->key, why);
	case KEY_GET: return snapshot_key_get(tx, c->key, why);
	case PUT: return record_put(tx, c->g, &c->row, bytes_of_cstr("{\"statements\":[]}"), why);
	case REPLACE: return record_replace(tx, c->g, &c->row, bytes_of_cstr("{\"other\":[]}"), why);
	case ERASE: return record_erase(tx, c->g, &c->row.id, "wrong", NOW, &c->erased, why);
	}
	return ENT_EINTERNAL;
}

static void
put_key(struct fixture *f, uint8_t first)
{
	struct call c = { .what = KEY_PUT, .id = id_new(), .key = { first } };
	struct ent_why why = { 0 };
	assert_int_equal(store_write(f->s, run, &c, &why), ENT_OK);
}

static enum ent_err
get_key(struct fixture *f, uint8_t *first)
{
	struct call c = { .what = KEY_GET };
	struct ent_why why = { 0 };
	enum ent_err err = store_read(f->s, run, &c, &why);
	*first = c.key[0];
	return err;
}

static void
change(struct fixture *f, struct call c, enum ent_action action, uint8_t who, unsigned roles)
{
	struct ent_why why = { 0 };
	struct grant *g = fixture_grant(action, who, roles);
	c.g = g;
	assert_int_equal(store_write(f->s, run, &c, &why), ENT_OK);
	grant_free(g);
}

static void
test_each_change_of_the_register_destroys_the_key(void **state)
{
	struct fixture *f = *state;
	uint8_t key;
	struct record_row row = { .id = id_new(), .type = RTYPE_PERSON, .version = 1, .changed_at = NOW };
	row.label = (struct record_label){ .originator = "RAB", .legal_basis = "law 1, art. 2",
		.handling = HANDLING_H1, .tlp = TLP_AMBER, .source = SOURCE_B, .information = 2,
		.subject = SUBJECT_SUSPECT, .review_at = NOW + ENT_DAY, .expires_at = NOW + 10 * ENT_DAY };
	assert_int_equal(get_key(f, &key), ENT_ENOTFOUND);
	put_key(f, 5);
	put_key(f, 6); /* in its place */
	assert_int_equal(get_key(f, &key), ENT_OK);
	assert_int_equal(key, 6);
	fixture_reopen(f);
	assert_int_equal(get_key(f, &key), ENT_OK);

	change(f, (struct call){ .what = PUT, .row = row }, ACTION_WRITE, 1, 0);
	assert_int_equal(get_key(f, &key), ENT_ENOTFOUND);
	put_key(f, 7);
	change(f, (struct call){ .what = REPLACE, .row = row }, ACTION_WRITE, 1, 0);
	assert_int_equal(get_key(f, &key), ENT_ENOTFOUND);
	put_key(f, 8);
	change(f, (struct call){ .what = ERASE, .row = row }, ACTION_ERASE, 1, ROLE_DPO);
	assert_int_equal(get_key(f, &key), ENT_OK); /* one person has confirmed: nothing is erased */
	change(f, (struct call){ .what = ERASE, .row = row }, ACTION_ERASE, 2, ROLE_SUPERVISOR);
	assert_int_equal(get_key(f, &key), ENT_ENOTFOUND);
}

/* ---- the file ---------------------------------------------------------------------------------------------- */

static void *
room(void *ctx, size_t n)
{
	uint8_t **out = ctx;
	*out = ent_alloc(n);
	return *out;
}

static enum ent_err
read_back(const char *path, uint8_t first, uint64_t max, const uint8_t *want)
{
	uint8_t key[CRYPTO_KEY_LEN] = { first }, *got = NULL;
	struct ent_why why;
	enum ent_err err = snapshot_read(path, key, max, room, &got, &why);
	if (err == ENT_OK)
		assert_memory_equal(got, want, BYTES);
	free(got);
	return err;
}

static void
write_one(const char *path, const uint8_t *content)
{
	uint8_t key[CRYPTO_KEY_LEN] = { 9 };
	struct snapshot_writer *w = NULL;
	struct ent_why why = { 0 };
	assert_int_equal(snapshot_begin(path, key, BYTES, &w, &why), ENT_OK);
	for (size_t at = 0; at < BYTES; at += 300000) {
		size_t n = BYTES - at < 300000 ? BYTES - at : 300000;
		assert_int_equal(snapshot_put(w, bytes_of(content + at, n), &why), ENT_OK);
	}
	assert_int_equal(snapshot_put(w, bytes_of(content, 1), &why), ENT_ETOOBIG);
	assert_int_equal(snapshot_commit(w, &why), ENT_OK);
}

static void
test_a_snapshot_opens_whole_and_under_its_key_alone(void **state)
{
	struct fixture *f = *state;
	char path[128], text[] = "a name that nobody has";
	uint8_t *content = ent_alloc(BYTES);
	struct buf file;
	struct ent_why why;
	(void)snprintf(path, sizeof path, "%s/index.snapshot", f->dir);
	for (size_t i = 0; i < BYTES; i++)
		content[i] = (uint8_t)(i * 31 >> 3);
	memcpy(content + 5000, text, sizeof text);
	assert_int_equal(read_back(path, 9, BYTES, content), ENT_ENOTFOUND);
	write_one(path, content);
	write_one(path, content); /* in its place */
	assert_int_equal(read_back(path, 9, BYTES, content), ENT_OK);
	assert_int_equal(read_back(path, 8, BYTES, content), ENT_ESIG);
	assert_int_equal(read_back(path, 9, BYTES - 1, content), ENT_ETOOBIG);

	buf_init(&file, BYTES * 2);
	assert_int_equal(file_read(path, &file, &why), ENT_OK);
	assert_null(memmem(file.p, file.n, text, sizeof text - 1));
	static const size_t places[] = { 0, 9, 15, 16, 100, 1048640, 2097300 };
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		file.p[places[i]] ^= 4;
		assert_int_equal(file_replace(path, buf_bytes(&file), 0600, &why), ENT_OK);
		assert_int_not_equal(read_back(path, 9, BYTES, content), ENT_OK);
		file.p[places[i]] ^= 4;
	}
	/* two pieces in each other's place */
	size_t piece = ((size_t)1 << 20) + CRYPTO_AEAD_OVERHEAD;
	uint8_t *first = ent_alloc(piece);
	memcpy(first, file.p + 16, piece);
	memmove(file.p + 16, file.p + 16 + piece, piece);
	memcpy(file.p + 16 + piece, first, piece);
	assert_int_equal(file_replace(path, buf_bytes(&file), 0600, &why), ENT_OK);
	assert_int_equal(read_back(path, 9, BYTES, content), ENT_ESIG);
	assert_int_equal(file_replace(path, bytes_of(file.p, file.n - 1), 0600, &why), ENT_OK);
	assert_int_equal(read_back(path, 9, BYTES, content), ENT_ESYNTAX);
	free(first);
	free(content);
	buf_done(&file);
}

#define SMALL 700u

static void *
small_room(void *ctx, size_t n)
{
	assert_true(n <= SMALL); /* what the head says is believed only where the file is as long */
	return ctx;
}

static enum ent_err
read_small(const char *path, struct bytes file, uint8_t *out)
{
	uint8_t key[CRYPTO_KEY_LEN] = { 4 };
	struct ent_why why = { .text = "" };
	FILE *f = fopen(path, "w"); /* file_replace would sync each of thousands */
	assert_non_null(f);
	assert_int_equal(fwrite(file.p, 1, file.n, f), file.n);
	assert_int_equal(fclose(f), 0);
	enum ent_err err = snapshot_read(path, key, (uint64_t)1 << 40, small_room, out, &why);
	assert_true(err == ENT_OK || why.text[0] != '\0');
	return err;
}

static void
test_each_length_and_each_flipped_bit_is_refused(void **state)
{
	struct fixture *f = *state;
	char path[128];
	uint8_t content[SMALL], out[SMALL], key[CRYPTO_KEY_LEN] = { 4 };
	struct snapshot_writer *w = NULL;
	struct ent_why why;
	struct buf file;
	(void)snprintf(path, sizeof path, "%s/index.snapshot", f->dir);
	memset(content, 'n', sizeof content);
	assert_int_equal(snapshot_begin(path, key, SMALL, &w, &why), ENT_OK);
	assert_int_equal(snapshot_put(w, bytes_of(content, SMALL), &why), ENT_OK);
	assert_int_equal(snapshot_commit(w, &why), ENT_OK);
	buf_init(&file, SMALL * 2);
	assert_int_equal(file_read(path, &file, &why), ENT_OK);
	size_t n = file.n;
	assert_int_equal(read_small(path, bytes_of(file.p, n), out), ENT_OK);
	assert_memory_equal(out, content, SMALL);
	for (size_t len = 0; len < n; len++)
		assert_int_equal(read_small(path, bytes_of(file.p, len), out), ENT_ESYNTAX);
	buf_put(&file, "x", 1);
	assert_int_equal(read_small(path, bytes_of(file.p, n + 1), out), ENT_ESYNTAX);
	for (size_t bit = 0; bit < n * 8; bit++) {
		file.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		enum ent_err err = read_small(path, bytes_of(file.p, n), out);
		assert_true(err == ENT_ESYNTAX || err == ENT_ETOOBIG || err == ENT_ESIG);
		assert_true(bit < 128 || err == ENT_ESIG); /* behind the head only the seal tells */
		file.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(read_small(path, bytes_of(file.p, n), out), ENT_OK);
	buf_done(&file);
}

static void
test_an_unfinished_snapshot_leaves_the_old_one(void **state)
{
	struct fixture *f = *state;
	char path[128];
	uint8_t *content = ent_alloc(BYTES), key[CRYPTO_KEY_LEN] = { 3 };
	struct snapshot_writer *w = NULL;
	struct ent_why why = { 0 };
	(void)snprintf(path, sizeof path, "%s/index.snapshot", f->dir);
	write_one(path, content);
	assert_int_equal(snapshot_begin(path, key, BYTES, &w, &why), ENT_OK);
	assert_int_equal(snapshot_put(w, bytes_of(content, 100), &why), ENT_OK);
	assert_int_equal(snapshot_commit(w, &why), ENT_ESTATE);
	assert_int_equal(read_back(path, 9, BYTES, content), ENT_OK);
	free(content);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_change_of_the_register_destroys_the_key,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_a_snapshot_opens_whole_and_under_its_key_alone,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_each_length_and_each_flipped_bit_is_refused, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(test_an_unfinished_snapshot_leaves_the_old_one, fixture_setup,
		    fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
