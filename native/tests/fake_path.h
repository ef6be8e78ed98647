/*
 * netvmd's data path on the fake port (fake_port.h), and the books that must close over it. `fake_memory` has to be called once, before
 * anything else.
 */
#ifndef NETVM_TESTS_FAKE_PATH_H
#define NETVM_TESTS_FAKE_PATH_H

#include "../netvmd/path.h"
#include "fake_port.h"

#define CREDITS 256u
#define FAKE_REGION_BYTES (1u << 20) /* what comes before the buffers: header, slots, rings */

static struct path p;
static char *memory, *buffers;

static int fake_memory(void)
{
	memory = aligned_alloc(4096, FAKE_REGION_BYTES + (uint64_t)FAKE_MBUFS * BUFFER_STRIDE);
	buffers = memory + FAKE_REGION_BYTES;
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
	r->rings_offset = sizeof(struct netvm_region_header) + NETVM_MAX_NFS * sizeof(struct netvm_nf_slot);
	r->buffers_offset = FAKE_REGION_BYTES;
	r->holder = calloc(count, 1);
	r->mbufs = calloc(count, sizeof *r->mbufs);
	if (!r->holder || !r->mbufs)
		abort();
	region_header(r)->slots_offset = sizeof(struct netvm_region_header);
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
	path_set_chain(&p, plan, COUNT_DROP_CHANGED);
}

static void path_stop(void)
{
	free(p.region.holder);
	free(p.region.mbufs);
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
