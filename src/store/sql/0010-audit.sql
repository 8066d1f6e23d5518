-- The audit logs (spec/6-audit.md): the node's own, and one an agreement.
-- Where each log stands: how many entries, and the hashes that appending needs.
CREATE TABLE audit_head (
	log {text} PRIMARY KEY,
	size {int} NOT NULL,
	frontier {blob} NOT NULL
) {keyed};
-- One row an entry, as it was hashed: codes, ids, counts and salted digests, no personal data.
-- sealed holds what opens the digests, under the data key of its segment; NULL without, or once erased.
CREATE TABLE audit_entry (
	log {text} NOT NULL,
	idx {int} NOT NULL,
	entry {blob} NOT NULL,
	sealed {blob},
	PRIMARY KEY (log, idx)
) {keyed};
-- The data key of each 1024 entries of a log.  Erasing one entry's openings seals its neighbours' anew.
CREATE TABLE audit_segment (
	log {text} NOT NULL,
	segment {int} NOT NULL,
	key_id {id} NOT NULL,
	PRIMARY KEY (log, segment)
) {keyed};
