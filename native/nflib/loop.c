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

/* Descriptors to packets; a descriptor that points outside the region is handed back as a drop and never touched. */
static void open_packets(struct netvm_attachment *a, struct burst *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *buffer = a->buffers + (uint64_t)b->desc[i].buffer * a->buffer_stride;
		__builtin_prefetch(buffer + b->desc[i].offset, 1);
		b->packet[i] = (struct netvm_packet){
			.data = buffer + b->desc[i].offset,
			.length = b->desc[i].length,
			.action = b->desc[i].action,
			.flow_hash = b->desc[i].flow_hash,
		};
	}
}

/* Splits a burst into what goes on and what goes back dropped. Returns how many were dropped. */
static uint32_t hand_over(struct netvm_attachment *a, struct burst *b, uint32_t n)
{
	struct netvm_desc dropped[NETVM_NF_BURST];
	uint32_t drops = 0;
	for (uint32_t i = 0; i < n; i++) {
		b->desc[i].action = b->packet[i].action;
		b->desc[i].hop++;
		if (b->packet[i].action != NETVM_ACTION_NEXT)
			drops++;
	}
	if (drops == 0 || a->next == NULL) {
		push_all(a, a->next ? &a->to_next : &a->to_host, b->desc, n);
		return drops;
	}
	uint32_t going = 0, back = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (b->desc[i].action == NETVM_ACTION_NEXT)
			b->desc[going++] = b->desc[i];
		else
			dropped[back++] = b->desc[i];
	}
	push_all(a, &a->to_next, b->desc, going);
	push_all(a, &a->to_host, dropped, back);
	return drops;
}

static void follow_orders(struct netvm_attachment *a)
{
	uint32_t next = __atomic_load_n(&a->slot->next, __ATOMIC_ACQUIRE);
	if (next != a->next_index)
		netvm_follow_next(a, next);
}

static uint32_t do_burst(struct netvm_attachment *a, const struct netvm_nf *nf, struct burst *b)
{
	uint32_t n = netvm_ring_pop(&a->in, b->desc, NETVM_NF_BURST);
	if (n == 0)
		return 0;
	follow_orders(a); /* after the pop: packets of a new chain never go the old way */
	for (uint32_t i = 0; i < n; i++) {
		if (b->desc[i].buffer >= a->buffers_count || b->desc[i].offset + b->desc[i].length > a->buffer_stride)
			b->desc[i] = (struct netvm_desc){.action = NETVM_ACTION_DROP};
	}
	open_packets(a, b, n);
	nf->process(b->packet, n);
	a->slot->received += n;
	a->slot->dropped += hand_over(a, b, n);
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
	const uint64_t gap_ticks = h->tsc_hz / 1000000 * (NETVM_GAP_NS / 1000);
	uint64_t handed = 0, returned = 0;
	struct burst b;

	slot->woke_tsc = netvm_tsc();
	uint64_t last = slot->woke_tsc;
	while (!__atomic_load_n(&slot->stop, __ATOMIC_RELAXED)) {
		uint64_t drops_before = slot->dropped;
		uint32_t n = do_burst(a, nf, &b);
		uint64_t now = netvm_tsc();
		if (now - last > gap_ticks)
			note_gap(slot, last, now);
		last = now;
		if (n > 0) {
			uint64_t drops = slot->dropped - drops_before;
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
