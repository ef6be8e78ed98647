/* status: what netvmd says of itself. */
#include <rte_mempool.h>

#include "../base/wire.h"
#include "service.h"

/* As chain.set takes it. */
static cJSON *hop_of(const struct service *s, const struct hop *hop)
{
	if (hop->kind == HOP_NF && s->path->domains == 1)
		return cJSON_CreateNumber(hop->number);
	cJSON *o = cJSON_CreateObject();
	if (hop->kind == HOP_SERVICE) {
		cJSON_AddStringToObject(o, "service", s->services[hop->number].name);
	} else if (hop->kind == HOP_INLINE) {
		cJSON_AddNumberToObject(o, "inline", hop->number);
	} else {
		cJSON_AddNumberToObject(o, "domain", hop->domain);
		cJSON_AddNumberToObject(o, "slot", hop->number);
	}
	return o;
}

static uint32_t on_routes(const struct path *p, uint32_t chain)
{
	uint32_t sum = 0;
	for (uint32_t i = 0; i < ROUTES_MAX; i++)
		sum += p->routes[i].chain == chain ? p->routes[i].in_flight : 0;
	return sum;
}

static void add_chains(const struct service *s, cJSON *status)
{
	const uint64_t *v = s->path->telemetry.values;
	cJSON *chains = cJSON_AddArrayToObject(status, "chains");
	for (uint32_t c = 0; c < CHAINS_MAX; c++) {
		const struct chain_record *chain = &s->chains[c];
		if (chain->name[0] == 0)
			continue;
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "chain", chain->name);
		cJSON_AddNumberToObject(o, "number", c);
		cJSON_AddNumberToObject(o, "weight", chain->weight);
		cJSON_AddStringToObject(o, "state", s->path->chains[c].state == CHAIN_UP ? "up" : "down");
		cJSON *hops = cJSON_AddArrayToObject(o, "hops");
		for (uint32_t i = 0; i < chain->length; i++)
			cJSON_AddItemToArray(hops, hop_of(s, &chain->hops[i]));
		cJSON_AddNumberToObject(o, "entered", (double)v[count_chain_entered(c)]);
		cJSON_AddNumberToObject(o, "left", (double)v[count_chain_left(c)]);
		cJSON_AddNumberToObject(o, "dropped", (double)v[count_chain_dropped(c)]);
		cJSON_AddNumberToObject(o, "inFlight", on_routes(s->path, c));
		cJSON_AddItemToArray(chains, o);
	}
}

static void add_services(const struct service *s, cJSON *status)
{
	cJSON *services = cJSON_AddArrayToObject(status, "services");
	for (uint32_t i = 0; i < NETVM_SERVICES; i++) {
		const struct service_record *service = &s->services[i];
		if (service->name[0] == 0)
			continue;
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "service", service->name);
		cJSON_AddNumberToObject(o, "number", i);
		cJSON_AddNumberToObject(o, "domain", service->plan.domain);
		cJSON *instances = cJSON_AddArrayToObject(o, "instances");
		for (uint32_t k = 0; k < service->plan.count; k++)
			cJSON_AddItemToArray(instances, cJSON_CreateNumber(service->plan.slots[k]));
		cJSON_AddItemToArray(services, o);
	}
}

static void add_flows(const struct service *s, cJSON *status)
{
	const struct flow_table *table = s->path->flows;
	cJSON *o = cJSON_AddObjectToObject(status, "flows");
	cJSON_AddNumberToObject(o, "entries", table ? flow_table_used(table) : 0);
	cJSON_AddNumberToObject(o, "capacity", table ? flow_table_capacity(table) : 0);
	cJSON_AddNumberToObject(o, "rules", s->rules);
}

static uint32_t on_routes_past(const struct path *p, uint32_t domain, uint32_t slot)
{
	uint32_t sum = 0;
	for (uint32_t i = 0; i < ROUTES_MAX; i++) {
		const struct route *r = &p->routes[i];
		for (uint32_t k = 0; r->state != ROUTE_FREE && k < r->length; k++)
			sum += r->nfs[k] == &p->nfs[domain][slot] ? r->in_flight : 0;
	}
	return sum;
}

/* What the NF says of itself, and how many packets wait for it: shared memory, so only numbers that cannot do harm. */
static void add_accounts(const struct region *r, uint32_t slot, cJSON *nf)
{
	const struct netvm_nf_slot *shared = region_slot(r, slot);
	uint32_t depth = region_ring_depth(r, netvm_ring_in(slot));
	for (uint64_t links = __atomic_load_n(&shared->links_in, __ATOMIC_RELAXED); links != 0; links &= links - 1)
		depth += region_ring_depth(r, netvm_ring_link((uint32_t)__builtin_ctzll(links)));
	cJSON *ring = cJSON_AddObjectToObject(nf, "ring");
	cJSON_AddNumberToObject(ring, "depth", depth < r->ring_entries ? depth : r->ring_entries);
	cJSON_AddNumberToObject(ring, "entries", r->ring_entries);
	cJSON_AddNumberToObject(nf, "received", (double)__atomic_load_n(&shared->received, __ATOMIC_RELAXED));
	cJSON_AddNumberToObject(nf, "dropped", (double)__atomic_load_n(&shared->dropped, __ATOMIC_RELAXED));
	cJSON_AddNumberToObject(nf, "wakeups", (double)__atomic_load_n(&shared->wakeups, __ATOMIC_RELAXED));
}

static void add_domain(const struct service *s, uint32_t domain, cJSON *nfs)
{
	static const char *const states[] = {"none", "ready", "dead", "quarantined", "refused"};
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++) {
		const struct watch *w = &s->watches[domain][i];
		if (w->state == WATCH_NONE)
			continue;
		cJSON *nf = cJSON_CreateObject();
		cJSON_AddNumberToObject(nf, "domain", domain);
		cJSON_AddNumberToObject(nf, "slot", i);
		cJSON_AddNumberToObject(nf, "node", s->path->nfs[domain][i].node);
		cJSON_AddStringToObject(nf, "name", w->name);
		cJSON_AddNumberToObject(nf, "pid", w->pid);
		cJSON_AddStringToObject(nf, "state", states[w->state]);
		cJSON_AddNumberToObject(nf, "readyTsc", (double)w->ready_tsc);
		cJSON_AddNumberToObject(nf, "readyWithinTicks", (double)w->ready_within);
		add_accounts(path_region(s->path, domain), i, nf);
		cJSON_AddNumberToObject(nf, "inFlight", on_routes_past(s->path, domain, i));
		cJSON_AddItemToArray(nfs, nf);
	}
}

static void add_nfs(const struct service *s, cJSON *status)
{
	cJSON *nfs = cJSON_AddArrayToObject(status, "nfs");
	for (uint32_t domain = 0; domain < s->path->domains; domain++)
		add_domain(s, domain, nfs);
}

static void add_inline_nfs(const struct service *s, cJSON *status)
{
	cJSON *nfs = cJSON_AddArrayToObject(status, "inlineNfs");
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++) {
		if (!s->inlines[i].nf)
			continue;
		cJSON *nf = cJSON_CreateObject();
		cJSON_AddNumberToObject(nf, "inline", i);
		cJSON_AddStringToObject(nf, "name", s->inlines[i].nf->name);
		cJSON_AddItemToArray(nfs, nf);
	}
}

static uint32_t with_chain(const struct region *r)
{
	uint32_t chain = 0;
	for (uint32_t i = 0; i < r->buffers; i++)
		chain += r->holder[i] != HELD_BY_HOST;
	return chain;
}

/* Of all regions together. */
static void add_buffers(const struct service *s, cJSON *status)
{
	struct path *p = s->path;
	uint32_t total = p->region.buffers, pool = rte_mempool_avail_count(p->region.pool), chain = with_chain(&p->region);
	for (uint32_t domain = 0; p->domains > 1 && domain < p->domains; domain++) {
		total += p->domain[domain].buffers;
		pool += rte_mempool_avail_count(p->domain[domain].pool);
		chain += with_chain(&p->domain[domain]);
	}
	cJSON *o = cJSON_AddObjectToObject(status, "buffers");
	cJSON_AddNumberToObject(o, "total", total);
	cJSON_AddNumberToObject(o, "pool", pool);
	cJSON_AddNumberToObject(o, "chain", chain);
	cJSON_AddNumberToObject(o, "parked", p->parked);
	cJSON_AddNumberToObject(o, "port", (double)total - pool - chain - p->parked);
	cJSON_AddNumberToObject(o, "reclaimed", p->reclaimed);
}

static int is_down(const struct path *p)
{
	for (uint32_t c = 0; c < CHAINS_MAX; c++) {
		if (p->chains[c].state == CHAIN_DOWN)
			return 1;
	}
	return 0;
}

cJSON *service_status(void *service, const cJSON *params, struct control_error *error)
{
	(void)params, (void)error;
	struct service *s = service;
	service_watch(s);
	cJSON *o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "state", is_down(s->path) ? "chain-down" : "ready");
	cJSON_AddBoolToObject(o, "linkUp", wire_link_up(s->path->port));
	add_chains(s, o);
	add_services(s, o);
	add_nfs(s, o);
	add_inline_nfs(s, o);
	add_flows(s, o);
	add_buffers(s, o);
	return o;
}
