/* SPDX-License-Identifier: Apache-2.0
 *
 * Up to three files in one input, parted by a line of %%.
 */
#include "fuzz/lists_harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char part[] = "\n%%\n";
	struct bytes rest[LIST_FILES_MAX];
	struct list_input in[LIST_FILES_MAX];
	size_t count = 0;
	while (count < LIST_FILES_MAX) {
		const uint8_t *end = size == 0 ? NULL : memmem(data, size, part, sizeof part - 1);
		size_t n = end == NULL ? size : (size_t)(end - data);
		rest[count] = bytes_of(data, n);
		in[count] = list_input_of("part", &rest[count]);
		count++;
		if (end == NULL)
			break;
		data = end + sizeof part - 1;
		size -= n + sizeof part - 1;
	}
	return harness_run(LIST_OFAC_SDN, in, count);
}
