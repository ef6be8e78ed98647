/* What the control service asks of the data path, one order at a time; the service waits until it was carried out. */
#ifndef NETVM_NETVMD_ORDER_H
#define NETVM_NETVMD_ORDER_H

#include "path.h"

enum order_kind {
	ORDER_NF_JOINED,
	ORDER_NF_GONE,
	ORDER_SET_CHAIN,
	ORDER_SET_SERVICE,
	ORDER_USE_FLOWS,
	ORDER_SET_FLOWS,
	ORDER_DELETE_FLOWS,
	ORDER_SET_RULES,
};

struct order {
	uint32_t stage; /* see order.c; set by the service, then by the data path */
	enum order_kind kind;
	union {
		struct {
			uint32_t domain, slot;
			int shares_core, core, node;
		} nf;
		struct {
			uint32_t number;
			struct chain_plan plan;
		} chain;
		struct {
			uint32_t number;
			struct instances plan;
		} service;
		struct flow_table *table;
		struct {
			const struct netvm_flow *flows;
			uint32_t count, chain;
			struct flow_before *before; /* room for as many, to undo what cannot be done whole */
			uint32_t done;              /* the answer: all of them; else none was set, and this one has no place */
		} flows;
		struct flow_rules *rules; /* and the answer: those of before */
	};
};

/* For the data path, once a round. */
void order_obey(struct order *o, struct path *p);

/* For the service: gives the order and waits. Returns 0, or -1 where netvmd is stopping, and it will not be carried out. */
int order_give(struct order *o, const volatile int *stop);

#endif
