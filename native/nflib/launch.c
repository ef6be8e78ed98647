#define _GNU_SOURCE
#include "launch.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long launch_number(const char *program, const char *option, const char *text, long max)
{
	char *end;
	long value = strtol(text, &end, 10);
	if (*text == 0 || *end != 0 || value < 0 || value > max) {
		fprintf(stderr, "%s: --%s %s: expected a number from 0 to %ld\n", program, option, text, max);
		exit(2);
	}
	return value;
}

enum netvm_nf_mode launch_mode(const char *program, const char *text)
{
	static const char *const names[] = {"poll", "adaptive", "shared"}; /* in the order of enum netvm_nf_mode */
	for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(text, names[i]) == 0)
			return (enum netvm_nf_mode)i;
	}
	fprintf(stderr, "%s: --mode %s: expected poll, adaptive or shared\n", program, text);
	exit(2);
}

/*
 * SCHED_BATCH: a batch task that is woken does not preempt the one that woke it, so on a shared core each NF finishes its
 * round before the next one starts: one context switch a hop instead of two.
 */
void launch_settle(const char *program, int core, enum netvm_nf_mode mode)
{
	if (core >= 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET((unsigned)core, &set);
		if (sched_setaffinity(0, sizeof set, &set) != 0) {
			fprintf(stderr, "%s: cannot run on core %d; see --core\n", program, core);
			exit(3);
		}
	}
	struct sched_param param = {0};
	if (mode == NETVM_MODE_SHARED && sched_setscheduler(0, SCHED_BATCH, &param) != 0)
		perror("sched_setscheduler(SCHED_BATCH)");
}
