/* SPDX-License-Identifier: Apache-2.0
 *
 * A loss of power, for the embedded engine's files.  Preloaded, it puts a default VFS before the real
 * one: what a process writes stays in memory until the engine syncs the file, as in a machine's page
 * cache, and at a chosen write or sync the process ends and what was not synced is gone.  A plain
 * kill -9 loses nothing, because the kernel lives on; so it proves nothing.
 *
 *   LD_PRELOAD=build/tests/powerloss/libpowerloss.so \
 *   ENTENTE_KILL_ROLE=node ENTENTE_KILL_AT=117 ENTENTE_KILL_ARM=/tmp/armed build/entente serve DIR
 *
 * ENTENTE_KILL_AT    end at the N-th write, truncation or sync, before it takes effect (from 1); the
 *                    run for N + 1 therefore ends after it.  Unset or 0: never, only count.
 * ENTENTE_KILL_ROLE  "node" (the program's name is entente), "keeper" (entente-keyd), or another
 *                    program's name; the other processes keep writes in memory, but do not end.
 *                    Unset: any.
 * ENTENTE_KILL_ARM   a path: nothing is counted until that file exists, so that one can start a node in
 *                    peace and count from a certain act on.
 * ENTENTE_KILL_KEEP  "none" (default): all that was not synced is lost.  "torn:SEED": of each file the
 *                    first writes are kept, and the next in part (whole sectors of 512 bytes).  SEED
 *                    alone: each write is kept, lost or kept in part, in any order, as disks may do.
 * ENTENTE_KILL_POWER a path to a file of a byte, zero: the supply that the processes of one machine
 *                    share.  Who is killed sets it, and no write or sync of another takes effect then.
 * ENTENTE_KILL_LIE   set: syncs of that role do nothing, as on a disk that lies: the planted bug, which a
 *                    sweep must find.
 * ENTENTE_KILL_LOG   a path: to it goes a line when the process ends: program, count, killed|off|ended.
 *
 * Exit status of a killed process: 137.  It is exit_group and not a signal, because the sandbox lets
 * no signal out.
 *
 * Limits: files of the engine only; the creation and removal of files counts as durable at once; other
 * processes do not see what is not synced; a process that ends in peace (exit, _exit) leaves all behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECTOR 512
#define KILLED 137

struct pending {
	sqlite3_int64 at;
	size_t n;	 /* of data; a truncation has none */
	uint8_t *data;	 /* NULL: truncate to `at` */
	struct pending *next;
};

/* One file as this process sees it, however many connections have it open. */
struct image {
	char *path;
	int fd; /* of our own, for writing behind the engine's back */
	uint8_t *bytes;
	size_t n, room;
	struct pending *first, **last;
	struct image *next;
};

struct file {
	sqlite3_file base;
	struct image *image;
	sqlite3_file *real; /* stands behind this struct */
};

/* The shim's one state: it has no caller who could hold it. */
static struct {
	pthread_mutex_t lock;
	sqlite3_vfs vfs, *real;
	struct image *images;
	uint64_t count, kill_at;
	const char *arm;
	bool armed, random, torn, lies;
	uint64_t seed;
	_Atomic uint8_t *off; /* the machine's supply, shared with its other processes; NULL: our own */
	int log_fd;
	const char *program;
} shim = { .lock = PTHREAD_MUTEX_INITIALIZER, .log_fd = -1 };

static struct file *
file_of(sqlite3_file *f)
{
	return (struct file *)(void *)f;
}

static void
tell(const char *how)
{
	char line[200];
	int n = snprintf(line, sizeof line, "%s %llu %s\n", shim.program,
	    (unsigned long long)shim.count, how);
	if (shim.log_fd >= 0 && n > 0 && write(shim.log_fd, line, (size_t)n) != n)
		return; /* nobody to tell that to */
}

/* ---- images -------------------------------------------------------------------------------------- */

static bool
grow(struct image *m, size_t n)
{
	if (n > m->room) {
		size_t room = n + n / 2 + 65536;
		uint8_t *p = realloc(m->bytes, room);
		if (p == NULL)
			return false;
		m->bytes = p;
		m->room = room;
	}
	if (n > m->n) {
		memset(m->bytes + m->n, 0, n - m->n);
		m->n = n;
	}
	return true;
}

static bool
load(struct image *m)
{
	struct stat st;
	if (fstat(m->fd, &st) != 0 || !grow(m, (size_t)st.st_size))
		return false;
	size_t got = 0;
	while (got < m->n) {
		ssize_t n = pread(m->fd, m->bytes + got, m->n - got, (off_t)got);
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

static struct image *
image_of(const char *path)
{
	for (struct image *m = shim.images; m != NULL; m = m->next)
		if (strcmp(m->path, path) == 0)
			return m;
	struct image *m = calloc(1, sizeof *m);
	if (m == NULL)
		return NULL;
	m->path = strdup(path);
	m->fd = open(path, O_RDWR | O_CLOEXEC);
	m->last = &m->first;
	if (m->path == NULL || m->fd < 0 || !load(m)) {
		free(m->path);
		free(m->bytes);
		free(m);
		return NULL;
	}
	m->next = shim.images;
	shim.images = m;
	return m;
}

static void
drop_pending(struct image *m)
{
	while (m->first != NULL) {
		struct pending *p = m->first;
		m->first = p->next;
		free(p->data);
		free(p);
	}
	m->last = &m->first;
}

static void
forget(const char *path)
{
	for (struct image **at = &shim.images; *at != NULL; at = &(*at)->next) {
		struct image *m = *at;
		if (strcmp(m->path, path) != 0)
			continue;
		*at = m->next;
		drop_pending(m);
		(void)close(m->fd);
		free(m->bytes);
		free(m->path);
		free(m);
		return;
	}
}

static bool
put(int fd, const uint8_t *data, size_t n, sqlite3_int64 at)
{
	while (n > 0) {
		ssize_t w = pwrite(fd, data, n, at);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		data += w;
		n -= (size_t)w;
		at += w;
	}
	return true;
}

static bool
apply(struct image *m, const struct pending *p)
{
	return p->data == NULL ? ftruncate(m->fd, p->at) == 0 : put(m->fd, p->data, p->n, p->at);
}

static bool
flush(struct image *m)
{
	bool ok = true;
	for (const struct pending *p = m->first; p != NULL; p = p->next)
		ok = apply(m, p) && ok;
	drop_pending(m);
	return ok;
}

/* ---- the end ------------------------------------------------------------------------------------- */

/* splitmix64: a seed that is told repeats the loss. */
static uint64_t
dice(void)
{
	uint64_t z = shim.seed += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Not _exit, which the shim replaces. */
static _Noreturn void
end(int status)
{
	for (;;)
		(void)syscall(SYS_exit_group, status);
}

static void
tear(struct pending *p, size_t sectors)
{
	if (p->data != NULL && p->n > SECTOR)
		p->n = SECTOR * (1 + sectors % (p->n / SECTOR));
}

static void
keep_first(struct image *m)
{
	size_t n = 1;
	for (const struct pending *p = m->first; p != NULL; p = p->next)
		n++;
	n = dice() % n;
	for (struct pending *p = m->first; p != NULL; p = p->next) {
		bool last = n-- == 0;
		if (last)
			tear(p, dice());
		if (!apply(m, p) || last)
			return;
	}
}

static void
keep_some(struct image *m)
{
	for (struct pending *p = m->first; p != NULL; p = p->next) {
		uint64_t d = dice();
		if (d % 3 == 0)
			continue;
		if (d % 3 == 1)
			tear(p, d / 3);
		if (!apply(m, p))
			return;
	}
}

static _Noreturn void
lose(const char *how)
{
	void (*keep)(struct image *) = shim.torn ? keep_first : shim.random ? keep_some : drop_pending;
	for (struct image *m = shim.images; m != NULL; m = m->next)
		keep(m);
	tell(how);
	end(KILLED);
}

static void
count_one(void)
{
	if (shim.off != NULL && atomic_load(shim.off) != 0)
		lose("off");
	if (!shim.armed && shim.arm != NULL)
		shim.armed = access(shim.arm, F_OK) == 0;
	if (!shim.armed || ++shim.count != shim.kill_at)
		return;
	if (shim.off != NULL)
		atomic_store(shim.off, 1);
	lose("killed");
}

static bool
later(struct image *m, const void *data, size_t n, sqlite3_int64 at)
{
	struct pending *p = calloc(1, sizeof *p);
	if (p == NULL)
		return false;
	p->at = at;
	p->n = n;
	if (data != NULL && (p->data = malloc(n)) != NULL)
		memcpy(p->data, data, n);
	if (data != NULL && p->data == NULL) {
		free(p);
		return false;
	}
	*m->last = p;
	m->last = &p->next;
	return true;
}

/* ---- a file's methods ------------------------------------------------------------------------------ */

static int
shim_close(sqlite3_file *f)
{
	struct file *s = file_of(f); /* its image stays, as a page cache does */
	return s->real->pMethods->xClose(s->real);
}

static int
shim_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
	const struct image *m = file_of(f)->image;
	(void)pthread_mutex_lock(&shim.lock);
	size_t want = (size_t)n, from = (size_t)at, have = from < m->n ? m->n - from : 0;
	size_t got = have < want ? have : want;
	if (got > 0)
		memcpy(out, m->bytes + from, got);
	(void)pthread_mutex_unlock(&shim.lock);
	memset((uint8_t *)out + got, 0, want - got);
	return got == want ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
shim_write(sqlite3_file *f, const void *in, int n, sqlite3_int64 at)
{
	struct image *m = file_of(f)->image;
	(void)pthread_mutex_lock(&shim.lock);
	count_one();
	bool ok = grow(m, (size_t)at + (size_t)n) && later(m, in, (size_t)n, at);
	if (ok)
		memcpy(m->bytes + at, in, (size_t)n);
	(void)pthread_mutex_unlock(&shim.lock);
	return ok ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

static int
shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct image *m = file_of(f)->image;
	(void)pthread_mutex_lock(&shim.lock);
	count_one();
	bool ok = grow(m, (size_t)size) && later(m, NULL, 0, size);
	if (ok)
		m->n = (size_t)size;
	(void)pthread_mutex_unlock(&shim.lock);
	return ok ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

static int
shim_sync(sqlite3_file *f, int flags)
{
	(void)flags;
	(void)pthread_mutex_lock(&shim.lock);
	count_one();
	bool ok = shim.lies || flush(file_of(f)->image); /* the kernel survives, so no real sync is needed */
	(void)pthread_mutex_unlock(&shim.lock);
	return ok ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int
shim_size(sqlite3_file *f, sqlite3_int64 *out)
{
	(void)pthread_mutex_lock(&shim.lock);
	*out = (sqlite3_int64)file_of(f)->image->n;
	(void)pthread_mutex_unlock(&shim.lock);
	return SQLITE_OK;
}

static int
shim_control(sqlite3_file *f, int op, void *arg)
{
	sqlite3_file *real = file_of(f)->real;
	if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE ||
	    op == SQLITE_FCNTL_MMAP_SIZE) /* they would touch the file itself */
		return SQLITE_NOTFOUND;
	return real->pMethods->xFileControl(real, op, arg);
}

#define REAL(f) (file_of(f)->real)

static int
shim_lock(sqlite3_file *f, int level)
{
	return REAL(f)->pMethods->xLock(REAL(f), level);
}

static int
shim_unlock(sqlite3_file *f, int level)
{
	return REAL(f)->pMethods->xUnlock(REAL(f), level);
}

static int
shim_reserved(sqlite3_file *f, int *out)
{
	return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}

static int
shim_sector(sqlite3_file *f)
{
	return REAL(f)->pMethods->xSectorSize(REAL(f));
}

/* No promises about what a torn write looks like. */
static int
shim_device(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static int
shim_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out);
}

static int
shim_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static void
shim_shm_barrier(sqlite3_file *f)
{
	REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int
shim_shm_unmap(sqlite3_file *f, int remove)
{
	return REAL(f)->pMethods->xShmUnmap(REAL(f), remove);
}

/* Version 2: shared memory, no mapping of the file. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_reserved,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector,
	.xDeviceCharacteristics = shim_device,
	.xShmMap = shim_shm_map,
	.xShmLock = shim_shm_lock,
	.xShmBarrier = shim_shm_barrier,
	.xShmUnmap = shim_shm_unmap,
};

/* ---- the VFS ------------------------------------------------------------------------------------- */

static int
shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	struct file *s = file_of(f);
	(void)vfs;
	if (name == NULL ||
	    (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) == 0)
		return shim.real->xOpen(shim.real, name, f, flags, out_flags);
	s->base.pMethods = NULL;
	s->real = (sqlite3_file *)(void *)(s + 1);
	int rc = shim.real->xOpen(shim.real, name, s->real, flags, out_flags);
	if (rc != SQLITE_OK)
		return rc;
	(void)pthread_mutex_lock(&shim.lock);
	s->image = image_of(name);
	(void)pthread_mutex_unlock(&shim.lock);
	if (s->image == NULL) {
		(void)s->real->pMethods->xClose(s->real);
		return SQLITE_CANTOPEN;
	}
	s->base.pMethods = &methods;
	return SQLITE_OK;
}

static int
shim_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs;
	(void)pthread_mutex_lock(&shim.lock);
	count_one();
	forget(name);
	(void)pthread_mutex_unlock(&shim.lock);
	return shim.real->xDelete(shim.real, name, sync_dir);
}

/* ---- start and end -------------------------------------------------------------------------------- */

static bool
role_is(const char *role)
{
	if (role == NULL || *role == '\0')
		return true;
	if (strcmp(role, "node") == 0)
		role = "entente";
	if (strcmp(role, "keeper") == 0)
		role = "entente-keyd";
	return strcmp(role, shim.program) == 0;
}

static void
loss_is(const char *keep)
{
	if (keep == NULL || strcmp(keep, "none") == 0)
		return;
	shim.torn = strncmp(keep, "torn:", 5) == 0;
	shim.random = !shim.torn;
	shim.seed = strtoull(shim.torn ? keep + 5 : keep, NULL, 10);
}

static void
supply_is(const char *path)
{
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		shim.off = p;
	if (fd >= 0)
		(void)close(fd);
}

__attribute__((constructor)) static void
shim_start(void)
{
	const char *at = getenv("ENTENTE_KILL_AT"), *log = getenv("ENTENTE_KILL_LOG");
	loss_is(getenv("ENTENTE_KILL_KEEP"));
	supply_is(getenv("ENTENTE_KILL_POWER"));
	shim.program = program_invocation_short_name;
	shim.arm = getenv("ENTENTE_KILL_ARM");
	shim.armed = shim.arm == NULL;
	if (at != NULL && role_is(getenv("ENTENTE_KILL_ROLE")))
		shim.kill_at = strtoull(at, NULL, 10);
	shim.lies = getenv("ENTENTE_KILL_LIE") != NULL && role_is(getenv("ENTENTE_KILL_ROLE"));
	if (log != NULL)
		shim.log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	shim.real = sqlite3_vfs_find(NULL);
	if (shim.real == NULL)
		return;
	shim.vfs = *shim.real;
	shim.vfs.zName = "powerloss";
	shim.vfs.pNext = NULL;
	shim.vfs.szOsFile = (int)sizeof(struct file) + shim.real->szOsFile;
	shim.vfs.xOpen = shim_open;
	shim.vfs.xDelete = shim_delete;
	(void)sqlite3_vfs_register(&shim.vfs, 1);
}

/* The machine goes on: what a process left in the page cache reaches the disk in the end. */
__attribute__((destructor)) static void
shim_end(void)
{
	(void)pthread_mutex_lock(&shim.lock);
	for (struct image *m = shim.images; m != NULL; m = m->next)
		(void)flush(m);
	(void)pthread_mutex_unlock(&shim.lock);
	if (shim.count > 0)
		tell("ended");
}

/* The keeper ends so, without exit's handlers. */
void
_exit(int status)
{
	shim_end();
	end(status);
}
