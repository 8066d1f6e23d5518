/* SPDX-License-Identifier: Apache-2.0
 *
 * The UN Security Council's consolidated list.  expat reads; a document type declaration ends the
 * reading, so there are no entities but XML's own five.  The texts of one INDIVIDUAL or ENTITY are
 * gathered and then mapped (lists/un_entry.c).
 */
#include "lists/formats.h"
#include "lists/un.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	XML_Parser parser;
	struct builder *b;
	struct un_entry entry;
	struct arena *arena;	/* of the entry at hand; owned */
	struct buf text;	/* of the element at hand */
	unsigned depth;		/* of elements; the root is 1 */
	const char *group;	/* the element below the entry; in the arena */
	char name[64];		/* of the leaf */
	enum ent_err err;
	struct ent_why *why;
};

static void
stop(struct reading *r, enum ent_err err)
{
	r->err = err;
	(void)XML_StopParser(r->parser, XML_FALSE);
}

static void
on_doctype(void *ctx, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid, int internal)
{
	struct reading *r = ctx;
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	stop(r, ent_fail(ENT_ESYNTAX, r->why, "a document type declaration (DTD) is not accepted: take it "
	    "out"));
}

static bool
is_entry(const char *name)
{
	return strcmp(name, "INDIVIDUAL") == 0 || strcmp(name, "ENTITY") == 0;
}

/* CONSOLIDATED_LIST / INDIVIDUALS / INDIVIDUAL / group / leaf */
enum { DEPTH_ROOT = 1, DEPTH_PART, DEPTH_ENTRY, DEPTH_GROUP, DEPTH_LEAF };

static void
on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *r = ctx;
	(void)attributes;
	r->depth++;
	if (r->err != ENT_OK)
		return;
	if (r->depth > LIST_XML_DEPTH_MAX)
		stop(r, ent_fail(ENT_ETOOBIG, r->why, "elements are nested deeper than %d: take the file as the UN publishes it",
		    LIST_XML_DEPTH_MAX));
	else if (strlen(name) >= sizeof r->name)
		stop(r, ent_fail(ENT_ETOOBIG, r->why, "an element's name is too long"));
	else if (r->depth == DEPTH_ROOT && strcmp(name, "CONSOLIDATED_LIST") != 0)
		stop(r, ent_fail(ENT_ESYNTAX, r->why, "the root element must be CONSOLIDATED_LIST: is it another file?"));
	else if (r->depth == DEPTH_ENTRY && !is_entry(name))
		stop(r, ent_fail(ENT_ESYNTAX, r->why, "INDIVIDUAL or ENTITY is expected: take the file as the UN publishes it"));
	if (r->err != ENT_OK)
		return;
	if (r->depth == DEPTH_ENTRY) {
		arena_free(r->arena);
		r->arena = arena_new(ARENA_REQUEST_MAX);
		memset(&r->entry, 0, sizeof r->entry);
		r->entry.name = arena_strdup(r->arena, name);
		r->entry.leaves = arena_array(r->arena, LIST_XML_LEAVES_MAX, sizeof(struct un_leaf));
	} else if (r->depth == DEPTH_GROUP) {
		r->group = arena_strdup(r->arena, name);
		r->entry.groups++;
	}
	if (r->depth >= DEPTH_GROUP)
		(void)snprintf(r->name, sizeof r->name, "%s", name);
	buf_reset(&r->text);
}

static bool
blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

/* The text of an element that ends; elements below DEPTH_LEAF count as leaves of their group. */
static void
keep_leaf(struct reading *r)
{
	if (blank(buf_cstr(&r->text)))
		return;
	if (r->entry.count == LIST_XML_LEAVES_MAX) {
		stop(r, ent_fail(ENT_ETOOBIG, r->why, "an entry with more than %d texts",
		    LIST_XML_LEAVES_MAX));
		return;
	}
	struct un_leaf *leaf = &r->entry.leaves[r->entry.count++];
	leaf->group = r->group;
	leaf->place = r->entry.groups;
	leaf->name = r->depth == DEPTH_GROUP ? NULL : arena_strdup(r->arena, r->name);
	leaf->text = arena_strndup(r->arena, buf_cstr(&r->text), r->text.n);
}

static void
on_end(void *ctx, const XML_Char *name)
{
	struct reading *r = ctx;
	if (r->err != ENT_OK)
		return;
	if (r->depth >= DEPTH_GROUP) {
		(void)snprintf(r->name, sizeof r->name, "%s", name);
		keep_leaf(r);
	} else if (r->depth == DEPTH_ENTRY) {
		enum ent_err err = un_entry_emit(r->b, &r->entry, r->why);
		if (err != ENT_OK)
			stop(r, err);
	}
	buf_reset(&r->text);
	r->depth--;
}

static void
on_text(void *ctx, const XML_Char *s, int n)
{
	struct reading *r = ctx;
	if (r->err != ENT_OK || r->depth < DEPTH_GROUP)
		return;
	buf_put(&r->text, s, (size_t)n);
	if (r->text.err != ENT_OK)
		stop(r, ent_fail(ENT_ETOOBIG, r->why, "field '%s' holds more than %d bytes: shorten it",
		    r->name, RECORD_REMARK_MAX));
}

/* expat keeps what is not a whole token yet: a token without end must not grow without end. */
static enum ent_err
parse(struct reading *r, const struct list_input *in)
{
	uint64_t fed = 0;
	for (;;) {
		void *p = XML_GetBuffer(r->parser, (int)SOURCE_CHUNK);
		if (p == NULL)
			ENT_BUG("out of memory");
		int64_t n = in->read(in->ctx, p, SOURCE_CHUNK);
		if (n < 0 || (uint64_t)n > SOURCE_CHUNK)
			return ent_fail(ENT_EIO, r->why, "reading failed");
		fed += (uint64_t)n;
		if (XML_ParseBuffer(r->parser, (int)n, n == 0) != XML_STATUS_OK)
			return r->err != ENT_OK ? r->err : ent_fail(ENT_ESYNTAX, r->why, "column %lu: "
			    "not well-formed XML: %s", XML_GetCurrentColumnNumber(r->parser) + 1,
			    XML_ErrorString(XML_GetErrorCode(r->parser)));
		if (n == 0)
			return ENT_OK;
		XML_Index at = XML_GetCurrentByteIndex(r->parser);
		if (at >= 0 && fed - (uint64_t)at > LIST_XML_TOKEN_MAX)
			return ent_fail(ENT_ETOOBIG, r->why, "a tag of more than %zu bytes",
			    LIST_XML_TOKEN_MAX);
	}
}

enum ent_err
un_read(struct builder *b, const struct list_input *in, struct ent_why *why)
{
	struct reading r = { .b = b, .why = why, .parser = XML_ParserCreate(NULL) };
	if (r.parser == NULL)
		ENT_BUG("out of memory");
	buf_init(&r.text, RECORD_REMARK_MAX);
	XML_SetUserData(r.parser, &r);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	enum ent_err err = parse(&r, in);
	if (err != ENT_OK)
		err = list_fail_at(err, why, in->name, XML_GetCurrentLineNumber(r.parser));
	XML_ParserFree(r.parser);
	buf_done(&r.text);
	arena_free(r.arena);
	return err;
}
