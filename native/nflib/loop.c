#include "loop.h"

#include <sched.h>

#include "../abi/wait.h"

/* How long a sleeping NF waits before it looks for itself: a bound on a lost peer, not a clock of the data path. */
#define SLEEP_LIMIT_NS 100000000l

struct burst {
	struct netvm_desc desc[NETVM_NF_BURST];
	struct netvm_packet packet[NETVM_NF_BURST];
};

static void note_gap(struct netvm_nf_slot *slot, uint64_t start, uint64_t end)
{
	uint64_t i = slot->gaps_written;
	slot->gaps[i % NETVM_NF_GAPS] = (struct netvm_nf_gap){start, end};
	__atomic_store_n(&slot->gaps_written, i + 1, __ATOMIC_RELEASE);
}

/* Credits keep chains from overflowing (netvmd admits no more than a ring holds), so waiting here is the exception. */
static void push_all(struct netvm_attachment *a, struct netvm_producer *to, const struct netvm_desc *desc, uint32_t n)
{
	while (n > 0) {
		uint32_t done = netvm_ring_push(to, desc, n);
		desc += done;
		n -= done;
		if (n > 0) {
			if (__atomic_load_n(&a->slot->stop, __ATOMIC_RELAXED))
				return;
			netvm_wake(to == &a->to_host ? a->host_sleeping : &a->next->sleeping);
			sched_yield();
		}
	}
}

/*
 * Descriptors to packets. One that points outside the region cannot come from an honest neighbour: it becomes an empty
 * packet to drop, which netvmd will refuse.
 */
static void open_packets(const struct netvm_attachment *a, struct burst *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct netvm_desc d = b->desc[i];
		if (__builtin_expect(d.buffer >= a->buffers_count || d.offset + d.length > a->buffer_stride, 0))
			b->desc[i] = d = (struct netvm_desc){.buffer = 0, .action = NETVM_ACTION_DROP};
		uint8_t *data = a->buffers + (uint64_t)d.buffer * a->buffer_stride + d.offset;
		__builtin_prefetch(data, 1);
		b->packet[i] = (struct netvm_packet){
			.data = data,
			.length = d.length,
			.action = d.action,
			.target = (uint8_t)d.in_port,
			.flow_hash = d.flow_hash,
		};
	}
}

/* Splits a burst in which the NF dropped something: the rest goes on, the dropped ones go back to netvmd. */
static void hand_over_some(struct netvm_attachment *a, struct burst *b, uint32_t n)
{
	struct netvm_desc dropped[NETVM_NF_BURST];
	uint32_t going = 0, back = 0;
	for (uint32_t i = 0; i < n; i++) {
		b->desc[i].action = b->packet[i].action;
		if (b->desc[i].action == NETVM_ACTION_NEXT)
			b->desc[going++] = b->desc[i];
		else
			dropped[back++] = b->desc[i];
	}
	push_all(a, a->next ? &a->to_next : &a->to_host, b->desc, going);
	push_all(a, &a->to_host, dropped, back);
}

static void follow_orders(struct netvm_attachment *a)
{
	uint32_t order = __atomic_load_n(&a->slot->order, __ATOMIC_ACQUIRE);
	if (order == a->order)
		return;
	a->order = order;
	netvm_follow_next(a, __atomic_load_n(&a->slot->next, __ATOMIC_RELAXED));
}

/* Moves up to a burst of packets on. Returns how many, and through `drops` how many of them the NF dropped. */
static uint32_t do_burst(struct netvm_attachment *a, const struct netvm_nf *nf, struct burst *b, uint32_t *drops)
{
	uint32_t n = netvm_ring_pop(&a->in, b->desc, NETVM_NF_BURST);
	*drops = 0;
	if (n == 0)
		return 0;
	follow_orders(a); /* after the pop: packets of a new chain never go the old way */
	open_packets(a, b, n);
	nf->process(b->packet, n);
	for (uint32_t i = 0; i < n; i++)
		*drops += b->packet[i].action != NETVM_ACTION_NEXT;
	if (__builtin_expect(*drops == 0, 1))
		push_all(a, a->next ? &a->to_next : &a->to_host, b->desc, n);
	else
		hand_over_some(a, b, n);
	a->slot->received += n;
	a->slot->dropped += *drops;
	return n;
}

static void give_core_away(struct netvm_attachment *a)
{
	struct netvm_nf_slot *slot = a->slot;
	slot->slept_tsc = netvm_tsc();
	netvm_announce_sleep(&slot->sleeping);
	if (netvm_ring_empty(&a->in) && !__atomic_load_n(&slot->stop, __ATOMIC_RELAXED))
		netvm_sleep(&slot->sleeping, SLEEP_LIMIT_NS);
	__atomic_store_n(&slot->sleeping, 0, __ATOMIC_RELAXED);
	slot->wakeups++;
	slot->woke_tsc = netvm_tsc();
}

void netvm_nf_loop(struct netvm_attachment *a, const struct netvm_nf *nf, enum netvm_nf_mode mode)
{
	struct netvm_nf_slot *slot = a->slot;
	const struct netvm_region_header *h = a->region;
	const uint64_t ticks_per_us = h->tsc_hz / 1000000;
	uint64_t handed = 0, returned = 0;
	struct burst b;

	slot->woke_tsc = netvm_tsc();
	uint64_t last = slot->woke_tsc;
	while (!__atomic_load_n(&slot->stop, __ATOMIC_RELAXED)) {
		uint32_t drops;
		uint32_t n = do_burst(a, nf, &b, &drops);
		uint64_t now = netvm_tsc();
		if (now - last > netvm_gap_ticks(ticks_per_us, n))
			note_gap(slot, last, now);
		last = now;
		if (n > 0) {
			handed += a->next ? n - drops : 0;
			returned += a->next ? drops : n;
			continue;
		}
		/* Drained. The successor first: where it has work, it will wake netvmd in its turn. */
		if (handed > 0)
			netvm_wake(&a->next->sleeping);
		else if (returned > 0)
			netvm_wake(a->host_sleeping);
		handed = returned = 0;
		if (mode == NETVM_MODE_SHARED) {
			give_core_away(a);
			last = slot->woke_tsc;
		} else {
			netvm_pause();
		}
	}
}
