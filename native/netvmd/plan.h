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

/* The NFs that a hop may lead to, all in one trust domain. */
struct hop_plan {
	uint8_t domain;
	uint8_t service; /* its number, or NO_SERVICE: one NF */
	uint8_t count;   /* of slots; 0: nobody is left there */
	uint8_t slots[INSTANCES_MAX];
};

/* A chain of NFs in processes, or of NFs that run inline, never of both. Both 0 long: port to port. */
struct chain_plan {
	int used;
	uint32_t weight; /* its share of the credits, where several chains want them */
	uint32_t length;
	struct hop_plan hops[NETVM_MAX_NFS];
	uint32_t inline_length;
	const struct netvm_nf *inline_nfs[NETVM_MAX_NFS];
};

/* What an NF may send packets to. */
struct service_plan {
	uint8_t domain;
	uint8_t count; /* 0: there is none */
	uint8_t slots[INSTANCES_MAX];
};

#endif
