/* SPDX-License-Identifier: Apache-2.0
 *
 * ops/peer_session: the sessions that a hello opens, ours with partners and theirs with us.  In memory
 * only: after a restart nodes say hello again.  Private to ops.
 */
#ifndef ENT_OPS_PEER_SESSION_H
#define ENT_OPS_PEER_SESSION_H

#include "ops/node.h"

#define PEER_SESSIONS_MAX 256
#define PEER_SESSION_LIFE ENT_HOUR
#define PEER_TOKEN_TEXT 44 /* 32 bytes in base64url, and NUL */

struct peer_sessions;

struct peer_sessions *peer_sessions_new(void);
void peer_sessions_free(struct peer_sessions *s);

/* A partner said hello for an agreement: a new token, instead of an older one of the same. */
void peer_session_open(struct peer_sessions *s, const char *code, const char *agreement,
    ent_time now, char token[static PEER_TOKEN_TEXT]);
/* Is this token that partner's, for that agreement?  EAUTH else. */
ENT_CHECK enum ent_err peer_session_check(struct peer_sessions *s, const char *token,
    const char *code, const char *agreement, ent_time now, struct ent_why *why);

/* Our own with a partner: the token that its answer gave; "" if there is none. */
void peer_session_keep(struct peer_sessions *s, const char *agreement, const char *token,
    ent_time now);
void peer_session_ours(struct peer_sessions *s, const char *agreement, ent_time now,
    char token[static PEER_TOKEN_TEXT]);
void peer_session_forget(struct peer_sessions *s, const char *agreement);
/* We refused an entry of the partner's feed: is it another than the last one of this session?  It comes
 * again with each pull, and is told once. */
bool peer_session_refused(struct peer_sessions *s, const char *agreement,
    const uint8_t hash[static CRYPTO_HASH_LEN]);

struct peer_sessions *node_peer_sessions(struct node *n);

#endif
