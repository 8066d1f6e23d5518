/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/keyfile.h"

#include "base/file.h"
#include "keeper/frame.h"
#include "keeper/keeper.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_MAX_HERE 4096

static const char magic[] = "ENTKEYD2";

_Static_assert(sizeof(struct keyfile_keys) == 16 + 128 + 3 * 64 + 32, "no padding");
_Static_assert(sizeof magic - 1 + CRYPTO_SALT_LEN == KEYFILE_HEAD, "head");

bool
keyfile_code_valid(const char *code)
{
	size_t n = strnlen(code, KEYFILE_CODE);
	bool ok = n >= 2 && n < KEYFILE_CODE;
	for (size_t i = 0; i < n && ok; i++)
		ok = (code[i] >= 'A' && code[i] <= 'Z') || (code[i] >= '0' && code[i] <= '9') ||
		    code[i] == '-';
	return ok;
}

static bool
service_valid(const char *service)
{
	size_t n = strnlen(service, KEYFILE_SERVICE);
	bool ok = n >= 1 && n < KEYFILE_SERVICE && utf8_valid(bytes_of(service, n));
	for (size_t i = 0; i < n && ok; i++)
		ok = (unsigned char)service[i] >= 0x20 && service[i] != 0x7f;
	return ok;
}

/* The key that seals the file; secret, owned by the caller. */
static enum ent_err
derive(const uint8_t *head, struct bytes passphrase, uint8_t **out, struct ent_why *why)
{
	uint8_t *key = crypto_secret_new(CRYPTO_KEY_LEN);
	if (crypto_argon2id(passphrase, head + sizeof magic - 1, key, CRYPTO_KEY_LEN) != ENT_OK) {
		crypto_secret_free(key);
		return ent_fail(ENT_EINTERNAL, why, "Argon2id found no memory (64 MiB)");
	}
	*out = key;
	return ENT_OK;
}

enum ent_err
keyfile_write(const char *path, const char *code, const char *service, struct bytes passphrase,
    struct ent_why *why)
{
	uint8_t file[KEYFILE_SIZE], pk[CRYPTO_SIGN_PK], *key = NULL;
	if (!keyfile_code_valid(code))
		return ent_fail(ENT_EFIELD, why, "the code is 2 to 15 of A-Z, 0-9 and '-'");
	if (!service_valid(service))
		return ent_fail(ENT_EFIELD, why, "the service's name is 1 to 127 bytes of text");
	if (passphrase.n < 1 || passphrase.n > FRAME_PASSPHRASE)
		return ent_fail(ENT_EFIELD, why, "the passphrase is 1 to %zu bytes", FRAME_PASSPHRASE);
	memcpy(file, magic, sizeof magic - 1);
	crypto_random(file + sizeof magic - 1, CRYPTO_SALT_LEN);
	enum ent_err err = derive(file, passphrase, &key, why);
	if (err != ENT_OK)
		return err;
	struct keyfile_keys *k = crypto_secret_new(sizeof *k);
	memcpy(k->code, code, strlen(code));
	memcpy(k->service, service, strlen(service));
	crypto_ed25519_keypair(pk, k->identity);
	crypto_ed25519_keypair(pk, k->record);
	crypto_ed25519_keypair(pk, k->checkpoint);
	crypto_random(k->master, sizeof k->master);
	crypto_seal(key, bytes_of(k, sizeof *k), bytes_of(file, KEYFILE_HEAD), file + KEYFILE_HEAD);
	crypto_secret_free(k);
	crypto_secret_free(key);
	return file_replace(path, bytes_of(file, sizeof file), 0600, why);
}

enum ent_err
keyfile_open(struct bytes in, struct bytes passphrase, struct keyfile_keys *out,
    struct ent_why *why)
{
	uint8_t *key = NULL;
	if (in.n != KEYFILE_SIZE || memcmp(in.p, magic, sizeof magic - 1) != 0)
		return ent_fail(ENT_ESYNTAX, why, "'%s' is not a key file", KEYFILE_NAME);
	enum ent_err err = derive(in.p, passphrase, &key, why);
	if (err != ENT_OK)
		return err;
	struct keyfile_keys *k = crypto_secret_new(sizeof *k);
	if (crypto_open(key, bytes_of(in.p + KEYFILE_HEAD, in.n - KEYFILE_HEAD),
		bytes_of(in.p, KEYFILE_HEAD), (uint8_t *)k) != ENT_OK)
		err = ent_fail(ENT_EAUTH, why, "the passphrase does not open the keeper");
	else
		*out = *k;
	crypto_secret_free(k);
	crypto_secret_free(key);
	return err;
}

enum ent_err
keeper_create(const char *dir, const char *code, const char *service, struct bytes passphrase,
    struct ent_why *why)
{
	char path[PATH_MAX_HERE];
	int n = snprintf(path, sizeof path, "%s/" KEYFILE_NAME, dir);
	if (n < 0 || (size_t)n >= sizeof path)
		return ent_fail(ENT_ETOOBIG, why, "the keeper's folder has too long a path");
	enum ent_err err = file_mkdir(dir, 0700, why);
	if (err != ENT_OK)
		return err;
	err = keyfile_write(path, code, service, passphrase, why);
	if (err != ENT_OK)
		(void)rmdir(dir); /* empty as it was made: a second try finds no trace */
	return err;
}
