#include "nf_loop.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "../abi/region.h"
#include "../abi/wait.h"
#include "../base/clock.h"
#include "../base/wire.h"

struct rte_mempool *nf_loop_pool(const char *program, uint32_t buffers)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create_by_ops("nf", buffers, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY, "stack");
	if (!pool)
		fprintf(stderr, "%s: cannot make %u packet buffers: %s\n", program, buffers, rte_strerror(rte_errno));
	return pool;
}

/* Long enough for a guest's kernel to halt its core, and short beside the time that the ring behind it takes to fill. */
#define HALT_NS 20000

/* The others' turn is no gap, and no work of ours. */
static void yield(struct nf_port *p)
{
	uint64_t before = rte_rdtsc();
	if (p->halts)
		nanosleep(&(struct timespec){.tv_nsec = HALT_NS}, NULL);
	else
		sched_yield();
	p->last = rte_rdtsc();
	p->turn = 0;
	p->yielded += p->last - before;
}

/* Sends all: a full ring holds the NF back, as on NetVM. What is left when it has to stop is lost, by name. */
static void send_all(struct nf_port *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	while (n > 0 && !nf_program_stops()) {
		uint32_t sent = rte_eth_tx_burst(p->port, queue, m, (uint16_t)n);
		m += sent;
		n -= sent;
		if (n > 0)
			yield(p);
	}

	p->telemetry.values[NF_COUNT_DROP_STOPPED] += n;
	rte_pktmbuf_free_bulk(m, n);
}

static void process_burst(struct nf_port *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	struct netvm_packet packets[NETVM_NF_BURST];
	uint32_t going = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *data = rte_pktmbuf_mtod(m[i], uint8_t *);
		rte_prefetch0(data);
		packets[i] = (struct netvm_packet){.data = data, .length = m[i]->data_len};
	}
	netvm_nf.process(packets, n);
	for (uint32_t i = 0; i < n; i++) {
		if (packets[i].action != NETVM_ACTION_DROP) /* no services and one port: all else goes on */
			m[going++] = m[i];
		else
			rte_pktmbuf_free(m[i]);
	}
	p->telemetry.values[NF_COUNT_RX] += n;
	p->telemetry.values[NF_COUNT_DROP_VERDICT] += n - going;
	if (p->sets_next_mac) {
		for (uint32_t i = 0; i < going; i++)
			memcpy(rte_pktmbuf_mtod(m[i], uint8_t *), p->next_mac, sizeof p->next_mac);
	}
	send_all(p, queue, m, going);
}

/* After a burst went through the port's rings. */
static void look_at_clock(struct nf_port *p, uint32_t packets, uint64_t bytes)
{
	uint64_t now = rte_rdtsc();
	if (!p->in_guest && now - p->last > netvm_gap_ticks(p->ticks_per_us, packets) + wire_copy_ticks(p->copies ? bytes : 0, p->ticks_per_us)) {
		telemetry_event(&p->telemetry, NETVM_EVENT_GAP, p->last, now, 0, (uint32_t)p->core);
		p->telemetry.values[NF_COUNT_GAPS]++;
		p->telemetry.values[NF_COUNT_GAP_CYCLES] += now - p->last;
	}
	p->last = now;
}

/* A burst of each queue, sent on the queue it came on. Returns the number of packets. */
static uint32_t serve_queues(struct nf_port *p)
{
	uint32_t moved = 0;
	for (uint16_t q = 0; q < p->queues; q++) {
		struct rte_mbuf *m[NETVM_NF_BURST];
		uint32_t n = rte_eth_rx_burst(p->port, q, m, NETVM_NF_BURST);
		if (n == 0)
			continue;
		uint64_t bytes = (uint64_t)n * m[0]->pkt_len, start = rte_rdtsc();
		p->yielded = 0;
		process_burst(p, q, m, n);
		look_at_clock(p, n, bytes);
		if (!p->in_guest) /* all at once: who reads it in between finds no less than before */
			p->telemetry.values[NF_COUNT_CYCLES_BUSY] += p->last - start - p->yielded;
		moved += n;
	}
	return moved;
}

/* Its peer may answer later than the port starts. */
static void wait_for_link(struct nf_port *p)
{
	while (!nf_program_stops() && !wire_link_up(p->port))
		rte_delay_us_sleep(1000);
	p->telemetry.values[NF_COUNT_LINK_UP] = 1;
	if (p->ready)
		p->ready();
}

int nf_loop_run(struct nf_port *p)
{
	p->ticks_per_us = clock_tsc_hz() / 1000000;
	wait_for_link(p);
	wire_settle_thread();
	p->last = rte_rdtsc();
	while (!nf_program_stops()) {
		uint32_t moved = serve_queues(p);
		p->turn += moved;
		if (moved == 0 || (p->turn_packets > 0 && p->turn >= p->turn_packets))
			yield(p);
	}
	if (netvm_nf.stop)
		netvm_nf.stop();
	rte_eth_dev_stop(p->port);
	rte_eal_cleanup();
	return 0;
}
