/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include "base/int.h"

#include <string.h>
#include <sys/random.h>

struct ent_id
id_make(ent_time now, const uint8_t entropy[static 10])
{
	struct ent_id id;
	uint8_t ms[8];
	put_be64(ms, (uint64_t)(now / 1000));
	memcpy(id.b, ms + 2, 6);
	memcpy(id.b + 6, entropy, 10);
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x70);
	id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
	return id;
}

struct ent_id
id_new(void)
{
	uint8_t entropy[10];
	if (getrandom(entropy, sizeof entropy, 0) != (ssize_t)sizeof entropy)
		ENT_BUG("getrandom failed");
	return id_make(clock_now(), entropy);
}

void
id_format(const struct ent_id *id, char out[static ENT_ID_TEXT])
{
	char hex[HEX_SIZE(16)];
	hex_encode(bytes_of(id->b, 16), hex);
	static const size_t groups[] = { 8, 4, 4, 4, 12 };
	const char *from = hex;
	for (size_t i = 0; i < 5; i++) {
		memcpy(out, from, groups[i]);
		out += groups[i];
		from += groups[i];
		*out++ = i < 4 ? '-' : '\0';
	}
}

enum ent_err
id_parse(struct str in, struct ent_id *out)
{
	char hex[32];
	size_t n = 0, got;
	if (in.n != ENT_ID_TEXT - 1)
		return ENT_ESYNTAX;
	for (size_t i = 0; i < in.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash != (in.p[i] == '-'))
			return ENT_ESYNTAX;
		if (!dash)
			hex[n++] = in.p[i];
	}
	return hex_decode((struct str){ hex, n }, out->b, 16, &got);
}

bool
id_equal(const struct ent_id *a, const struct ent_id *b)
{
	return memcmp(a->b, b->b, 16) == 0;
}

bool
id_is_zero(const struct ent_id *a)
{
	static const struct ent_id zero;
	return id_equal(a, &zero);
}
