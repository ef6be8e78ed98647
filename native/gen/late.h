/*
 * Missed send deadlines: packets that left later than they were due by more than a bound. Two bounds: what a loop's round may
 * cost, and what no buffer hides. One that arrived while the wire was busy with those before it is due when that is over. A late
 * packet still counts from its intended time; this says how often, not how much it hurt.
 */
#ifndef NETVM_GEN_LATE_H
#define NETVM_GEN_LATE_H

#include "pacer.h"

#define LATE_NS 10000u
#define VERY_LATE_NS 1000000u

/* How many of these packets, which leave now, are later than so many ticks. The first one is the latest. */
static inline uint32_t late_packets(const struct departure *d, uint32_t n, uint64_t now, uint64_t ticks)
{
	if (n == 0 || now <= d[0].due + ticks)
		return 0;
	if (now > d[n - 1].due + ticks) /* far behind, in the middle of catching up: all */
		return n;
	uint32_t late = 1;
	while (late < n && now > d[late].due + ticks)
		late++;
	return late;
}

#endif
