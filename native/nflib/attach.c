#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(char *error, uint32_t error_bytes, const char *what, const char *why)
{
	snprintf(error, error_bytes, "%s: %s", what, why);
	return -1;
}

static struct netvm_ring *ring_at(const struct netvm_attachment *a, uint32_t index)
{
	const struct netvm_region_header *h = a->region;
	return (struct netvm_ring *)((char *)a->region + h->rings_offset + index * h->ring_stride);
}

/* The header must describe a layout that fits the file; everything later relies on it. */
static const char *check_header(const struct netvm_region_header *h, uint64_t bytes)
{
	uint64_t rings = 2ull * h->nf_slots * h->ring_stride;
	if (h->magic != NETVM_REGION_MAGIC)
		return "is not a NetVM region";
	if (h->abi_version != NETVM_REGION_ABI)
		return "has another ABI version than this NF; build both from the same source";
	if (h->total_bytes > bytes || h->nf_slots == 0 || h->nf_slots > NETVM_MAX_NFS ||
	    h->ring_entries < 2 * NETVM_NF_BURST || (h->ring_entries & (h->ring_entries - 1)) != 0 ||
	    h->slots_offset + h->nf_slots * sizeof(struct netvm_nf_slot) > h->rings_offset ||
	    h->ring_stride < sizeof(struct netvm_ring) + h->ring_entries * sizeof(struct netvm_desc) ||
	    h->rings_offset + rings > h->buffers_offset ||
	    h->buffers_offset + h->buffers * h->buffer_stride > h->total_bytes)
		return "is damaged: its header does not fit its size";
	return NULL;
}

int netvm_attach(struct netvm_attachment *a, const char *region_file, uint32_t slot, const char *name, char *error,
		 uint32_t error_bytes)
{
	memset(a, 0, sizeof *a);
	int fd = open(region_file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return refuse(error, error_bytes, region_file, strerror(errno));
	struct stat st;
	if (fstat(fd, &st) != 0 || (uint64_t)st.st_size < sizeof(struct netvm_region_header)) {
		close(fd);
		return refuse(error, error_bytes, region_file, "is too small for a region");
	}
	uint64_t bytes = (uint64_t)st.st_size;
	a->region = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	close(fd);
	if (a->region == MAP_FAILED)
		return refuse(error, error_bytes, region_file, strerror(errno));

	struct netvm_region_header *h = a->region;
	const char *fault = check_header(h, bytes);
	if (fault)
		return refuse(error, error_bytes, region_file, fault);
	if (slot >= h->nf_slots)
		return refuse(error, error_bytes, region_file, "has no such slot");

	a->slot = netvm_slot(a->region, slot);
	a->slot_index = slot;
	uint32_t expected = NETVM_NF_FREE;
	if (!__atomic_compare_exchange_n(&a->slot->state, &expected, NETVM_NF_ATTACHING, 0, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return refuse(error, error_bytes, region_file, "has another NF in this slot");
	a->slot->pid = (uint32_t)getpid();
	snprintf(a->slot->name, sizeof a->slot->name, "%s", name);
	a->buffers = (uint8_t *)a->region + h->buffers_offset;
	a->buffer_stride = h->buffer_stride;
	a->buffers_count = h->buffers;
	a->host_sleeping = &h->host_sleeping;
	netvm_consumer_open(&a->in, ring_at(a, 2 * slot), h->ring_entries);
	netvm_producer_open(&a->to_host, ring_at(a, 2 * slot + 1), h->ring_entries);
	return 0;
}

void netvm_ready(struct netvm_attachment *a)
{
	__atomic_store_n(&a->slot->state, NETVM_NF_READY, __ATOMIC_RELEASE);
}

void netvm_follow_next(struct netvm_attachment *a, uint32_t next)
{
	const struct netvm_region_header *h = a->region;
	a->next = NULL;
	if (next >= h->nf_slots)
		return;
	a->next = netvm_slot(a->region, next);
	netvm_producer_open(&a->to_next, ring_at(a, 2 * next), h->ring_entries);
}
