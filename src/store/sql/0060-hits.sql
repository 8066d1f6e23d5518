-- Private hit/no-hit (spec/5-hit.md): our filters and who stands behind a reference, what partners asked,
-- what we asked.
-- Our filters for an agreement, one row an epoch; the annexes share the numbers.  state: 1 being built, 2 in force, 3 retired.
CREATE TABLE hit_filter (
	agreement {text} NOT NULL,
	epoch {int} NOT NULL,
	state {int} NOT NULL,
	annex {text} NOT NULL,
	filter {blob} NOT NULL,
	rules {int} NOT NULL,
	records {int} NOT NULL,
	tags {int} NOT NULL,
	left_out {int} NOT NULL,
	bytes {int} NOT NULL,
	sha256 {blob} NOT NULL,
	pad_seed {blob} NOT NULL,
	built_at {time} NOT NULL,
	note {text} NOT NULL,
	PRIMARY KEY (agreement, epoch)
) {table};
-- Which records stand behind a reference: found at follow-up, removed at withdrawal.
CREATE TABLE hit_ref (
	agreement {text} NOT NULL,
	epoch {int} NOT NULL,
	ref {blob} NOT NULL,
	record {id} NOT NULL,
	PRIMARY KEY (agreement, epoch, ref, record)
) {keyed};
-- Withdrawal of one record.
CREATE INDEX hit_ref_record ON hit_ref (record);
-- Withdrawn references and the padding among them, which nothing here tells apart.
CREATE TABLE hit_withdrawn (
	agreement {text} NOT NULL,
	epoch {int} NOT NULL,
	ref {blob} NOT NULL,
	PRIMARY KEY (agreement, epoch, ref)
) {keyed};
-- The signed list of each annex that partners fetch, the newest alone.  dirty: a reference was added since.
CREATE TABLE hit_list (
	agreement {text} NOT NULL,
	annex {text} NOT NULL,
	epoch {int} NOT NULL,
	seq {int} NOT NULL,
	made_at {time} NOT NULL,
	dirty {bool} NOT NULL,
	jws {text} NOT NULL,
	PRIMARY KEY (agreement, annex)
) {table};
-- What a partner asked: no personal data, the elements are blinded.  result: 0 not answered yet, 1
-- answered, 2 refused though counted, else the error that was told.  Kept so that a query can be opened at follow-up.
CREATE TABLE hit_received (
	agreement {text} NOT NULL,
	seq {int} NOT NULL,
	epoch {int} NOT NULL,
	rules {int} NOT NULL,
	hash {blob} NOT NULL,
	received_at {time} NOT NULL,
	asked_at {time} NOT NULL,
	used_day {int} NOT NULL,
	used_epoch {int} NOT NULL,
	result {int} NOT NULL,
	elements {blob} NOT NULL,
	evaluated {blob} NOT NULL,
	answer {text} NOT NULL,
	keep_until {time} NOT NULL,
	PRIMARY KEY (agreement, seq)
) {table};
-- The runner: what is past its retention.
CREATE INDEX hit_received_keep ON hit_received (keep_until);
-- Where we stand with a partner: the last answered request, and one that was sent and not answered yet,
-- to be sent again as it is, with the annex that it asks under.
CREATE TABLE hit_asker (
	agreement {text} PRIMARY KEY,
	seq {int} NOT NULL,
	prev {blob} NOT NULL,
	pending {text} NOT NULL,
	pending_annex {text} NOT NULL
) {table};
-- The partner's filter and list for each annex, and what we count with it.  stopped: why we ask it no more,
-- else empty.
CREATE TABLE hit_asked (
	agreement {text} NOT NULL,
	annex {text} NOT NULL,
	epoch {int} NOT NULL,
	rules {int} NOT NULL,
	note {text} NOT NULL,
	fetched_at {time} NOT NULL,
	list_seq {int} NOT NULL,
	list_at {time} NOT NULL,
	list_jws {text} NOT NULL,
	counted_at {time} NOT NULL,
	used_day {int} NOT NULL,
	used_epoch {int} NOT NULL,
	stopped {text} NOT NULL,
	PRIMARY KEY (agreement, annex)
) {table};
-- What we asked, one row a person: seed and keys sealed under the data key `id`, so that the query can be
-- opened.  entry: in the node's log, whose openings go with it.  state: 1 sent, 2 no hit, 3 hit, 4 withdrawn, 5 not answered.
CREATE TABLE hit_query (
	id {id} PRIMARY KEY,
	agreement {text} NOT NULL,
	epoch {int} NOT NULL,
	seq {int} NOT NULL,
	person {int} NOT NULL,
	asked_at {time} NOT NULL,
	asked_by {id} NOT NULL,
	state {int} NOT NULL,
	class {int} NOT NULL,
	ref {blob} NOT NULL,
	keep_until {time} NOT NULL,
	entry {int} NOT NULL,
	sealed {blob} NOT NULL
) {table};
-- The persons of one message.
CREATE INDEX hit_query_message ON hit_query (agreement, seq, person);
-- The runner: what is past its retention.
CREATE INDEX hit_query_keep ON hit_query (keep_until);
