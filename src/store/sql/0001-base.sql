-- What the engine itself keeps in records.db.
-- Small settings of the store: 'key_group' is the last group of data keys whose records are committed.
CREATE TABLE setting (
	name {text} PRIMARY KEY,
	value {int} NOT NULL
) {keyed};
-- Data keys that are to be destroyed: written with the tombstone, removed once the key is gone
-- and keys.db is checkpointed; start-up finishes what stands here.
CREATE TABLE erase_pending (
	id {id} PRIMARY KEY
) {keyed};
