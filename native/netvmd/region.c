#define _GNU_SOURCE
#include "region.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_mempool.h>

#include "../base/clock.h"
#include "node_memory.h"
#include "zero_copy.h"

static uint64_t align_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

static int complain(const char *file, const char *what)
{
	fprintf(stderr, "netvmd: %s: %s: %s\n", file, what, strerror(errno));
	return -1;
}

static void lay_out(struct region *r, uint32_t buffers, uint32_t ring_entries)
{
	r->buffers = buffers;
	r->ring_entries = ring_entries;
	r->ring_stride = sizeof(struct netvm_ring) + (uint64_t)ring_entries * sizeof(struct netvm_desc) + NETVM_CACHE_LINE;
	r->buffers_offset = align_up(NETVM_RINGS_OFFSET + NETVM_RINGS * r->ring_stride, 4096);
	r->bytes = align_up(r->buffers_offset + (uint64_t)buffers * BUFFER_STRIDE, r->page_bytes);
}

/* The pages are the mount's: a hugetlbfs has one size of them, a tmpfs ordinary ones. */
static int create_file(struct region *r, const char *file)
{
	struct statfs fs;
	r->fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (r->fd < 0 || fstatfs(r->fd, &fs) != 0)
		return complain(file, "cannot create the region");
	if (fs.f_type != HUGETLBFS_MAGIC && fs.f_type != TMPFS_MAGIC) {
		fprintf(stderr, "netvmd: %s: not on huge pages and not in memory; mount a hugetlbfs there, or a tmpfs for pages of 4 KB\n", file);
		return -1;
	}
	r->page_bytes = fs.f_type == HUGETLBFS_MAGIC ? (uint64_t)fs.f_bsize : (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

/* A guest sees the file as the memory of a PCI device, whose size is a power of two. What is behind the region is a hole without pages. */
static uint64_t file_bytes(uint64_t bytes)
{
	uint64_t size = 1;
	while (size < bytes)
		size *= 2;
	return size;
}

static int map_file(struct region *r, const char *file, struct region_place place)
{
	int bound = place.real >= 0; /* then no page before its node is known */
	if (ftruncate(r->fd, (off_t)file_bytes(r->bytes)) != 0)
		return complain(file, "cannot size the region");
	r->base = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | (bound ? 0 : MAP_POPULATE), r->fd, 0);
	if (r->base == MAP_FAILED)
		return bound ? node_memory_lacking(r, file, place) : complain(file, "not enough free huge pages for the region");
	r->node = place.node;
	return bound ? node_memory_bind(r, file, place) : node_memory_find(r);
}

/* Tells DPDK of the memory, so that ports can reach it. IOVA is VA throughout. */
static int register_memory(struct region *r)
{
	uint32_t pages = (uint32_t)(r->bytes / r->page_bytes);
	rte_iova_t *iova = calloc(pages, sizeof *iova);
	for (uint32_t i = 0; iova && i < pages; i++)
		iova[i] = (rte_iova_t)(uintptr_t)(r->base + i * r->page_bytes);
	int fault = iova ? rte_extmem_register(r->base, r->bytes, iova, pages, r->page_bytes) : -1;
	free(iova);
	if (fault != 0) {
		fprintf(stderr, "netvmd: DPDK refuses the region's memory: %s\n", rte_strerror(rte_errno));
		return -1;
	}
	zero_copy_offer(r->base, r->bytes, r->fd);
	return 0;
}

/* An ordinary mbuf, but for where its data is: not behind the header but in the region. */
static void init_mbuf(struct rte_mempool *pool, void *context, void *object, unsigned index)
{
	struct region *r = context;
	struct rte_mbuf *m = object;
	rte_pktmbuf_init(pool, NULL, m, index);
	m->buf_addr = r->base + r->buffers_offset + (uint64_t)index * BUFFER_STRIDE;
	m->buf_iova = (rte_iova_t)(uintptr_t)m->buf_addr;
	r->mbufs[index] = m;
}

/*
 * A stack, not a ring, behind the pool's cache: last used, first reused, so that no more buffers than are in flight ever
 * pass through the CPU's caches.
 */
static int create_pool(struct region *r, int headers_real)
{
	struct rte_pktmbuf_pool_private private = {.mbuf_data_room_size = BUFFER_STRIDE};
	r->mbufs = calloc(r->buffers, sizeof(struct rte_mbuf *));
	r->holder = calloc(r->buffers, sizeof *r->holder);
	r->flow = calloc(r->buffers, sizeof *r->flow);
	static uint32_t pools;
	char name[32];
	snprintf(name, sizeof name, "region%u", pools++);
	r->pool = rte_mempool_create_empty(name, r->buffers, sizeof(struct rte_mbuf), 256, sizeof private, headers_real, 0);
	if (!r->mbufs || !r->holder || !r->flow || !r->pool || rte_mempool_set_ops_byname(r->pool, "stack", NULL) != 0) {
		fprintf(stderr, "netvmd: cannot create the packet pool: %s\n", rte_strerror(rte_errno));
		return -1;
	}
	rte_pktmbuf_pool_init(r->pool, &private);
	if (rte_mempool_populate_default(r->pool) < 0) {
		fprintf(stderr, "netvmd: no memory for %u mbufs on the machine's node %d (-1: any): %s\n", r->buffers, headers_real,
			rte_strerror(rte_errno));
		return -1;
	}
	rte_mempool_obj_iter(r->pool, init_mbuf, r);
	return 0;
}

int region_create(struct region *r, const char *file, uint32_t buffers, uint32_t ring_entries, int has_port, struct region_place place,
		  int headers_real)
{
	int fault = create_file(r, file);
	if (fault == 0) {
		lay_out(r, buffers, ring_entries);
		fault = map_file(r, file, place);
	}
	if (fault == 0) {
		region_write_header(r, clock_tsc_hz());
		fault = has_port ? register_memory(r) : 0;
	}
	if (fault == 0)
		fault = create_pool(r, headers_real);
	if (fault != 0 && r->fd >= 0) /* ours: it would keep its pages, and be in the way of the next one */
		region_remove(file);
	return fault;
}

void region_remove(const char *file)
{
	unlink(file);
}
