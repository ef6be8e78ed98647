#include "order.h"

#include <unistd.h>

#include "lanes.h"

/* Carried out at once; done when what was on routes that closed by it has come back, or was taken back. */
enum stage { STAGE_NONE, STAGE_GIVEN, STAGE_TAKEN, STAGE_CLOSING };

/* Chains that name the service go by it at once; NFs of its domain look up names anew. */
static void set_service(struct path *p, uint32_t number, const struct instances *service)
{
	uint32_t domain = service->domain;
	p->services[number] = *service;
	for (uint32_t c = 0; c < CHAINS_MAX; c++) {
		struct chain_plan plan = p->chains[c].plan;
		int names_it = 0;
		for (uint32_t i = 0; i < plan.length; i++) {
			if (plan.hops[i].service != number)
				continue;
			names_it = 1;
			plan.hops[i] = *service;
		}
		if (names_it)
			path_set_chain(p, c, &plan, COUNT_DROP_CHANGED);
	}
	path_close_stale(p, COUNT_DROP_CHANGED);
	for (uint32_t slot = 0; slot < NETVM_MAX_NFS; slot++) {
		if (p->nfs[domain][slot].region)
			lanes_order(p->nfs[domain][slot].shared);
	}
}

static void set_rules(struct order *o, struct path *p)
{
	struct flow_rules *before = p->rules;
	p->rules = o->rules;
	p->epoch++;
	o->rules = before;
}

static void carry_out(struct order *o, struct path *p)
{
	switch (o->kind) {
	case ORDER_NF_JOINED: path_nf_joined(p, o->nf.domain, o->nf.slot, o->nf.shares_core, o->nf.core, o->nf.node); break;
	case ORDER_NF_GONE: path_nf_died(p, o->nf.domain, o->nf.slot); break;
	case ORDER_SET_CHAIN: path_set_chain(p, o->chain.number, &o->chain.plan, COUNT_DROP_CHANGED); break;
	case ORDER_SET_SERVICE: set_service(p, o->service.number, &o->service.plan); break;
	case ORDER_USE_FLOWS: p->flows = o->table; break;
	case ORDER_SET_FLOWS:
		o->flows.done = path_set_all_flows(p, o->flows.flows, o->flows.count, o->flows.chain, o->flows.before);
		break;
	case ORDER_DELETE_FLOWS: path_delete_flows(p, o->flows.flows, o->flows.count); break;
	case ORDER_SET_RULES: set_rules(o, p); break;
	}
}

void order_obey(struct order *o, struct path *p)
{
	uint32_t stage = __atomic_load_n(&o->stage, __ATOMIC_ACQUIRE);
	if (__builtin_expect(stage == STAGE_NONE, 1))
		return;
	if (stage == STAGE_GIVEN) {
		if (!__atomic_compare_exchange_n(&o->stage, &stage, STAGE_TAKEN, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return;
		carry_out(o, p);
		__atomic_store_n(&o->stage, STAGE_CLOSING, __ATOMIC_RELEASE);
	}
	if (p->closing > 0)
		return;
	if (o->kind == ORDER_NF_GONE)
		path_slot_cleared(p, o->nf.domain, o->nf.slot);
	__atomic_store_n(&o->stage, STAGE_NONE, __ATOMIC_RELEASE);
}

/* A round takes microseconds; where routes close it can be some milliseconds, and half a second at most. */
int order_give(struct order *o, const volatile int *stop)
{
	__atomic_store_n(&o->stage, STAGE_GIVEN, __ATOMIC_RELEASE);
	while (__atomic_load_n(&o->stage, __ATOMIC_ACQUIRE) != STAGE_NONE && !*stop)
		usleep(200);
	/* Stopping: it is taken away from the data path, or waited for while that is at it: what it reads is the caller's. */
	uint32_t given = STAGE_GIVEN;
	if (__atomic_compare_exchange_n(&o->stage, &given, STAGE_NONE, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return -1;
	while (__atomic_load_n(&o->stage, __ATOMIC_ACQUIRE) == STAGE_TAKEN)
		usleep(200);
	return __atomic_load_n(&o->stage, __ATOMIC_ACQUIRE) == STAGE_NONE ? 0 : -1;
}
