/*
 * Ports without DPDK behind them, for the data paths' tests: a wire whose queues give numbered packets and check what comes back, and
 * ports that give back what they are given, queue by queue, as an NF behind one does. A program that includes this has what the
 * data path needs of DPDK, and must not be linked with it.
 */
#ifndef NETVM_TESTS_FAKE_PORT_H
#define NETVM_TESTS_FAKE_PORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>

#include "../netvmd/region.h"

#define FAKE_WIRE 0u
#define FAKE_PORTS 4u
#define FAKE_QUEUES 16u
#define FAKE_MBUFS 32768u
#define FAKE_RING 1024u /* what a port that loops holds, each queue */

/* The first bytes of every packet: where a frame has its addresses. */
struct __attribute__((packed)) fake_payload {
	uint32_t queue;
	uint64_t number;
};

#define FAKE_FLOWS 65536u

struct fake_queue {
	uint32_t index;
	int loops;
	/* The wire's. */
	uint64_t waiting;  /* packets that can still be received */
	uint64_t received, sent;
	uint64_t room;     /* packets that it still takes */
	uint64_t strayed;  /* came back here, and had gone out elsewhere */
	uint64_t reordered;
	uint64_t next;     /* no lower number may come back */
	/* A looping one's. */
	struct rte_mbuf *ring[FAKE_RING];
	uint32_t head, tail;
};

static struct {
	struct fake_queue queues[FAKE_PORTS][FAKE_QUEUES];
	void *data[FAKE_PORTS][FAKE_QUEUES], *none[FAKE_QUEUES];
	struct rte_mempool pool;
	struct rte_mbuf mbufs[FAKE_MBUFS];
	struct rte_mbuf *unused[FAKE_MBUFS];
	uint32_t unused_count;
	uint64_t freed; /* by the data path: dropped */
	int link_up;
	uint32_t flows; /* packets are UDP of so many flows in turn, and in order within each; 0: of none, and in order altogether */
	uint64_t flow_next[FAKE_FLOWS];
	int lies;  /* of each four packets of the wire three are none that can be */
	int moody; /* the wire's queues take now fewer packets and then more, also within one burst of the data path */
} fake;

struct rte_eth_fp_ops rte_eth_fp_ops[RTE_MAX_ETHPORTS];
struct rte_mempool_ops_table rte_mempool_ops_table;
RTE_DEFINE_PER_LCORE(unsigned int, _lcore_id);

/* Never called here. */
void __rte_panic(const char *where, const char *format, ...) { (void)where, (void)format; abort(); }
uint16_t rte_eth_call_rx_callbacks(uint16_t port, uint16_t queue, struct rte_mbuf **m, uint16_t n, uint16_t most, void *context)
{
	(void)port, (void)queue, (void)m, (void)n, (void)most, (void)context;
	abort();
}
uint16_t rte_eth_call_tx_callbacks(uint16_t port, uint16_t queue, struct rte_mbuf **m, uint16_t n, void *context)
{
	(void)port, (void)queue, (void)m, (void)n, (void)context;
	abort();
}

int wire_link_up(uint16_t port)
{
	(void)port;
	return fake.link_up;
}

/* What another pool than the wire's has: its pool_data points here. */
struct fake_stack {
	struct rte_mbuf **m;
	uint32_t count;
};

static int fake_enqueue(struct rte_mempool *pool, void *const *objects, unsigned int n)
{
	struct fake_stack *stack = pool->pool_data;
	for (unsigned int i = 0; stack && i < n; i++)
		stack->m[stack->count++] = objects[i];
	if (stack)
		return 0;
	for (unsigned int i = 0; i < n; i++)
		fake.unused[fake.unused_count++] = objects[i];
	fake.freed += n;
	return 0;
}

static int fake_dequeue(struct rte_mempool *pool, void **objects, unsigned int n)
{
	struct fake_stack *stack = pool->pool_data;
	uint32_t *count = stack ? &stack->count : &fake.unused_count;
	if (n > *count)
		return -1;
	for (unsigned int i = 0; i < n; i++)
		objects[i] = (stack ? stack->m : fake.unused)[--*count];
	return 0;
}

void rte_pktmbuf_free_bulk(struct rte_mbuf **m, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		fake_enqueue(m[i]->pool, (void *const *)&m[i], 1);
}

static struct fake_payload *fake_payload_of(const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod(m, struct fake_payload *);
}

/* As a driver would have it that believes the wire's other end. */
static void fake_lie(struct rte_mbuf *m, uint64_t kind)
{
	if (kind == 1)
		m->data_len = m->pkt_len = UINT16_MAX;
	if (kind == 2)
		m->data_len = m->pkt_len = 0;
	if (kind == 3)
		m->nb_segs = 2;
}

/* The flow of packet `number`: UDP from 10.0.x.x to 198.18.0.1:9, its number in address and port. */
static void fake_flow(struct rte_mbuf *m, uint32_t flow)
{
	static const uint8_t ip[] = {8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 0, 198, 18, 0, 1, 0, 0, 0, 9, 0, 26, 0, 0};
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
	memcpy(frame + 12, ip, sizeof ip);
	memset(frame + 12 + sizeof ip, 0, 60 - 12 - sizeof ip); /* as a wire would, it writes all of the frame */
	frame[28] = (uint8_t)(flow >> 8);
	frame[29] = (uint8_t)flow;
	frame[34] = (uint8_t)(flow >> 8 ^ 0x55);
	frame[35] = (uint8_t)flow;
}

static uint16_t fake_rx(void *queue, struct rte_mbuf **m, uint16_t n)
{
	struct fake_queue *q = queue;
	uint16_t i = 0;
	for (; q->loops && i < n && q->tail != q->head; i++)
		m[i] = q->ring[q->tail++ % FAKE_RING];
	for (; !q->loops && i < n && q->waiting > 0 && fake.unused_count > 0; i++, q->waiting--) {
		m[i] = fake.unused[--fake.unused_count];
		m[i]->data_off = RTE_PKTMBUF_HEADROOM;
		m[i]->data_len = 60;
		m[i]->pkt_len = 60;
		*fake_payload_of(m[i]) = (struct fake_payload){q->index, q->received++};
		if (fake.flows > 0)
			fake_flow(m[i], (uint32_t)((q->received - 1) % fake.flows));
		fake_lie(m[i], fake.lies ? q->received % 4 : 0);
	}
	return i;
}

static void fake_take(struct fake_queue *q, struct rte_mbuf *m)
{
	const struct fake_payload *p = fake_payload_of(m);
	q->strayed += p->queue != q->index;
	uint64_t *next = fake.flows > 0 ? &fake.flow_next[p->number % fake.flows] : &q->next;
	q->reordered += p->number < *next;
	*next = p->number + 1;
	q->sent++;
	q->room--;
	fake.unused[fake.unused_count++] = m;
}

static uint16_t fake_tx(void *queue, struct rte_mbuf **m, uint16_t n)
{
	struct fake_queue *q = queue;
	uint16_t i = 0;
	if (fake.moody && !q->loops && n > 0 && rand() % 2 == 0)
		n = (uint16_t)(rand() % n);
	for (; q->loops && fake.link_up && i < n && q->head - q->tail < FAKE_RING; i++)
		q->ring[q->head++ % FAKE_RING] = m[i];
	for (; !q->loops && fake.link_up && i < n && q->room > 0; i++)
		fake_take(q, m[i]);
	return i;
}

/* All packets are unused, the wire gives and takes without end, the other ports are empty. Buffers are in memory at `buffers`. */
static void fake_reset(char *buffers, uint32_t stride)
{
	memset(&fake, 0, sizeof fake);
	fake.link_up = 1;
	snprintf(rte_mempool_ops_table.ops[0].name, sizeof rte_mempool_ops_table.ops[0].name, "fake");
	rte_mempool_ops_table.ops[0].enqueue = fake_enqueue;
	rte_mempool_ops_table.ops[0].dequeue = fake_dequeue;
	for (uint32_t i = 0; i < FAKE_MBUFS; i++) {
		struct rte_mbuf *m = &fake.mbufs[i];
		m->pool = &fake.pool;
		m->buf_addr = buffers + (uint64_t)i * stride;
		m->nb_segs = 1;
		rte_mbuf_refcnt_set(m, 1);
		fake.unused[fake.unused_count++] = m;
	}
	for (uint32_t port = 0; port < FAKE_PORTS; port++) {
		for (uint32_t i = 0; i < FAKE_QUEUES; i++) {
			fake.queues[port][i] =
				(struct fake_queue){.index = i, .loops = port != FAKE_WIRE, .waiting = UINT64_MAX, .room = UINT64_MAX};
			fake.data[port][i] = &fake.queues[port][i];
		}
		rte_eth_fp_ops[port] = (struct rte_eth_fp_ops){.rx_pkt_burst = fake_rx,
							       .tx_pkt_burst = fake_tx,
							       .rxq = {fake.data[port], fake.none},
							       .txq = {fake.data[port], fake.none}};
	}
}

/* Of all queues of the wire. */
static inline uint64_t fake_sum_received(void)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < FAKE_QUEUES; i++)
		sum += fake.queues[FAKE_WIRE][i].received;
	return sum;
}

static inline uint64_t fake_sum_sent(void)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < FAKE_QUEUES; i++)
		sum += fake.queues[FAKE_WIRE][i].sent;
	return sum;
}

/* Whatever else happened, what came back came back where it belongs and in order. */
static inline void fake_expect_order(void)
{
	for (uint32_t i = 0; i < FAKE_QUEUES; i++) {
		assert_int_equal(fake.queues[FAKE_WIRE][i].strayed, 0);
		assert_int_equal(fake.queues[FAKE_WIRE][i].reordered, 0);
	}
}

#endif
