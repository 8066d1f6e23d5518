/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/lists_harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = bytes_of(data, size);
	struct list_input in = list_input_of("a.jsonl", &rest);
	return harness_run(LIST_JSONL, &in, 1);
}
