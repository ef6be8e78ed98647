/* Time for NFs: the TSC, read once a burst. */
#ifndef NETVM_NFS_CLOCK_H
#define NETVM_NFS_CLOCK_H

#include <stdint.h>

/* Ticks since the processor started. Takes some 10 ns: once a burst, not once a packet. */
static inline uint64_t nf_ticks(void)
{
	return __builtin_ia32_rdtsc();
}

/* Ticks in a second, measured against CLOCK_MONOTONIC for 20 ms. For an NF's start; never 0. */
uint64_t nf_ticks_hz(void);

#endif
