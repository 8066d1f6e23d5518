/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange/rules: which claims an entry of each kind has (spec/4-exchange.md, section 3).  Private.
 */
#ifndef ENT_EXCHANGE_RULES_H
#define ENT_EXCHANGE_RULES_H

#include "exchange/exchange.h"

/* opened: the plain and the disclosed claims together.  EFIELD names the claim. */
ENT_CHECK enum ent_err rules_check(enum entry_kind kind, const struct js *opened,
    struct ent_why *why);

#endif
