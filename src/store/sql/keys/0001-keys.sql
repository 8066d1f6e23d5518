-- keys.db: the data keys, apart from what they open, so that erasing one row here erases there.
-- One wrapped data key: sealed under the store key, with its id as associated data.
CREATE TABLE data_key (
	id {id} PRIMARY KEY,
	wrapped {blob} NOT NULL
) {keyed};
-- Keys made in the last group; if records.db does not know that group, they are orphans.
CREATE TABLE unsettled (
	id {id} PRIMARY KEY
) {keyed};
-- 'group': number of the last group of keys that was committed.
CREATE TABLE setting (
	name {text} PRIMARY KEY,
	value {int} NOT NULL
) {keyed};
-- 'check': a known text sealed under the store key, so that a wrong key is noticed at once.
CREATE TABLE check_text (
	name {text} PRIMARY KEY,
	sealed {blob} NOT NULL
) {keyed};
