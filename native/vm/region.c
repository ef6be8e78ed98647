#define _GNU_SOURCE
#include "region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define BLOCK_BYTES 512u /* of st_blocks, whatever the file system's are */

static int refuse(const char *file, const char *why)
{
	fprintf(stderr, "netvm-vm: %s: %s\n", file, why);
	return -1;
}

/* The header any NF of the domain can have written: it may have us refuse, and nothing else. Copied, so that it does not change on the way. */
static const char *check(const struct vm_region *r)
{
	struct netvm_region_header copy;
	const struct netvm_region_header *h = memcpy(&copy, r->base, sizeof copy);
	__asm__ volatile("" : : : "memory");
	if (h->magic != NETVM_REGION_MAGIC)
		return "is not a NetVM region";
	if (h->abi_version != NETVM_REGION_ABI)
		return "has another ABI version than this netvm-vm; build both from the same source";
	if (h->slots_offset != NETVM_SLOTS_OFFSET || h->total_bytes > r->used_bytes || h->total_bytes < NETVM_RINGS_OFFSET)
		return "is damaged: its header does not fit its size";
	if ((r->file_bytes & (r->file_bytes - 1)) != 0)
		return "has a size that is no power of two, as a PCI device's memory must have; netvmd makes it so";
	return NULL;
}

int vm_region_open(struct vm_region *r, const char *file)
{
	struct stat st;
	*r = (struct vm_region){.fd = open(file, O_RDWR | O_CLOEXEC)};
	if (r->fd < 0 || fstat(r->fd, &st) != 0)
		return refuse(file, strerror(errno));
	r->file_bytes = (uint64_t)st.st_size;
	/* netvmd has populated the region, so it ends no later than its pages do. Where others have touched the hole by now, theirs stay. */
	r->used_bytes = (uint64_t)st.st_blocks * BLOCK_BYTES;
	if (r->file_bytes < NETVM_RINGS_OFFSET)
		return refuse(file, "is too small for a region");
	/* Nothing is reserved: the pages are there, and the hole must stay one. */
	r->base = mmap(NULL, r->file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, r->fd, 0);
	if (r->base == MAP_FAILED)
		return refuse(file, strerror(errno));
	const char *fault = check(r);
	return fault ? refuse(file, fault) : 0;
}

uint32_t *vm_region_word(const struct vm_region *r, uint32_t bell)
{
	if (bell >= NETVM_MAX_NFS)
		return &((struct netvm_region_header *)r->base)->host_sleeping;
	return &((struct netvm_nf_slot *)((char *)r->base + NETVM_SLOTS_OFFSET))[bell].sleeping;
}

void vm_region_clear_hole(const struct vm_region *r)
{
	if (r->used_bytes < r->file_bytes)
		fallocate(r->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)r->used_bytes, (off_t)(r->file_bytes - r->used_bytes));
}
