/* SPDX-License-Identifier: Apache-2.0
 *
 * import: a list's files, one behind the other, to the node.
 */
#include "cmd/render.h"
#include "cmd/verb.h"
#include "lists/lists.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOINED_MAX ((uint64_t)1 << 30) /* bytes of several files, which are joined in memory */

struct file {
	const char *path;
	int fd;
	uint64_t size;
};

static enum ent_err
open_file(struct file *f, struct ent_why *why)
{
	struct stat st;
	f->size = 0;
	f->fd = strcmp(f->path, "-") == 0 ? dup(STDIN_FILENO) : open(f->path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &st) != 0)
		return ent_fail(ENT_EIO, why, "cannot open '%.200s': %s", f->path, strerror(errno));
	if (S_ISREG(st.st_mode))
		f->size = (uint64_t)st.st_size;
	return ENT_OK;
}

static enum ent_err
append(int out, const struct file *f, struct ent_why *why)
{
	char chunk[65536];
	ssize_t n;
	while ((n = read(f->fd, chunk, sizeof chunk)) > 0)
		for (ssize_t at = 0, w; at < n; at += w)
			if ((w = write(out, chunk + at, (size_t)(n - at))) <= 0)
				return ent_fail(ENT_EIO, why, "cannot join the files: %s",
				    strerror(errno));
	if (n < 0)
		return ent_fail(ENT_EIO, why, "cannot read '%.200s': %s", f->path, strerror(errno));
	return ENT_OK;
}

/* One descriptor over all files; the largest is last, since the node holds the others. */
static enum ent_err
join(struct file *files, size_t count, int *fd, uint64_t *size, struct ent_why *why)
{
	enum ent_err err = ENT_OK;
	for (size_t i = 0; i + 1 < count; i++)
		if (files[i].size > files[i + 1].size) {
			struct file swap = files[i];
			files[i] = files[i + 1];
			files[i + 1] = swap;
		}
	*size = 0;
	for (size_t i = 0; i < count; i++) {
		if (files[i].size == 0)
			return ent_fail(ENT_EUSAGE, why, "'%.200s' is empty, or no file: several of them "
			    "must be files", files[i].path);
		*size += files[i].size;
	}
	if (*size > JOINED_MAX)
		return ent_fail(ENT_ETOOBIG, why, "the files are over %llu bytes together",
		    (unsigned long long)JOINED_MAX);
	*fd = memfd_create("entente-import", MFD_CLOEXEC);
	if (*fd < 0)
		return ent_fail(ENT_EIO, why, "cannot join the files: %s", strerror(errno));
	for (size_t i = 0; i < count && err == ENT_OK; i++)
		err = append(*fd, &files[i], why);
	if (err == ENT_OK && lseek(*fd, 0, SEEK_SET) != 0)
		err = ent_fail(ENT_EIO, why, "cannot join the files: %s", strerror(errno));
	return err;
}

static void
name_files(struct js *request, const struct file *files, size_t count)
{
	struct js *list = js_array();
	for (size_t i = 0; i < count; i++) {
		const char *slash = strrchr(files[i].path, '/');
		char name[81];
		struct js *o = js_object();
		(void)snprintf(name, sizeof name, "%s", slash == NULL ? files[i].path : slash + 1);
		js_set_str(o, "name", utf8_valid(bytes_of_cstr(name)) ? name : "the list");
		js_set_int(o, "size", (int64_t)files[i].size);
		js_append_take(list, o);
	}
	js_set_take(request, "files", list);
	js_del(request, "file");
}

static int
run(struct verb_call *c)
{
	const char *const *paths;
	struct file files[LIST_FILES_MAX];
	struct ent_why why = { .text = "" };
	struct js *request = verb_request(c), *answer = NULL;
	size_t count = verb_list(c, "file", &paths), opened = 0;
	uint64_t size = 0;
	int fd = -1;
	enum ent_err err = ENT_OK;
	if (list_format_of(verb_text(c, "format")) == LIST_NONE)
		err = ent_fail(ENT_EUSAGE, &why, "--format must be ofac-sdn, un-sc or jsonl");
	else if (count > (list_format_of(verb_text(c, "format")) == LIST_OFAC_SDN ? LIST_FILES_MAX : 1))
		err = ent_fail(ENT_EUSAGE, &why, "too many files: ofac-sdn takes up to three, the others "
		    "one");
	for (; opened < count && err == ENT_OK; opened++) {
		files[opened].path = paths[opened];
		err = open_file(&files[opened], &why);
	}
	if (err == ENT_OK && count == 1) {
		fd = dup(files[0].fd);
		size = files[0].size;
	} else if (err == ENT_OK) {
		err = join(files, count, &fd, &size, &why);
	}
	if (err == ENT_OK) {
		name_files(request, files, count);
		err = verb_send_stream(c, "import", request, fd, size, &answer, &why);
	}
	for (size_t i = 0; i < opened; i++)
		if (files[i].fd >= 0)
			(void)close(files[i].fd);
	if (fd >= 0)
		(void)close(fd);
	js_free(request);
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(answer);
	return status;
}

static void
render(const struct js *answer, FILE *out)
{
	struct style st = render_style(out);
	const char *column;
	struct js *rows;
	const struct js *unmapped = js_get(answer, "unmapped");
	long long quarantined = js_get_int(answer, "quarantined", 0);
	(void)fprintf(out, "%s%lld records%s: %lld persons, %lld organisations, %lld items\n", st.bold,
	    (long long)js_get_int(answer, "records", 0), st.off,
	    (long long)js_get_int(answer, "persons", 0),
	    (long long)js_get_int(answer, "organisations", 0),
	    (long long)js_get_int(answer, "documents", 0));
	if (quarantined > 0)
		(void)fprintf(out, "%s%lld in quarantine%s: they have no subject category; found by local "
		    "search, never in a filter or an answer\n", st.yellow, quarantined, st.off);
	(void)fprintf(out, "import %s\nroot   %s\n", js_get_str(answer, "import"),
	    js_get_str(answer, "root"));
	if (js_len(unmapped) > 0)
		(void)fputs("kept with the records but not searched (column, rows):\n", out);
	for (void *it = NULL; (it = js_each(unmapped, it, &column, &rows)) != NULL;) {
		(void)fputs("  ", out);
		render_text(column, out);
		(void)fprintf(out, "  %lld\n", (long long)js_int(rows, 0));
	}
}

static const struct verb_arg args[] = {
	{ "format", ARG_TEXT, false, true, "FORMAT", "ofac-sdn, un-sc or jsonl" },
	{ "label", ARG_JSONFILE, false, true, "FILE", "the label of each record that has none" },
	{ "file", ARG_LIST, true, true, "FILE", "the list; ofac-sdn: sdn, add and alt, in any order" },
	{ .name = NULL },
};

const struct verb verb_import = {
	.name = "import",
	.summary = "take a source list into the register, all of it or nothing",
	.op = "import",
	.args = args,
	.reasoned = true,
	.run = run,
	.render = render,
};
