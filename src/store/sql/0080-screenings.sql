-- One screening of a list.  Codes and counts, no row of the list.  progress: where it stands, sealed under
-- the data key `id`, which is destroyed when the list has ended; NULL then.  results: the data key of
-- its candidates, destroyed when it is closed.  state: 1 running, 2 open, 3 closed.
CREATE TABLE screening (
	id {id} PRIMARY KEY,
	results {id} NOT NULL,
	state {int} NOT NULL,
	agreement {text} NOT NULL,
	annex {text} NOT NULL,
	purpose {int} NOT NULL,
	started_by {id} NOT NULL,
	started_at {time} NOT NULL,
	ended_at {time} NOT NULL,
	expires_at {time} NOT NULL,
	row_count {int} NOT NULL,
	candidates {int} NOT NULL,
	strong {int} NOT NULL,
	decided {int} NOT NULL,
	progress {blob}
) {table};
-- The runner: those that are not closed, by their end; status counts from it.
CREATE INDEX screening_expiry ON screening (state, expires_at);
-- A row of a list that may be of a record's subject.  sealed: what the list says, under the record's data
-- key and that again under the screening's: either's end is its own.  No degree is kept; it is
-- computed when somebody looks.  verdict: 0 not decided, else spec/registry/verdicts.def.
CREATE TABLE screening_candidate (
	screening_id {id} NOT NULL,
	seq {int} NOT NULL,
	record_id {id} NOT NULL,
	verdict {int} NOT NULL,
	sealed {blob} NOT NULL,
	PRIMARY KEY (screening_id, seq)
) {table};
-- An erasure: the candidates that are of its record.
CREATE INDEX screening_candidate_record ON screening_candidate (record_id);
