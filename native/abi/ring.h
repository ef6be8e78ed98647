/*
 * Ring of descriptors between two parties that need not trust each other: one producer, one consumer, a power of two of
 * slots. Each side keeps its own index in private memory and only publishes it, so nothing the peer writes can lead it
 * outside the ring; the peer's index is looked at only when the last look no longer suffices.
 */
#ifndef NETVM_ABI_RING_H
#define NETVM_ABI_RING_H

#include "region.h"

struct netvm_producer {
	struct netvm_ring *ring;
	uint32_t mask;
	uint32_t head;      /* our own, the truth */
	uint32_t seen_tail; /* the consumer's, when we last looked */
};

struct netvm_consumer {
	struct netvm_ring *ring;
	uint32_t mask;
	uint32_t tail;
	uint32_t seen_head;
	uint32_t broken; /* how often the producer's index made no sense; what lay between was skipped */
};

static inline void netvm_producer_open(struct netvm_producer *p, struct netvm_ring *ring, uint32_t entries)
{
	*p = (struct netvm_producer){.ring = ring, .mask = entries - 1};
	p->head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
	p->seen_tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
}

static inline void netvm_consumer_open(struct netvm_consumer *c, struct netvm_ring *ring, uint32_t entries)
{
	*c = (struct netvm_consumer){.ring = ring, .mask = entries - 1};
	c->tail = __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);
	c->seen_head = c->tail;
}

/* Free slots, at least `wanted` if there are as many. A consumer index that makes no sense counts as a full ring. */
static inline uint32_t netvm_ring_room(struct netvm_producer *p, uint32_t wanted)
{
	uint32_t entries = p->mask + 1;
	uint32_t used = p->head - p->seen_tail;
	if (used > entries || entries - used < wanted) {
		p->seen_tail = __atomic_load_n(&p->ring->tail, __ATOMIC_ACQUIRE);
		used = p->head - p->seen_tail;
	}
	return used > entries ? 0 : entries - used;
}

/* Puts up to n descriptors; returns how many found room. */
static inline uint32_t netvm_ring_push(struct netvm_producer *p, const struct netvm_desc *desc, uint32_t n)
{
	uint32_t room = netvm_ring_room(p, n);
	if (n > room)
		n = room;
	for (uint32_t i = 0; i < n; i++)
		p->ring->slots[(p->head + i) & p->mask] = desc[i];
	p->head += n;
	__atomic_store_n(&p->ring->head, p->head, __ATOMIC_RELEASE);
	return n;
}

/* Takes up to n descriptors as private copies; returns how many there were. */
static inline uint32_t netvm_ring_pop(struct netvm_consumer *c, struct netvm_desc *desc, uint32_t n)
{
	uint32_t ready = c->seen_head - c->tail;
	if (ready < n) {
		uint32_t head = __atomic_load_n(&c->ring->head, __ATOMIC_ACQUIRE);
		if (head - c->tail > c->mask + 1) {
			c->broken++;
			c->tail = c->seen_head = head; /* or nothing would ever be taken again */
			__atomic_store_n(&c->ring->tail, head, __ATOMIC_RELEASE);
			return 0;
		}
		c->seen_head = head;
		ready = head - c->tail;
	}
	if (n > ready)
		n = ready;
	if (n == 0)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		desc[i] = c->ring->slots[(c->tail + i) & c->mask];
	c->tail += n;
	__atomic_store_n(&c->ring->tail, c->tail, __ATOMIC_RELEASE);
	return n;
}

/* The descriptor `ahead` places behind the next one, for prefetching only: unchecked, and perhaps not there yet. */
static inline const struct netvm_desc *netvm_ring_peek(const struct netvm_consumer *c, uint32_t ahead)
{
	return &c->ring->slots[(c->tail + ahead) & c->mask];
}

static inline int netvm_ring_empty(const struct netvm_consumer *c)
{
	return __atomic_load_n(&c->ring->head, __ATOMIC_ACQUIRE) == c->tail;
}

#endif
