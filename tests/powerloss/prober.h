/* SPDX-License-Identifier: Apache-2.0
 *
 * What prober.c and test_powerloss.c have in common.
 */
#ifndef TESTS_PROBER_H
#define TESTS_PROBER_H

#include "store/store.h"

#define PROBER_ROWS 12
#define PROBER_ACTS 4
#define PROBER_NOW ((ent_time)1800000000 * ENT_SECOND)
#define PROBER_BODY "{\"statements\":[]}"

static const uint8_t prober_key[CRYPTO_KEY_LEN] = { 3 };

#endif
