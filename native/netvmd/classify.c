/* Which way a packet goes: what the flow table knows of its flow, else what the rules say, else the default chain. */
#include <rte_cycles.h>

#include "flow_rules.h"
#include "path.h"

static uint32_t chain_by_rules(const struct path *p, const struct netvm_flow *flow)
{
	int chain = p->rules ? flow_rules_find(p->rules, flow) : -1;
	return chain < 0 ? 0 : (uint32_t)chain;
}

static int is_exact(const struct flow_entry *e)
{
	return e->expires == FLOW_FOREVER;
}

/* A time is written when a quarter of it has gone by, not with each packet: the line stays clean. */
static uint64_t fresh_from(const struct path *p, uint64_t now)
{
	return now + p->flow_idle_ticks / 4 * 3;
}

/* What was found out of a flow before rules changed is found out anew; where it went it goes on, if its chain is the same. */
static void follow_rules(const struct path *p, struct flow_entry *e)
{
	uint32_t chain = is_exact(e) ? e->chain : chain_by_rules(p, &e->flow);
	e->epoch = p->epoch;
	if (chain == e->chain)
		return;
	e->chain = (uint16_t)chain;
	e->route = 0;
}

static struct flow_entry *remember(struct path *p, const struct netvm_flow *flow, uint32_t hash, uint64_t now)
{
	struct flow_entry *e = flow_table_add(p->flows, flow, hash, now);
	if (!e) {
		p->telemetry.values[COUNT_FLOW_FULL]++;
		return NULL;
	}
	e->expires = now + p->flow_idle_ticks;
	e->chain = (uint16_t)chain_by_rules(p, flow);
	e->epoch = p->epoch;
	return e;
}

/* A flow stays on its route as long as that is open. Then it goes as near to it as there is a way. */
static struct route *route_of(struct path *p, struct flow_entry *e)
{
	const struct chain *c = &p->chains[e->chain];
	if (c->plan.length == 0)
		return NULL;
	struct route *r = path_route_of(p, e->route);
	if (__builtin_expect(r && r->state == ROUTE_OPEN && r->chain == e->chain, 1))
		return r;
	r = c->single ? path_only_route(p, e->chain) : path_choose_route(p, e->chain, r);
	e->route = r ? r->id : 0;
	return r;
}

/* A burst under classification. `changed`: a flow of it was put into the table, so what was found before that may not be so any more. */
struct burst {
	struct flow_batch batch;
	int again;
	int changed;
	uint64_t now;
	uint64_t fresh; /* a time that is before this one is written anew */
};

static struct flow_entry *entry_of(struct path *p, struct burst *b, uint32_t i)
{
	const struct netvm_flow *flow = &b->batch.flow[i];
	struct flow_entry *e = b->batch.entry[i];
	if (b->changed && (!e || !netvm_flow_equal(&e->flow, flow)))
		e = flow_table_get(p->flows, flow, b->batch.hash[i], b->now);
	if (!b->again)
		p->telemetry.values[e ? COUNT_FLOW_HITS : COUNT_FLOW_MISSES]++;
	if (e)
		return e;
	b->changed = 1;
	return remember(p, flow, b->batch.hash[i], b->now);
}

static __attribute__((noinline)) struct way way_of(struct path *p, struct burst *b, uint32_t i, const struct flow_entry **entry)
{
	*entry = NULL;
	if (!(b->batch.has_flow >> i & 1))
		return (struct way){0, path_only_route(p, 0)};
	struct flow_entry *e = entry_of(p, b, i);
	if (!e) {
		uint32_t chain = chain_by_rules(p, &b->batch.flow[i]);
		return (struct way){(uint8_t)chain, path_only_route(p, chain)};
	}
	if (!is_exact(e) && e->expires < b->fresh)
		e->expires = b->now + p->flow_idle_ticks;
	if (e->epoch != p->epoch)
		follow_rules(p, e);
	*entry = e;
	return (struct way){(uint8_t)e->chain, route_of(p, e)};
}

/* The route of a flow that is known, and of which nothing has changed since its last packet; or NULL. */
static inline struct route *known_route(struct path *p, const struct burst *b, const struct flow_entry *e)
{
	if (!e || b->changed || e->epoch != p->epoch || e->expires < b->fresh)
		return NULL;
	struct route *r = path_route_of(p, e->route);
	return r && r->state == ROUTE_OPEN && r->chain == e->chain ? r : NULL;
}

/* The flow's place in the table goes with the packet, in netvmd's own memory. Made at once: later packets of a burst may need the place. */
static inline uint32_t mark_of(struct path *p, const struct rte_mbuf *m, uint16_t queue, const struct flow_entry *e)
{
	if (!e)
		return held_mark(queue, 0);
	p->region.flow[region_buffer_of(&p->region, m)] = flow_table_index(p->flows, e);
	return held_mark(queue, e->generation);
}

int path_classify(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n, int again, struct way *ways, uint32_t *marks)
{
	const uint8_t *frames[BURST];
	uint16_t lengths[BURST];
	struct burst b; /* not cleared: that would cost more than its use */
	uint32_t hits = 0, differ = 0;
	b.again = again;
	b.changed = 0;
	b.now = rte_rdtsc();
	b.fresh = fresh_from(p, b.now);
	for (uint32_t i = 0; i < n; i++) {
		frames[i] = rte_pktmbuf_mtod(m[i], const uint8_t *);
		lengths[i] = m[i]->data_len;
	}
	flow_table_find(p->flows, frames, lengths, n, b.now, &b.batch);
	for (uint32_t i = 0; i < n; i++) {
		const struct flow_entry *e = b.batch.entry[i];
		struct route *route = known_route(p, &b, e);
		if (__builtin_expect(route != NULL, 1)) {
			ways[i] = (struct way){(uint8_t)e->chain, route};
			hits++;
		} else {
			ways[i] = way_of(p, &b, i, &e);
		}
		marks[i] = mark_of(p, m[i], queue, e);
		differ |= ways[i].chain != ways[0].chain || ways[i].route != ways[0].route;
		if (b.batch.has_flow >> i & 1) { /* computed once: NFs need not */
			m[i]->hash.rss = b.batch.hash[i];
			m[i]->ol_flags |= RTE_MBUF_F_RX_RSS_HASH;
		}
	}
	p->telemetry.values[COUNT_FLOW_HITS] += again ? 0 : hits;
	return !differ;
}

uint32_t path_set_flows(struct path *p, const struct netvm_flow *flows, uint32_t n, uint32_t chain)
{
	uint64_t now = rte_rdtsc();
	for (uint32_t i = 0; i < n; i++) {
		uint32_t hash = netvm_flow_hash(&flows[i]);
		struct flow_entry *e = flow_table_get(p->flows, &flows[i], hash, now);
		if (!e)
			e = flow_table_add(p->flows, &flows[i], hash, now);
		if (!e)
			return i;
		if (is_exact(e))
			p->chains[e->chain].exact_flows--;
		p->chains[chain].exact_flows++;
		e->expires = FLOW_FOREVER;
		e->chain = (uint16_t)chain;
		e->route = 0;
	}
	return n;
}

void path_delete_flows(struct path *p, const struct netvm_flow *flows, uint32_t n)
{
	uint64_t now = rte_rdtsc();
	for (uint32_t i = 0; i < n; i++) {
		struct flow_entry *e = flow_table_get(p->flows, &flows[i], netvm_flow_hash(&flows[i]), now);
		if (!e || !is_exact(e))
			continue;
		p->chains[e->chain].exact_flows--;
		flow_table_remove(p->flows, e);
	}
}

int path_pin_flow(struct path *p, const struct region *region, const struct rte_mbuf *m, uint32_t held, const struct route *route)
{
	if (!p->flows || held_generation(held) == 0)
		return -1;
	struct flow_entry *e = flow_table_at(p->flows, region->flow[region_buffer_of(region, m)]);
	if (e->generation != held_generation(held))
		return -1;
	e->route = route->id;
	return 0;
}
