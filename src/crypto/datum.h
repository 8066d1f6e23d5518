/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto/datum: borrowed bytes as GnuTLS wants them.
 */
#ifndef ENT_CRYPTO_DATUM_H
#define ENT_CRYPTO_DATUM_H

#include <gnutls/gnutls.h>
#include <stddef.h>

static inline gnutls_datum_t
crypto_datum(const void *p, size_t n)
{
	union {
		const void *from;
		unsigned char *to;
	} u = { .from = p }; /* GnuTLS reads only */
	return (gnutls_datum_t){ .data = u.to, .size = (unsigned)n };
}

#endif
