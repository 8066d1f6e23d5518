/* SPDX-License-Identifier: Apache-2.0
 *
 * The vectors of one part of the specification, read for a test program.
 */
#ifndef TESTS_VECTORS_FIXTURE_H
#define TESTS_VECTORS_FIXTURE_H

#include "base/file.h"
#include "base/js.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define VECTORS_MAX ((size_t)1 << 20)

/* spec/vectors/<part>.json; the caller's, js_free. */
static inline struct js *
vectors_read(const char *part)
{
	struct buf b;
	struct js *j = NULL;
	struct ent_why why = { .text = "" };
	char path[64];
	(void)snprintf(path, sizeof path, "spec/vectors/%s.json", part);
	buf_init(&b, VECTORS_MAX);
	if (file_read(path, &b, &why) != ENT_OK || js_parse(buf_bytes(&b), VECTORS_MAX, &j, &why) != ENT_OK)
		fail_msg("%s: %s", path, why.text);
	buf_done(&b);
	return j;
}

static inline int
vectors_unload(void **state)
{
	js_free(*state);
	return 0;
}

#endif
