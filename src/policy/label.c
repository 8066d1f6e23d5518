/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_impl.h"

#include <string.h>

/* Rows look at the label as it came, not at what an earlier row made of it, so that their order does
 * not matter; each can only add. */
static void
translate_codes(const struct policy_annex *x, const struct record_label *in,
    struct record_label *out)
{
	for (size_t i = 0; i < x->translation_count; i++) {
		bool meant = x->translation[i].from_tlp != TLP_NONE
		    ? in->tlp == x->translation[i].from_tlp
		    : (in->handling & x->translation[i].from_handling) != 0;
		if (!meant)
			continue;
		if (x->translation[i].to_tlp > out->tlp)
			out->tlp = x->translation[i].to_tlp;
		out->handling |= x->translation[i].to_handling;
	}
}

void
policy_translate(const struct policy_agreement *a, const struct policy_annex *x,
    const struct record_label *in, ent_time now, struct record_label *out)
{
	*out = *in;
	translate_codes(x, in, out);
	memcpy(out->agreement, a->id, sizeof out->agreement);
	ent_time latest = now + x->retention_days * ENT_DAY;
	if (out->expires_at > latest)
		out->expires_at = latest;
	if (out->review_at >= out->expires_at) /* a label's review comes before its expiry */
		out->review_at = out->expires_at - ENT_DAY;
}
