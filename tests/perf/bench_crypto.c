/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: bench_crypto [NAME].  Figures of one core, each beside the raw rate of variable-base scalar
 * multiplications of the same run, since the machine's own speed moves:
 *   crypto.scalarmult       raw rate
 *   record.sign_verify      one signature made and verified over 1 KiB, in scalar multiplications
 *   keeper.voprf            persons/s of the keeper's CPU x 8 / raw: four askers, lists of eight persons
 *   keeper.voprf.pipelined  the same with sixteen askers of one person each
 * The keeper is the real entente-keyd, its counters durable as ever; no node is there (bench-hit has).
 */
#include "crypto/jws.h"
#include "keeper/keeper.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOW ((ent_time)1795000000 * ENT_SECOND)
#define PASS "benchmark"
#define QUOTA 100000000

static double
cpu_seconds(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
print(const char *name, double value, const char *unit)
{
	(void)printf("{\"bench\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", name, value, unit);
	(void)fflush(stdout);
}

static _Noreturn void
die(const char *what, const struct ent_why *why)
{
	(void)fprintf(stderr, "bench_crypto: %s: %s\n", what, why->text);
	exit(1);
}

/* Scalar multiplications per second of one core. */
static double
raw_rate(int rounds)
{
	uint8_t e[OPRF_ELEMENT], k[OPRF_SCALAR];
	oprf_element_random(e);
	oprf_scalar_random(k);
	double start = cpu_seconds();
	for (int i = 0; i < rounds; i++)
		if (oprf_evaluate(k, e, e) != ENT_OK)
			exit(1);
	return rounds / (cpu_seconds() - start);
}

static double
sign_verify_seconds(int rounds)
{
	uint8_t pk[CRYPTO_SIGN_PK], sk[CRYPTO_SIGN_SK], sig[CRYPTO_SIG_LEN], text[1024] = { 0 };
	crypto_ed25519_keypair(pk, sk);
	double start = cpu_seconds();
	for (int i = 0; i < rounds; i++) {
		text[0]++;
		crypto_ed25519_sign(sk, bytes_of(text, sizeof text), sig);
		if (!crypto_verify(pk, bytes_of(text, sizeof text), sig))
			exit(1);
	}
	return (cpu_seconds() - start) / rounds;
}

struct asker {
	struct keeper *k;
	char agreement[16];
	size_t count, rounds;
	uint64_t first; /* sequence number */
};

static void *
ask(void *arg)
{
	const struct asker *who = arg;
	uint8_t blinded[OPRF_BATCH_MAX * OPRF_ELEMENT], evaluated[sizeof blinded], proof[OPRF_PROOF];
	struct keeper_eval e = { .count = who->count, .blinded = blinded, .epoch = 1, .now = NOW };
	struct ent_why why;
	uint64_t day, epoch;
	memcpy(e.agreement, who->agreement, sizeof who->agreement);
	for (size_t i = 0; i < who->count; i++)
		oprf_element_random(blinded + i * OPRF_ELEMENT);
	for (size_t i = 0; i < who->rounds; i++) {
		e.seq = who->first + i;
		if (keeper_evaluate(who->k, &e, evaluated, proof, &day, &epoch, &why) != ENT_OK)
			die("evaluate", &why);
	}
	return NULL;
}

/* Seconds of the keeper's CPU that one person costs. */
static double
person_seconds(struct keeper *k, size_t askers, size_t elements, size_t rounds, const char *prefix)
{
	struct asker who[16];
	pthread_t threads[16];
	struct ent_why why;
	uint8_t pk[OPRF_ELEMENT];
	uint64_t before, after;
	for (size_t i = 0; i < askers; i++) {
		who[i] = (struct asker){ .k = k, .count = elements, .rounds = rounds, .first = 1 };
		(void)snprintf(who[i].agreement, sizeof who[i].agreement, "%s-%zu", prefix, i);
		struct keeper_epoch e = { .annex = "A", .epoch = 1, .quota_day = QUOTA,
			.quota_epoch = QUOTA };
		(void)snprintf(e.agreement, sizeof e.agreement, "%s", who[i].agreement);
		if (keeper_oprf_open(k, &e, pk, &why) != ENT_OK)
			die("open", &why);
	}
	if (keeper_cpu(k, &before, &why) != ENT_OK)
		die("cpu", &why);
	for (size_t i = 0; i < askers; i++)
		if (pthread_create(&threads[i], NULL, ask, &who[i]) != 0)
			exit(1);
	for (size_t i = 0; i < askers; i++)
		(void)pthread_join(threads[i], NULL);
	if (keeper_cpu(k, &after, &why) != ENT_OK)
		die("cpu", &why);
	return (double)(after - before) / 1e6 / (double)(askers * rounds * elements / 8);
}

struct stand {
	char top[48], dir[64];
	struct keeper_process process;
	struct keeper *k;
};

static void
stand_open(struct stand *s)
{
	struct ent_why why = { 0 };
	(void)snprintf(s->top, sizeof s->top, "/tmp/entente-bench-XXXXXX");
	if (mkdtemp(s->top) == NULL)
		exit(1);
	(void)snprintf(s->dir, sizeof s->dir, "%s/keeper", s->top);
	if (keeper_create(s->dir, "RAB", "bench", bytes_of_cstr(PASS), &why) != ENT_OK ||
	    keeper_start(s->dir, true, &s->process, &why) != ENT_OK ||
	    keeper_unlock(s->process.fd, bytes_of_cstr(PASS), &why) != ENT_OK ||
	    keeper_attach(s->process.fd, &s->k, &why) != ENT_OK)
		die("keeper", &why);
}

static void
stand_close(struct stand *s)
{
	static const char *const files[] = { "keeper.key", "keeper.db", "keeper.db-wal" };
	char path[96];
	keeper_detach(s->k);
	keeper_wait(&s->process);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", s->dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(s->dir);
	(void)rmdir(s->top);
}

/* The raw rate is taken before and after, and the mean of both counts. */
static void
voprf(const char *name, size_t askers, size_t elements, size_t rounds)
{
	struct stand s;
	stand_open(&s);
	(void)person_seconds(s.k, askers, elements, rounds / 4, "WARM");
	double before = raw_rate(8000);
	double person = person_seconds(s.k, askers, elements, rounds, "AGR");
	double after = raw_rate(8000);
	stand_close(&s);
	print(name, 8 / person / ((before + after) / 2), "x raw scalarmult");
}

static bool
wanted(const char *given, const char *name)
{
	return given[0] == '\0' || strcmp(given, name) == 0;
}

int
main(int argc, char **argv)
{
	const char *given = argc > 1 ? argv[1] : "";
	if (crypto_init() != ENT_OK)
		return 1;
	(void)raw_rate(2000);
	if (wanted(given, "crypto.scalarmult"))
		print("crypto.scalarmult", raw_rate(20000), "1/s");
	if (wanted(given, "record.sign_verify"))
		print("record.sign_verify", sign_verify_seconds(10000) * raw_rate(10000), "scalarmults");
	if (wanted(given, "keeper.voprf"))
		voprf("keeper.voprf", 4, 64, 60);
	if (wanted(given, "keeper.voprf.pipelined"))
		voprf("keeper.voprf.pipelined", 16, 8, 80);
	return 0;
}
