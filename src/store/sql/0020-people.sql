-- Named users of this node, and who is logged in.
-- A user.  Names are the staff's own login names; the verifier is Argon2id, salt beside it.
CREATE TABLE person (
	id {id} PRIMARY KEY,
	name {text} NOT NULL UNIQUE,
	roles {int} NOT NULL,
	uid {int} UNIQUE,
	disabled {bool} NOT NULL,
	salt {blob},
	verifier {blob},
	failures {int} NOT NULL,
	locked_until {time} NOT NULL,
	created_at {time} NOT NULL
) {table};
-- A session, found by the hash of its token.  Case, reason and purpose rest sealed under the key `id`.
CREATE TABLE session (
	token_hash {blob} PRIMARY KEY,
	id {id} NOT NULL,
	person_id {id} NOT NULL REFERENCES person (id),
	created_at {time} NOT NULL,
	expires_at {time} NOT NULL,
	sealed {blob} NOT NULL
) {keyed};
-- The runner ends what is over; disabling a user ends that user's.
CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_person ON session (person_id);
