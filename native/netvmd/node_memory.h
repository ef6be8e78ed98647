/* A region's pages on the NUMA node that they are to be on. */
#ifndef NETVM_NETVMD_NODE_MEMORY_H
#define NETVM_NETVMD_NODE_MEMORY_H

#include "region.h"

/*
 * Binds the mapped region to the node of `place`, has all of its pages there, and asks the kernel where they are; none may have been touched.
 * Returns 0, or -1 with a sentence on stderr that says what the node lacks.
 */
int node_memory_bind(struct region *r, const char *file, struct region_place place);

/* Says on stderr that the node has too little memory for the region. Returns -1. */
int node_memory_lacking(const struct region *r, const char *file, struct region_place place);

/* Notes where the kernel has put the pages. Returns 0. */
int node_memory_find(struct region *r);

#endif
