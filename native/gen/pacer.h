/*
 * Which packets may leave now. Each has the time at which it arrived (arrival.h); the wire takes one after the other, and a
 * long frame holds it for longer. After a gap the sender catches up no faster than the wire's rate, and the stamps keep the
 * intended times.
 */
#ifndef NETVM_GEN_PACER_H
#define NETVM_GEN_PACER_H

#include <stdint.h>

#include "arrival.h"
#include "frame.h"

/* A NIC's queue on the far side of the wire hides jitter of this many frames of mean size. */
#define PACER_WIRE_DEPTH 128u

/* A packet's place in the sequence of sizes, gone through again and again. */
struct pacer_size {
	uint64_t wire;   /* how long it holds the wire, in 1/4096 ticks; 0: no wire */
	uint32_t length; /* without CRC */
	uint32_t frame;  /* which template or record */
};

struct departure {
	uint64_t intended; /* when it arrived, TSC: what its latency counts from */
	uint64_t due;      /* when the wire would be free for it, had everything left on time: later than that it is late */
	uint32_t length;
	uint32_t frame;
};

/* Times are in 1/4096 ticks from `start`. */
struct pacer {
	uint64_t start; /* TSC */
	uint64_t last;  /* what arrives after this belongs to no trial */
	const uint64_t *gaps;
	uint32_t gaps_n, gap; /* gaps_n 0: whatever the wire takes, stamped when it leaves */
	const struct pacer_size *sizes;
	uint32_t sizes_n, size;
	int stamp_departure; /* intended is when the wire was free for it (bursts), not when it arrived */
	uint64_t next;       /* when the next packet arrives */
	uint64_t wire_idle;  /* when the wire would be free, had everything left on time */
	uint64_t wire_free;  /* when it is */
	uint64_t depth;
};

/* How long a frame (length without CRC) holds a wire of that rate; 0 for no wire. */
static inline uint64_t pacer_wire(uint32_t length, double line_rate_bps, double tsc_hz)
{
	double bits = (length + FRAME_CRC_BYTES + FRAME_WIRE_OVERHEAD_BYTES) * 8.0;
	return line_rate_bps > 0 ? (uint64_t)(bits / line_rate_bps * tsc_hz * ARRIVAL_ONE_TICK + 0.5) : 0;
}

/* arrival NULL: the wire alone paces. `sizes` stay the caller's, and has at least one. */
static inline void pacer_start(struct pacer *p, uint64_t now, uint64_t end, const struct arrival *arrival,
			       const struct pacer_size *sizes, uint32_t sizes_n)
{
	uint64_t wire = 0;
	for (uint32_t i = 0; i < sizes_n; i++)
		wire += sizes[i].wire;
	*p = (struct pacer){
		.start = now,
		.last = ((end - now) << ARRIVAL_FRACTION_BITS) - 1,
		.gaps = arrival ? arrival->gaps : 0,
		.gaps_n = arrival ? arrival->n : 0,
		.sizes = sizes,
		.sizes_n = sizes_n,
		.depth = wire / sizes_n * PACER_WIRE_DEPTH,
	};
}

/* From `now` on with other gaps, until `end`: the next packet arrives now. */
static inline void pacer_change(struct pacer *p, uint64_t now, uint64_t end, const struct arrival *arrival)
{
	p->last = ((end - p->start) << ARRIVAL_FRACTION_BITS) - 1;
	p->gaps = arrival->gaps;
	p->gaps_n = arrival->n;
	p->gap = 0;
	p->next = (now - p->start) << ARRIVAL_FRACTION_BITS;
	p->wire_idle = 0;
}

/* The next packets that may leave now, at most `max`. They count as gone. */
static inline uint32_t pacer_take(struct pacer *p, uint64_t now, uint32_t max, struct departure *out)
{
	uint64_t t = (now - p->start) << ARRIVAL_FRACTION_BITS;
	uint64_t horizon = t < p->last ? t : p->last;
	uint32_t n = 0;
	if (p->wire_free + p->depth < t)
		p->wire_free = t - p->depth;
	for (; n < max; n++) {
		const struct pacer_size *s = &p->sizes[p->size];
		uint64_t leaves = p->next > p->wire_idle ? p->next : p->wire_idle;
		if (p->gaps_n == 0)
			leaves = 0;
		if (leaves > horizon || p->wire_free + s->wire > t)
			break;
		uint64_t intended = p->gaps_n == 0 ? t : p->stamp_departure ? leaves : p->next;
		out[n] = (struct departure){
			.intended = p->start + (intended >> ARRIVAL_FRACTION_BITS),
			.due = p->start + (leaves >> ARRIVAL_FRACTION_BITS),
			.length = s->length,
			.frame = s->frame,
		};
		p->wire_free += s->wire;
		p->wire_idle = leaves + s->wire;
		p->size = p->size + 1 == p->sizes_n ? 0 : p->size + 1;
		if (p->gaps_n > 0) {
			p->next += p->gaps[p->gap];
			p->gap = p->gap + 1 == p->gaps_n ? 0 : p->gap + 1;
		}
	}
	return n;
}

#endif
