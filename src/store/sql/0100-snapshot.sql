-- The search index's snapshot, while it says what the register says; see store/snapshot.h.
-- sealed: the snapshot's own key, under the data key `id`.  One row at most.
CREATE TABLE snapshot (
	id {id} PRIMARY KEY,
	sealed {blob} NOT NULL
) {keyed};
