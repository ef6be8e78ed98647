/* Chains on the fake path, of NFs that a test puts together: their hops, flows by their numbers, and an NF that sends some of them elsewhere. */
#ifndef NETVM_TESTS_FAKE_CHAINS_H
#define NETVM_TESTS_FAKE_CHAINS_H

#include "fake_nfs.h"

#define FLOWS 1024u

static inline struct instances hop(uint32_t domain, uint32_t service, uint32_t first, uint32_t n)
{
	struct instances h = {.domain = (uint8_t)domain, .service = (uint8_t)service, .count = (uint8_t)n};
	for (uint32_t i = 0; i < n; i++)
		h.slots[i] = (uint8_t)(first + i);
	return h;
}

static inline struct chain_plan plan_of(uint32_t length, const struct instances *hops)
{
	struct chain_plan plan = {.used = 1, .weight = 1, .length = length};
	for (uint32_t i = 0; i < length; i++)
		plan.hops[i] = hops[i];
	return plan;
}

static inline void set_chain(uint32_t chain, uint32_t length, const struct instances *hops)
{
	struct chain_plan plan = plan_of(length, hops);
	path_set_chain(&p, chain, &plan, COUNT_DROP_CHANGED);
}

/* Of NFs in slots from `first` on, one a hop. */
static inline void chain_of(uint32_t first, uint32_t n)
{
	struct instances hops[NETVM_MAX_NFS];
	for (uint32_t i = 0; i < n; i++)
		hops[i] = hop(0, NO_SERVICE, first + i, 1);
	set_chain(0, n, hops);
}

static inline void chain_of_two(uint32_t a, uint32_t b)
{
	set_chain(0, 2, (const struct instances[]){hop(0, NO_SERVICE, a, 1), hop(0, NO_SERVICE, b, 1)});
}

static inline void use_flows_of(uint32_t capacity)
{
	char error[128];
	p.flows = flow_table_create(capacity, error, sizeof error);
	assert_non_null(p.flows);
}

static inline void use_flows(void)
{
	use_flows_of(1u << 14);
}

static inline void join(uint32_t domain, uint32_t first, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		fake_join(domain, first + i);
}

static inline void end(void)
{
	if (p.flows)
		flow_table_destroy(p.flows);
	p.flows = NULL;
	fake_nfs_end();
}

/* Packets are with the first NF of a chain. */
static inline void arrive(uint32_t n)
{
	fake.queues[FAKE_WIRE][0].waiting = n;
	for (uint32_t i = 0; i < 4; i++)
		path_round(&p);
	assert_int_equal(fake.queues[FAKE_WIRE][0].waiting, 0);
}

/* Of each flow all packets were seen by one of the n NFs from `first` on. Returns the number of flows that NF `which` has. */
static inline uint32_t flows_of(uint32_t first, uint32_t n, uint32_t which)
{
	uint32_t owned = 0;
	for (uint32_t flow = 0; flow < FLOWS; flow++) {
		uint32_t owners = 0;
		for (uint32_t i = first; i < first + n; i++)
			owners += fake_nfs[0][i].flows_seen[flow] > 0;
		assert_int_equal(owners, 1);
		owned += fake_nfs[0][which].flows_seen[flow] > 0;
	}
	return owned;
}

static inline void forget_flows_seen(void)
{
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++) {
		fake_nfs[0][i].seen = 0;
		memset(fake_nfs[0][i].flows_seen, 0, sizeof fake_nfs[0][i].flows_seen);
	}
}

static inline struct netvm_flow flow_numbered(uint32_t n)
{
	struct netvm_flow flow = {.src = {0, 10u << 24 | n}, .dst = {0, 198u << 24 | 18u << 16 | 1}};
	flow.rest = netvm_flow_rest(((n >> 8 ^ 0x55) << 8 | (n & 0xff)) << 16 | 9, NETVM_UDP, 4);
	return flow;
}

/* Each second flow is another chain's. */
static inline void half_of_flows_to(uint32_t chain)
{
	struct netvm_flow half[FLOWS / 2];
	for (uint32_t i = 0; i < FLOWS / 2; i++)
		half[i] = flow_numbered(i * 2);
	assert_int_equal(path_set_flows(&p, half, FLOWS / 2, chain), FLOWS / 2);
}

static uint8_t steer_action, steer_target;
static uint32_t steering_slot;

/* The NF in `steering_slot` sends each fourth flow elsewhere. */
static inline void steer_each_fourth(struct netvm_packet *packet, uint32_t flow)
{
	if (fake_turn != &fake_nfs[0][steering_slot] || flow % 4 != 0)
		return;
	packet->action = steer_action;
	packet->target = steer_target;
}

#endif
