/* SPDX-License-Identifier: Apache-2.0
 *
 * Names from outside: folding, tokens, sounds, keys.  What is accepted has the promised properties.
 */
#include "base/arena.h"
#include "text/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Folding what is folded changes nothing, and the key of a name is the key of its folded form's
 * letters in any order of calls. */
static void
check_fold(struct str in)
{
	char once[TEXT_FOLD_MAX], twice[TEXT_FOLD_MAX];
	if (text_fold(in, once, sizeof once, NULL) != ENT_OK)
		return;
	ENT_ASSERT(utf8_valid(bytes_of_cstr(once)));
	if (strlen(once) > TEXT_NAME_MAX)
		return;
	ENT_ASSERT(text_fold(str_of(once), twice, sizeof twice, NULL) == ENT_OK);
	ENT_ASSERT(strcmp(once, twice) == 0);
}

static void
check_tokens(struct str in)
{
	static struct text_name name; /* too big for a fuzzer's stack with redzones */
	struct text_token joined;
	if (text_parse(in, &name, NULL) != ENT_OK)
		return;
	ENT_ASSERT(name.n <= TEXT_TOKENS_MAX && name.used < TEXT_FOLD_MAX);
	for (size_t i = 0; i < name.n; i++) {
		const struct text_token *t = &name.tok[i];
		ENT_ASSERT(t->phones_n <= TEXT_PHONES_MAX && strlen(t->phones) == t->phones_n);
		ENT_ASSERT(strlen(t->sound) <= TEXT_SOUND_MAX);
		ENT_ASSERT(t->p >= name.text && t->p + t->n <= name.text + name.used);
		ENT_ASSERT(t->phones_n == 0 || text_similarity(t, t) == 1000);
		unsigned ab = text_similarity(t, &name.tok[0]), ba = text_similarity(&name.tok[0], t);
		ENT_ASSERT(ab == ba && ab <= 1000);
		unsigned over = text_similarity_over(t, &name.tok[0], 590);
		ENT_ASSERT(over == ab || (over == 0 && ab < 590));
		if (i + 1 < name.n)
			text_join(&name, i, i + 1, &joined);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char key[TEXT_KEY_MAX], sound[TEXT_SOUND_MAX + 1];
	struct str in = { (const char *)data, size };
	check_fold(in);
	check_tokens(in);
	(void)!text_sound(in, sound, NULL);
	(void)!text_key_document(in, key, NULL);
	(void)!text_key_name_exact(in, key, NULL);
	(void)!text_key_skeleton(in, TEXT_SKELETON_PLAIN, key, NULL);
	(void)!text_key_skeleton(in, TEXT_SKELETON_JOINED, key, NULL);
	return 0;
}
