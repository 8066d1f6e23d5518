/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto/sdjwt: selective disclosure (RFC 9901) for records, messages and audit entries.
 *
 * The signed part holds codes and salted digests; the disclosures travel beside it and rest under
 * the subject's data key.  Leaving disclosures out releases fewer fields; losing the salts erases.
 * Digests: SHA-256 over the base64url disclosure, "_sd_alg" is "sha-256".
 */
#ifndef ENT_CRYPTO_SDJWT_H
#define ENT_CRYPTO_SDJWT_H

#include "crypto/jws.h"

#define SDJWT_DISCLOSURES_MAX 1024
#define SDJWT_DISCLOSURE_MAX ((size_t)65536) /* bytes of one, encoded */

/* Make the disclosure [salt, name, value] with a fresh 128-bit salt: appends its base64url text to
 * `disclosures` (an array of strings) and its digest to payload's "_sd" (made if absent).  value is
 * taken.  The order of "_sd" tells nothing: sdjwt_seal sorts it. */
void sdjwt_hide_take(struct js *payload, struct js *disclosures, const char *name,
    struct js *value);
/* Sorts "_sd" and sets "_sd_alg"; call once before signing. */
void sdjwt_seal(struct js *payload);

/* One disclosure's digest (base64url text, NUL-ended). */
void sdjwt_digest(const char *disclosure, char out[static B64U_SIZE(CRYPTO_HASH_LEN)]);
/* Take one disclosure apart: name borrowed from *parsed, which the caller frees. */
ENT_CHECK enum ent_err sdjwt_parse(const char *disclosure, struct js **parsed, const char **name,
    struct js **value, struct ent_why *why);

/* Check disclosures against a verified payload and answer a new object: payload's plain claims plus
 * each disclosed claim.  Strict, as RFC 9901 section 7 says: a disclosure whose digest is not in
 * "_sd", that comes twice, or whose name is taken already, is refused (ESIG).  *out is owned by the
 * caller and has neither "_sd" nor "_sd_alg". */
ENT_CHECK enum ent_err sdjwt_open(const struct js *payload, const struct js *disclosures,
    struct js **out, struct ent_why *why);

#endif
