/* The time-stamp counter's rate, as it is. */
#ifndef NETVM_BASE_CLOCK_H
#define NETVM_BASE_CLOCK_H

#include <stdint.h>

/*
 * Ticks per second, against the kernel's raw monotonic clock, to some parts in a million. Takes 20 ms the first time. DPDK's
 * rte_get_tsc_hz rounds to 10 MHz: on a counter of 2096 MHz that is 0.2 %, more than a generator's rate may be off.
 */
uint64_t clock_tsc_hz(void);

#endif
