/* One queue's way out: what is due is written into the wire's buffers. */
#ifndef NETVM_GEN_SENDER_H
#define NETVM_GEN_SENDER_H

#include "io.h"
#include "load.h"
#include "watch.h"

struct sender {
	struct io *io;
	uint32_t queue;
	struct load load;
	struct gen_log *log;
	uint64_t ticks_per_us;
	uint64_t first_send_tsc, last_send_tsc;
	uint64_t step_tsc;      /* when the second rate began; 0: it did not */
	uint64_t wire_full;
	uint64_t late_ticks_max;
	uint64_t late, very_late; /* packets, see late.h */
	uint64_t published;     /* numbers below this may be on the wire; the receiver's thread reads it */
	uint32_t pending;       /* written, not yet taken by an unpaced port; they are the first reserved ones */
	uint16_t lengths[LOAD_BURST];
	struct netvm_event full; /* wire-full event being gathered */
};

/* Before a trial, after load_prepare. */
void sender_prepare(struct sender *s, uint64_t tsc_hz);

/* Sends what may leave now. Returns what it did. */
struct work sender_send(struct sender *s, uint64_t now);

/* After a trial. */
void sender_close(struct sender *s);

#endif
