#include "placement.h"

#include <stdio.h>

#include <rte_ethdev.h>

static int place_on(struct placement *p, int node, struct region_place *to)
{
	char nodes[128];
	*to = (struct region_place){node, topology_real(&p->topology, node)};
	if (node == TOPOLOGY_NONE)
		return 0;
	p->bound = 1;
	if (to->real != TOPOLOGY_NONE)
		return 0;
	topology_describe(&p->topology, nodes, sizeof nodes);
	fprintf(stderr, "netvmd: --node %d: expected one of the nodes that are there: %s\n", node, nodes);
	return -1;
}

int placement_plan(struct placement *p, const char *sysfs, int core, uint16_t port, const int *nodes, uint32_t domains)
{
	char error[TOPOLOGY_ERROR_BYTES];
	if (topology_read(sysfs, &p->topology, error) != 0) {
		fprintf(stderr, "netvmd: %s\n", error);
		return -1;
	}
	const struct topology *t = &p->topology;
	int port_real = rte_eth_dev_socket_id(port), several = t->nodes > 1;
	p->own_node = topology_node_of_core(t, core);
	p->headers_real = several ? port_real : SOCKET_ID_ANY;
	int fault = place_on(p, several ? topology_node_of_real(t, port_real, p->own_node) : TOPOLOGY_NONE, &p->port);
	for (uint32_t d = 0; d < domains && fault == 0; d++) {
		p->domains[d] = p->port;
		if (nodes[d] != TOPOLOGY_NONE)
			fault = place_on(p, nodes[d], &p->domains[d]);
	}
	return fault;
}

void placement_settle(const struct placement *p, struct region *r)
{
	if (r->node == TOPOLOGY_NONE)
		r->node = topology_node_of_real(&p->topology, r->real_node, p->own_node);
}
