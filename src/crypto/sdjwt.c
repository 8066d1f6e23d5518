/* SPDX-License-Identifier: Apache-2.0
 *
 * SD-JWT in the flat profile of spec/3-envelope.md: top-level claims only, no nested "_sd", no array
 * element disclosures, no key binding.  What RFC 9901 section 7.1 says to reject is rejected.
 */
#include "crypto/sdjwt.h"

#include <stdlib.h>
#include <string.h>

#define SALT_LEN 16 /* section 9.3 wants 128 bits */
#define SALT_TEXT_MAX 128
#define DIGEST_TEXT (B64U_SIZE(CRYPTO_HASH_LEN) - 1)

void
sdjwt_digest(const char *disclosure, char out[static B64U_SIZE(CRYPTO_HASH_LEN)])
{
	uint8_t hash[CRYPTO_HASH_LEN];
	crypto_sha256(bytes_of_cstr(disclosure), hash);
	b64u_encode(bytes_of(hash, sizeof hash), out);
}

void
sdjwt_hide_take(struct js *payload, struct js *disclosures, const char *name, struct js *value)
{
	uint8_t salt[SALT_LEN];
	char salt_text[B64U_SIZE(SALT_LEN)], digest[B64U_SIZE(CRYPTO_HASH_LEN)];
	struct js *parts = js_array(), *sd = js_get(payload, "_sd");
	crypto_random(salt, sizeof salt);
	b64u_encode(bytes_of(salt, sizeof salt), salt_text);
	js_append_take(parts, js_new_str(salt_text));
	js_append_take(parts, js_new_str(name));
	js_append_take(parts, value);
	char *json = js_text(parts);
	size_t n = strlen(json);
	char *text = ent_alloc(B64U_SIZE(n));
	b64u_encode(bytes_of(json, n), text);
	sdjwt_digest(text, digest);
	if (sd == NULL) {
		sd = js_array();
		js_set_take(payload, "_sd", sd);
	}
	js_append_take(sd, js_new_str(digest));
	js_append_take(disclosures, js_new_str(text));
	free(text);
	free(json);
	js_free(parts);
}

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The digests of "_sd", sorted, borrowed from sd; the caller frees the array. */
static const char **
sorted(const struct js *sd)
{
	size_t n = js_len(sd);
	const char **list = ent_alloc_array(n + 1, sizeof *list);
	for (size_t i = 0; i < n; i++)
		list[i] = js_str(js_at(sd, i));
	qsort(list, n, sizeof *list, compare_text);
	return list;
}

void
sdjwt_seal(struct js *payload)
{
	struct js *sd = js_get(payload, "_sd");
	if (sd == NULL)
		return; /* nothing hidden, nothing to say */
	const char **list = sorted(sd);
	struct js *in_order = js_array();
	for (size_t i = 0; i < js_len(sd); i++)
		js_append_take(in_order, js_new_str(list[i]));
	free(list);
	js_set_take(payload, "_sd", in_order);
	js_set_str(payload, "_sd_alg", "sha-256");
}

/* True if "_sd" or "..." stands anywhere inside: the flat profile has neither. */
static bool
has_nested(const struct js *j)
{
	const char *key;
	struct js *value;
	bool found = false;
	for (size_t i = 0; js_is_array(j) && i < js_len(j) && !found; i++)
		found = has_nested(js_at(j, i));
	if (!js_is_object(j))
		return found;
	for (void *it = NULL; !found && (it = js_each(j, it, &key, &value)) != NULL;)
		found = strcmp(key, "_sd") == 0 || strcmp(key, "...") == 0 || has_nested(value);
	return found;
}

static bool
reserved(const char *name)
{
	return strcmp(name, "_sd") == 0 || strcmp(name, "_sd_alg") == 0 || strcmp(name, "...") == 0;
}

static enum ent_err
check_parts(struct js *j, struct ent_why *why)
{
	const char *salt = js_str(js_at(j, 0)), *name = js_str(js_at(j, 1));
	if (!js_is_array(j) || js_len(j) != 3 || salt == NULL || name == NULL)
		return ent_fail(ENT_ESYNTAX, why, "a disclosure is [salt, name, value]");
	if (strlen(salt) < B64U_SIZE(SALT_LEN) - 1 || strlen(salt) > SALT_TEXT_MAX)
		return ent_fail(ENT_ESYNTAX, why, "a disclosure's salt has 128 bits or more");
	if (name[0] == '\0' || reserved(name) || has_nested(js_at(j, 2)))
		return ent_fail(ENT_ESYNTAX, why, "a disclosure holds a reserved name");
	return ENT_OK;
}

enum ent_err
sdjwt_parse(const char *disclosure, struct js **parsed, const char **name, struct js **value,
    struct ent_why *why)
{
	size_t len = strlen(disclosure), max = len / 4 * 3 + 3, n = 0;
	struct js *j = NULL;
	if (len > SDJWT_DISCLOSURE_MAX)
		return ent_fail(ENT_ETOOBIG, why, "a disclosure of %zu bytes, at most %zu are taken", len,
		    SDJWT_DISCLOSURE_MAX);
	uint8_t *raw = ent_alloc(max);
	enum ent_err err = b64u_decode(str_of(disclosure), raw, max, &n);
	if (err != ENT_OK)
		err = ent_fail(ENT_ESYNTAX, why, "a disclosure is not base64url");
	else
		err = js_parse(bytes_of(raw, n), SDJWT_DISCLOSURE_MAX, &j, why);
	free(raw);
	if (err == ENT_OK)
		err = check_parts(j, why);
	if (err != ENT_OK) {
		js_free(j);
		return err;
	}
	*parsed = j;
	*name = js_str(js_at(j, 1));
	*value = js_at(j, 2);
	return ENT_OK;
}

/* "_sd" and "_sd_alg" of a verified payload: *list has the digests sorted, without doubles. */
static enum ent_err
check_digests(const struct js *payload, const char ***list, size_t *count, struct ent_why *why)
{
	const struct js *sd = js_get(payload, "_sd"), *alg = js_get(payload, "_sd_alg");
	size_t n = js_len(sd);
	if (alg != NULL && (js_str(alg) == NULL || strcmp(js_str(alg), "sha-256") != 0))
		return ent_fail(ENT_ESIG, why, "_sd_alg is not sha-256");
	if (sd != NULL && (!js_is_array(sd) || n > SDJWT_DISCLOSURES_MAX))
		return ent_fail(ENT_ESIG, why, "_sd is not a list of at most %d", SDJWT_DISCLOSURES_MAX);
	for (size_t i = 0; i < n; i++) {
		const char *s = js_str(js_at(sd, i));
		if (s == NULL || strlen(s) != DIGEST_TEXT)
			return ent_fail(ENT_ESIG, why, "_sd holds what is not a digest");
	}
	const char **all = sorted(sd);
	for (size_t i = 1; i < n; i++)
		if (strcmp(all[i - 1], all[i]) == 0) {
			free(all);
			return ent_fail(ENT_ESIG, why, "_sd holds a digest twice");
		}
	*list = all;
	*count = n;
	return ENT_OK;
}

static enum ent_err
copy_plain(const struct js *payload, struct js *out, struct ent_why *why)
{
	const char *key;
	struct js *value;
	for (void *it = NULL; (it = js_each(payload, it, &key, &value)) != NULL;) {
		if (strcmp(key, "_sd") == 0 || strcmp(key, "_sd_alg") == 0)
			continue;
		if (strcmp(key, "...") == 0 || has_nested(value))
			return ent_fail(ENT_ESIG, why, "a reserved name stands in a plain claim");
		js_set_take(out, key, js_copy(value));
	}
	return ENT_OK;
}

static enum ent_err
add_disclosed(struct js *out, const char *disclosure, const char **digests, size_t count, bool *seen,
    struct ent_why *why)
{
	char digest[B64U_SIZE(CRYPTO_HASH_LEN)];
	const char *key = digest, *name = NULL;
	struct js *parsed = NULL, *value = NULL;
	if (disclosure == NULL)
		return ent_fail(ENT_ESYNTAX, why, "a disclosure is not text");
	sdjwt_digest(disclosure, digest);
	const char **hit = count == 0 ? NULL
				      : bsearch(&key, digests, count, sizeof *digests, compare_text);
	if (hit == NULL)
		return ent_fail(ENT_ESIG, why, "a disclosure that was not signed");
	if (seen[hit - digests])
		return ent_fail(ENT_ESIG, why, "a disclosure comes twice");
	seen[hit - digests] = true;
	enum ent_err err = sdjwt_parse(disclosure, &parsed, &name, &value, why);
	if (err != ENT_OK)
		return err;
	if (js_get(out, name) != NULL)
		err = ent_fail(ENT_ESIG, why, "a disclosed claim has a name that is taken");
	else
		js_set_take(out, name, js_copy(value));
	js_free(parsed);
	return err;
}

enum ent_err
sdjwt_open(const struct js *payload, const struct js *disclosures, struct js **out,
    struct ent_why *why)
{
	const char **digests = NULL;
	struct js *open = js_object();
	bool *seen = NULL;
	size_t count = 0, n = js_len(disclosures);
	enum ent_err err = ENT_OK;
	if (!js_is_object(payload) || (disclosures != NULL && !js_is_array(disclosures)))
		err = ent_fail(ENT_ESYNTAX, why, "an object and a list of disclosures are expected");
	else if (n > SDJWT_DISCLOSURES_MAX)
		err = ent_fail(ENT_ETOOBIG, why, "%zu disclosures, at most %d are taken", n,
		    SDJWT_DISCLOSURES_MAX);
	if (err == ENT_OK)
		err = check_digests(payload, &digests, &count, why);
	if (err == ENT_OK)
		err = copy_plain(payload, open, why);
	if (err == ENT_OK)
		seen = ent_alloc_array(count + 1, sizeof *seen);
	for (size_t i = 0; i < n && err == ENT_OK; i++)
		err = add_disclosed(open, js_str(js_at(disclosures, i)), digests, count, seen, why);
	free(seen);
	free(digests);
	if (err != ENT_OK) {
		js_free(open);
		return err;
	}
	*out = open;
	return ENT_OK;
}
