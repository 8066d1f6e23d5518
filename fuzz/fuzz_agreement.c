/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents, exchange files, cards and signatures from outside.  The first byte says what the rest is
 * taken for.  A document that is taken holds what its struct promises.
 */
#include "policy/policy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_annex(const struct policy_agreement *a, const struct policy_annex *x)
{
	struct record_label in = { .originator = "BRU", .handling = HANDLING_H0, .tlp = TLP_AMBER,
		.subject = SUBJECT_SUSPECT, .review_at = 1, .expires_at = INT64_MAX }, out;
	ENT_ASSERT(x->translation_count <= POLICY_TRANSLATIONS_MAX);
	ENT_ASSERT(x->oversight_count <= POLICY_PARTIES_MAX);
	ENT_ASSERT(x->epoch_days > 0 && x->retention_days > 0);
	policy_translate(a, x, &in, 0, &out);
	ENT_ASSERT(out.tlp >= in.tlp && (out.handling & in.handling) == in.handling);
	ENT_ASSERT(out.expires_at <= in.expires_at && out.review_at < out.expires_at);
}

static void
document(struct bytes in)
{
	struct policy_agreement *a = NULL;
	struct ent_why why = { .text = "" };
	if (policy_document_check(in, &a, &why) != ENT_OK) {
		ENT_ASSERT(a == NULL && why.text[0] != '\0');
		return;
	}
	ENT_ASSERT(a->until > a->from && a->annex_count > 0 && a->party_count > 0);
	ENT_ASSERT(bytes_equal(a->document, in));
	ENT_ASSERT(!policy_signed(a, NULL)); /* nobody has */
	char date[ENT_DATE_TEXT];
	date_format(a->from, date); /* both can be written */
	date_format(a->until, date);
	for (size_t i = 0; i < a->annex_count; i++)
		check_annex(a, &a->annexes[i]);
	policy_agreement_free(a);
}

static void
file(struct bytes in)
{
	struct policy_file f;
	struct policy_agreement *a = NULL;
	if (policy_file_read(in, &f, NULL) != ENT_OK)
		return;
	if (policy_document_check(f.document, &a, NULL) == ENT_OK)
		for (size_t i = 0; i < js_len(f.consents); i++)
			(void)policy_consent_add(a, str_of(js_str(js_at(f.consents, i))), NULL);
	policy_agreement_free(a);
	policy_file_done(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct policy_card card;
	if (!ready && crypto_init() != ENT_OK)
		abort();
	ready = true;
	if (size < 2)
		return 0;
	struct bytes in = bytes_of(data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		document(in);
		break;
	case 1:
		file(in);
		break;
	default:
		if (utf8_valid(in))
			(void)policy_card_check((struct str){ (const char *)in.p, in.n }, &card, NULL);
		break;
	}
	return 0;
}
