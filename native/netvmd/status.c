/* status: what netvmd says of itself. */
#include <rte_mempool.h>

#include "../base/wire.h"
#include "service.h"

static void add_chain(const struct service *s, cJSON *status)
{
	cJSON *chain = cJSON_AddArrayToObject(status, "chain");
	for (uint32_t i = 0; i < s->chain_length; i++) {
		cJSON *link = s->chain[i].is_inline ? cJSON_CreateObject() : cJSON_CreateNumber(s->chain[i].number);
		if (s->chain[i].is_inline)
			cJSON_AddNumberToObject(link, "inline", s->chain[i].number);
		cJSON_AddItemToArray(chain, link);
	}
}

/* What the NF says of itself, and how many packets wait for it: shared memory, so only numbers that cannot do harm. */
static void add_accounts(const struct service *s, uint32_t slot, cJSON *nf)
{
	const struct region *r = &s->path->region;
	const struct netvm_nf_slot *shared = netvm_slot(r->base, slot);
	const struct netvm_ring *in = region_ring(r, 2 * slot);
	uint32_t depth = __atomic_load_n(&in->head, __ATOMIC_RELAXED) - __atomic_load_n(&in->tail, __ATOMIC_RELAXED);
	cJSON *ring = cJSON_AddObjectToObject(nf, "ring");
	cJSON_AddNumberToObject(ring, "depth", depth < r->ring_entries ? depth : r->ring_entries);
	cJSON_AddNumberToObject(ring, "entries", r->ring_entries);
	cJSON_AddNumberToObject(nf, "received", (double)__atomic_load_n(&shared->received, __ATOMIC_RELAXED));
	cJSON_AddNumberToObject(nf, "dropped", (double)__atomic_load_n(&shared->dropped, __ATOMIC_RELAXED));
	cJSON_AddNumberToObject(nf, "wakeups", (double)__atomic_load_n(&shared->wakeups, __ATOMIC_RELAXED));
}

static void add_nfs(const struct service *s, cJSON *status)
{
	static const char *const states[] = {"none", "ready", "dead", "quarantined"};
	cJSON *nfs = cJSON_AddArrayToObject(status, "nfs");
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++) {
		const struct watch *w = &s->watches[i];
		if (w->state == WATCH_NONE)
			continue;
		cJSON *nf = cJSON_CreateObject();
		cJSON_AddNumberToObject(nf, "slot", i);
		cJSON_AddStringToObject(nf, "name", w->name);
		cJSON_AddNumberToObject(nf, "pid", w->pid);
		cJSON_AddStringToObject(nf, "state", states[w->state]);
		add_accounts(s, i, nf);
		cJSON_AddItemToArray(nfs, nf);
	}
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

static void add_buffers(const struct service *s, cJSON *status)
{
	const struct region *r = &s->path->region;
	uint32_t pool = rte_mempool_avail_count(r->pool), chain = 0;
	for (uint32_t i = 0; i < r->buffers; i++)
		chain += r->holder[i] != HELD_BY_HOST;
	cJSON *o = cJSON_AddObjectToObject(status, "buffers");
	cJSON_AddNumberToObject(o, "total", r->buffers);
	cJSON_AddNumberToObject(o, "pool", pool);
	cJSON_AddNumberToObject(o, "chain", chain);
	cJSON_AddNumberToObject(o, "port", (double)r->buffers - pool - chain);
	cJSON_AddNumberToObject(o, "reclaimed", s->reclaimed);
}

cJSON *service_status(const struct service *s)
{
	cJSON *o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "state", s->chain_down ? "chain-down" : "ready");
	cJSON_AddBoolToObject(o, "linkUp", wire_link_up(s->path->port));
	add_chain(s, o);
	add_nfs(s, o);
	add_inline_nfs(s, o);
	add_buffers(s, o);
	return o;
}
