/* SPDX-License-Identifier: Apache-2.0
 *
 * base/log: one event a line for operators, JSON on standard error.  Ids, counts, codes and
 * durations only: never names, query terms, record content, keys or tokens.  Only ops, wire, cmd and
 * the keeper's main call it.  The audit log is another thing (audit/audit.h).
 */
#ifndef ENT_BASE_LOG_H
#define ENT_BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level); /* default LOG_INFO; set once at start */

/* log_event(LOG_INFO, "node.started", "port=%d mode=%s", 8443, "full"): fmt is the text of one
 * field "detail" in key=value form; it is escaped as a JSON string. */
void log_event(enum log_level level, const char *event, const char *fmt, ...) ENT_PRINTF(3, 4);

#endif
