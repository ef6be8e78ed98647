/* The baseline's switch on the fake port (fake_port.h): packets come and go by the wire, and the test says what its NFs are. */
#ifndef NETVM_TESTS_FAKE_SWITCH_H
#define NETVM_TESTS_FAKE_SWITCH_H

#include <stdlib.h>

#include "../vswitch/switch.h"
#include "fake_port.h"

static struct vswitch s;
static char *buffers;

static inline int fake_switch_memory(void)
{
	buffers = aligned_alloc(64, (uint64_t)FAKE_MBUFS * BUFFER_STRIDE);
	return buffers ? 0 : -1;
}

static inline void fake_switch_start(uint32_t nfs, uint16_t queues)
{
	static struct netvm_telemetry_header header;
	static struct netvm_event events[TELEMETRY_EVENTS];
	static uint64_t values[SWITCH_COUNTERS_MAX];
	memset(&s, 0, sizeof s);
	memset(values, 0, sizeof values);
	fake_reset(buffers, BUFFER_STRIDE);
	s.nfs = nfs;
	s.queues = queues;
	s.ticks_per_us = 2000;
	s.telemetry = (struct telemetry){.header = &header, .values = values, .events = events};
	s.hops[nfs].port = FAKE_WIRE;
}

static inline uint64_t count(uint32_t counter)
{
	return s.telemetry.values[counter];
}

#endif
