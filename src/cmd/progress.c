/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/progress.h"

#include <inttypes.h>
#include <string.h>

#define BAR_WIDTH 24

/* With a comma at each thousand. */
static void
grouped(int64_t v, char out[static 32])
{
	char digits[32];
	int n = snprintf(digits, sizeof digits, "%" PRId64, v < 0 ? 0 : v);
	size_t at = 0;
	for (int i = 0; i < n && at + 2 < 32; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

void
progress_line(int64_t done, int64_t total, const char *what, char *out, size_t n)
{
	char d[32], t[32], bar[BAR_WIDTH + 1];
	grouped(done, d);
	if (what == NULL)
		what = "";
	if (total <= 0) {
		(void)snprintf(out, n, "%s %.60s", d, what);
		return;
	}
	if (done > total)
		done = total;
	if (done < 0)
		done = 0;
	grouped(total, t);
	/* in double: done * 100 may overflow, and this is for the eye only */
	double part = (double)done / (double)total;
	size_t full = (size_t)(part * BAR_WIDTH);
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', full);
	bar[BAR_WIDTH] = '\0';
	(void)snprintf(out, n, "[%s] %3d %%  %s of %s %.60s", bar, (int)(part * 100), d, t, what);
}

void
progress_show(void *progress, const struct js *what)
{
	struct progress *p = progress;
	char line[192];
	int64_t done = js_get_int(what, "done", 0), total = js_get_int(what, "total", 0);
	progress_line(done, total, js_get_str(what, "what"), line, sizeof line);
	if (p->tty) {
		(void)fprintf(p->out, "\r%s\033[K", line);
		(void)fflush(p->out);
		p->drawn = true;
		return;
	}
	int64_t tenth = total > 0 ? done / (total / 10 > 0 ? total / 10 : 1) : -1;
	if (tenth >= 0 && tenth <= p->tenth && p->drawn)
		return;
	p->tenth = tenth;
	p->drawn = true;
	(void)fprintf(p->out, "%s\n", line);
}

void
progress_end(struct progress *p)
{
	if (p->tty && p->drawn) {
		(void)fputs("\r\033[K", p->out);
		(void)fflush(p->out);
	}
}
