#define _GNU_SOURCE
#include "clock.h"

#include <time.h>

#define MEASURE_NS 20000000l
#define READINGS 16

struct moment {
	uint64_t tsc, ns;
};

/* The clock is read between two readings of the counter; of several the tightest counts, since a core may be taken away in between. */
static struct moment now(void)
{
	struct moment best = {0};
	uint64_t tightest = ~0ull;
	for (int i = 0; i < READINGS; i++) {
		struct timespec t;
		uint64_t before = __builtin_ia32_rdtsc();
		clock_gettime(CLOCK_MONOTONIC_RAW, &t);
		uint64_t took = __builtin_ia32_rdtsc() - before;
		if (took < tightest) {
			tightest = took;
			best = (struct moment){before + took / 2, (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec};
		}
	}
	return best;
}

uint64_t clock_tsc_hz(void)
{
	static uint64_t hz;
	if (hz == 0) {
		struct moment start = now();
		nanosleep(&(struct timespec){.tv_nsec = MEASURE_NS}, NULL);
		struct moment end = now();
		hz = (uint64_t)((double)(end.tsc - start.tsc) * 1e9 / (double)(end.ns - start.ns));
	}
	return hz;
}
