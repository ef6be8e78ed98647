/* Chains become routes: which NFs a packet goes past, over which lanes and links. */
#include <string.h>

#include <rte_cycles.h>

#include "lanes.h"
#include "path.h"
#include "topology.h"

static struct nf *nf_at(struct path *p, uint32_t domain, uint32_t slot)
{
	return &p->nfs[domain][slot];
}

void path_nf_joined(struct path *p, uint32_t domain, uint32_t slot, int shares_core, int core, int node)
{
	struct region *r = path_region(p, domain);
	struct nf *nf = nf_at(p, domain, slot);
	*nf = (struct nf){.domain = domain, .slot = slot, .shares_core = shares_core, .core = core, .node = node, .region = r};
	nf->shared = region_slot(r, slot);
	nf->gaps_seen = __atomic_load_n(&nf->shared->gaps_written, __ATOMIC_ACQUIRE);
	netvm_producer_open(&nf->in, region_ring(r, netvm_ring_in(slot)), r->ring_entries);
	netvm_consumer_open(&nf->out, region_ring(r, netvm_ring_out(slot)), r->ring_entries);
}

static void activate(struct path *p, struct nf *nf)
{
	if (nf->routes++ > 0)
		return;
	p->active[p->actives++] = nf;
	p->sharing += (uint32_t)nf->shares_core;
}

static void deactivate(struct path *p, struct nf *nf)
{
	if (--nf->routes > 0)
		return;
	uint32_t i = 0;
	while (p->active[i] != nf)
		i++;
	memmove(&p->active[i], &p->active[i + 1], (--p->actives - i) * sizeof p->active[0]);
	p->sharing -= (uint32_t)nf->shares_core;
}

/*
 * Credits are shared out by the chains' weights, and within a chain evenly: no route can hold up another for long. But a burst has room on each: where there are many routes,
 * it is the chain's share that bounds them together.
 */
void path_share_credits(struct path *p)
{
	uint64_t weights = 0;
	for (uint32_t i = 0; i < CHAINS_MAX; i++)
		weights += p->chains[i].plan.length > 0 ? p->chains[i].plan.weight : 0;
	for (uint32_t i = 0; i < CHAINS_MAX; i++) {
		struct chain *c = &p->chains[i];
		c->limit = c->plan.length > 0 ? (uint32_t)((uint64_t)p->in_flight_max * c->plan.weight / weights) : 0;
		c->limit = c->limit > 1 ? c->limit : 1;
	}
	for (uint32_t i = 0; i < ROUTES_MAX; i++) {
		struct route *r = &p->routes[i];
		const struct chain *c = &p->chains[r->chain];
		if (r->state != ROUTE_OPEN)
			continue;
		uint32_t limit = c->limit / (c->routes ? c->routes : 1), parked = path_parked_on(p, r);
		limit = limit > BURST ? limit : BURST;
		r->limit = limit > parked ? limit - parked : 0; /* they may still lie in its NFs' rings */
	}
	p->parked_shared = p->parked;
}

static uint32_t crossings(const struct path *p, const struct route *r)
{
	int nodes[1 + NETVM_MAX_NFS] = {p->node};
	for (uint32_t i = 0; i < r->length; i++)
		nodes[1 + i] = r->nfs[i]->node;
	return topology_crossings(nodes, 1 + r->length);
}

static struct route *find(struct path *p, uint32_t chain, struct nf *const *nfs, uint32_t length, int own)
{
	for (uint32_t i = 0; i < ROUTES_MAX; i++) {
		struct route *r = &p->routes[i];
		if (r->state == ROUTE_OPEN && r->chain == chain && r->own == own && r->length == length &&
		    memcmp(r->nfs, nfs, length * sizeof nfs[0]) == 0)
			return r;
	}
	return NULL;
}

/* The one that was gone first, so that what flows know of a route lasts. An id is never 0. */
static struct route *new_route(struct path *p)
{
	for (uint32_t i = 0; i < ROUTES_MAX; i++) {
		uint32_t number = (p->next_route + i) % ROUTES_MAX;
		struct route *r = &p->routes[number];
		if (r->state != ROUTE_FREE)
			continue;
		p->next_route = (uint16_t)((number + 1) % ROUTES_MAX);
		uint16_t generation = (uint16_t)((r->id >> 8) + 1);
		*r = (struct route){.id = (uint16_t)((generation & 0xff ? generation : 1) << 8 | number)};
		return r;
	}
	return NULL;
}

/* Each chain that has none yet can still have one, whatever the others, or what NFs say, make of theirs. */
#define NF_MADE_MAX 64u
#define LANES_SPARED (NETVM_LANES / 4)

static int may_have_another(const struct path *p, uint32_t chain, struct nf *const *nfs, uint32_t length, int own)
{
	uint32_t unused = 0, made = 0;
	for (uint32_t i = 0; i < ROUTES_MAX; i++) {
		const struct route *r = &p->routes[i];
		unused += r->state == ROUTE_FREE;
		made += r->state == ROUTE_OPEN && r->chain == chain && !r->own;
	}
	if (own && p->chains[chain].routes == made)
		return unused > 0;
	for (uint32_t i = 0; i < length; i++) {
		if (lanes_unused(p, nfs[i]->domain) < LANES_SPARED)
			return 0;
	}
	return unused > CHAINS_MAX && (own || made < NF_MADE_MAX);
}

struct route *path_route(struct path *p, uint32_t chain, struct nf *const *nfs, uint32_t length, int own)
{
	struct route *r = find(p, chain, nfs, length, own);
	if (r || length == 0 || length > NETVM_MAX_NFS)
		return r;
	for (uint32_t i = 0; i < length; i++) {
		if (nfs[i]->gone)
			return NULL;
	}
	r = may_have_another(p, chain, nfs, length, own) ? new_route(p) : NULL;
	if (!r)
		return NULL;
	r->chain = (uint8_t)chain;
	r->length = (uint8_t)length;
	r->own = (uint8_t)own;
	memcpy(r->nfs, nfs, length * sizeof nfs[0]);
	if (lanes_open(p, r) != 0)
		return NULL;
	r->state = ROUTE_OPEN;
	r->crossings = crossings(p, r);
	for (uint32_t i = 0; i < length; i++)
		activate(p, r->nfs[i]);
	p->chains[chain].routes++;
	path_share_credits(p);
	return r;
}

void path_route_ended(struct path *p, struct route *r)
{
	lanes_close(p, r);
	for (uint32_t i = 0; i < r->length; i++)
		deactivate(p, r->nfs[i]);
	r->state = ROUTE_FREE;
	p->closing--;
}

static void close_route(struct path *p, struct route *r, enum counter reason)
{
	r->state = ROUTE_CLOSING;
	r->reason = reason;
	r->closing_since = r->moved = rte_rdtsc();
	r->moved_in_flight = r->in_flight;
	p->chains[r->chain].routes--;
	if (p->chains[r->chain].only == r)
		p->chains[r->chain].only = NULL;
	p->closing++;
}

static int is_of(const struct instances *hop, const struct nf *nf)
{
	return !nf->gone && instances_have(hop, nf->domain, nf->slot);
}

static int is_of_a_service(const struct path *p, const struct nf *nf)
{
	for (uint32_t s = 0; s < NETVM_SERVICES; s++) {
		if (is_of(&p->services[s], nf))
			return 1;
	}
	return 0;
}

/* A chain's own way is past one NF of each of its hops. One that an NF made is past NFs of the chain and of services. */
static int still_leads(const struct path *p, const struct chain_plan *plan, const struct route *r)
{
	if (r->own && r->length != plan->length)
		return 0;
	for (uint32_t i = 0; i < r->length; i++) {
		int found = r->own ? is_of(&plan->hops[i], r->nfs[i]) : is_of_a_service(p, r->nfs[i]);
		for (uint32_t h = 0; !r->own && !found && h < plan->length; h++)
			found = is_of(&plan->hops[h], r->nfs[i]);
		if (!found)
			return 0;
	}
	return 1;
}

static void look_at_hops(struct chain *c)
{
	c->state = CHAIN_UP;
	c->single = 1;
	for (uint32_t i = 0; i < c->plan.length; i++) {
		if (c->plan.hops[i].count == 0)
			c->state = CHAIN_DOWN;
		c->single &= c->plan.hops[i].count == 1;
	}
}

void path_close_stale(struct path *p, enum counter reason)
{
	for (uint32_t i = 0; i < ROUTES_MAX; i++) {
		struct route *r = &p->routes[i];
		if (r->state == ROUTE_OPEN && !still_leads(p, &p->chains[r->chain].plan, r))
			close_route(p, r, reason);
	}
}

/* The same hops, but perhaps other instances of the same services. */
static int same_hops(const struct chain_plan *a, const struct chain_plan *b)
{
	if (a->length != b->length)
		return 0;
	for (uint32_t i = 0; i < a->length; i++) {
		const struct instances *x = &a->hops[i], *y = &b->hops[i];
		if (x->service != y->service || x->domain != y->domain || (x->service == NO_SERVICE && x->slots[0] != y->slots[0]))
			return 0;
	}
	return 1;
}

/* Ways that NFs made hold for the hops that they were made of: of others they could pass by some. Flows on them go the chain's way again. */
static void close_nf_made(struct path *p, uint32_t chain, enum counter reason)
{
	for (uint32_t i = 0; i < ROUTES_MAX; i++) {
		struct route *r = &p->routes[i];
		if (r->state == ROUTE_OPEN && r->chain == chain && !r->own)
			close_route(p, r, reason);
	}
}

static void take_out_gone(struct path *p, struct chain_plan *plan)
{
	for (uint32_t i = 0; i < plan->length; i++) {
		struct instances *hop = &plan->hops[i];
		for (uint32_t k = hop->count; k-- > 0;) {
			if (nf_at(p, hop->domain, hop->slots[k])->gone)
				instances_take_out(hop, hop->domain, hop->slots[k]);
		}
	}
}

void path_set_chain(struct path *p, uint32_t chain, const struct chain_plan *plan, enum counter reason)
{
	struct chain *c = &p->chains[chain];
	if (c->plan.used && !plan->used)
		p->epoch++; /* flows of it are others' now */
	if (!same_hops(&c->plan, plan))
		close_nf_made(p, chain, reason);
	c->plan = *plan;
	take_out_gone(p, &c->plan);
	look_at_hops(c);
	path_close_stale(p, reason);
	c->only = NULL; /* chosen among what there is now */
	path_only_route(p, chain);
	p->inline_longest = 0;
	for (uint32_t i = 0; i < CHAINS_MAX; i++) {
		if (p->chains[i].plan.inline_length > p->inline_longest)
			p->inline_longest = p->chains[i].plan.inline_length;
	}
	path_share_credits(p);
}

void path_nf_gone(struct path *p, uint32_t domain, uint32_t slot)
{
	struct nf *nf = nf_at(p, domain, slot);
	if (!nf->region) /* it never joined */
		return;
	nf->gone = 1;
	for (uint32_t s = 0; s < NETVM_SERVICES; s++)
		instances_take_out(&p->services[s], domain, slot);
	for (uint32_t c = 0; c < CHAINS_MAX; c++) {
		struct chain *chain = &p->chains[c];
		for (uint32_t i = 0; i < chain->plan.length; i++)
			instances_take_out(&chain->plan.hops[i], domain, slot);
		look_at_hops(chain);
	}
	for (uint32_t i = 0; i < ROUTES_MAX; i++) {
		struct route *r = &p->routes[i];
		int leads_past = 0;
		for (uint32_t k = 0; r->state != ROUTE_FREE && k < r->length; k++)
			leads_past |= r->nfs[k] == nf;
		if (leads_past && r->state == ROUTE_OPEN)
			close_route(p, r, COUNT_DROP_NF_DIED);
		else if (leads_past)
			r->reason = COUNT_DROP_NF_DIED; /* what does not come back now is with this one */
	}
	path_share_credits(p);
}

void path_nf_died(struct path *p, uint32_t domain, uint32_t slot)
{
	path_nf_gone(p, domain, slot);
	nf_at(p, domain, slot)->died = 1;
}

/* What waits in front of an NF, as rings in shared memory have it: they may say anything, but no more than fits. */
static uint32_t waiting(const struct nf *nf)
{
	const struct region *r = nf->region;
	uint64_t links = __atomic_load_n(&nf->shared->links_in, __ATOMIC_RELAXED);
	uint32_t sum = region_ring_depth(r, netvm_ring_in(nf->slot));
	for (; links != 0; links &= links - 1)
		sum += region_ring_depth(r, netvm_ring_link((uint32_t)__builtin_ctzll(links)));
	return sum;
}

/*
 * And what is on its way: a burst is handed over when ways were found for all of it. Without that all new flows of a burst would go to one instance, whichever
 * had a packet less before it.
 */
static uint32_t load(const struct path *p, const struct nf *nf)
{
	return waiting(nf) + (nf->given_round == p->rounds ? nf->given : 0);
}

struct nf *path_least_loaded(struct path *p, uint32_t domain, const uint8_t *slots, uint32_t count)
{
	struct nf *best = nf_at(p, domain, slots[0]);
	uint32_t least = count > 1 ? load(p, best) : 0;
	for (uint32_t i = 1; i < count; i++) {
		struct nf *nf = nf_at(p, domain, slots[i]);
		uint32_t n = load(p, nf);
		/* Where as many wait, the one whose turn is longest ago. */
		if (n < least || (n == least && nf->chosen < best->chosen)) {
			best = nf;
			least = n;
		}
	}
	best->chosen = ++p->choices;
	best->given = best->given_round == p->rounds ? best->given + 1 : 1;
	best->given_round = p->rounds;
	return best;
}

/* Where there can be no more routes, one that there is does. */
static struct route *any_route(struct path *p, uint32_t chain)
{
	for (uint32_t i = 0; i < ROUTES_MAX; i++) {
		if (p->routes[i].state == ROUTE_OPEN && p->routes[i].own && p->routes[i].chain == chain)
			return &p->routes[i];
	}
	return NULL;
}

struct route *path_choose_route(struct path *p, uint32_t chain, const struct route *before)
{
	struct chain *c = &p->chains[chain];
	struct nf *nfs[NETVM_MAX_NFS];
	if (c->state == CHAIN_DOWN || c->plan.length == 0)
		return NULL;
	for (uint32_t i = 0; i < c->plan.length; i++) {
		const struct instances *hop = &c->plan.hops[i];
		int stays = before && before->own && before->chain == chain && i < before->length && is_of(hop, before->nfs[i]);
		nfs[i] = stays ? before->nfs[i] : path_least_loaded(p, hop->domain, hop->slots, hop->count);
	}
	struct route *r = path_route(p, chain, nfs, c->plan.length, 1);
	return r ? r : any_route(p, chain);
}

void path_slot_cleared(struct path *p, uint32_t domain, uint32_t slot)
{
	lanes_clear_slot(p, domain, slot);
	*nf_at(p, domain, slot) = (struct nf){.domain = domain, .slot = slot, .gone = 1}; /* flows may still know a route that led past it */
}
