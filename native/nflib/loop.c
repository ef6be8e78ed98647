#include "loop.h"

#include "../abi/wait.h"
#include "host.h"

/* How long a sleeping NF waits before it looks for itself: a bound on a lost peer, not a clock of the data path. */
#define SLEEP_LIMIT_NS 100000000l
/* How long an adaptive NF looks for packets before it sleeps: some wake-ups' worth. */
#define IDLE_US 50u

static void note_gap(struct netvm_nf_slot *slot, uint64_t start, uint64_t end)
{
	uint64_t i = slot->gaps_written;
	slot->gaps[i % NETVM_NF_GAPS] = (struct netvm_nf_gap){start, end};
	__atomic_store_n(&slot->gaps_written, i + 1, __ATOMIC_RELEASE);
}

/* Of a ring that leads on: what it is woken by. */
static uint32_t *sleeping_behind(const struct netvm_attachment *a, uint32_t link)
{
	return link == NETVM_TO_HOST ? a->host_sleeping : &a->outlet[link].to->sleeping;
}

/* Credits keep chains from overflowing (netvmd admits no more than a ring holds), so waiting here is the exception. */
static void push_all(struct netvm_attachment *a, uint32_t link, const struct netvm_desc *desc, uint32_t n)
{
	struct netvm_producer *to = link == NETVM_TO_HOST ? &a->to_host : &a->outlet[link].ring;
	while (n > 0) {
		uint32_t done = netvm_ring_push(to, desc, n);
		desc += done;
		n -= done;
		if (n > 0) {
			if (__atomic_load_n(&a->slot->stop, __ATOMIC_RELAXED))
				return;
			netvm_nf_wake(sleeping_behind(a, link));
			netvm_nf_yield();
		}
	}
}

/*
 * Descriptors to packets. One that points outside the region cannot come from an honest neighbour: it becomes an empty
 * packet to drop, which netvmd will refuse.
 */
static void open_packets(const struct netvm_attachment *a, struct netvm_nf_turn *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct netvm_desc d = b->desc[i];
		if (__builtin_expect(d.buffer >= a->buffers_count || d.offset + d.length > a->buffer_stride, 0))
			b->desc[i] = d = (struct netvm_desc){.buffer = 0, .action = NETVM_ACTION_DROP, .lane = d.lane};
		uint8_t *data = a->buffers + (uint64_t)d.buffer * a->buffer_stride + d.offset;
		__builtin_prefetch(data, 1);
		b->packet[i] = (struct netvm_packet){
			.data = data,
			.length = d.length,
			.action = d.action,
			.target = d.target,
			.flow_hash = d.flow_hash,
		};
	}
}

static void feed(struct netvm_attachment *a, struct netvm_nf_turn *s, uint32_t link, const struct netvm_desc *desc, uint32_t n)
{
	push_all(a, link, desc, n);
	if (link == NETVM_TO_HOST)
		s->host_fed = 1;
	else
		s->links_fed |= 1ull << link;
}

static inline uint32_t link_of(const struct netvm_attachment *a, const struct netvm_desc *d)
{
	return d->action == NETVM_ACTION_NEXT ? a->link_of_lane[d->lane % NETVM_LANES] : NETVM_TO_HOST;
}

/* Packets that go different ways: those that go the same one go together, in order. */
static void hand_over_each(struct netvm_attachment *a, struct netvm_nf_turn *s, const struct netvm_desc *desc, uint32_t n)
{
	struct netvm_desc same[NETVM_NF_BURST];
	for (uint64_t left = n < 64 ? (1ull << n) - 1 : ~0ull; left != 0;) {
		uint32_t count = 0, link = link_of(a, &desc[__builtin_ctzll(left)]);
		for (uint64_t bits = left; bits != 0; bits &= bits - 1) {
			uint32_t i = (uint32_t)__builtin_ctzll(bits);
			if (link_of(a, &desc[i]) == link) {
				same[count++] = desc[i];
				left &= ~(1ull << i);
			}
		}
		feed(a, s, link, same, count);
	}
}

/* What the NF wants with each packet goes into its descriptor. Returns how many it dropped. */
static uint32_t hand_over(struct netvm_attachment *a, struct netvm_nf_turn *s, uint32_t n)
{
	uint32_t drops = 0, actions = 0, lanes = 0;
	for (uint32_t i = 0; i < n; i++) {
		actions |= s->packet[i].action;
		lanes |= s->desc[i].lane ^ s->desc[0].lane;
	}
	if (__builtin_expect((actions | lanes) == 0, 1)) { /* NEXT is 0: all go on, and the same way */
		feed(a, s, a->link_of_lane[s->desc[0].lane % NETVM_LANES], s->desc, n);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		s->desc[i].action = s->packet[i].action;
		s->desc[i].target = s->packet[i].target;
		drops += s->packet[i].action == NETVM_ACTION_DROP;
	}
	hand_over_each(a, s, s->desc, n);
	return drops;
}

/* Moves up to a burst of packets on that came in by one ring. Returns how many. */
static uint32_t do_burst(struct netvm_attachment *a, const struct netvm_nf *nf, struct netvm_consumer *in, struct netvm_nf_turn *s)
{
	uint32_t n = netvm_ring_pop(in, s->desc, NETVM_NF_BURST);
	if (n == 0)
		return 0;
	netvm_follow_orders(a, nf); /* after the pop: packets of a new lane never go an old way */
	open_packets(a, s, n);
	nf->process(s->packet, n);
	uint32_t drops = hand_over(a, s, n);
	a->slot->received += n;
	a->slot->dropped += drops;
	return n;
}

/* The successors first: where they have work, they will wake netvmd in their turn. */
static void wake_fed(struct netvm_attachment *a, struct netvm_nf_turn *s)
{
	for (uint64_t links = s->links_fed; links != 0; links &= links - 1) {
		struct netvm_nf_slot *to = a->outlet[__builtin_ctzll(links)].to;
		if (to)
			netvm_nf_wake(&to->sleeping);
	}
	if (s->links_fed == 0 && s->host_fed)
		netvm_nf_wake(a->host_sleeping);
	s->links_fed = 0;
	s->host_fed = 0;
}

static int has_work(const struct netvm_attachment *a)
{
	for (uint32_t i = 0; i < a->inlets; i++) {
		if (!netvm_ring_empty(&a->inlet[i].ring))
			return 1;
	}
	/* A new order may say that there are more. */
	return __atomic_load_n(&a->slot->order, __ATOMIC_RELAXED) != a->order || __atomic_load_n(&a->slot->stop, __ATOMIC_RELAXED);
}

static void give_core_away(struct netvm_attachment *a)
{
	struct netvm_nf_slot *slot = a->slot;
	slot->slept_tsc = netvm_tsc();
	netvm_announce_sleep(&slot->sleeping);
	netvm_nf_sleep(&slot->sleeping, has_work(a) ? 0 : SLEEP_LIMIT_NS);
	__atomic_store_n(&slot->sleeping, 0, __ATOMIC_RELAXED);
	slot->wakeups++;
	slot->woke_tsc = netvm_tsc();
}

uint32_t netvm_nf_round(struct netvm_attachment *a, const struct netvm_nf *nf, struct netvm_nf_turn *s)
{
	const uint64_t ticks_per_us = a->layout.tsc_hz / 1000000;
	uint32_t sum = 0;
	netvm_follow_orders(a, nf);
	for (uint32_t i = 0; i < a->inlets; i++) {
		uint32_t n = do_burst(a, nf, &a->inlet[i].ring, s);
		uint64_t now = netvm_tsc();
		if (now - s->last > netvm_gap_ticks(ticks_per_us, n))
			note_gap(a->slot, s->last, now);
		s->last = now;
		sum += n;
	}
	return sum;
}

void netvm_nf_loop(struct netvm_attachment *a, const struct netvm_nf *nf, enum netvm_nf_mode mode)
{
	struct netvm_nf_slot *slot = a->slot;
	const uint64_t idle_ticks = a->layout.tsc_hz / 1000000 * IDLE_US;
	struct netvm_nf_turn s = {.last = netvm_tsc()};

	slot->woke_tsc = s.last;
	uint64_t busy = s.last;
	while (!__atomic_load_n(&slot->stop, __ATOMIC_RELAXED)) {
		if (netvm_nf_round(a, nf, &s) > 0) {
			busy = s.last;
			if (mode != NETVM_MODE_SHARED) /* on other cores, they need not wait until we are done */
				wake_fed(a, &s);
			continue;
		}
		wake_fed(a, &s);
		if (mode == NETVM_MODE_SHARED || (mode == NETVM_MODE_ADAPTIVE && s.last - busy > idle_ticks)) {
			give_core_away(a);
			busy = s.last = slot->woke_tsc;
		} else {
			netvm_pause();
		}
	}
}
