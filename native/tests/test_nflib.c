/* An NF's side of a region: damaged headers refused, and the whole loop with a fake netvmd at its other end. */
#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../abi/futex.h"
#include "../nflib/loop.h"

#define BUFFERS 64u
#define STRIDE 2112u
#define RING 128u

static char file[] = "region-XXXXXX";

static struct netvm_region_header sound_header(void)
{
	struct netvm_region_header h = {
		.magic = NETVM_REGION_MAGIC,
		.abi_version = NETVM_REGION_ABI,
		.nf_slots = NETVM_MAX_NFS,
		.slots_offset = NETVM_SLOTS_OFFSET,
		.services_offset = NETVM_SERVICES_OFFSET,
		.links_offset = NETVM_LINKS_OFFSET,
		.lanes_offset = NETVM_LANES_OFFSET,
		.rings_offset = NETVM_RINGS_OFFSET,
		.ring_stride = sizeof(struct netvm_ring) + RING * sizeof(struct netvm_desc),
		.buffer_stride = STRIDE,
		.ring_entries = RING,
		.buffers = BUFFERS,
		.tsc_hz = 1000000000,
	};
	h.buffers_offset = h.rings_offset + NETVM_RINGS * h.ring_stride;
	h.total_bytes = h.buffers_offset + BUFFERS * STRIDE;
	return h;
}

static void write_region(const struct netvm_region_header *h, uint64_t bytes)
{
	int fd = open(file, O_RDWR | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(pwrite(fd, h, bytes < sizeof *h ? bytes : sizeof *h, 0), bytes < sizeof *h ? bytes : sizeof *h);
	close(fd);
}

static int attach(struct netvm_attachment *a, uint32_t slot)
{
	char error[256];
	return netvm_attach(a, file, slot, "test", error, sizeof error);
}

static void damaged_regions_are_refused(void **state)
{
	(void)state;
	struct netvm_attachment a;
	struct netvm_region_header good = sound_header();
	for (int fault = 0; fault < 9; fault++) {
		struct netvm_region_header h = good;
		uint64_t bytes = good.total_bytes;
		switch (fault) {
		case 0: h.magic++; break;
		case 1: h.abi_version++; break;
		case 2: h.total_bytes = bytes + 1; break;
		case 3: h.nf_slots = 1000; break;
		case 4: h.ring_entries = 129; break;
		case 5: h.ring_stride = 64; break;
		case 6: h.buffers = 1000000; break;
		case 7: h.slots_offset = bytes; break;
		case 8: bytes = 100; break;
		}
		write_region(&h, bytes);
		assert_int_equal(attach(&a, 0), -1);
	}
	write_region(&good, good.total_bytes);
	assert_int_equal(attach(&a, NETVM_MAX_NFS), -1); /* no such slot */
	assert_int_equal(attach(&a, 1), 0);
	assert_int_equal(attach(&a, 1), -1); /* taken */
}

/* How much is mapped from there on, as the kernel says. */
static uint64_t mapped_bytes(const void *from)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end, bytes = 0;
	assert_non_null(maps);
	char line[512];
	while (fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start == (unsigned long)from)
			bytes = end - start;
	}
	fclose(maps);
	return bytes;
}

/* The file is a power of two, for guests; a page behind the region that anybody touched would be one of the host's huge pages. */
static void a_hole_behind_the_region_is_not_mapped(void **state)
{
	(void)state;
	struct netvm_attachment a;
	struct netvm_region_header h = sound_header();
	write_region(&h, 4 * h.total_bytes);
	assert_int_equal(attach(&a, 0), 0);
	assert_int_equal(mapped_bytes(a.region), (h.total_bytes + 4095) / 4096 * 4096);
}

/* Drops packets whose first byte is odd. */
static void process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (packets[i].length > 0 && packets[i].data[0] % 2 == 1)
			packets[i].action = NETVM_ACTION_DROP;
	}
}

static const struct netvm_nf odd_dropper = {.name = "odd", .process = process};

static void *run_nf(void *context)
{
	netvm_nf_loop(context, &odd_dropper, NETVM_MODE_SHARED);
	return NULL;
}

static void the_loop_moves_packets_and_sends_drops_home(void **state)
{
	(void)state;
	struct netvm_region_header h = sound_header();
	struct netvm_attachment nf, host;
	struct netvm_producer in;
	struct netvm_consumer out;
	pthread_t thread;
	write_region(&h, h.total_bytes);
	assert_int_equal(attach(&nf, 0), 0);
	assert_int_equal(attach(&host, 1), 0); /* only for its mapping */
	struct netvm_nf_slot *slot = netvm_slot(host.region, 0);
	uint64_t before = netvm_tsc();
	netvm_ready(&nf);
	assert_true(slot->ready_tsc >= before && slot->ready_tsc <= netvm_tsc());
	netvm_producer_open(&in, (struct netvm_ring *)((char *)host.region + h.rings_offset + netvm_ring_in(0) * h.ring_stride), RING);
	netvm_consumer_open(&out, (struct netvm_ring *)((char *)host.region + h.rings_offset + netvm_ring_out(0) * h.ring_stride), RING);
	assert_int_equal(pthread_create(&thread, NULL, run_nf, &nf), 0);
	uint32_t dropped = 0, passed = 0, hostile = 0;
	for (uint32_t round = 0; round < 200; round++) {
		struct netvm_desc d[BUFFERS];
		for (uint32_t i = 0; i < BUFFERS; i++) {
			host.buffers[i * STRIDE] = (uint8_t)i;
			d[i] = (struct netvm_desc){.buffer = i, .offset = 0, .length = 60};
		}
		d[2].buffer = 77777; /* an evil neighbour: the NF must not touch what it points to */
		d[4].length = 65535;
		assert_int_equal(netvm_ring_push(&in, d, BUFFERS), BUFFERS);
		netvm_wake(&slot->sleeping);
		for (uint32_t got = 0; got < BUFFERS;) {
			uint32_t n = netvm_ring_pop(&out, d, BUFFERS);
			for (uint32_t i = 0; i < n; i++) {
				hostile += d[i].length == 0;
				dropped += d[i].length != 0 && d[i].action == NETVM_ACTION_DROP;
				passed += d[i].action == NETVM_ACTION_NEXT;
			}
			got += n;
		}
	}
	assert_int_equal(hostile, 2 * 200);
	assert_int_equal(dropped, BUFFERS / 2 * 200);
	assert_int_equal(passed, (BUFFERS / 2 - 2) * 200);
	__atomic_store_n(&slot->stop, 1, __ATOMIC_SEQ_CST);
	netvm_wake(&slot->sleeping);
	pthread_join(thread, NULL);
}

int main(void)
{
	int fd = mkstemp(file);
	if (fd < 0)
		return 1;
	close(fd);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_regions_are_refused),
		cmocka_unit_test(a_hole_behind_the_region_is_not_mapped),
		cmocka_unit_test(the_loop_moves_packets_and_sends_drops_home),
	};
	int failed = cmocka_run_group_tests_name("nflib", tests, NULL, NULL);
	unlink(file);
	return failed;
}
