#include "clock.h"

#include <time.h>

uint64_t nf_ticks_hz(void)
{
	static uint64_t hz;
	struct timespec a, b;
	int64_t ns;
	if (hz != 0)
		return hz;
	clock_gettime(CLOCK_MONOTONIC, &a);
	uint64_t start = nf_ticks(), end;
	do {
		clock_gettime(CLOCK_MONOTONIC, &b);
		end = nf_ticks();
		ns = (b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec;
	} while (ns < 20000000);
	hz = (uint64_t)((double)(end - start) * 1e9 / (double)ns);
	return hz;
}
