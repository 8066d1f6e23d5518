/* SPDX-License-Identifier: Apache-2.0
 *
 * base/workers: one piece of work done by several threads that take shares of it.
 */
#ifndef ENT_BASE_WORKERS_H
#define ENT_BASE_WORKERS_H

#include <stddef.h>

#define WORKERS_MAX 4u

/* Call work(ctx) here and in more threads, as many in all as there are processors for this process, but at most
 * `most` and WORKERS_MAX; returns when all have returned.  Work takes its shares by an atomic count of its own, and
 * has to be done by fewer threads too, down to this one: more cannot always be had. */
void workers_run(void *(*work)(void *ctx), void *ctx, size_t most);

#endif
