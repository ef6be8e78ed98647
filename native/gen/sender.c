#include "sender.h"

#include "late.h"

/* Drops closer together than this are one event. */
#define EVENT_MERGE_US 20u

void sender_prepare(struct sender *s, uint64_t tsc_hz)
{
	s->ticks_per_us = tsc_hz / 1000000;
	s->first_send_tsc = s->last_send_tsc = s->step_tsc = s->wire_full = s->late_ticks_max = s->published = 0;
	s->late = s->very_late = 0;
	s->pending = 0;
	s->full.count = 0;
}

static void flush_full_event(struct sender *s)
{
	if (s->full.count > 0)
		gen_log_event(s->log, NETVM_EVENT_WIRE_FULL, s->full.start_tsc, s->full.end_tsc, s->full.count, 0);
	s->full.count = 0;
}

static void note_full(struct sender *s, uint64_t now, uint32_t packets)
{
	if (s->full.count > 0 && now - s->full.end_tsc > s->ticks_per_us * EVENT_MERGE_US)
		flush_full_event(s);
	if (s->full.count == 0)
		s->full.start_tsc = now;
	s->full.end_tsc = now;
	s->full.count += packets;
	s->wire_full += packets;
}

/* Writes the first n packets of a burst. Returns their bytes. */
static inline uint64_t write_burst(struct sender *s, const struct load_burst *b, uint8_t *const *to, uint32_t n)
{
	uint64_t bytes = 0;
	for (uint32_t i = 0; i < n; i++) {
		load_write(&s->load, b, i, to[i]);
		s->lengths[i] = (uint16_t)b->departures[i].length;
		bytes += s->lengths[i];
	}
	__atomic_store_n(&s->published, s->load.sequence, __ATOMIC_RELEASE);
	return bytes;
}

static inline void note_times(struct sender *s, uint64_t now)
{
	if (s->first_send_tsc == 0)
		s->first_send_tsc = now;
	s->last_send_tsc = now;
}

/* A packet whose time came counts as sent: where the wire has no room for it, it is lost there, by name. */
static struct work send_paced(struct sender *s, uint64_t now)
{
	struct load_burst b;
	uint8_t *to[LOAD_BURST];
	uint32_t n = load_take(&s->load, now, LOAD_BURST, &b);
	if (n == 0)
		return (struct work){0};
	uint64_t due = b.departures[0].due;
	if (now > due && now - due > s->late_ticks_max)
		s->late_ticks_max = now - due;
	s->late += late_packets(b.departures, n, now, s->ticks_per_us * (LATE_NS / 1000));
	s->very_late += late_packets(b.departures, n, now, s->ticks_per_us * (VERY_LATE_NS / 1000));
	uint32_t room = io_reserve(s->io, s->queue, to, n);
	uint64_t bytes = write_burst(s, &b, to, room);
	uint32_t taken = room > 0 ? io_commit(s->io, s->queue, s->lengths, room) : 0;
	load_skip(&s->load, &b, room);
	if (taken < n)
		note_full(s, now, n - taken);
	note_times(s, now);
	return (struct work){n, bytes};
}

/* What a port did not take is in its buffers still, in order. Returns 0 where it still takes nothing. */
static int send_pending(struct sender *s)
{
	uint32_t taken = io_commit(s->io, s->queue, s->lengths, s->pending);
	s->pending -= taken;
	for (uint32_t i = 0; i < s->pending; i++)
		s->lengths[i] = s->lengths[taken + i];
	return s->pending == 0;
}

/* Nothing is due: the wire's room decides, and a full one holds the sender back. */
static struct work send_unpaced(struct sender *s, uint64_t now)
{
	struct load_burst b;
	uint8_t *to[LOAD_BURST];
	if (s->pending > 0 && !send_pending(s))
		return (struct work){0};
	uint32_t room = io_reserve(s->io, s->queue, to, LOAD_BURST);
	uint32_t n = room > 0 ? load_take(&s->load, now, room, &b) : 0;
	if (n == 0)
		return (struct work){0};
	uint64_t bytes = write_burst(s, &b, to, n);
	s->pending = n;
	send_pending(s);
	note_times(s, now);
	return (struct work){n, bytes};
}

struct work sender_send(struct sender *s, uint64_t now)
{
	return s->load.paced ? send_paced(s, now) : send_unpaced(s, now);
}

void sender_close(struct sender *s)
{
	flush_full_event(s);
	s->load.sent -= s->pending; /* they never left */
}
