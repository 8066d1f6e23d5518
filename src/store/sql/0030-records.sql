-- The register: bodies rest sealed, columns hold only what queues, expiry and policy need.
-- A label's codes, stored once however many records carry it; id is a hash of the codes.
CREATE TABLE label (
	id {id} PRIMARY KEY,
	originator {text} NOT NULL,
	agreement {text} NOT NULL,
	legal_basis {text} NOT NULL,
	handling {int} NOT NULL,
	tlp {int} NOT NULL,
	source {int} NOT NULL,
	information {int} NOT NULL,
	conditions {text} NOT NULL
) {keyed};
-- One import: its records are invisible until flipped is 1; start-up sweeps those that stayed 0.
CREATE TABLE import (
	id {id} PRIMARY KEY,
	flipped {bool} NOT NULL,
	records {int} NOT NULL,
	started_at {time} NOT NULL
) {keyed};
-- One record.  body is sealed under the data key `id`; NULL once erased.  state: enum record_state.
CREATE TABLE record (
	id {id} PRIMARY KEY,
	type {int} NOT NULL,
	version {int} NOT NULL,
	state {int} NOT NULL,
	label_id {id} NOT NULL,
	subject {int} NOT NULL,
	review_at {time} NOT NULL,
	expires_at {time} NOT NULL,
	import_id {id},
	changed_at {time} NOT NULL,
	body {blob}
) {table};
-- The runner and the queue: what is to be reviewed.
CREATE INDEX record_review ON record (review_at, id, state, expires_at);
-- The runner: what has expired; the queue of what waits for its erasure; status counts from it alone.
CREATE INDEX record_expiry ON record (expires_at, id, state);
-- Who confirmed an erasure: two persons, one of them the data-protection officer.
CREATE TABLE erasure (
	record_id {id} NOT NULL,
	user_id {id} NOT NULL,
	officer {bool} NOT NULL,
	ground {text} NOT NULL,
	confirmed_at {time} NOT NULL,
	PRIMARY KEY (record_id, user_id)
) {keyed};
