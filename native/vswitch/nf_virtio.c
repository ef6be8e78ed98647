/*
 * main() of every NF of the vhost-user baseline: the same NF source as on NetVM, behind a virtio_user port. Packed rings in
 * order, which is what serves virtio best here; on a shared core an idle NF yields.
 */
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../abi/nf.h"
#include "../abi/region.h"
#include "../abi/wait.h"
#include "../base/clock.h"
#include "../base/number.h"
#include "../base/telemetry.h"
#include "../base/wire.h"

#define MEMORY_MB 32
#define QUEUE_MEMORY_MB 6 /* of each further queue */
#define QUEUE 1024
#define POOL_SPARE 1023u  /* beyond both rings of each queue */
#define QUEUES_MAX 8     /* of a virtio_user port of DPDK 22.11 */

enum { COUNT_RX, COUNT_DROP_VERDICT, COUNT_GAPS, COUNT_GAP_CYCLES, COUNT_CYCLES_BUSY, COUNTERS };

static volatile int stop;

struct options {
	int core;
	int index;
	int queues;
	const char *vhost;
	const char *telemetry;
};

struct nf_port {
	uint16_t port;
	uint16_t queues;
	int core;
	struct telemetry telemetry;
	uint64_t ticks_per_us;
	uint64_t last;
};

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static void usage(FILE *out)
{
	fprintf(out,
		"usage: nf-%s-virtio --core N --vhost SOCKET --index N --telemetry FILE [--queues N] [-- NF options]\n"
		"  joins the switch that listens on SOCKET, as NF number N of its chain\n"
		"  --queues N  as the switch has: 1 to 8 (default 1)\n%s%s",
		netvm_nf.name, netvm_nf.usage ? netvm_nf.usage : "", netvm_nf.usage ? "\n" : "");
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {
		{"core", required_argument, 0, 'c'},  {"vhost", required_argument, 0, 'v'},
		{"index", required_argument, 0, 'i'}, {"telemetry", required_argument, 0, 't'},
		{"queues", required_argument, 0, 'q'}, {"help", no_argument, 0, 'h'},
		{0},
	};
	struct options o = {.core = -1, .queues = 1};
	int opt, bad = 0;
	while ((opt = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		switch (opt) {
		case 'c': bad |= read_number(optarg, 0, 1023, &o.core); break;
		case 'v': o.vhost = optarg; break;
		case 'i': bad |= read_number(optarg, 0, NETVM_MAX_NFS - 1, &o.index); break;
		case 't': o.telemetry = optarg; break;
		case 'q': bad |= read_number(optarg, 1, QUEUES_MAX, &o.queues); break;
		case 'h': usage(stdout); exit(0);
		default: bad = 1;
		}
	}
	if (bad || o.core < 0 || !o.vhost || !o.telemetry) {
		usage(stderr);
		exit(2);
	}
	return o;
}

static int set_up(struct nf_port *p, const struct options *o)
{
	char device[256], *vdevs[] = {device};
	static char drop_name[32];
	snprintf(drop_name, sizeof drop_name, "drop.nf%d.verdict", o->index);
	const char *const names[COUNTERS] = {"rx.packets", drop_name, "gaps", "gap.cycles", "cycles.busy"};
	/* More queues than one are switched on over a control queue. */
	snprintf(device, sizeof device, "net_virtio_user0,path=%s,queues=%d,cq=%d,queue_size=%d,packed_vq=1,in_order=1,mrg_rxbuf=0",
		 o->vhost, o->queues, o->queues > 1, QUEUE);
	struct wire_options wire = {.program = netvm_nf.name,
				    .core = o->core,
				    .memory_mb = MEMORY_MB + (o->queues - 1) * QUEUE_MEMORY_MB,
				    .vdevs = vdevs,
				    .vdev_count = 1};
	/* Before the port, which the switch sees as soon as EAL is up: who waits for it may read these next. */
	if (telemetry_create(&p->telemetry, o->telemetry, names, COUNTERS, 0, clock_tsc_hz()) != 0 || wire_init_eal(&wire) != 0)
		return -1;
	p->core = o->core;
	p->queues = (uint16_t)o->queues;
	p->ticks_per_us = clock_tsc_hz() / 1000000;
	uint32_t buffers = 2u * (uint32_t)o->queues * QUEUE + POOL_SPARE;
	struct rte_mempool *pool = rte_pktmbuf_pool_create_by_ops("nf", buffers, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY, "stack");
	if (!pool) {
		fprintf(stderr, "nf-%s-virtio: no memory for its packet buffers\n", netvm_nf.name);
		return -1;
	}
	return wire_start_port(p->port, pool, QUEUE, p->queues);
}

/* Sends all: a full ring holds the NF back, as on NetVM. */
static void send_all(struct nf_port *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	while (n > 0 && !stop) {
		uint32_t sent = rte_eth_tx_burst(p->port, queue, m, (uint16_t)n);
		m += sent;
		n -= sent;
		if (n > 0) {
			uint64_t before = rte_rdtsc();
			sched_yield();
			p->last = rte_rdtsc(); /* the others' turn was no gap, and no work of ours */
			p->telemetry.values[COUNT_CYCLES_BUSY] -= p->last - before;
		}
	}
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
		if (packets[i].action == NETVM_ACTION_NEXT)
			m[going++] = m[i];
		else
			rte_pktmbuf_free(m[i]);
	}
	p->telemetry.values[COUNT_RX] += n;
	p->telemetry.values[COUNT_DROP_VERDICT] += n - going;
	send_all(p, queue, m, going);
}

/* After a burst went through the port's rings. */
static void look_at_clock(struct nf_port *p, uint32_t packets, uint64_t bytes)
{
	uint64_t now = rte_rdtsc();
	if (now - p->last > netvm_gap_ticks(p->ticks_per_us, packets) + wire_copy_ticks(bytes, p->ticks_per_us)) {
		telemetry_event(&p->telemetry, NETVM_EVENT_GAP, p->last, now, 0, (uint32_t)p->core);
		p->telemetry.values[COUNT_GAPS]++;
		p->telemetry.values[COUNT_GAP_CYCLES] += now - p->last;
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
		process_burst(p, q, m, n);
		look_at_clock(p, n, bytes);
		p->telemetry.values[COUNT_CYCLES_BUSY] += p->last - start;
		moved += n;
	}
	return moved;
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	static struct nf_port p;
	char error[256];
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	if (netvm_nf.start && netvm_nf.start(argc - optind, argv + optind, error, sizeof error) != 0) {
		fprintf(stderr, "nf-%s-virtio: %s\n", netvm_nf.name, error);
		return 2;
	}
	if (set_up(&p, &o) != 0)
		return 3;
	wire_settle_thread();
	p.last = rte_rdtsc();
	while (!stop) {
		if (serve_queues(&p) == 0) {
			sched_yield();
			p.last = rte_rdtsc();
		}
	}
	if (netvm_nf.stop)
		netvm_nf.stop();
	rte_eth_dev_stop(p.port);
	rte_eal_cleanup();
	return 0;
}
