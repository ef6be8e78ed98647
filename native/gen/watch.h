/* A loop's own clock: finds the gaps in which its core was taken away, and keeps the log that several loops write to. */
#ifndef NETVM_GEN_WATCH_H
#define NETVM_GEN_WATCH_H

#include <pthread.h>
#include <stdint.h>

#include "../abi/wait.h"
#include "../base/telemetry.h"
#include "../base/wire.h"

/* The event log, of all loops of the generator. Events are rare: a lock an event, none a packet. */
struct gen_log {
	struct telemetry *telemetry;
	pthread_spinlock_t lock;
};

static inline void gen_log_event(struct gen_log *log, enum netvm_event_kind kind, uint64_t start, uint64_t end, uint64_t count,
				 uint32_t aux)
{
	pthread_spin_lock(&log->lock);
	telemetry_event(log->telemetry, kind, start, end, count, aux);
	pthread_spin_unlock(&log->lock);
}

/* Of one loop. */
struct watch {
	struct gen_log *log;
	int core;
	uint64_t ticks_per_us;
	uint64_t previous; /* when the loop last came by */
	uint64_t gaps;
	uint64_t gap_ticks;
};

/* What was sent and received since the loop last came by: work is no gap. */
struct work {
	uint32_t packets;
	uint64_t bytes;
};

static inline uint64_t watch_allowed(const struct watch *w, struct work done)
{
	return netvm_gap_ticks(w->ticks_per_us, done.packets) + wire_copy_ticks(done.bytes, w->ticks_per_us);
}

static inline void watch_gap(struct watch *w, uint64_t start, uint64_t now)
{
	gen_log_event(w->log, NETVM_EVENT_GAP, start, now, 0, (uint32_t)w->core);
	w->gaps++;
	w->gap_ticks += now - start;
}

static inline uint64_t watch_clock(struct watch *w, struct work done)
{
	uint64_t now = netvm_tsc();
	if (now - w->previous > watch_allowed(w, done))
		watch_gap(w, w->previous, now);
	w->previous = now;
	return now;
}

/* For work within a turn of the loop that the turn's `done` does not know of, since `start`: it is taken out of the turn. Returns now. */
static inline uint64_t watch_apart(struct watch *w, uint64_t start, struct work done)
{
	uint64_t now = netvm_tsc();
	if (now - start > watch_allowed(w, done))
		watch_gap(w, start, now);
	w->previous += now - start;
	return now;
}

#endif
