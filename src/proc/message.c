/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole messages over SOCK_SEQPACKET, with at most one descriptor beside one.
 */
#include "proc/proc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PASSED_MAX 4 /* descriptors of a message; all but one are closed and the message refused */

union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int) * PASSED_MAX)];
};

static struct iovec
span_of(struct bytes b)
{
	union {
		const uint8_t *from;
		void *to;
	} u = { .from = b.p }; /* sendmsg reads only */
	return (struct iovec){ .iov_base = u.to, .iov_len = b.n };
}

enum ent_err
proc_send(int fd, struct bytes message, int passed_fd)
{
	struct iovec span = span_of(message);
	struct msghdr m = { .msg_iov = &span, .msg_iovlen = 1 };
	union control control;
	memset(&control, 0, sizeof control);
	if (passed_fd >= 0) {
		m.msg_control = control.room;
		m.msg_controllen = CMSG_SPACE(sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &passed_fd, sizeof passed_fd);
	}
	ssize_t n;
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EMSGSIZE ? ENT_ETOOBIG : ENT_EIO;
	return (size_t)n == message.n ? ENT_OK : ENT_EIO;
}

/* How many descriptors came; all are closed but, if there is just one and keep is given, that one. */
static size_t
take_descriptors(struct msghdr *m, int *keep)
{
	int fds[PASSED_MAX];
	size_t count = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n && count < PASSED_MAX; i++)
			memcpy(&fds[count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	if (count == 1 && keep != NULL)
		*keep = fds[0];
	else
		for (size_t i = 0; i < count; i++)
			(void)close(fds[i]);
	return count;
}

enum ent_err
proc_receive(int fd, void *room, size_t max, bool wait, size_t *n, int *passed_fd)
{
	struct iovec span = { .iov_base = room, .iov_len = max };
	union control control;
	struct msghdr m = { .msg_iov = &span, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof control.room };
	int kept = -1;
	ssize_t got;
	do
		got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? ENT_EBUSY : ENT_EIO;
	size_t count = take_descriptors(&m, passed_fd == NULL ? NULL : &kept);
	if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || count > (passed_fd == NULL ? 0 : 1)) {
		if (kept >= 0)
			(void)close(kept);
		return ENT_ETOOBIG;
	}
	if (passed_fd != NULL)
		*passed_fd = kept;
	*n = (size_t)got;
	return ENT_OK;
}
