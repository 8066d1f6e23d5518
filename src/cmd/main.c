/* SPDX-License-Identifier: Apache-2.0
 *
 * entente: one program; the first words name the verb.
 */
#include "cmd/call.h"

#include "crypto/crypto.h"

#include <locale.h>
#include <string.h>

#ifndef ENT_VERSION
#define ENT_VERSION "0"
#endif

static int
no_verb(int argc, char **argv)
{
	size_t count;
	const struct verb *const *all = verbs_all(&count);
	const char *names[512];
	if (verbs_has_group(argv[1])) {
		if (argc > 2 && strcmp(argv[2], "--help") != 0 && strcmp(argv[2], "-h") != 0) {
			(void)fprintf(stderr, "entente: there is no '%s %s'\n", argv[1], argv[2]);
			help_group(argv[1], stderr);
			return 2;
		}
		help_group(argv[1], argc > 2 ? stdout : stderr);
		return argc > 2 ? 0 : 2;
	}
	if (argv[1][0] == '-') {
		(void)fprintf(stderr, "entente: options stand behind the verb, not '%s' before it\n", argv[1]);
		return 2;
	}
	for (size_t i = 0; i < count && i < 512; i++)
		names[i] = all[i]->name;
	const char *near = args_nearest(argv[1], names, count < 512 ? count : 512);
	(void)fprintf(stderr, "entente: there is no verb '%s'", argv[1]);
	if (near != NULL)
		(void)fprintf(stderr, "; did you mean '%s'?", near);
	(void)fputs("\nentente --help lists the verbs\n", stderr);
	return 2;
}

static int
run_default(struct verb_call *c)
{
	struct ent_why why = { 0 };
	struct js *answer = NULL, *request = verb_request(c);
	enum ent_err err = verb_send(c, c->verb->op, request, &answer, &why);
	int status = err == ENT_OK ? verb_show(c, answer) : verb_fail(c, err, &why);
	js_free(request);
	js_free(answer);
	return status;
}

static int
run_verb(const struct verb *v, int argc, char **argv)
{
	struct verb_call c;
	struct ent_why why = { 0 };
	int status;
	enum ent_err err = args_parse(v, argc, argv, &c, &why);
	if (err != ENT_OK) {
		(void)fprintf(stderr, "entente %s: %s\n", v->name, why.text);
		if (err == ENT_EUSAGE)
			(void)fprintf(stderr, "entente %s --help tells more\n", v->name);
		status = call_status(err);
	} else if (c.help) {
		help_verb(v, stdout);
		status = 0;
	} else if ((err = session_load(&c, &why)) != ENT_OK) {
		status = verb_fail(&c, err, &why);
	} else {
		status = v->run != NULL ? v->run(&c) : run_default(&c);
	}
	args_done(&c);
	if (fflush(stdout) != 0 && status == 0)
		status = 3; /* the reader of a pipe went away, or the disk is full */
	return status;
}

int
main(int argc, char **argv)
{
	(void)setlocale(LC_CTYPE, "");
	if (argc < 2) {
		help_overview(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_overview(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		(void)puts("entente " ENT_VERSION);
		return 0;
	}
	if (crypto_init() != ENT_OK) {
		(void)fputs("entente: the crypto library does not start\n", stderr);
		return 3;
	}
	int words;
	const struct verb *v = verbs_find(argc, argv, &words);
	return v == NULL ? no_verb(argc, argv) : run_verb(v, argc - words, argv + words);
}
