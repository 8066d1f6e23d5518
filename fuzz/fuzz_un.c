/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/lists_harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = bytes_of(data, size);
	struct list_input in = list_input_of("un.xml", &rest);
	return harness_run(LIST_UN_SC, &in, 1);
}
