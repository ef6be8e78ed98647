/*
 * When packets arrive: the gaps between them, drawn before the trial and gone through again and again. Each way of arriving
 * has exactly the wanted mean over one pass, so that a rate is kept for as long as a trial lasts.
 */
#ifndef NETVM_GEN_ARRIVAL_H
#define NETVM_GEN_ARRIVAL_H

#include <stdint.h>

/* Times of a trial are counted from its start, in ticks of 1/4096: 12 bits leave room for 13 days at 4 GHz. */
#define ARRIVAL_FRACTION_BITS 12
#define ARRIVAL_ONE_TICK (1u << ARRIVAL_FRACTION_BITS)
/* As many records as a replayed file may have. */
#define ARRIVAL_GAPS_MAX 1048576u
#define ARRIVAL_POISSON_GAPS 65536u
#define ARRIVAL_BURST_MAX 65536u

enum arrival_kind {
	ARRIVAL_CONSTANT,
	ARRIVAL_POISSON, /* exponential gaps */
	ARRIVAL_BURST,   /* so many packets, one behind the other on the wire, then a pause */
	ARRIVAL_RECORDED,
};

struct arrival {
	uint64_t *gaps; /* from a packet to the next one; ARRIVAL_GAPS_MAX of them */
	uint32_t n;     /* of a pass */
};

/* Allocates. Returns 0, or -1 where there is no memory. */
int arrival_init(struct arrival *a);
void arrival_free(struct arrival *a);

/* ticks_per_packet: the mean gap, above 0. */
void arrival_constant(struct arrival *a, double ticks_per_packet);
void arrival_poisson(struct arrival *a, double ticks_per_packet, uint64_t seed);

/* burst: 1 to ARRIVAL_BURST_MAX packets that arrive at once; the pacer puts them one behind the other. */
void arrival_burst(struct arrival *a, double ticks_per_packet, uint32_t burst);

/*
 * The gaps of n records (2 to ARRIVAL_GAPS_MAX) with these times, which never go back and do not all agree. From the last
 * record to the first of the next pass it takes the mean gap. Returns that mean in ticks.
 */
double arrival_recorded(struct arrival *a, const uint64_t *times_ns, uint32_t n, double tsc_hz);

#endif
