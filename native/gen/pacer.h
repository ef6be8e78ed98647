/*
 * When packets may leave: packet i's time has come at start + i / pps, and the wire takes one frame after the other. After a
 * gap the sender catches up no faster than the wire's rate, and the stamps keep the intended times.
 */
#ifndef NETVM_GEN_PACER_H
#define NETVM_GEN_PACER_H

#include <stdint.h>

/* A NIC's queue on the far side of the wire hides jitter of this many frames. */
#define PACER_WIRE_DEPTH 128u

struct pacer {
	uint64_t start;
	double packets_per_tick; /* of the load; 0: always due */
	double ticks_per_packet;
	double wire_ticks;       /* of one frame on the wire; 0: no wire */
	double wire_free;        /* when the wire takes the next frame */
};

static inline void pacer_start(struct pacer *p, uint64_t now, double pps, double wire_pps, double tsc_hz)
{
	*p = (struct pacer){
		.start = now,
		.packets_per_tick = pps / tsc_hz,
		.ticks_per_packet = pps > 0 ? tsc_hz / pps : 0,
		.wire_ticks = wire_pps > 0 ? tsc_hz / wire_pps : 0,
		.wire_free = (double)now,
	};
}

/* How many packets may leave now, at most `max`; `sent` have left already. */
static inline uint32_t pacer_due(struct pacer *p, uint64_t now, uint64_t sent, uint32_t max)
{
	uint32_t n = max;
	if (p->packets_per_tick > 0) {
		uint64_t due = (uint64_t)((double)(now - p->start) * p->packets_per_tick) + 1;
		if (due <= sent)
			return 0;
		if (due - sent < n)
			n = (uint32_t)(due - sent);
	}
	if (p->wire_ticks > 0) {
		double earliest = (double)now - PACER_WIRE_DEPTH * p->wire_ticks;
		if (p->wire_free < earliest)
			p->wire_free = earliest;
		double room = ((double)now - p->wire_free) / p->wire_ticks;
		if (room < n)
			n = room > 0 ? (uint32_t)room : 0;
		p->wire_free += n * p->wire_ticks;
	}
	return n;
}

/*
 * From now on at another rate. The packet after the `sent` ones is due now, and those that follow it are counted from there.
 * A start before the clock's zero is none: all that is asked of it is a difference, modulo 2^64.
 */
static inline void pacer_change(struct pacer *p, uint64_t now, uint64_t sent, double pps, double tsc_hz)
{
	p->packets_per_tick = pps / tsc_hz;
	p->ticks_per_packet = tsc_hz / pps;
	p->start = now - (uint64_t)((double)sent * p->ticks_per_packet);
}

static inline uint64_t pacer_intended(const struct pacer *p, uint64_t packet, uint64_t now)
{
	return p->packets_per_tick > 0 ? p->start + (uint64_t)((double)packet * p->ticks_per_packet) : now;
}

#endif
