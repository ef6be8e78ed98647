/* The router's routes file, and what a route says to do. */
#ifndef NETVM_ROUTER_ROUTES_H
#define NETVM_ROUTER_ROUTES_H

#include "../../abi/flow.h"
#include "lpm.h"

#define ROUTES_MAX 65536u
#define HOPS_MAX 1024u

enum hop_kind { HOP_VIA, HOP_DROP, HOP_UNREACHABLE };

struct hop {
	uint8_t mac[6];
	uint8_t kind; /* enum hop_kind */
};

struct routes {
	struct lpm v4, v6;
	struct hop hops[HOPS_MAX + 1]; /* a value of the tables is an index; 0 is not used */
	uint32_t hops_count;
	uint32_t count;
};

/*
 * Reads a routes file, one route a line:   PREFIX via MAC | PREFIX drop | PREFIX unreachable
 * Returns 0, or -1 with `file:line: what was expected` in `error`.
 */
int routes_read(struct routes *routes, const char *file, char *error, uint32_t error_bytes);

/* Gives their tables back. */
void routes_give_back(struct routes *routes);

#endif
