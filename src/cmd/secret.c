/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/verb.h"

#include "crypto/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Up to the end of the descriptor, or of the line on a terminal, straight into locked memory. */
static enum ent_err
read_secret(int fd, bool line, uint8_t *out, size_t max, size_t *n, struct ent_why *why)
{
	*n = 0;
	for (;;) {
		ssize_t got = read(fd, out + *n, line ? 1 : max + 1 - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ent_fail(ENT_EIO, why, "cannot read the secret: %s", strerror(errno));
		if (got == 0)
			break;
		*n += (size_t)got;
		if (line && out[*n - 1] == '\n')
			break;
		if (*n > max)
			return ent_fail(ENT_ETOOBIG, why, "the secret is longer than %zu bytes", max);
	}
	if (*n > 0 && out[*n - 1] == '\n')
		*n -= 1;
	return *n > 0 ? ENT_OK : ent_fail(ENT_EUSAGE, why, "the secret is empty");
}

static enum ent_err
ask(const char *prompt, uint8_t *out, size_t max, size_t *n, struct ent_why *why)
{
	struct termios was, quiet;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || tcgetattr(fd, &was) != 0) {
		if (fd >= 0)
			(void)close(fd);
		return ent_fail(ENT_EUSAGE, why,
		    "there is no terminal to ask on; give the secret on a descriptor");
	}
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	(void)dprintf(fd, "%s: ", prompt);
	enum ent_err err = read_secret(fd, true, out, max, n, why);
	(void)dprintf(fd, "\n");
	(void)tcsetattr(fd, TCSAFLUSH, &was);
	(void)close(fd);
	return err;
}

static enum ent_err
ask_twice(const char *prompt, const uint8_t *first, size_t n, struct ent_why *why)
{
	char again[128];
	size_t m = 0;
	uint8_t *second = crypto_secret_new(VERB_SECRET_MAX + 1);
	(void)snprintf(again, sizeof again, "%s, once more", prompt);
	enum ent_err err = ask(again, second, VERB_SECRET_MAX, &m, why);
	if (err == ENT_OK && (m != n || !crypto_equal(first, second, n)))
		err = ent_fail(ENT_EUSAGE, why, "the two do not agree");
	crypto_secret_free(second);
	return err;
}

enum ent_err
verb_secret(const struct verb_call *c, const char *fd_arg, const char *prompt, bool confirm,
    void **secret, size_t *n, struct ent_why *why)
{
	enum ent_err err;
	int64_t fd = verb_int(c, fd_arg, -1);
	uint8_t *got = crypto_secret_new(VERB_SECRET_MAX + 1);
	size_t len = 0;
	if (fd >= 0 && fd <= 65535) {
		err = read_secret((int)fd, false, got, VERB_SECRET_MAX, &len, why);
	} else if (fd != -1) {
		err = ent_fail(ENT_EUSAGE, why, "--%s is no descriptor", fd_arg);
	} else {
		err = ask(prompt, got, VERB_SECRET_MAX, &len, why);
		if (err == ENT_OK && confirm)
			err = ask_twice(prompt, got, len, why);
	}
	if (err != ENT_OK) {
		crypto_secret_free(got);
		return err;
	}
	*secret = got;
	*n = len;
	return ENT_OK;
}
