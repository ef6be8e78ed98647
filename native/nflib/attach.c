#include "attach.h"

#include <string.h>

#include "../abi/wait.h"

static struct netvm_ring *ring_at(const struct netvm_attachment *a, uint32_t index)
{
	const struct netvm_region_header *h = a->region;
	return (struct netvm_ring *)((char *)a->region + h->rings_offset + index * h->ring_stride);
}

/* Where `bytes` at `offset` lie before `end`, without an overflow. */
static int ends_before(uint64_t offset, uint64_t bytes, uint64_t end)
{
	return offset <= end && bytes <= end - offset;
}

/* The header must describe a layout that fits the file; everything later relies on it. */
static const char *check_header(const struct netvm_region_header *h, uint64_t bytes)
{
	if (h->magic != NETVM_REGION_MAGIC)
		return "is not a NetVM region";
	if (h->abi_version != NETVM_REGION_ABI)
		return "has another ABI version than this NF; build both from the same source";
	if (h->total_bytes > bytes || h->nf_slots != NETVM_MAX_NFS || h->ring_entries < 2 * NETVM_NF_BURST ||
	    (h->ring_entries & (h->ring_entries - 1)) != 0 || h->ring_entries > bytes / sizeof(struct netvm_desc) ||
	    h->ring_stride < sizeof(struct netvm_ring) + h->ring_entries * sizeof(struct netvm_desc) || h->ring_stride > bytes ||
	    !ends_before(h->slots_offset, NETVM_MAX_NFS * sizeof(struct netvm_nf_slot), h->services_offset) ||
	    !ends_before(h->services_offset, NETVM_SERVICES * sizeof(struct netvm_service), h->links_offset) ||
	    !ends_before(h->links_offset, NETVM_LINKS * sizeof(struct netvm_link), h->lanes_offset) ||
	    !ends_before(h->lanes_offset, NETVM_LANES * sizeof(struct netvm_lane), h->rings_offset) ||
	    !ends_before(h->rings_offset, NETVM_RINGS * h->ring_stride, h->buffers_offset) || h->buffer_stride == 0 ||
	    h->buffer_stride > bytes || !ends_before(h->buffers_offset, h->buffers * h->buffer_stride, h->total_bytes))
		return "is damaged: its header does not fit its size";
	return NULL;
}

/* As far as it fits; what is left of it is zero. */
static void put_name(char *to, uint32_t bytes, const char *name)
{
	for (uint32_t i = 0; i < bytes; i++) {
		to[i] = i + 1 < bytes ? *name : 0;
		name += *name != 0;
	}
}

static int take_slot(struct netvm_attachment *a, uint32_t slot, uint32_t pid, const char *name)
{
	uint32_t expected = NETVM_NF_FREE;
	a->slot = netvm_slot(a->region, slot);
	a->slot_index = slot;
	if (!__atomic_compare_exchange_n(&a->slot->state, &expected, NETVM_NF_ATTACHING, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return -1;
	a->slot->pid = pid;
	put_name(a->slot->name, sizeof a->slot->name, name);
	return 0;
}

const char *netvm_join(struct netvm_attachment *a, void *region, uint64_t bytes, uint32_t slot, uint32_t pid, const char *name)
{
	memset(a, 0, sizeof *a);
	struct netvm_region_header *h = region;
	const char *fault = bytes < sizeof *h ? "is too small for a region" : check_header(h, bytes);
	if (fault)
		return fault;
	a->region = region;
	if (slot >= h->nf_slots)
		return "has no such slot";
	if (take_slot(a, slot, pid, name) != 0)
		return "has another NF in this slot";
	a->buffers = (uint8_t *)a->region + h->buffers_offset;
	a->buffer_stride = h->buffer_stride;
	a->buffers_count = h->buffers;
	a->host_sleeping = &h->host_sleeping;
	a->inlets = 1;
	a->inlet[0].link = NETVM_TO_HOST;
	netvm_consumer_open(&a->inlet[0].ring, ring_at(a, netvm_ring_in(slot)), h->ring_entries);
	netvm_producer_open(&a->to_host, ring_at(a, netvm_ring_out(slot)), h->ring_entries);
	memset(a->link_of_lane, NETVM_TO_HOST, sizeof a->link_of_lane);
	return NULL;
}

void netvm_ready(struct netvm_attachment *a)
{
	a->slot->ready_tsc = netvm_tsc();
	__atomic_store_n(&a->slot->state, NETVM_NF_READY, __ATOMIC_RELEASE);
}

/* Those of before stay where they are: what an inlet has read of its ring's indices is its own. Returns whether one is open only until it is empty. */
static int follow_inlets(struct netvm_attachment *a)
{
	const struct netvm_region_header *h = a->region;
	const struct netvm_link *links = (const struct netvm_link *)((char *)a->region + h->links_offset);
	uint64_t wanted = __atomic_load_n(&a->slot->links_in, __ATOMIC_RELAXED);
	uint32_t kept = 1, unwanted = 0;
	for (uint32_t i = 1; i < a->inlets; i++) {
		struct netvm_inlet *in = &a->inlet[i];
		int is_wanted = wanted >> in->link & 1;
		if (!is_wanted && (netvm_ring_empty(&in->ring) || links[in->link].to != a->slot_index)) {
			a->links_in &= ~(1ull << in->link);
			continue;
		}
		unwanted += !is_wanted;
		a->inlet[kept++] = *in;
	}
	a->inlets = kept;
	for (uint64_t new = wanted & ~a->links_in; new != 0; new &= new - 1) {
		struct netvm_inlet *in = &a->inlet[a->inlets++];
		in->link = (uint32_t)__builtin_ctzll(new);
		netvm_consumer_open(&in->ring, ring_at(a, netvm_ring_link(in->link)), h->ring_entries);
	}
	a->links_in |= wanted;
	return unwanted > 0;
}

/* A link whose ends are others' now is closed: one that is ours is opened anew when it comes back. */
static void follow_outlets(struct netvm_attachment *a)
{
	const struct netvm_region_header *h = a->region;
	const struct netvm_link *links = (const struct netvm_link *)((char *)a->region + h->links_offset);
	const struct netvm_lane *lanes = (const struct netvm_lane *)((char *)a->region + h->lanes_offset);
	for (uint32_t l = 0; l < NETVM_LINKS; l++) {
		struct netvm_link link = links[l];
		struct netvm_nf_slot *to = link.from == a->slot_index && link.to < NETVM_MAX_NFS ? netvm_slot(a->region, link.to) : NULL;
		if (to && to != a->outlet[l].to)
			netvm_producer_open(&a->outlet[l].ring, ring_at(a, netvm_ring_link(l)), h->ring_entries);
		a->outlet[l].to = to;
	}
	for (uint32_t i = 0; i < NETVM_LANES; i++) {
		uint8_t l = lanes[i].link[a->slot_index];
		a->link_of_lane[i] = l < NETVM_LINKS && a->outlet[l].to ? l : NETVM_TO_HOST;
	}
}

/* Of the attachment that services are looked up in: the callback has no other way to it. One NF, one process, one attachment. */
static const struct netvm_attachment *named_in;

static int service_number(const char *name)
{
	const struct netvm_region_header *h = named_in->region;
	const struct netvm_service *services = (const struct netvm_service *)((char *)named_in->region + h->services_offset);
	for (uint32_t i = 0; i < NETVM_SERVICES; i++) {
		if (*name && strncmp(services[i].name, name, NETVM_SERVICE_NAME_BYTES) == 0)
			return (int)i;
	}
	return -1;
}

void netvm_follow_orders(struct netvm_attachment *a, const struct netvm_nf *nf)
{
	uint32_t order = __atomic_load_n(&a->slot->order, __ATOMIC_ACQUIRE);
	if (__builtin_expect(order == a->order, 1))
		return;
	if (!follow_inlets(a)) /* else again, when what is in them was taken */
		a->order = order;
	follow_outlets(a);
	named_in = a;
	if (nf->services)
		nf->services(service_number);
}
