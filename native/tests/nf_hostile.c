/*
 * nf-hostile REGION SLOT: an NF that hands back buffers it doesn't hold, lengths and offsets that make no sense, every packet twice, and
 * ring indices from nowhere. netvmd must refuse all of it, get every buffer back, and go on.
 * It also writes over what the region's header says of where things are, and says that it was ready long before it was there.
 * nf-hostile REGION SLOT endless: keeps its packets, hands back nonsense without an end, and does not leave when it is told to.
 * nf-hostile REGION SLOT frozen: hands every packet back as it should, but says that it has taken none out of its ring.
 * nf-hostile REGION SLOT foreign: becomes another user once it has the region, and then says that it is ready.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../abi/futex.h"
#include "../nflib/attach.h"

static void scribble(void *region)
{
	struct netvm_region_header *h = region;
	h->slots_offset = 1ull << 46;
	h->rings_offset = h->ring_stride = h->buffers_offset = h->buffer_stride = h->total_bytes = ~0ull;
	h->ring_entries = h->buffers = h->nf_slots = ~0u;
}

/* Never more than a ring at once: it is netvmd that is to find no end. */
static void without_end(struct netvm_attachment *a)
{
	struct netvm_desc d, nonsense = {.buffer = 0xffffffff, .length = 64};
	for (;;) {
		(void)netvm_ring_pop(&a->inlet[0].ring, &d, 1);
		if (netvm_ring_push(&a->to_host, &nonsense, 1) == 0)
			netvm_wake(a->host_sleeping);
	}
}

int main(int argc, char **argv)
{
	struct netvm_attachment a;
	char error[256];
	int frozen = argc == 4 && strcmp(argv[3], "frozen") == 0, foreign = argc == 4 && strcmp(argv[3], "foreign") == 0;
	int endless = argc == 4 && strcmp(argv[3], "endless") == 0;
	int known = argc == 3 || frozen || foreign || endless;
	if (!known || netvm_attach(&a, argv[1], (uint32_t)atoi(argv[2]), "hostile", error, sizeof error) != 0) {
		fprintf(stderr, "nf-hostile: %s\n", known ? error : "expected REGION SLOT [endless|frozen|foreign]");
		return 2;
	}
	if (foreign && setresuid(65534, 65534, 65534) != 0) {
		perror("nf-hostile: setresuid");
		return 3;
	}
	a.slot->ready_tsc = 1;
	__atomic_store_n(&a.slot->state, NETVM_NF_READY, __ATOMIC_RELEASE);
	struct netvm_consumer *in = &a.inlet[0].ring;
	if (endless)
		without_end(&a);
	while (!__atomic_load_n(&a.slot->stop, __ATOMIC_RELAXED)) {
		struct netvm_desc d;
		if (netvm_ring_pop(in, &d, 1) == 0) {
			netvm_announce_sleep(&a.slot->sleeping);
			if (netvm_ring_empty(in))
				netvm_sleep(&a.slot->sleeping, 1000000);
			continue;
		}
		if (frozen) {
			__atomic_store_n(&in->ring->tail, 0, __ATOMIC_RELEASE);
			netvm_ring_push(&a.to_host, &d, 1);
			netvm_wake(a.host_sleeping);
			continue;
		}
		scribble(a.region);
		struct netvm_desc bad[] = {d, d, d, d, d, d};
		bad[1].buffer = 0xffffffff;       /* no such buffer */
		bad[2].buffer = (d.buffer + 1) % a.buffers_count; /* somebody else's */
		bad[3].length = 65535;
		bad[4].offset = 65535;
		netvm_ring_push(&a.to_host, bad + 1, 4);
		netvm_ring_push(&a.to_host, bad, 1); /* as it should be ... */
		netvm_ring_push(&a.to_host, bad, 1); /* ... and once more */
		netvm_wake(a.host_sleeping);
	}
	__atomic_store_n(&a.to_host.ring->head, 12345678, __ATOMIC_RELEASE);
	return 0;
}
