/* What NFs see of routes: lanes through their domain, and links between them, in their region. */
#ifndef NETVM_NETVMD_LANES_H
#define NETVM_NETVMD_LANES_H

#include "path.h"

/* Gives a route its lanes and the links that they need, and tells its NFs. Returns 0, or -1 where there are no more; then nothing was changed. */
int lanes_open(struct path *p, struct route *r);

/* How many lanes of a domain are nobody's. */
uint32_t lanes_unused(const struct path *p, uint32_t domain);

/* The route has no packets any more: its lanes may be others'. */
void lanes_close(struct path *p, struct route *r);

/* The NF in a slot is gone, and on no route: links that led on from it may be others', and those that lead into it are empty. The slot is free for a successor. */
void lanes_clear_slot(struct path *p, uint32_t domain, uint32_t slot);

/* An NF is to look at links, lanes and services again. Returns the order's number. */
static inline uint32_t lanes_order(struct netvm_nf_slot *shared)
{
	return __atomic_add_fetch(&shared->order, 1, __ATOMIC_RELEASE);
}

#endif
