/*
 * What steps cost: each is repeated, and its median, lowest and highest go to a table, or as JSON with the machine that they are of.
 *
 *   [--cores A,B] [--smoke] [--json | --out FILE] [--only STEP]
 */
#ifndef NETVM_BENCH_FIGURES_H
#define NETVM_BENCH_FIGURES_H

#include <stdint.h>
#include <stdio.h>

#define FIGURES_USAGE "[--cores A,B] [--smoke] [--json | --out FILE] [--only STEP]"

#define FIGURES_REPEATS_MAX 31

struct figures {
	const char *program;
	int core_a, core_b;
	int repeats;
	uint32_t rounds; /* of each repeat */
	const char *only; /* the name of the one step to do; NULL: all */
	const char *out; /* the file of --out; NULL: none */
	FILE *json; /* where it goes as JSON: a file beside the table, or stdout in its place; NULL: nowhere */
	double tsc_ghz;
	uint64_t checksum; /* of the work done, so that it is done */
	int measured;
};

/* Cores 0 and 1, and real values. */
struct figures figures_of(const char *program);

/* Takes argv[*i], and what belongs to it, where it is one of the options above. Returns whether it was. */
int figures_option(struct figures *f, int argc, char **argv, int *i);

/* Runs this thread on a core, or exits with status 3 and a sentence. */
void figures_pin(const struct figures *f, int core);

/* Before the first step: pins to core B and takes the clock's rate. Returns 0, or -1 with a sentence on stderr. */
int figures_begin(struct figures *f);

/* Whether --only leaves the step in. */
int figures_wanted(const struct figures *f, const char *name);

/* Of the cycles a packet (or a round trip) that each repeat took. They are put into order. */
void figures_add(struct figures *f, const char *name, double *cycles);

/* Returns 0, or -1 with a sentence on stderr: a disk may be full. */
int figures_end(struct figures *f);

#endif
