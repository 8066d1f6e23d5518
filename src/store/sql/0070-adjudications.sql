-- What a named person decided on a match of a query and a record.  sealed: query, verdict, grounds and
-- who, under the data key of the record, so that its erasure takes the decision along.
CREATE TABLE adjudication (
	id {id} PRIMARY KEY,
	record_id {id} NOT NULL,
	decided_at {time} NOT NULL,
	sealed {blob} NOT NULL
) {table};
-- A search, and the record's page: the newest of a record.
CREATE INDEX adjudication_record ON adjudication (record_id, decided_at, id);
-- Records that state of somebody else that this is not that person; the statement itself is in the body.
CREATE TABLE record_other (
	record_id {id} PRIMARY KEY
) {keyed};
