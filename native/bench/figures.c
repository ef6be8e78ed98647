#define _GNU_SOURCE
#include "figures.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/clock.h"

struct figures figures_of(const char *program)
{
	return (struct figures){.program = program, .core_b = 1, .repeats = FIGURES_REPEATS_MAX, .rounds = 2000};
}

int figures_option(struct figures *f, int argc, char **argv, int *i)
{
	const char *option = argv[*i];
	if (strcmp(option, "--json") == 0) {
		f->json = stdout;
	} else if (strcmp(option, "--smoke") == 0) {
		f->repeats = 1;
		f->rounds = 50;
	} else if (*i + 1 == argc) {
		return 0;
	} else if (strcmp(option, "--out") == 0) {
		f->out = argv[++*i];
	} else if (strcmp(option, "--only") == 0) {
		f->only = argv[++*i];
	} else if (strcmp(option, "--cores") == 0) {
		return sscanf(argv[++*i], "%d,%d", &f->core_a, &f->core_b) == 2;
	} else {
		return 0;
	}
	return 1;
}

void figures_pin(const struct figures *f, int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((unsigned)core, &set);
	if (sched_setaffinity(0, sizeof set, &set) != 0) {
		fprintf(stderr, "%s: cannot run on core %d; see --cores\n", f->program, core);
		exit(3);
	}
}

/* The processor as the kernel names it, with nothing in it that JSON would have to escape. */
static void read_cpu_model(char model[128])
{
	char line[512] = "";
	FILE *file = fopen("/proc/cpuinfo", "r");
	strcpy(model, "unknown");
	while (file && fgets(line, sizeof line, file) && sscanf(line, "model name : %127[^\n]", model) != 1)
		;
	if (file)
		fclose(file);
	for (char *c = model; *c; c++) {
		if (*c < ' ' || *c == '"' || *c == '\\' || *c == 127)
			*c = ' ';
	}
}

/* Figures say nothing without the machine that they are of. */
static void begin_json(const struct figures *f)
{
	char model[128], date[32];
	time_t now = time(NULL);
	struct tm utc;
	read_cpu_model(model);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	fprintf(f->json, "{\n  \"cpuModel\": \"%s\",\n  \"date\": \"%s\",\n  \"tscGhz\": %.3f,\n  \"steps\": [\n", model, date, f->tsc_ghz);
}

int figures_begin(struct figures *f)
{
	if (f->out && !(f->json = fopen(f->out, "w"))) {
		perror(f->out);
		return -1;
	}
	figures_pin(f, f->core_b);
	f->tsc_ghz = (double)clock_tsc_hz() / 1e9;
	if (f->json)
		begin_json(f);
	return 0;
}

int figures_wanted(const struct figures *f, const char *name)
{
	return !f->only || strcmp(f->only, name) == 0;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

void figures_add(struct figures *f, const char *name, double *cycles)
{
	qsort(cycles, (size_t)f->repeats, sizeof cycles[0], ascending);
	double median = cycles[f->repeats / 2], low = cycles[0], high = cycles[f->repeats - 1];
	if (f->json)
		fprintf(f->json, "%s    {\"step\": \"%s\", \"cycles\": %.2f, \"ns\": %.2f, \"cyclesMin\": %.2f, \"cyclesMax\": %.2f}",
			f->measured > 0 ? ",\n" : "", name, median, median / f->tsc_ghz, low, high);
	if (f->json != stdout)
		printf("%-28s %10.1f cycles %9.1f ns   (%.1f to %.1f cycles)\n", name, median, median / f->tsc_ghz, low, high);
	f->measured++;
}

int figures_end(struct figures *f)
{
	if (f->json != stdout)
		printf("checksum %lu\n", f->checksum);
	if (!f->json)
		return 0;
	fprintf(f->json, "\n  ],\n  \"checksum\": %lu\n}\n", f->checksum);
	if (ferror(f->json) == 0 && fclose(f->json) == 0)
		return 0;
	fprintf(stderr, "%s: %s: cannot write the results\n", f->program, f->out ? f->out : "stdout");
	return -1;
}
