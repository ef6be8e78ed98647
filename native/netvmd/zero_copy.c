/*
 * net_memif's zero-copy mode shares DPDK's own memory segments with its peer: it walks them (rte_memseg_walk), asks for the
 * file behind each (rte_memseg_get_fd), and takes the first list for the one that holds all packets. Two things are wrong
 * with that here. The packets are not in DPDK's memory but in the region, whose file DPDK doesn't know. And DPDK's memory
 * holds what is netvmd's alone: mbuf headers, pools, ownership.
 *
 * So this program puts definitions of its own before the library's: they show the region and nothing but the region.
 * (The dynamic linker binds a shared library's calls to the executable's symbols first; the executable exports these two.)
 */
#define _GNU_SOURCE
#include "zero_copy.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_memory.h>

static struct {
	char *base;
	uint64_t bytes;
	int fd;
} offered;

struct filter {
	rte_memseg_walk_t callback;
	void *context;
};

void zero_copy_offer(void *base, uint64_t bytes, int fd)
{
	offered.bytes = bytes;
	offered.fd = fd;
	offered.base = base;
}

static void *library_symbol(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);
	if (!symbol) {
		fprintf(stderr, "netvmd: this DPDK has no %s; DPDK 22.11 has\n", name);
		abort();
	}
	return symbol;
}

static int only_offered(const struct rte_memseg_list *list, const struct rte_memseg *segment, void *context)
{
	struct filter *f = context;
	return list->base_va == offered.base ? f->callback(list, segment, f->context) : 0;
}

int rte_memseg_walk(rte_memseg_walk_t callback, void *context)
{
	int (*walk)(rte_memseg_walk_t, void *) = (int (*)(rte_memseg_walk_t, void *))library_symbol("rte_memseg_walk");
	struct filter f = {callback, context};
	return offered.base ? walk(only_offered, &f) : walk(callback, context);
}

int rte_memseg_get_fd(const struct rte_memseg *segment)
{
	int (*get_fd)(const struct rte_memseg *) = (int (*)(const struct rte_memseg *))library_symbol("rte_memseg_get_fd");
	char *address = segment->addr;
	if (offered.base && address >= offered.base && address < offered.base + offered.bytes)
		return dup(offered.fd); /* the port closes what it got */
	return get_fd(segment);
}
