/*
 * Frames through the client's rings and buffers, where they lie. The client's memory is on the other core's side: each line of it that
 * this core touches takes a round trip between the cores. So all are asked for before they are needed, many at a time:
 * descriptors two steps ahead, buffers one.
 *
 * What the client writes can change under our eyes: each index and descriptor is read once, checked, then used.
 */
#ifndef NETVM_GEN_MEMIF_RING_H
#define NETVM_GEN_MEMIF_RING_H

#include <string.h>

#include "memif_server.h"

#define MEMIF_AHEAD 64u /* slots asked for before they are needed */
#define MEMIF_DESCS_A_LINE (64u / sizeof(struct memif_desc))

/* A frame where it lies. */
struct io_frame {
	const uint8_t *data;
	uint32_t length;   /* of the whole frame; 0: nothing that makes sense */
	uint32_t readable; /* bytes at data: less than length where the client sent it in pieces */
};

static inline int memif_end_ready(struct memif_end *e)
{
	uint32_t live = atomic_load_explicit(&e->server->live, memory_order_acquire);
	if (__builtin_expect(live != 0 && live == atomic_load_explicit(&e->looking_at, memory_order_relaxed), 1))
		return 1;
	return memif_end_look(e);
}

static inline struct memif_desc memif_read_desc(const struct memif_end *e, uint16_t slot)
{
	struct memif_desc d;
	__builtin_memcpy(&d, &e->ring->desc[slot & e->mask], sizeof d);
	__asm__ volatile("" : "+m"(d)); /* read once: what is checked is what is used */
	return d;
}

/* The buffer's address, or NULL where it is not wholly within its region. */
static inline uint8_t *memif_buffer(const struct memif_end *e, const struct memif_desc *d, uint32_t bytes)
{
	const struct memif_link *link = &e->server->link;
	if (d->region >= link->regions || (uint64_t)d->offset + bytes > link->region[d->region].bytes)
		return NULL;
	return link->region[d->region].base + d->offset;
}

/* Reads how far the client has come. Returns how many slots are ours; the end is down where the index makes no sense. */
static inline uint16_t memif_end_advance(struct memif_end *e)
{
	e->limit = __atomic_load_n(&e->ring->head, __ATOMIC_ACQUIRE);
	uint16_t ours = (uint16_t)(e->limit - e->next);
	if (ours > e->mask + 1u) {
		memif_server_fault(e->server, "a ring's head is more than a ring ahead");
		e->limit = e->next;
		return 0;
	}
	return ours;
}

/* The earlier of the two slots, both at or after e->next. */
static inline uint16_t memif_earlier(const struct memif_end *e, uint16_t a, uint16_t b)
{
	return (uint16_t)(a - e->next) < (uint16_t)(b - e->next) ? a : b;
}

/* Asks for the buffers of slots up to `until`, and for descriptors MEMIF_AHEAD further. for_writing is a constant. */
static inline void memif_end_fetch(struct memif_end *e, uint16_t until, int for_writing)
{
	uint16_t descs_until = memif_earlier(e, (uint16_t)(until + MEMIF_AHEAD), e->limit);
	until = memif_earlier(e, until, e->limit);
	for (; (int16_t)(uint16_t)(descs_until - e->asked) > 0; e->asked = (uint16_t)(e->asked + MEMIF_DESCS_A_LINE))
		__builtin_prefetch(&e->ring->desc[e->asked & e->mask], for_writing, 3);
	for (; (int16_t)(uint16_t)(until - e->fetched) > 0; e->fetched++) {
		struct memif_desc d = memif_read_desc(e, e->fetched);
		const uint8_t *buffer = memif_buffer(e, &d, 64);
		if (buffer)
			__builtin_prefetch(buffer, for_writing, 3);
	}
}

/*
 * Up to n empty buffers of MEMIF_BUFFER_BYTES each, the next to be filled. Returns how many there are. What is not committed is
 * offered again.
 */
static inline uint32_t memif_reserve(struct memif_end *e, uint8_t **to, uint32_t n)
{
	if (!memif_end_ready(e))
		return 0;
	uint32_t room = (uint16_t)(e->limit - e->next);
	if (room < n + 2 * MEMIF_AHEAD)
		room = memif_end_advance(e);
	if (n > room)
		n = room;
	for (uint32_t i = 0; i < n; i++) {
		struct memif_desc d = memif_read_desc(e, (uint16_t)(e->next + i));
		to[i] = memif_buffer(e, &d, MEMIF_BUFFER_BYTES);
		if (!to[i] || d.length < MEMIF_BUFFER_BYTES) {
			memif_server_fault(e->server, "a buffer is outside of its region or has less than 1536 bytes");
			return i;
		}
	}
	memif_end_fetch(e, (uint16_t)(e->next + n + MEMIF_AHEAD), 1);
	return n;
}

/* Sends the first n of the reserved buffers. */
static inline void memif_commit(struct memif_end *e, const uint16_t *lengths, uint32_t n)
{
	if (n == 0)
		return; /* where there is no link, there may be no ring */
	for (uint32_t i = 0; i < n; i++) {
		struct memif_desc *d = &e->ring->desc[(uint16_t)(e->next + i) & e->mask];
		d->flags = 0;
		d->length = lengths[i];
	}
	e->next = (uint16_t)(e->next + n);
	__atomic_store_n(&e->ring->tail, e->next, __ATOMIC_RELEASE);
}

/* One frame from `slot` on; returns how many slots it takes, 0 where its end is not there yet. */
static inline uint32_t memif_read_frame(struct memif_end *e, uint16_t slot, uint32_t ours, struct io_frame *f)
{
	struct memif_desc d = memif_read_desc(e, slot);
	uint32_t slots = 1;
	*f = (struct io_frame){memif_buffer(e, &d, d.length), d.length, d.length};
	if (!f->data)
		memif_server_fault(e->server, "a frame is outside of its region");
	while (__builtin_expect(d.flags & MEMIF_DESC_NEXT, 0)) {
		if (slots == ours)
			return 0;
		d = memif_read_desc(e, (uint16_t)(slot + slots++));
		f->length += d.length; /* may wrap, and is then wrong like any other: only `readable` bytes are read */
	}
	return f->data ? slots : 0;
}

/* Up to n frames that have come in. Returns how many. They stay where they are until memif_release. */
static inline uint32_t memif_peek(struct memif_end *e, struct io_frame *frames, uint32_t n)
{
	e->peeked = 0;
	if (!memif_end_ready(e))
		return 0;
	uint32_t ours = (uint16_t)(e->limit - e->next);
	if (ours < n + MEMIF_AHEAD)
		ours = memif_end_advance(e);
	uint32_t found = 0, slots = 0;
	memif_end_fetch(e, (uint16_t)(e->next + n + MEMIF_AHEAD), 0);
	while (found < n && slots < ours) {
		uint32_t taken = memif_read_frame(e, (uint16_t)(e->next + slots), ours - slots, &frames[found]);
		if (taken == 0)
			break;
		slots += taken;
		found++;
	}
	if (found == 0 && ours > e->mask)
		memif_server_fault(e->server, "a frame is longer than its ring");
	e->peeked = (uint16_t)slots;
	return found;
}

/* Gives back all that the last peek returned. */
static inline void memif_release(struct memif_end *e)
{
	if (e->peeked == 0)
		return; /* nothing was there: it may be that there is no link, and what was the ring is not mapped any more */
	e->next = (uint16_t)(e->next + e->peeked);
	e->peeked = 0;
	__atomic_store_n(&e->ring->tail, e->next, __ATOMIC_RELEASE);
}

#endif
