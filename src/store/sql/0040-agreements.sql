-- Partners' cards, agreements, the signatures under them, and their standing.
-- Cards as they were signed.  own = 1: this node's, as last given out; identity pins a code for good.
CREATE TABLE card (
	code {text} PRIMARY KEY,
	identity {blob} NOT NULL,
	own {bool} NOT NULL,
	card_time {time} NOT NULL,
	stored_at {time} NOT NULL,
	jws {text} NOT NULL
) {table};
-- An identity stands for one service only.
CREATE UNIQUE INDEX card_identity ON card (identity);
-- Documents, byte for byte; digest is what signatures name.
CREATE TABLE agreement (
	id {text} PRIMARY KEY,
	digest {blob} NOT NULL,
	stored_at {time} NOT NULL,
	document {blob} NOT NULL
) {table};
-- One person's signature under one document; the key refuses the same person twice.
CREATE TABLE consent (
	digest {blob} NOT NULL,
	party {text} NOT NULL,
	signer {id} NOT NULL,
	stored_at {time} NOT NULL,
	jws {text} NOT NULL,
	PRIMARY KEY (digest, party, signer)
) {table};
-- Suspensions, resumptions, terminations, by party, numbered; the last one counts and travels.
CREATE TABLE standing (
	agreement {text} NOT NULL,
	party {text} NOT NULL,
	seq {int} NOT NULL,
	stored_at {time} NOT NULL,
	jws {text} NOT NULL,
	PRIMARY KEY (agreement, party, seq)
) {table};
