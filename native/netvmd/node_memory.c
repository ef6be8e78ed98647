#define _GNU_SOURCE
#include "node_memory.h"

#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE 512u /* pages asked for at once: a tmpfs has a hundred thousand */

/* Pages that are free on other nodes are of no use here, so the sentence has this node's own number of them. */
int node_memory_lacking(const struct region *r, const char *file, struct region_place place)
{
	unsigned long pages = r->bytes / r->page_bytes, kb = r->page_bytes / 1024;
	if (r->page_bytes == (uint64_t)sysconf(_SC_PAGESIZE))
		fprintf(stderr, "netvmd: %s: %u packet buffers need %lu KB of memory on node %d, and less is free there: give another --node, or "
			"--queues, --rx-ring or --in-flight a lower number\n", file, r->buffers, r->bytes / 1024, place.node);
	else
		fprintf(stderr, "netvmd: %s: %u packet buffers need %lu free pages of %lu KB on node %d: raise "
			"/sys/devices/system/node/node%d/hugepages/hugepages-%lukB/nr_hugepages, give another --node, or "
			"--queues, --rx-ring or --in-flight a lower number\n", file, r->buffers, pages, kb, place.node, place.real, kb);
	return -1;
}

int node_memory_find(struct region *r)
{
	void *pages[PIECE];
	int nodes[PIECE], found = -1;
	r->real_node = -1;
	for (uint64_t at = 0; at < r->bytes;) {
		unsigned long n = 0;
		for (; n < PIECE && at < r->bytes; at += r->page_bytes)
			pages[n++] = r->base + at;
		if (move_pages(0, n, pages, NULL, nodes, 0) != 0)
			return 0;
		for (unsigned long i = 0; i < n; i++) {
			if (nodes[i] < 0 || (found >= 0 && nodes[i] != found))
				return 0;
			found = nodes[i];
		}
	}
	r->real_node = found;
	return 0;
}

/* A page that is not there is not taken from another node: MPOL_BIND lets populating fail, where a first touch would be death by SIGBUS. */
int node_memory_bind(struct region *r, const char *file, struct region_place place)
{
	unsigned long mask = 1ul << place.real;
	if (mbind(r->base, r->bytes, MPOL_BIND, &mask, sizeof mask * 8 + 1, MPOL_MF_STRICT | MPOL_MF_MOVE) != 0) {
		fprintf(stderr, "netvmd: %s: cannot have memory on node %d (the machine's node %d): %s\n", file, place.node, place.real, strerror(errno));
		return -1;
	}
	if (madvise(r->base, r->bytes, MADV_POPULATE_WRITE) != 0) {
		if (errno != EINVAL)
			return node_memory_lacking(r, file, place);
		fprintf(stderr, "netvmd: %s: memory on a node of its own needs Linux 5.14 or later\n", file);
		return -1;
	}
	node_memory_find(r);
	if (r->real_node == place.real)
		return 0;
	fprintf(stderr, "netvmd: %s: expected all pages on the machine's node %d, and the kernel says %d (-1: several)\n", file, place.real,
		r->real_node);
	return -1;
}
