/*
 * netvmd's data path on the fake port (fake_port.h), and the books that must close over it. `fake_memory` has to be called once, before
 * anything else.
 */
#ifndef NETVM_TESTS_FAKE_PATH_H
#define NETVM_TESTS_FAKE_PATH_H

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../netvmd/path.h"
#include "fake_port.h"

#define CREDITS 256u
#define FAKE_TSC_HZ 2000000000u
#define FAKE_REGION_BYTES (2u << 20) /* what comes before the buffers: header, slots, rings */

static struct path p;
static char *memory, *buffers;

static char region_file[64]; /* of that memory: NFs can join by it */

/* Memory for a region with so many buffers behind it, and the file of it. NULL where there is none. */
static inline char *fake_region_memory(uint32_t count, char file[64])
{
	uint64_t bytes = FAKE_REGION_BYTES + (uint64_t)count * BUFFER_STRIDE;
	int fd = (int)syscall(SYS_memfd_create, "region", 0);
	if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0)
		return NULL;
	snprintf(file, 64, "/proc/self/fd/%d", fd);
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

static int fake_memory(void)
{
	memory = fake_region_memory(FAKE_MBUFS, region_file);
	buffers = memory ? memory + FAKE_REGION_BYTES : NULL;
	return memory ? 0 : -1;
}

/* A region of that memory, whose buffers lie right behind it. */
static void fake_layout(struct region *r, char *base, uint32_t count)
{
	memset(base, 0, FAKE_REGION_BYTES);
	r->base = base;
	r->buffers = count;
	r->ring_entries = CREDITS;
	r->ring_stride = sizeof(struct netvm_ring) + CREDITS * sizeof(struct netvm_desc) + NETVM_CACHE_LINE;
	r->buffers_offset = FAKE_REGION_BYTES;
	r->bytes = FAKE_REGION_BYTES + (uint64_t)count * BUFFER_STRIDE;
	region_write_header(r, FAKE_TSC_HZ);
	r->holder = calloc(count, sizeof *r->holder);
	r->flow = calloc(count, sizeof *r->flow);
	r->parked = calloc(count, sizeof *r->parked);
	r->mbufs = calloc(count, sizeof *r->mbufs);
	if (!r->holder || !r->flow || !r->parked || !r->mbufs)
		abort();
}

static inline void fake_region_stop(struct region *r)
{
	free(r->holder);
	free(r->flow);
	free(r->parked);
	free(r->mbufs);
}

/* The port's. */
static void fake_region(struct region *r)
{
	fake_layout(r, memory, FAKE_MBUFS);
	fake_reset(buffers, BUFFER_STRIDE);
	r->pool = &fake.pool;
	for (uint32_t i = 0; i < FAKE_MBUFS; i++)
		r->mbufs[i] = &fake.mbufs[i];
}

/* A chain of so many NFs, in the slots from 0 on of the first domain. */
static inline struct chain_plan fake_plan(uint32_t length)
{
	struct chain_plan plan = {.used = 1, .weight = 1, .length = length};
	for (uint32_t i = 0; i < length; i++)
		plan.hops[i] = (struct instances){.service = NO_SERVICE, .count = 1, .slots = {(uint8_t)i}};
	return plan;
}

/* NFs of a plan join before it becomes the chain. */
static void path_start(uint16_t queues, const struct chain_plan *plan)
{
	static struct netvm_telemetry_header header;
	static struct netvm_event events[TELEMETRY_EVENTS];
	static uint64_t values[COUNTERS_MAX];
	memset(&p, 0, sizeof p);
	memset(values, 0, sizeof values);
	fake_region(&p.region);
	p.port = FAKE_WIRE;
	p.queues = queues;
	p.domains = 1;
	p.turn_left = BURST;
	p.in_flight_max = CREDITS;
	p.ticks_per_us = 2000;
	p.telemetry = (struct telemetry){.header = &header, .values = values, .events = events};
	for (uint32_t i = 0; i < plan->length; i++)
		path_nf_joined(&p, plan->hops[i].domain, plan->hops[i].slots[0], 0, -1, 0);
	path_set_chain(&p, 0, plan, COUNT_DROP_CHANGED);
}

static void path_end(void)
{
	fake_region_stop(&p.region);
}

/* What is on ways that close comes back, or is taken back. */
static inline void close_routes(void)
{
	while (p.closing > 0)
		path_round(&p);
}

static uint64_t count(uint32_t counter)
{
	return p.telemetry.values[counter];
}

/* Nothing is anywhere any more: the port has been given all that it received, or it was dropped by name. */
static inline void expect_books(uint64_t dropped)
{
	uint64_t in = 0, out = 0;
	for (uint16_t q = 0; q < p.queues; q++) {
		assert_int_equal(count(count_queue_rx(q)), fake.queues[FAKE_WIRE][q].received);
		assert_int_equal(count(count_queue_tx(q)), fake.queues[FAKE_WIRE][q].sent);
		in += count(count_queue_rx(q));
		out += count(count_queue_tx(q));
	}
	assert_int_equal(count(COUNT_RX), in);
	assert_int_equal(count(COUNT_TX), out);
	assert_int_equal(in, out + dropped);
	assert_int_equal(fake.freed, dropped);
	assert_int_equal(fake.unused_count, FAKE_MBUFS);
	for (uint32_t i = 0; i < FAKE_MBUFS; i++)
		assert_int_equal(p.region.holder[i], HELD_BY_HOST);
	fake_expect_order();
}

#endif
