/* NFs on the fake path that take packets and keep them, so that these are lost and parked, and what then goes on beside them. */
#ifndef NETVM_TESTS_FAKE_RECLAIM_H
#define NETVM_TESTS_FAKE_RECLAIM_H

#include "fake_chains.h"

#define KEPT 100u

static struct netvm_desc kept[CREDITS];
static uint8_t is_kept[FAKE_MBUFS];

static inline void keep_off(struct netvm_packet *packet, uint32_t flow)
{
	(void)flow;
	const struct netvm_attachment *a = &fake_turn->a;
	assert_int_equal(is_kept[(uint64_t)(packet->data - a->buffers) / a->buffer_stride], 0);
}

/* The NF in a slot takes so many packets out of its ring and is slow to hand them on. */
static inline void take(uint32_t slot, uint32_t n)
{
	fake_nfs[0][slot].runs = 0;
	assert_int_equal(netvm_ring_pop(&fake_nfs[0][slot].a.inlet[0].ring, kept, n), n);
	for (uint32_t i = 0; i < n; i++)
		is_kept[kept[i].buffer] = 1;
}

static inline void give_back(struct netvm_producer *to, uint32_t n)
{
	memset(is_kept, 0, sizeof is_kept);
	assert_int_equal(netvm_ring_push(to, kept, n), n);
}

/* Until nothing is parked, or as often as that takes where it can be. */
static inline void unpark(void)
{
	for (uint32_t i = 0; p.parked > 0 && i < 1000; i++) {
		path_round(&p);
		fake_turns();
	}
}

static inline void start(uint32_t nfs)
{
	memset(is_kept, 0, sizeof is_kept);
	fake_nfs_start(1, FLOWS);
	join(0, 0, nfs);
	fake_verdict = keep_off;
}

/* What the first of two NFs has taken is lost, and the chain goes on by the second. */
static inline void start_with_a_slow_nf(void)
{
	start(2);
	chain_of(0, 1);
	arrive(KEPT);
	take(0, KEPT);
	chain_of(1, 1);
	fake_rest(); /* 20 ms */
}

static inline uint64_t goes_through(uint64_t packets)
{
	uint64_t before = count(COUNT_TX);
	fake_traffic(packets, packets / 10);
	fake_rest();
	return count(COUNT_TX) - before;
}

#endif
