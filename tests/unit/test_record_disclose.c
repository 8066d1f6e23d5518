/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/sdjwt.h"
#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct record
sample(struct statement st[static 3])
{
	struct record r;
	memset(&r, 0, sizeof r);
	r.id.b[0] = 7;
	r.type = RTYPE_PERSON;
	r.version = 3;
	(void)snprintf(r.label.originator, sizeof r.label.originator, "BRU");
	(void)snprintf(r.label.legal_basis, sizeof r.label.legal_basis, "law");
	r.label.handling = HANDLING_H1;
	r.label.tlp = TLP_RED;
	r.label.source = SOURCE_X;
	r.label.information = 4;
	r.label.subject = SUBJECT_VICTIM;
	r.label.review_at = ENT_DAY;
	r.label.expires_at = 2 * ENT_DAY;
	memset(st, 0, 3 * sizeof *st);
	st[0].kind = STATEMENT_NAME;
	st[0].name.value = "Secret Name";
	st[0].name.kind = NAMEKIND_PRIMARY;
	memcpy(st[0].name.script, "Latn", 5);
	st[1].kind = STATEMENT_SEX;
	st[1].sex = SEX_X;
	st[2].kind = STATEMENT_REMARK;
	st[2].remark = "hearsay";
	st[2].source.file = "sdn";
	st[2].source.row = "row-36";
	for (size_t i = 0; i < 3; i++)
		st[i].basis = i == 2 ? BASIS_ASSESSMENT : BASIS_FACT;
	r.statements = st;
	r.count = 3;
	return r;
}

static void
test_a_record_is_let_out_field_by_field(void **state)
{
	(void)state;
	static const char *const fields[] = { "name" };
	struct statement st[3];
	struct record r = sample(st), *back = NULL;
	struct js *payload, *disclosures;
	struct ent_why why;
	bool let[3];
	record_hide(&r, &payload, &disclosures);
	char *signed_part = js_text(payload);
	assert_null(strstr(signed_part, "Secret"));
	assert_null(strstr(signed_part, "hearsay"));
	assert_non_null(strstr(signed_part, "\"victim\""));
	free(signed_part);
	assert_int_equal(js_len(disclosures), 3);

	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	assert_int_equal(record_disclosable(&r, fields, 1, let), 1);
	struct js *part = record_release(disclosures, let, 3);
	assert_int_equal(record_reveal(payload, part, a, &back, &why), ENT_OK);
	assert_int_equal(back->count, 1);
	assert_int_equal(back->version, 3);
	assert_int_equal(back->label.tlp, TLP_RED);
	assert_string_equal(record_primary_name(back), "Secret Name");
	js_free(part);

	assert_int_equal(record_reveal(payload, disclosures, a, &back, &why), ENT_OK);
	assert_int_equal(back->count, 3);
	assert_int_equal(back->statements[2].basis, BASIS_ASSESSMENT);
	assert_null(back->statements[2].source.file); /* where we have it from is ours */
	arena_free(a);
	js_free(payload);
	js_free(disclosures);
}

/* [REC-12] */
static void
test_what_was_not_signed_is_not_revealed(void **state)
{
	(void)state;
	struct statement st[3];
	struct record r = sample(st), *back = NULL;
	struct js *payload, *disclosures, *other, *foreign;
	struct ent_why why;
	struct arena *a = arena_new(ARENA_REQUEST_MAX);
	record_hide(&r, &payload, &disclosures);
	record_hide(&r, &other, &foreign); /* the same record, other salts */
	assert_int_equal(record_reveal(payload, foreign, a, &back, &why), ENT_ESIG);
	assert_null(back);
	/* a payload without its label is none */
	js_del(payload, "label");
	assert_int_equal(record_reveal(payload, disclosures, a, &back, &why), ENT_EFIELD);
	js_free(payload);
	js_free(disclosures);
	js_free(other);
	js_free(foreign);
	arena_free(a);
}

int
main(void)
{
	if (crypto_init() != ENT_OK)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_record_is_let_out_field_by_field),
		cmocka_unit_test(test_what_was_not_signed_is_not_revealed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
