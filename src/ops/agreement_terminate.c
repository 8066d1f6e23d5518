/* SPDX-License-Identifier: Apache-2.0
 *
 * agreement_terminate: for good; what was received still is to be corrected, erased and receipted.
 */
#include "ops/agreement_call.h"

static enum ent_err
run(struct op_call *c)
{
	return agreement_standing_run(c, STANDING_TERMINATED);
}

const struct op_impl op_agreement_terminate = { .decode = agreement_standing_decode, .run = run };
