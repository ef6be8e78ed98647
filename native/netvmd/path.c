#include "path.h"

#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

/* Flows whose time is over are looked for once in so long, in one of so many parts of the table: all of it in 8 s. In each round it would cost several ns a packet. */
#define AGE_EVERY_US 1000u
#define AGE_PARTS 8192u

/*
 * So many rounds between two looks at what NFs on cores of their own have noted: each look takes a line from those cores. Idle, they take less time than an adaptive NF polls before it
 * sleeps again, so that how late it came is still to be seen.
 */
#define LOOK_ELSEWHERE_ROUNDS 32u

/* A round on a shared core ends by a wake-up; this bounds the wait where an NF does not come back. */
#define ROUND_LIMIT_NS 500000l
/* After so many in a row an NF there has stopped, and nobody waits for it who has given it nothing new. */
#define FRUITLESS_MAX 4u

void path_note_gap(struct path *p, uint64_t start, uint64_t end)
{
	telemetry_event(&p->telemetry, NETVM_EVENT_GAP, start, end, 0, (uint32_t)p->core);
	p->telemetry.values[COUNT_GAPS]++;
	p->telemetry.values[COUNT_GAP_CYCLES] += end - start;
}

/* When an NF had the core, between two looks of netvmd. */
struct turn {
	uint64_t woke, slept;
};

/* The NF may write while this is read: each value is read once, then checked, then used. */
static void gather_gaps_of(struct path *p, struct nf *nf)
{
	uint64_t written = __atomic_load_n(&nf->shared->gaps_written, __ATOMIC_ACQUIRE);
	for (; nf->gaps_seen < written && written - nf->gaps_seen <= NETVM_NF_GAPS; nf->gaps_seen++) {
		struct netvm_nf_gap *gap = &nf->shared->gaps[nf->gaps_seen % NETVM_NF_GAPS];
		uint64_t start = __atomic_load_n(&gap->start_tsc, __ATOMIC_RELAXED);
		uint64_t end = __atomic_load_n(&gap->end_tsc, __ATOMIC_RELAXED);
		if (start < end)
			path_note_gap(p, start, end);
	}
	nf->gaps_seen = written;
}

/* From when netvmd woke it until it ran, where that took too long. One that has slept since then was woken by others too: of it nothing is known. */
static void look_at_wakeup(struct path *p, struct nf *nf)
{
	uint64_t slept = __atomic_load_n(&nf->shared->slept_tsc, __ATOMIC_RELAXED), woke = __atomic_load_n(&nf->shared->woke_tsc, __ATOMIC_RELAXED);
	if (slept < nf->woken && woke < nf->woken)
		return; /* still to come */
	if (slept < nf->woken && woke - nf->woken > p->handover_ticks && woke < rte_rdtsc())
		path_note_gap(p, nf->woken, woke);
	nf->woken = 0;
}

static int is_alone(const struct path *p, const struct nf *nf)
{
	for (uint32_t i = 0; i < p->actives; i++) {
		if (p->active[i] != nf && p->active[i]->core == nf->core)
			return 0;
	}
	return nf->core >= 0;
}

/*
 * netvmd does not wait for NFs on other cores: their gaps are gathered now and then. Where several share one they take it from each other, and what looks like a gap of the machine
 * may be that: it excuses no loss.
 */
static void gather_gaps_elsewhere(struct path *p)
{
	for (uint32_t i = 0; i < p->actives; i++) {
		struct nf *nf = p->active[i];
		uint64_t written = __atomic_load_n(&nf->shared->gaps_written, __ATOMIC_RELAXED);
		if (nf->shares_core || (written == nf->gaps_seen && nf->woken == 0))
			continue;
		if (!is_alone(p, nf)) {
			nf->gaps_seen = written;
			nf->woken = 0;
			continue;
		}
		gather_gaps_of(p, nf);
		if (nf->woken != 0)
			look_at_wakeup(p, nf);
	}
}

/* The turns of the NFs of a region between two times, in the order of their beginnings. */
static uint32_t gather_turns(const struct path *p, const struct region *region, uint64_t slept, uint64_t woke, struct turn *turns)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < p->actives; i++) {
		const struct nf *nf = p->active[i];
		if (nf->region != region)
			continue;
		struct turn t = {__atomic_load_n(&nf->shared->woke_tsc, __ATOMIC_RELAXED), __atomic_load_n(&nf->shared->slept_tsc, __ATOMIC_RELAXED)};
		if (t.woke <= slept || t.woke >= woke)
			continue;
		uint32_t at = count++;
		for (; at > 0 && turns[at - 1].woke > t.woke; at--)
			turns[at] = turns[at - 1];
		turns[at] = t;
	}
	return count;
}

/* Gaps the NFs saw in their own loops, and those between one giving the core away and the next getting it. */
static void gather_gaps(struct path *p, const struct region *region, uint64_t slept, uint64_t woke)
{
	struct turn turns[NETVM_MAX_NFS];
	uint64_t given = slept;
	uint32_t n = gather_turns(p, region, slept, woke, turns);
	for (uint32_t i = 0; i < p->actives; i++) {
		if (p->active[i]->region == region)
			gather_gaps_of(p, p->active[i]);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (turns[i].woke > given && turns[i].woke - given > p->handover_ticks)
			path_note_gap(p, given, turns[i].woke);
		if (turns[i].slept > given && turns[i].slept < woke)
			given = turns[i].slept;
	}
	if (woke - given > p->handover_ticks && given > slept)
		path_note_gap(p, given, woke);
}

static int nothing_came_back(const struct path *p, const struct region *region)
{
	for (uint32_t i = 0; i < p->actives; i++) {
		if (p->active[i]->region == region && !netvm_ring_empty(&p->active[i]->out))
			return 0;
	}
	return 1;
}

/* Returns whether there was one. */
static int wake_fed(struct path *p, const struct region *region)
{
	int woken = 0;
	for (uint32_t i = 0; i < p->actives; i++) {
		struct nf *nf = p->active[i];
		if (!nf->fed || nf->region != region)
			continue;
		nf->fed = 0;
		woken = 1;
		uint64_t now = nf->shares_core ? 0 : rte_rdtsc();
		if (netvm_wake(&nf->shared->sleeping))
			nf->woken = now;
	}
	return woken;
}

/*
 * Gives the core to a region's NFs on it until packets have come back. They wake netvmd by the word in their own region; what those of another
 * hand back in the meantime is in its rings, and is looked for before netvmd sleeps on that one's word.
 */
static void hand_core_over(struct path *p, struct region *region)
{
	uint32_t *word = &region_header(region)->host_sleeping;
	uint64_t slept = rte_rdtsc();
	if (!wake_fed(p, region) && region->fruitless >= FRUITLESS_MAX)
		return;
	netvm_announce_sleep(word);
	if (nothing_came_back(p, region))
		netvm_sleep(word, ROUND_LIMIT_NS);
	__atomic_store_n(word, 0, __ATOMIC_RELAXED);
	region->fruitless = nothing_came_back(p, region) ? region->fruitless + 1 : 0;
	p->last = rte_rdtsc();
	gather_gaps(p, region, slept, p->last);
}

/*
 * NFs on cores of their own are woken where they sleep. On a shared core domains have their turns in order, and what one hands back is given to the next at once, so that
 * a round takes packets through the whole chain.
 */
static void let_nfs_work(struct path *p)
{
	for (uint32_t d = 0; d < p->domains; d++) {
		struct region *region = path_region(p, d);
		if (p->sharing == 0) {
			wake_fed(p, region);
		} else if (region->in_flight > 0) {
			hand_core_over(p, region);
			if (p->domains > 1)
				path_take_back_from(p, region);
		}
	}
}

/* Rings whose index was moved by more than fits, or descriptors refused again and again: no honest NF does that. */
static void check_conduct(struct path *p)
{
	for (uint32_t i = p->tolerant ? 0 : p->actives; i-- > 0;) {
		struct nf *nf = p->active[i];
		if (nf->refused <= REFUSED_MAX && nf->out.broken == 0)
			continue;
		nf->refused = nf->out.broken = 0; /* judged */
		__atomic_fetch_or(&p->quarantined[nf->domain], 1u << nf->slot, __ATOMIC_RELEASE);
		__atomic_store_n(&nf->shared->stop, 1, __ATOMIC_RELAXED);
		netvm_wake(&nf->shared->sleeping);
		path_nf_gone(p, nf->domain, nf->slot);
	}
}

static void age_flows(struct path *p, uint64_t now)
{
	p->flows_aged = now;
	flow_table_age(p->flows, now, flow_table_buckets(p->flows) / AGE_PARTS + 1);
}

uint32_t path_round(struct path *p)
{
	uint64_t start = rte_rdtsc();
	path_look_at_clock(p, start, 0);
	uint32_t back = path_take_back(p);
	uint32_t in = p->stopping ? 0 : path_admit(p);
	if (p->in_flight > 0)
		let_nfs_work(p);
	uint64_t *v = p->telemetry.values;
	if (back + in > 0) {
		v[COUNT_CYCLES_BUSY] += p->last - start;
		v[COUNT_ROUNDS]++;
	}
	if (p->in_flight > 0)
		check_conduct(p); /* also where nothing moves: a broken ring is conduct too */
	if (p->sharing < p->actives && p->rounds % LOOK_ELSEWHERE_ROUNDS == 0)
		gather_gaps_elsewhere(p);
	if (p->closing + p->parked + p->parked_shared > 0) /* the last of them may just have come back */
		path_watch_closing(p);
	if (p->flows && start - p->flows_aged > p->ticks_per_us * AGE_EVERY_US)
		age_flows(p, start);
	p->rounds++;
	v[COUNT_IN_FLIGHT] = p->in_flight + p->unsent_count + p->held.count;
	v[COUNT_CYCLES_TOTAL] = p->last;
	return back + in;
}

/* Chains become nothing, so that all their routes close; each of those has its own end. */
void path_stop(struct path *p)
{
	p->stopping = 1;
	memset(p->services, 0, sizeof p->services);
	for (uint32_t c = 0; c < CHAINS_MAX; c++)
		path_set_chain(p, c, &(struct chain_plan){0}, COUNT_DROP_CHANGED);
	while (p->closing > 0)
		path_round(p);
	rte_pktmbuf_free_bulk(p->held.m, p->held.count);
	p->telemetry.values[COUNT_DROP_CHANGED] += p->held.count;
	p->held.count = 0;
	p->telemetry.values[COUNT_IN_FLIGHT] = p->unsent_count;
}
