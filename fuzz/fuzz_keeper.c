/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames to the keeper, as a node gone bad might send them, through the server's own parser and
 * handlers.  The state is a real keeper.db in memory-backed storage; each input's transaction is
 * rolled back.  Input: first byte, bit 0: the rest is one raw frame.  Else a run of messages, each one
 * byte number, one byte how many 16 bytes of body follow; the body is filled with zeros.
 */
#include "crypto/jws.h"
#include "keeper/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct server server; /* one for all inputs: opening a state for each would cost too much */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char dir[] = "/dev/shm/entente-fuzz-XXXXXX", elsewhere[] = "/tmp/entente-fuzz-XXXXXX";
	struct ent_why why;
	uint8_t pk[CRYPTO_SIGN_PK];
	(void)argc;
	(void)argv;
	const char *where = mkdtemp(dir) != NULL ? dir : mkdtemp(elsewhere);
	if (crypto_init() != ENT_OK || where == NULL ||
	    state_open(where, &server.state, &why) != ENT_OK)
		abort();
	char path[64];
	(void)snprintf(path, sizeof path, "%s/keeper.db", where); /* open files stay usable */
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/keeper.db-wal", where);
	(void)unlink(path);
	(void)rmdir(where);
	(void)pthread_mutex_init(&server.lock, NULL);
	server.fd = -1;
	server.keys = crypto_secret_new(sizeof *server.keys);
	memcpy(server.keys->code, "RAB", 4);
	memcpy(server.keys->service, "Rabat", 6);
	crypto_ed25519_keypair(pk, server.keys->identity);
	crypto_ed25519_keypair(pk, server.keys->record);
	crypto_ed25519_keypair(pk, server.keys->checkpoint);
	return 0;
}

static int
memory_file(const uint8_t *p, size_t n)
{
	int fd = memfd_create("payload", MFD_CLOEXEC);
	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	return fd;
}

/* frame is copied to a block of just its size. */
static void
one(const uint8_t *frame, size_t n, int passed_fd)
{
	uint8_t reply[FRAME_MAX];
	struct frame_head head;
	struct job *j = calloc(1, sizeof *j);
	if (j == NULL)
		abort();
	memcpy(j->frame, frame, n);
	j->n = n;
	j->passed_fd = passed_fd;
	if (server_accept(&server, j)) {
		size_t out = server_finish(&server, j, reply);
		if (frame_head_get(reply, out, &head) != ENT_OK || head.id != j->head.id ||
		    (out != frame_reply_size(head.msg) && out != FRAME_HEAD + FRAME_REFUSAL))
			abort();
		cache_release(&server, j->entry);
	}
	free(j);
}

static void
run(const uint8_t *data, size_t size)
{
	while (size >= 2) {
		uint8_t frame[FRAME_MAX] = { 0 };
		enum keeper_msg msg = (enum keeper_msg)(data[0] % 18);
		size_t want = (size_t)data[1] * 16, n = frame_request_size(msg);
		data += 2;
		size -= 2;
		if (want > size)
			want = size;
		if (n == 0)
			continue;
		size_t body = want < n - FRAME_HEAD ? want : n - FRAME_HEAD;
		frame_head_put(frame, &(struct frame_head){ .msg = msg, .id = 7 });
		memcpy(frame + FRAME_HEAD, data, body);
		int fd = msg == KEEPER_SIGN_FILE ? memory_file(data + body, want - body) : -1;
		one(frame, n, fd);
		if (fd >= 0)
			(void)close(fd);
		data += want;
		size -= want;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > FRAME_MAX * 4 || state_begin(server.state) != ENT_OK)
		return 0;
	if ((data[0] & 1) != 0)
		one(data + 1, size - 1 < FRAME_MAX ? size - 1 : FRAME_MAX, -1);
	else
		run(data + 1, size - 1);
	state_rollback(server.state);
	cache_settle(&server, false);
	server.changed = server.shred = server.store_key_given = false;
	return 0;
}
