/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd/progress: the bar on standard error, from a node's {"done", "total", "what"}.
 */
#ifndef ENT_CMD_PROGRESS_H
#define ENT_CMD_PROGRESS_H

#include "base/js.h"

#include <stdio.h>

struct progress {
	FILE *out;
	bool tty;	/* redraw one line, else a line at each full tenth */
	bool drawn;
	int64_t tenth;	/* the last one written, without a terminal */
};

/* One line for people, without its end: bar, percentage, counts.  total 0: unknown. */
void progress_line(int64_t done, int64_t total, const char *what, char *out, size_t n);
void progress_show(void *progress, const struct js *what); /* for wire_call.progress */
void progress_end(struct progress *p);			    /* clear the bar */

#endif
