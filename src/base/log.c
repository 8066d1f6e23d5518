/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/time.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* The one mutable global of the project: set once by main before threads start. */
static _Atomic int level_max = LOG_INFO;

void
log_set_level(enum log_level level)
{
	level_max = (int)level;
}

static size_t
escape(const char *s, char *out, size_t max)
{
	size_t n = 0;
	for (; *s != '\0' && n + 7 < max; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			out[n++] = '\\';
		if (c < 0x20)
			n += (size_t)snprintf(out + n, 7, "\\u%04x", c);
		else
			out[n++] = (char)c;
	}
	out[n] = '\0';
	return n;
}

void
log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char detail[512], escaped[1100], line[1400], when[ENT_TIME_TEXT];
	if ((int)level > level_max)
		return;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	(void)escape(detail, escaped, sizeof escaped);
	time_format(clock_now(), when);
	int n = snprintf(line, sizeof line,
	    "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\",\"detail\":\"%s\"}\n", when,
	    names[level], event, escaped);
	if (n > 0 && (size_t)n < sizeof line && write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nowhere left to say so */
}
