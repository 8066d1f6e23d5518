-- The exchange: feeds in both directions, the threads they make, who holds a copy, permissions.
-- Where each feed stands; direction 0 is ours, 1 the partner's.
CREATE TABLE feed_head (
	agreement {text} NOT NULL,
	direction {int} NOT NULL,
	seq {int} NOT NULL,
	hash {blob} NOT NULL,
	PRIMARY KEY (agreement, direction)
) {keyed};
-- One row an entry.  jws is the signed part (codes and salted digests); sealed holds the disclosures and
-- the records that travelled with it, under the data key `id`, and is empty once that is erased.
CREATE TABLE feed_entry (
	agreement {text} NOT NULL,
	direction {int} NOT NULL,
	seq {int} NOT NULL,
	id {id} NOT NULL,
	hash {blob} NOT NULL,
	kind {text} NOT NULL,
	ref {id} NOT NULL,
	entry_time {time} NOT NULL,
	stored_at {time} NOT NULL,
	erase_at {time} NOT NULL,
	jws {text} NOT NULL,
	sealed {blob} NOT NULL,
	PRIMARY KEY (agreement, direction, seq)
) {table};
-- `show`: all entries of one exchange, in the order they were stored.
CREATE INDEX feed_entry_ref ON feed_entry (ref, stored_at);
-- The runner: what is past its retention.
CREATE INDEX feed_entry_erase ON feed_entry (erase_at);
-- An exchange as both nodes compute it from the entries (spec/4-exchange.md, section 5).
CREATE TABLE thread (
	ref {id} PRIMARY KEY,
	agreement {text} NOT NULL,
	asker {text} NOT NULL,
	answerer {text} NOT NULL,
	state {int} NOT NULL,
	urgency {int} NOT NULL,
	allowed {int} NOT NULL,
	due {time} NOT NULL,
	time_left {int} NOT NULL,
	opened_at {time} NOT NULL,
	request_seq {int} NOT NULL,
	clarification_seq {int} NOT NULL
) {table};
-- The inbox, by what is due first.
CREATE INDEX thread_due ON thread (state, due, ref);
-- Which exchange a receipt is of: by the number of the entry that it receipts.
CREATE INDEX thread_request ON thread (agreement, asker, request_seq);
CREATE INDEX thread_clarification ON thread (agreement, asker, clarification_seq);
-- The copy register: who was given which record, when, on which basis, by whom.
CREATE TABLE copy (
	record {id} NOT NULL,
	recipient {text} NOT NULL,
	ref {id} NOT NULL,
	agreement {text} NOT NULL,
	seq {int} NOT NULL,
	given_at {time} NOT NULL,
	retain_until {time} NOT NULL,
	transfer_basis {text} NOT NULL,
	given_by {id} NOT NULL,
	PRIMARY KEY (record, recipient, ref)
) {table};
-- May this record be passed to that third service?  state: 1 asked, 2 granted, 3 denied.
CREATE TABLE permission (
	record {id} NOT NULL,
	recipient {text} NOT NULL,
	agreement {text} NOT NULL,
	ref {id} NOT NULL,
	direction {int} NOT NULL,
	state {int} NOT NULL,
	changed_at {time} NOT NULL,
	PRIMARY KEY (record, recipient, direction)
) {table};
-- How a partner's node was last reached, per agreement: for status and the runner.
CREATE TABLE peer_contact (
	agreement {text} PRIMARY KEY,
	acked {int} NOT NULL,
	reached_at {time} NOT NULL,
	tried_at {time} NOT NULL,
	failures {int} NOT NULL
) {table};
