#include "path.h"

#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../base/clock.h"

/* A round on a shared core ends by a wake-up; this bounds the wait where an NF does not come back. */
#define ROUND_LIMIT_NS 500000l
/* A chain that hands nothing back for so long will not. */
#define DRAIN_QUIET_MS 20u

void path_note_gap(struct path *p, uint64_t start, uint64_t end)
{
	telemetry_event(&p->telemetry, NETVM_EVENT_GAP, start, end, 0, (uint32_t)p->core);
	p->telemetry.values[COUNT_GAPS]++;
	p->telemetry.values[COUNT_GAP_CYCLES] += end - start;
}

/* Gaps the NFs saw in their own loops, and those between one giving the core away and the next getting it. */
static void gather_gaps(struct path *p, uint64_t slept, uint64_t woke)
{
	uint64_t given = slept;
	for (uint32_t i = 0; i < p->chain.length; i++) {
		struct hop *hop = &p->chain.hops[i];
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

static int nothing_came_back(const struct path *p)
{
	for (uint32_t i = 0; i < p->chain.length; i++) {
		if (!netvm_ring_empty(&p->chain.hops[i].out))
			return 0;
	}
	return 1;
}

/* Gives the core to the NFs on it until packets have come back. */
static void hand_core_over(struct path *p)
{
	uint32_t *word = &region_header(&p->region)->host_sleeping;
	uint64_t slept = rte_rdtsc();
	netvm_wake(&p->chain.hops[0].shared->sleeping);
	netvm_announce_sleep(word);
	if (nothing_came_back(p))
		netvm_sleep(word, ROUND_LIMIT_NS);
	__atomic_store_n(word, 0, __ATOMIC_RELAXED);
	p->last = rte_rdtsc();
	gather_gaps(p, slept, p->last);
}

static void check_conduct(struct path *p)
{
	for (uint32_t i = 0; i < p->chain.length; i++) {
		struct hop *hop = &p->chain.hops[i];
		if (hop->refused + hop->out.broken > REFUSED_MAX) {
			__atomic_fetch_or(&p->quarantined, 1u << hop->slot, __ATOMIC_RELEASE);
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
	if (p->in_flight > 0) {
		if (p->chain.shared_core)
			hand_core_over(p);
		else if (in > 0)
			netvm_wake(&p->chain.hops[0].shared->sleeping);
	}
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

/* Takes back what comes until nothing is in the chain or nothing has come for a while. */
static void drain(struct path *p)
{
	uint64_t quiet = clock_tsc_hz() / 1000 * DRAIN_QUIET_MS;
	uint64_t last = rte_rdtsc();
	while (p->in_flight > 0 && rte_rdtsc() - last < quiet) {
		if (path_take_back(p) > 0)
			last = rte_rdtsc();
		else if (p->chain.shared_core)
			hand_core_over(p);
	}
}

/* Buffers still with the chain after it was drained come back, every one. */
static uint32_t reclaim(struct path *p, enum counter reason)
{
	uint32_t reclaimed = 0;
	for (uint32_t i = 0; i < p->region.buffers; i++) {
		if (p->region.holder[i] == HELD_BY_HOST)
			continue;
		p->region.holder[i] = HELD_BY_HOST;
		rte_pktmbuf_free(p->region.mbufs[i]);
		reclaimed++;
	}
	p->telemetry.values[reason] += reclaimed;
	p->in_flight = 0;
	p->telemetry.values[COUNT_IN_FLIGHT] = p->unsent_count;
	return reclaimed;
}

void path_set_chain(struct path *p, const struct chain_plan *plan, enum counter reason)
{
	struct region *r = &p->region;
	const uint32_t *slots = plan->slots, length = plan->length;
	drain(p);
	reclaim(p, reason);
	p->chain = (struct chain){.length = length, .shared_core = plan->shared_core, .inline_length = plan->inline_length};
	memcpy(p->chain.inline_nfs, plan->inline_nfs, sizeof p->chain.inline_nfs);
	for (uint32_t i = 0; i < length; i++) {
		struct hop *hop = &p->chain.hops[i];
		hop->slot = slots[i];
		hop->number = i;
		hop->shared = netvm_slot(r->base, slots[i]);
		hop->gaps_seen = __atomic_load_n(&hop->shared->gaps_written, __ATOMIC_ACQUIRE);
		netvm_consumer_open(&hop->out, region_ring(r, 2 * slots[i] + 1), r->ring_entries);
		hop->shared->next = i + 1 < length ? slots[i + 1] : NETVM_TO_HOST;
		__atomic_fetch_add(&hop->shared->order, 1, __ATOMIC_RELEASE);
		netvm_wake(&hop->shared->sleeping);
	}
	if (length > 0)
		netvm_producer_open(&p->chain.in, region_ring(r, 2 * slots[0]), r->ring_entries);
	p->last = rte_rdtsc();
}

uint32_t path_nf_died(struct path *p)
{
	drain(p);
	uint32_t reclaimed = reclaim(p, COUNT_DROP_NF_DIED);
	p->chain.state = CHAIN_DOWN;
	p->chain.length = 0;
	p->last = rte_rdtsc();
	return reclaimed;
}
