/* SPDX-License-Identifier: Apache-2.0
 *
 * agreement_resume: lift our own suspension; the partner's, if there is one, stays.
 */
#include "ops/agreement_call.h"

static enum ent_err
run(struct op_call *c)
{
	return agreement_standing_run(c, STANDING_ACTIVE);
}

const struct op_impl op_agreement_resume = { .decode = agreement_standing_decode, .run = run };
