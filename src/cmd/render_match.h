/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd/render_match: an explained match for people.
 */
#ifndef ENT_CMD_RENDER_MATCH_H
#define ENT_CMD_RENDER_MATCH_H

#include "base/js.h"

#include <stdio.h>

/* One result of a search; explain: word by word, else in short. */
void render_match(const struct js *result, bool explain, FILE *out);
/* What people decided on a match earlier; NULL: nothing. */
void render_decisions(const struct js *decisions, FILE *out);

#endif
