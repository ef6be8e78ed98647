#include "path.h"

#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../base/clock.h"

/* A round on a shared core ends by a wake-up; this bounds the wait where an NF does not come back. */
#define ROUND_LIMIT_NS 500000l
/* A chain that hands nothing back for so long will not. */
#define DRAIN_QUIET_MS 20u
/* Nor is one waited for longer than this, whatever comes out of it: other chains, and orders, wait with it. */
#define DRAIN_MS_MAX 500u

void path_note_gap(struct path *p, uint64_t start, uint64_t end)
{
	telemetry_event(&p->telemetry, NETVM_EVENT_GAP, start, end, 0, (uint32_t)p->core);
	p->telemetry.values[COUNT_GAPS]++;
	p->telemetry.values[COUNT_GAP_CYCLES] += end - start;
}

/* Gaps the NFs saw in their own loops, and those between one giving the core away and the next getting it. */
static void gather_gaps(struct path *p, const struct segment *s, uint64_t slept, uint64_t woke)
{
	uint64_t given = slept;
	for (uint32_t i = 0; i < s->length; i++) {
		struct hop *hop = &p->chain.hops[s->first + i];
		/* The NF may write while this is read: each value is read once, then checked, then used. */
		uint64_t nf_woke = __atomic_load_n(&hop->shared->woke_tsc, __ATOMIC_RELAXED);
		uint64_t nf_slept = __atomic_load_n(&hop->shared->slept_tsc, __ATOMIC_RELAXED);
		uint64_t written = __atomic_load_n(&hop->shared->gaps_written, __ATOMIC_ACQUIRE);
		for (; hop->gaps_seen < written && written - hop->gaps_seen <= NETVM_NF_GAPS; hop->gaps_seen++) {
			struct netvm_nf_gap *gap = &hop->shared->gaps[hop->gaps_seen % NETVM_NF_GAPS];
			uint64_t start = __atomic_load_n(&gap->start_tsc, __ATOMIC_RELAXED);
			uint64_t end = __atomic_load_n(&gap->end_tsc, __ATOMIC_RELAXED);
			if (start < end)
				path_note_gap(p, start, end);
		}
		hop->gaps_seen = written;
		if (nf_woke > given && nf_woke < woke && nf_woke - given > p->handover_ticks)
			path_note_gap(p, given, nf_woke);
		if (nf_slept > given && nf_slept < woke)
			given = nf_slept;
	}
	if (woke - given > p->handover_ticks && given > slept)
		path_note_gap(p, given, woke);
}

static int nothing_came_back(const struct path *p, const struct segment *s)
{
	for (uint32_t i = 0; i < s->length; i++) {
		if (!netvm_ring_empty(&p->chain.hops[s->first + i].out))
			return 0;
	}
	return 1;
}

/*
 * Gives the core to a segment's NFs on it until packets have come back. They wake netvmd by the word in their own region; what another
 * segment hands back in the meantime is in its rings, and is looked for before netvmd sleeps on that one's word.
 */
static void hand_core_over(struct path *p, struct segment *s)
{
	uint32_t *word = &region_header(s->region)->host_sleeping;
	uint64_t slept = rte_rdtsc();
	netvm_wake(&p->chain.hops[s->first].shared->sleeping);
	s->fed = 0;
	netvm_announce_sleep(word);
	if (nothing_came_back(p, s))
		netvm_sleep(word, ROUND_LIMIT_NS);
	__atomic_store_n(word, 0, __ATOMIC_RELAXED);
	p->last = rte_rdtsc();
	gather_gaps(p, s, slept, p->last);
}

/*
 * Each segment that has packets gets its turn, in the chain's order. On a shared core, what it hands back goes on into the next one at once, so that
 * a round takes packets through the whole chain.
 */
static void let_nfs_work(struct path *p)
{
	for (uint32_t i = 0; i < p->chain.segments; i++) {
		struct segment *s = &p->chain.segment[i];
		if (p->chain.shared_core && s->in_flight > 0) {
			hand_core_over(p, s);
			if (i + 1 < p->chain.segments)
				path_take_back_from(p, s);
		} else if (s->fed > 0) {
			s->fed = 0;
			netvm_wake(&p->chain.hops[s->first].shared->sleeping);
		}
	}
}

static void check_conduct(struct path *p)
{
	for (uint32_t i = 0; i < p->chain.length; i++) {
		struct hop *hop = &p->chain.hops[i];
		if (hop->refused + hop->out.broken > REFUSED_MAX) {
			__atomic_fetch_or(&p->quarantined[hop->domain], 1u << hop->slot, __ATOMIC_RELEASE);
			__atomic_store_n(&hop->shared->stop, 1, __ATOMIC_RELAXED);
			path_nf_died(p);
			return;
		}
	}
}

uint32_t path_round(struct path *p)
{
	uint64_t start = rte_rdtsc();
	path_look_at_clock(p, start, 0);
	uint32_t back = path_take_back(p);
	uint32_t in = path_admit(p);
	if (p->in_flight > 0)
		let_nfs_work(p);
	uint64_t *v = p->telemetry.values;
	if (back + in > 0) {
		v[COUNT_CYCLES_BUSY] += p->last - start;
		v[COUNT_ROUNDS]++;
	}
	if (p->in_flight > 0)
		check_conduct(p); /* also where nothing moves: a broken ring is conduct too */
	v[COUNT_IN_FLIGHT] = p->in_flight + p->unsent_count;
	v[COUNT_CYCLES_TOTAL] = p->last;
	return back + in;
}

/* Packets that left the chain or crossed a border, from `in_flight` and the copies made: descriptors that are refused are none. */
static uint64_t progress(const struct path *p)
{
	return p->telemetry.values[COUNT_COPIED] - p->in_flight;
}

/* Takes back what comes until nothing is in the chain or no packet has come for a while. */
static void drain(struct path *p)
{
	uint64_t ms = clock_tsc_hz() / 1000, start = rte_rdtsc(), last = start, now = start, before = progress(p);
	while (p->in_flight > 0 && now - last < ms * DRAIN_QUIET_MS && now - start < ms * DRAIN_MS_MAX) {
		if (path_take_back(p) == 0)
			let_nfs_work(p);
		now = rte_rdtsc();
		if (progress(p) != before) {
			before = progress(p);
			last = now;
		}
	}
}

static uint32_t reclaim_region(struct region *r)
{
	uint32_t reclaimed = 0;
	for (uint32_t i = 0; i < r->buffers; i++) {
		if (r->holder[i] == HELD_BY_HOST)
			continue;
		r->holder[i] = HELD_BY_HOST;
		rte_pktmbuf_free(r->mbufs[i]);
		reclaimed++;
	}
	return reclaimed;
}

/* Buffers still with the chain after it was drained come back, every one. */
static uint32_t reclaim(struct path *p, enum counter reason)
{
	uint32_t reclaimed = 0;
	for (uint32_t d = 0; d < p->domains; d++)
		reclaimed += reclaim_region(path_region(p, d));
	p->telemetry.values[reason] += reclaimed;
	p->in_flight = 0;
	p->telemetry.values[COUNT_IN_FLIGHT] = p->unsent_count;
	return reclaimed;
}

/* NFs in a row of one domain are a segment. */
static struct segment *segment_for(struct path *p, const struct chain_plan *plan, uint32_t i)
{
	if (i > 0 && plan->domains[i] == plan->domains[i - 1])
		return &p->chain.segment[p->chain.segments - 1];
	struct segment *s = &p->chain.segment[p->chain.segments++];
	s->region = path_region(p, plan->domains[i]);
	s->first = i;
	netvm_producer_open(&s->in, region_ring(s->region, 2 * plan->slots[i]), s->region->ring_entries);
	return s;
}

/* Tells an NF where packets go from it: to its neighbour in the same domain, else to netvmd. */
static void add_hop(struct path *p, const struct chain_plan *plan, uint32_t i)
{
	struct segment *s = segment_for(p, plan, i);
	struct hop *hop = &p->chain.hops[i];
	int goes_on = i + 1 < plan->length && plan->domains[i + 1] == plan->domains[i];
	s->length++;
	*hop = (struct hop){.domain = plan->domains[i], .slot = plan->slots[i], .number = i};
	hop->shared = region_slot(s->region, hop->slot);
	hop->gaps_seen = __atomic_load_n(&hop->shared->gaps_written, __ATOMIC_ACQUIRE);
	netvm_consumer_open(&hop->out, region_ring(s->region, 2 * hop->slot + 1), s->region->ring_entries);
	hop->shared->next = goes_on ? plan->slots[i + 1] : NETVM_TO_HOST;
	__atomic_fetch_add(&hop->shared->order, 1, __ATOMIC_RELEASE);
	netvm_wake(&hop->shared->sleeping);
}

void path_set_chain(struct path *p, const struct chain_plan *plan, enum counter reason)
{
	drain(p);
	reclaim(p, reason);
	p->chain = (struct chain){.length = plan->length, .shared_core = plan->shared_core, .inline_length = plan->inline_length};
	memcpy(p->chain.inline_nfs, plan->inline_nfs, sizeof p->chain.inline_nfs);
	for (uint32_t i = 0; i < plan->length; i++)
		add_hop(p, plan, i);
	p->last = rte_rdtsc();
}

uint32_t path_nf_died(struct path *p)
{
	drain(p);
	uint32_t reclaimed = reclaim(p, COUNT_DROP_NF_DIED);
	p->chain.state = CHAIN_DOWN;
	p->chain.length = p->chain.segments = 0;
	p->last = rte_rdtsc();
	return reclaimed;
}
