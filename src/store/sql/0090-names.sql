-- Statistics of names that an operator loaded: configuration, no data of persons.  body: one line an entry,
-- kind, country, count and folded name with tabs between.  rules: the text rules it was folded by.
CREATE TABLE name_set (
	id {id} PRIMARY KEY,
	format {text} NOT NULL,
	rules {int} NOT NULL,
	row_count {int} NOT NULL,
	entries {int} NOT NULL,
	loaded_at {time} NOT NULL,
	loaded_by {id} NOT NULL,
	body {blob} NOT NULL
) {table};
