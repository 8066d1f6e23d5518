/* SPDX-License-Identifier: Apache-2.0
 *
 * entente init: everything is made in a folder beside DIR, which takes DIR's name as the last step.
 * So DIR is a whole node or is not there.
 */
#include "base/file.h"
#include "cmd/call.h"
#include "cmd/conf.h"
#include "cmd/owner.h"
#include "cmd/render.h"
#include "crypto/crypto.h"
#include "keeper/keeper.h"
#include "ops/ops.h"
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OVERSIGHT_FILE_MAX ((size_t)4096)

struct making {
	const char *dir, *service, *code, *admin;
	char beside[PATH_MAX]; /* where it is made */
	char admin_name[64];
	int64_t uid;
	const char *screening_law; /* NULL: no lists are screened */
	int64_t screening_rows;
	struct conf conf;
	bool owned; /* hand it over at the end */
	struct owner owner;
	bool oversight;
	uint8_t box[CRYPTO_BOX_PK];
	void *passphrase; /* owned */
	size_t passphrase_n;
	char fingerprint[POLICY_FINGERPRINT_TEXT];
};

static enum ent_err
check_code(const char *code, struct ent_why *why)
{
	size_t n = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	if (code[n] != '\0' || n < 2 || n > 15 || code[0] == '-' || code[n - 1] == '-')
		return ent_fail(ENT_EUSAGE, why,
		    "the code '%s' is not 2 to 15 of A-Z, 0-9 and - (within)", code);
	return ENT_OK;
}

static enum ent_err
check_service(const char *service, struct ent_why *why)
{
	size_t n = strlen(service);
	bool control = false;
	for (size_t i = 0; i < n; i++)
		control = control || (unsigned char)service[i] < 0x20 || service[i] == 0x7f;
	if (n == 0 || n > 127 || control || !utf8_valid(bytes_of_cstr(service)))
		return ent_fail(ENT_EUSAGE, why,
		    "the service's name is not 1 to 127 bytes of UTF-8 in one line");
	return ENT_OK;
}

static enum ent_err
check_address(const char *name, const char *value, struct ent_why *why)
{
	const char *colon = strrchr(value, ':');
	char *end = NULL;
	unsigned long port = colon == NULL ? 0 : strtoul(colon + 1, &end, 10);
	if (strlen(value) > 127 || colon == NULL || end == colon + 1 || *end != '\0' || port > 65535 ||
	    strcspn(value, " \t#/") != strlen(value))
		return ent_fail(ENT_EUSAGE, why, "--%s wants HOST:PORT, not '%s'", name, value);
	return ENT_OK;
}

/* The oversight body's key for sealed boxes: a JSON object with "box_key", or the key alone. */
static enum ent_err
read_oversight(const char *path, uint8_t box[static CRYPTO_BOX_PK], struct ent_why *why)
{
	struct buf text;
	struct js *j = NULL;
	size_t n = 0;
	buf_init(&text, OVERSIGHT_FILE_MAX);
	enum ent_err err = file_read(path, &text, why);
	if (err == ENT_OK) {
		const char *b64 = buf_cstr(&text);
		if (js_parse(buf_bytes(&text), OVERSIGHT_FILE_MAX, &j, NULL) == ENT_OK &&
		    js_get_str(j, "box_key") != NULL)
			b64 = js_get_str(j, "box_key");
		struct str s = { b64, strcspn(b64, " \r\n") };
		if (b64u_decode(s, box, CRYPTO_BOX_PK, &n) != ENT_OK || n != CRYPTO_BOX_PK)
			err = ent_fail(ENT_EFIELD, why,
			    "'%s' holds no oversight body's key (32 bytes in base64url, or JSON with "
			    "\"box_key\")", path);
	}
	js_free(j);
	buf_done(&text);
	return err;
}

static enum ent_err
set_admin(struct verb_call *c, struct making *m, struct ent_why *why)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *given = verb_text(c, "admin");
	m->uid = verb_int(c, "uid", (int64_t)getuid());
	if (m->uid < 0 || m->uid > 0xfffffffdL)
		return ent_fail(ENT_EUSAGE, why, "--uid is no user id");
	m->screening_law = verb_text(c, "screening-law");
	m->screening_rows = verb_int(c, "screening-rows", 0);
	if ((m->screening_law != NULL) != (m->screening_rows > 0) ||
	    m->screening_rows > POLICY_SCREENING_ROWS_MAX ||
	    (m->screening_law != NULL && (m->screening_law[0] == '\0' || strlen(m->screening_law) > 255)))
		return ent_fail(ENT_EUSAGE, why, "--screening-law and --screening-rows go together: a legal "
		    "basis of up to 255 bytes and a cap of up to %d", POLICY_SCREENING_ROWS_MAX);
	(void)snprintf(m->admin_name, sizeof m->admin_name, "%s",
	    given != NULL ? given : pw != NULL ? pw->pw_name : "admin");
	m->admin = m->admin_name;
	if ((given != NULL && strlen(given) >= sizeof m->admin_name) || m->admin_name[0] == '\0')
		return ent_fail(ENT_EUSAGE, why, "--admin is not 1 to 63 bytes");
	return ENT_OK;
}

static enum ent_err
take_arguments(struct verb_call *c, struct making *m, struct ent_why *why)
{
	const char *listen = verb_text(c, "listen"), *address = verb_text(c, "address");
	const char *oversight = verb_text(c, "oversight"), *user = verb_text(c, "user");
	struct stat st;
	m->dir = verb_text(c, "dir");
	m->service = verb_text(c, "service");
	m->code = verb_text(c, "code");
	m->conf = conf_default();
	enum ent_err err = check_code(m->code, why);
	if (err == ENT_OK)
		err = check_service(m->service, why);
	if (err == ENT_OK && listen != NULL)
		err = check_address("listen", listen, why);
	if (err == ENT_OK && address != NULL)
		err = check_address("address", address, why);
	if (err == ENT_OK && user != NULL) {
		m->owned = true;
		err = owner_find(user, &m->owner, why);
	}
	if (err == ENT_OK)
		err = set_admin(c, m, why);
	if (err == ENT_OK && oversight != NULL) {
		m->oversight = true;
		err = read_oversight(oversight, m->box, why);
	}
	if (err != ENT_OK)
		return err;
	if (listen != NULL)
		(void)snprintf(m->conf.listen, sizeof m->conf.listen, "%s", listen);
	(void)snprintf(m->conf.address, sizeof m->conf.address, "%s",
	    address != NULL ? address : m->conf.listen);
	if (lstat(m->dir, &st) == 0)
		return ent_fail(ENT_EEXISTS, why, "'%s' exists already; a node gets a folder of its own",
		    m->dir);
	return ENT_OK;
}

static enum ent_err
make_folder(const struct making *m, const char *name, unsigned mode, struct ent_why *why)
{
	char path[PATH_MAX + 64];
	(void)snprintf(path, sizeof path, "%s/%s", m->beside, name);
	enum ent_err err = file_mkdir(path, mode, why);
	/* whatever the umask says */
	if (err == ENT_OK && chmod(path, (mode_t)mode) != 0)
		err = ent_fail(ENT_EIO, why, "cannot set the mode of '%s': %s", path, strerror(errno));
	return err;
}

static enum ent_err
make_files(const struct making *m, struct ent_why *why)
{
	char path[PATH_MAX + 64];
	struct buf text;
	enum ent_err err = make_folder(m, "store", 0700, why);
	if (err == ENT_OK)
		err = make_folder(m, "run", 0711, why);
	if (err == ENT_OK)
		err = make_folder(m, "log", 0700, why);
	if (err != ENT_OK)
		return err;
	(void)snprintf(path, sizeof path, "%s/" CONF_NAME, m->beside);
	buf_init(&text, CONF_FILE_MAX);
	conf_write(&m->conf, m->service, m->code, &text);
	err = buf_err(&text) == ENT_OK ? file_replace(path, buf_bytes(&text), 0600, why)
	                               : ent_fail(ENT_ETOOBIG, why, "the configuration is too long");
	buf_done(&text);
	if (err == ENT_OK) {
		(void)snprintf(path, sizeof path, "%s/store", m->beside);
		err = store_create(path, why);
	}
	return err;
}

/* The keeper's files, and what it has to sign for the first rows. */
static enum ent_err
make_keys(struct making *m, struct ent_why *why)
{
	char path[PATH_MAX + 64];
	struct keeper_process keeper;
	struct bytes passphrase = bytes_of(m->passphrase, m->passphrase_n);
	(void)snprintf(path, sizeof path, "%s/keeper", m->beside);
	enum ent_err err = keeper_create(path, m->code, m->service, passphrase, why);
	if (err == ENT_OK)
		err = keeper_start(path, true, &keeper, why);
	if (err != ENT_OK)
		return err;
	err = keeper_unlock(keeper.fd, passphrase, why);
	if (err == ENT_OK) {
		struct node_init_options opt = { .dir = m->beside, .keeper_fd = keeper.fd,
			.address = m->conf.address, .oversight_box = m->oversight ? m->box : NULL,
			.admin = m->admin, .uid = m->uid, .screening_law = m->screening_law,
			.screening_rows = m->screening_rows };
		err = node_init(&opt, m->fingerprint, why); /* takes the descriptor */
	} else {
		(void)close(keeper.fd);
	}
	keeper_wait(&keeper);
	return err;
}

/* What the keeper writes to standard error is of interest only if something fails. */
static enum ent_err
make_keys_quietly(struct making *m, struct ent_why *why)
{
	char path[PATH_MAX + 64];
	struct buf said;
	(void)snprintf(path, sizeof path, "%s/log/init", m->beside);
	int was = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	int log = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	bool quiet = was >= 0 && log >= 0 && dup2(log, STDERR_FILENO) >= 0;
	enum ent_err err = make_keys(m, why);
	if (quiet)
		(void)dup2(was, STDERR_FILENO);
	buf_init(&said, 1 << 16);
	if (err != ENT_OK && quiet && lseek(log, 0, SEEK_SET) == 0 &&
	    file_read_fd(log, &said, NULL) == ENT_OK)
		(void)!write(STDERR_FILENO, said.p, said.n);
	buf_done(&said);
	if (log >= 0)
		(void)close(log);
	if (was >= 0)
		(void)close(was);
	(void)unlink(path);
	return err;
}

static enum ent_err
put_in_place(const struct making *m, struct ent_why *why)
{
	char parent[PATH_MAX];
	enum ent_err err = m->owned ? owner_hand_over(&m->owner, m->beside, why) : ENT_OK;
	if (err != ENT_OK)
		return err;
	if (renameat2(AT_FDCWD, m->beside, AT_FDCWD, m->dir, RENAME_NOREPLACE) != 0)
		return ent_fail(errno == EEXIST ? ENT_EEXISTS : ENT_EIO, why,
		    "cannot put '%s' in its place: %s", m->dir, strerror(errno));
	(void)snprintf(parent, sizeof parent, "%s/..", m->dir);
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	return ENT_OK;
}

/* A ^C waits until there is nothing half done. */
static enum ent_err
make(struct making *m, struct ent_why *why)
{
	sigset_t stops, was;
	(void)sigemptyset(&stops);
	(void)sigaddset(&stops, SIGINT);
	(void)sigaddset(&stops, SIGTERM);
	(void)sigaddset(&stops, SIGHUP);
	size_t n = strlen(m->dir);
	while (n > 1 && m->dir[n - 1] == '/')
		n--;
	if (n + 16 >= sizeof m->beside)
		return ent_fail(ENT_ETOOBIG, why, "the path is too long");
	(void)snprintf(m->beside, sizeof m->beside, "%.*s.new-XXXXXX", (int)n, m->dir);
	(void)sigprocmask(SIG_BLOCK, &stops, &was);
	enum ent_err err = ENT_OK;
	if (mkdtemp(m->beside) == NULL || chmod(m->beside, 0711) != 0)
		err = ent_fail(ENT_EIO, why, "cannot make a folder beside '%s': %s", m->dir,
		    strerror(errno));
	if (err == ENT_OK) {
		err = make_files(m, why);
		if (err == ENT_OK)
			err = make_keys_quietly(m, why);
		if (err == ENT_OK)
			err = put_in_place(m, why);
		if (err != ENT_OK)
			owner_remove_tree(m->beside);
	}
	(void)sigprocmask(SIG_SETMASK, &was, NULL);
	return err;
}

static int
run(struct verb_call *c)
{
	struct ent_why why = { 0 };
	struct making m = { 0 };
	enum ent_err err = take_arguments(c, &m, &why);
	if (err == ENT_OK)
		err = verb_secret(c, "passphrase-fd", "Passphrase for the keeper", true, &m.passphrase,
		    &m.passphrase_n, &why);
	if (err == ENT_OK)
		err = make(&m, &why);
	crypto_secret_free(m.passphrase);
	if (err != ENT_OK)
		return verb_fail(c, err, &why);
	struct js *answer = js_object();
	js_set_str(answer, "service", m.service);
	js_set_str(answer, "code", m.code);
	js_set_str(answer, "folder", m.dir);
	js_set_str(answer, "fingerprint", m.fingerprint);
	js_set_str(answer, "listen", m.conf.listen);
	js_set_str(answer, "address", m.conf.address);
	js_set_str(answer, "administrator", m.admin);
	js_set_int(answer, "uid", m.uid);
	int status = verb_show(c, answer);
	js_free(answer);
	return status;
}

static const struct verb_arg args[] = {
	{ "dir", ARG_TEXT, true, true, "DIR", "the folder to make" },
	{ "service", ARG_TEXT, false, true, "NAME", "the service's name, for people" },
	{ "code", ARG_TEXT, false, true, "CODE", "its code: 2 to 15 of A-Z, 0-9 and -" },
	{ "listen", ARG_TEXT, false, false, "HOST:PORT", "where partners connect (127.0.0.1:7440)" },
	{ "address", ARG_TEXT, false, false, "HOST:PORT", "what the card tells partners, if another" },
	{ "passphrase-fd", ARG_INT, false, false, "N", "read the keeper's passphrase from descriptor N" },
	{ "admin", ARG_TEXT, false, false, "NAME", "the first administrator (your login name)" },
	{ "screening-law", ARG_TEXT, false, false, "TEXT", "lists may be screened, on this legal basis" },
	{ "screening-rows", ARG_INT, false, false, "N", "of at most so many rows each" },
	{ "uid", ARG_INT, false, false, "UID", "the administrator's system user (yours)" },
	{ "user", ARG_TEXT, false, false, "NAME", "the system user that the node will run as" },
	{ "oversight", ARG_TEXT, false, false, "FILE", "the oversight body's key for sealed openings" },
	{ .name = NULL },
};

const struct verb verb_init = {
	.name = "init",
	.summary = "make a node: keys, store, configuration and first administrator",
	.args = args,
	.run = run,
};
