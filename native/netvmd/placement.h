/* Which NUMA node each piece of netvmd's memory is to be on: found once, before any of it is taken. */
#ifndef NETVM_NETVMD_PLACEMENT_H
#define NETVM_NETVMD_PLACEMENT_H

#include "path.h"
#include "topology.h"

struct placement {
	struct topology topology;
	int own_node;     /* netvmd's core's */
	int headers_real; /* of the machine, for mbuf headers, which netvmd and the port read; SOCKET_ID_ANY: any */
	int bound;        /* some region must be on a node */
	struct region_place port;
	struct region_place domains[DOMAINS_MAX];
};

/*
 * sysfs: as for topology_read. core: netvmd's. nodes: those asked for, one a domain, or TOPOLOGY_NONE: then on a machine with several nodes the
 * port's, so that packets are where it is, and on one with one node anywhere. Returns 0, or -1 with a sentence on stderr.
 */
int placement_plan(struct placement *p, const char *sysfs, int core, uint16_t port, const int *nodes, uint32_t domains);

/* Of a region that could be anywhere, notes where it came to be. */
void placement_settle(const struct placement *p, struct region *r);

#endif
