/* status: what netvmd says of itself. */
#include <rte_mempool.h>

#include "../base/wire.h"
#include "service.h"

/* As chain.set takes it. */
static cJSON *link_of(const struct service *s, const struct link *l)
{
	if (!l->is_inline && s->path->domains == 1)
		return cJSON_CreateNumber(l->number);
	cJSON *link = cJSON_CreateObject();
	if (!l->is_inline)
		cJSON_AddNumberToObject(link, "domain", l->domain);
	cJSON_AddNumberToObject(link, l->is_inline ? "inline" : "slot", l->number);
	return link;
}

/* What the NF says of itself, and how many packets wait for it: shared memory, so only numbers that cannot do harm. */
static void add_accounts(const struct region *r, uint32_t slot, cJSON *nf)
{
	const struct netvm_nf_slot *shared = region_slot(r, slot);
	const struct netvm_ring *in = region_ring(r, 2 * slot);
	uint32_t depth = __atomic_load_n(&in->head, __ATOMIC_RELAXED) - __atomic_load_n(&in->tail, __ATOMIC_RELAXED);
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
		cJSON_AddStringToObject(nf, "name", w->name);
		cJSON_AddNumberToObject(nf, "pid", w->pid);
		cJSON_AddStringToObject(nf, "state", states[w->state]);
		add_accounts(path_region(s->path, domain), i, nf);
		cJSON_AddItemToArray(nfs, nf);
	}
}

static void add_nfs(const struct service *s, cJSON *status)
{
	cJSON *chain = cJSON_AddArrayToObject(status, "chain");
	for (uint32_t i = 0; i < s->chain_length; i++)
		cJSON_AddItemToArray(chain, link_of(s, &s->chain[i]));
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
	cJSON_AddNumberToObject(o, "port", (double)total - pool - chain);
	cJSON_AddNumberToObject(o, "reclaimed", s->reclaimed);
}

cJSON *service_status(void *service, const cJSON *params, struct control_error *error)
{
	(void)params, (void)error;
	struct service *s = service;
	service_watch(s);
	cJSON *o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "state", s->chain_down ? "chain-down" : "ready");
	cJSON_AddBoolToObject(o, "linkUp", wire_link_up(s->path->port));
	add_nfs(s, o);
	add_inline_nfs(s, o);
	add_buffers(s, o);
	return o;
}
