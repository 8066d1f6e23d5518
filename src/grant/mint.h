/* SPDX-License-Identifier: Apache-2.0
 *
 * grant/mint: making a grant.  For policy alone (layers.txt: friend).
 */
#ifndef ENT_GRANT_MINT_H
#define ENT_GRANT_MINT_H

#include "grant/grant.h"

struct grant_terms {
	enum ent_action action;
	enum ent_purpose purpose;
	struct actor actor;
	char agreement[AGREEMENT_MAX];
	char annex[AGREEMENT_MAX];
	enum ent_err verdict; /* ENT_OK: allowed */
	struct ent_why why;   /* clause and text, of a refusal and of a permission */
};

struct grant *grant_mint(const struct grant_terms *terms); /* owned by the caller; dead */

#endif
