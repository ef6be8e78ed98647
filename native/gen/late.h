/*
 * Missed send deadlines: packets that left later than their intended time by more than a bound. Two bounds: what a loop's round may
 * cost, and what no buffer hides. Such a packet still counts from its intended time; this says how often, not how much it hurt.
 */
#ifndef NETVM_GEN_LATE_H
#define NETVM_GEN_LATE_H

#include "pacer.h"

#define LATE_NS 10000u
#define VERY_LATE_NS 1000000u

/* How many of these packets, which leave now, are later than so many ticks. The first one is the latest. */
static inline uint32_t late_packets(const struct departure *d, uint32_t n, uint64_t now, uint64_t ticks)
{
	if (n == 0 || now <= d[0].intended + ticks)
		return 0;
	if (now > d[n - 1].intended + ticks) /* far behind, in the middle of catching up: all */
		return n;
	uint32_t late = 1;
	while (late < n && now > d[late].intended + ticks)
		late++;
	return late;
}

#endif
