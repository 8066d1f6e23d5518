/* SPDX-License-Identifier: Apache-2.0 */
#include "base/workers.h"

#include <pthread.h>
#include <sched.h>

static size_t
processors(void)
{
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	return sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (size_t)CPU_COUNT(&cpus) : 1;
}

void
workers_run(void *(*work)(void *ctx), void *ctx, size_t most)
{
	pthread_t thread[WORKERS_MAX];
	size_t n = processors(), started = 0;
	n = n < most ? n : most;
	n = n < WORKERS_MAX ? n : WORKERS_MAX;
	while (started + 1 < n && pthread_create(&thread[started], NULL, work, ctx) == 0)
		started++;
	(void)work(ctx);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(thread[i], NULL); /* it was started and is joined once: cannot fail */
}
