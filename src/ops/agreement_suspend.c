/* SPDX-License-Identifier: Apache-2.0
 *
 * agreement_suspend: from now on only notices pass, here at once, there when the partner learns of it.
 */
#include "ops/agreement_call.h"

static enum ent_err
run(struct op_call *c)
{
	return agreement_standing_run(c, STANDING_SUSPENDED);
}

const struct op_impl op_agreement_suspend = { .decode = agreement_standing_decode, .run = run };
