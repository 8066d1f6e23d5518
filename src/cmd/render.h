/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd/render: answers for people.
 */
#ifndef ENT_CMD_RENDER_H
#define ENT_CMD_RENDER_H

#include "base/js.h"

#include <stdio.h>

/* Escape sequences for out, or empty strings where it is no terminal or NO_COLOR is set. */
struct style {
	const char *bold, *dim, *red, *green, *yellow, *off;
};
struct style render_style(FILE *out);

/* The value as "key: value" lines, nested ones indented; control characters (which a partner's text
 * might hold) are shown as '?', so that nothing can drive the terminal. */
void render_value(const struct js *v, FILE *out);

/* The text under key, or else the other. */
const char *render_text_or(const struct js *o, const char *key, const char *otherwise);

/* One text for the terminal, made harmless in the same way. */
void render_text(const char *s, FILE *out);

#endif
