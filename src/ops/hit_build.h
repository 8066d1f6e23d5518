/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/hit_build: making the filter of an agreement: a new epoch with a new OPRF key, from the records
 * that the annex lets in.  Private to ops.
 */
#ifndef ENT_OPS_HIT_BUILD_H
#define ENT_OPS_HIT_BUILD_H

#include "ops/hit_channel.h"

struct hit_build {
	struct node *node;
	const struct grant *grant; /* FILTER */
	const struct hit_channel *channel;
	ent_time now;
	/* Told every few thousand keys; may be NULL. */
	void (*progress)(void *ctx, uint64_t records, uint64_t keys);
	void *progress_ctx;
};

/* Build, sign, put in force; the key of the epoch before is destroyed.  The caller
 * holds the node's filter lock.  ESTATE if the node is stopping. */
ENT_CHECK enum ent_err hit_build_run(const struct hit_build *b, struct hit_filter_row *out,
    struct ent_why *why);

#endif
