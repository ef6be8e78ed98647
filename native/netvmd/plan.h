/* What is ordered: chains and services, as numbers that the control service has checked. */
#ifndef NETVM_NETVMD_PLAN_H
#define NETVM_NETVMD_PLAN_H

#include <stdint.h>

#include "../abi/region.h"

#define DOMAINS_MAX 8u
#define CHAINS_MAX 16u
#define ROUTES_MAX 256u
#define INSTANCES_MAX 16u
#define WEIGHT_MAX 1000u
#define NO_SERVICE 0xffu

/* The NFs that do the same work: a service's, or the one of a hop that is no service. All in one trust domain. */
struct instances {
	uint8_t domain;
	uint8_t service; /* its number, or NO_SERVICE: one NF */
	uint8_t count;   /* of slots; 0: nobody is left, or there is no such service */
	uint8_t slots[INSTANCES_MAX];
};

static inline int instances_have(const struct instances *of, uint32_t domain, uint32_t slot)
{
	for (uint32_t i = 0; i < of->count; i++) {
		if (of->domain == domain && of->slots[i] == slot)
			return 1;
	}
	return 0;
}

static inline void instances_take_out(struct instances *of, uint32_t domain, uint32_t slot)
{
	uint8_t kept = 0;
	for (uint32_t i = 0; i < of->count; i++) {
		if (of->domain != domain || of->slots[i] != slot)
			of->slots[kept++] = of->slots[i];
	}
	of->count = kept;
}

/* A chain of NFs in processes, or of NFs that run inline, never of both. Both 0 long: port to port. */
struct chain_plan {
	int used;
	uint32_t weight; /* its share of the credits, where several chains want them */
	uint32_t length;
	struct instances hops[NETVM_MAX_NFS];
	uint32_t inline_length;
	const struct netvm_nf *inline_nfs[NETVM_MAX_NFS];
};

#endif
