/* netvmd: the NetVM data plane. Owns the port, the packet memory and the chain; NFs join through the region file. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../abi/wait.h"
#include "../base/clock.h"
#include "../base/number.h"
#include "../base/wire.h"
#include "placement.h"
#include "service.h"

#define MEMORY_MB 32
#define QUEUE_MEMORY_MB 4 /* of each further queue, for the headers of its buffers */
#define DOMAIN_MEMORY_MB 4 /* of each trust domain, where there are several: the same */
#define POOL_SPARE 1024u  /* beyond what all port rings and the chain can hold */

static volatile int stop;

struct region_option {
	const char *file;
	int node; /* TOPOLOGY_NONE: not given */
};

struct options {
	struct wire_options wire;
	const char *control;
	const char *telemetry;
	const char *sysfs; /* where the topology is read; NULL: the machine's own */
	struct region_option regions[DOMAINS_MAX]; /* of each trust domain */
	uint32_t domains;
	int in_flight;
	int queues;
	int flows_log2;
	int flow_idle_s;
};

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static void usage(FILE *out)
{
	fputs("usage: netvmd --core N (--wire SOCKET | --port DEVARGS) --control SOCKET --telemetry FILE\n"
	      "              --region FILE [--node N]... [--queues N] [--rx-ring LOG2] [--in-flight N] [--flows LOG2] [--flow-idle-s N]\n"
	      "              [--sysfs DIR]\n"
	      "  --region FILE   on a hugetlbfs mount, or on a tmpfs for pages of 4 KB; NFs join through it. Given again, up to 8 times: a trust domain each\n"
	      "  --node N        where the memory of the --region before it is to be (NUMA); default: the port's node where there are several, or any\n"
	      "  --queues N      of the port, each a pair of rings: 1 to 16 (default 1); what came in on one leaves on the same\n"
	      "  --rx-ring LOG2  descriptors of each port ring, as a power of two: 8 to 14 (default 13)\n"
	      "  --in-flight N   packets in the chain at once; a power of two from 128 to 16384 (default 4096)\n"
	      "  --flows LOG2    capacity of the flow table, as a power of two: 10 to 22 (default 20). It is taken when first a service, a flow or a rule is set\n"
	      "  --flow-idle-s N after so many seconds without a packet a flow is forgotten: 1 to 86400 (default 60)\n"
	      "  --sysfs DIR     nodes and their cores, read in place of /sys/devices/system/node: DIR/node0/cpulist and so on; DIR/node0/real has the\n"
	      "                  number of the machine's node whose memory is taken for it (default: the same), so that a topology can be simulated\n"
	      "  example: netvmd --core 1 --wire /run/netvm/1/wire.sock --control /run/netvm/1/netvmd.sock \\\n"
	      "             --telemetry /run/netvm/1/netvmd.tlm --region /run/netvm/1/huge/region\n",
	      out);
}

/* Returns 0, or not 0. */
static int add_region(struct options *o, const char *file)
{
	if (o->domains == DOMAINS_MAX)
		return -1;
	o->regions[o->domains++] = (struct region_option){file, TOPOLOGY_NONE};
	return 0;
}

static int add_node(struct options *o, const char *number)
{
	if (o->domains > 0 && o->regions[o->domains - 1].node == TOPOLOGY_NONE)
		return read_number(number, 0, TOPOLOGY_NODES_MAX - 1, &o->regions[o->domains - 1].node);
	fputs("--node: expected after a --region, once\n", stderr);
	return -1;
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {
		{"core", required_argument, 0, 'c'},	 {"wire", required_argument, 0, 'w'},
		{"port", required_argument, 0, 'p'},	 {"control", required_argument, 0, 's'},
		{"telemetry", required_argument, 0, 't'}, {"region", required_argument, 0, 'r'},
		{"rx-ring", required_argument, 0, 'x'},	 {"in-flight", required_argument, 0, 'f'},
		{"queues", required_argument, 0, 'q'},	 {"node", required_argument, 0, 'n'},
		{"sysfs", required_argument, 0, 'y'},	 {"flows", required_argument, 0, 'l'},
		{"flow-idle-s", required_argument, 0, 'i'}, {"help", no_argument, 0, 'h'},
		{0},
	};
	struct options o = {
		.wire = {.program = "netvmd", .core = -1, .log2_ring = WIRE_LOG2_RING}, .in_flight = 4096, .queues = 1, .flows_log2 = 20, .flow_idle_s = 60};
	int opt, bad = 0;
	while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (opt) {
		case 'c': bad |= read_number(optarg, 0, 1023, &o.wire.core); break;
		case 'w': o.wire.socket = optarg; break;
		case 'p': o.wire.port = optarg; break;
		case 's': o.control = optarg; break;
		case 't': o.telemetry = optarg; break;
		case 'r': bad |= add_region(&o, optarg); break;
		case 'n': bad |= add_node(&o, optarg); break;
		case 'y': o.sysfs = optarg; break;
		case 'x': bad |= read_number(optarg, 8, 14, &o.wire.log2_ring); break;
		case 'f': bad |= read_number(optarg, 128, 16384, &o.in_flight); break;
		case 'l': bad |= read_number(optarg, 10, 22, &o.flows_log2); break;
		case 'i': bad |= read_number(optarg, 1, 86400, &o.flow_idle_s); break;
		case 'q': bad |= read_number(optarg, 1, WIRE_QUEUES_MAX, &o.queues); break;
		case 'h': usage(stdout); exit(0);
		default: bad = 1;
		}
	}
	if (bad || o.wire.core < 0 || (!o.wire.socket == !o.wire.port) || !o.control || !o.telemetry || o.domains == 0 || optind != argc ||
	    (o.in_flight & (o.in_flight - 1)) != 0) {
		usage(stderr);
		exit(2);
	}
	o.wire.memory_mb = MEMORY_MB + (o.queues - 1) * QUEUE_MEMORY_MB + (o.domains > 1 ? (int)o.domains * DOMAIN_MEMORY_MB : 0);
	return o;
}

/*
 * Each domain has a file of its own, with buffers for all that can be in the chain. The port's buffers are in another one that has no name:
 * a peer of the wire maps it, and neither it nor any NF sees more than is its own.
 */
static int create_domains(struct path *p, const struct options *o, const struct placement *at, uint32_t port_buffers)
{
	char port_file[4096];
	uint32_t in_flight = (uint32_t)o->in_flight;
	snprintf(port_file, sizeof port_file, "%s.port", o->regions[0].file);
	int fault = region_create(&p->region, port_file, port_buffers, in_flight, 1, at->port, at->headers_real);
	if (fault == 0)
		region_remove(port_file);
	for (uint32_t d = 0; d < o->domains && fault == 0; d++) {
		fault = region_create(&p->domain[d], o->regions[d].file, in_flight + POOL_SPARE, in_flight, 0, at->domains[d], at->headers_real);
		placement_settle(at, &p->domain[d]);
		for (uint32_t made = d; fault != 0 && made-- > 0;)
			region_remove(o->regions[made].file);
	}
	return fault;
}

/* Room for every ring to be full in both directions, and the chain besides: then no port can run out of buffers. */
static int create_regions(struct path *p, const struct options *o, const struct placement *at)
{
	uint32_t port_ring = 1u << o->wire.log2_ring, in_flight = (uint32_t)o->in_flight;
	uint32_t buffers = 2 * (uint32_t)o->queues * port_ring + in_flight + POOL_SPARE;
	p->domains = o->domains;
	int fault = o->domains > 1 ? create_domains(p, o, at, buffers)
				   : region_create(&p->region, o->regions[0].file, buffers, in_flight, 1, at->domains[0], at->headers_real);
	placement_settle(at, &p->region);
	if (fault == 0 || at->bound)
		return fault; /* a node's region says itself what it lacks */
	fprintf(stderr, "netvmd: %d queue%s of 2 x %u descriptors and %u packets in the chain need %u packet buffers: reserve more huge pages "
		"(hugepages.pages2M of the testbed), or give --queues, --rx-ring or --in-flight a lower number\n",
		o->queues, o->queues == 1 ? "" : "s", port_ring, in_flight, buffers);
	return -1;
}

static void remove_regions(const struct options *o)
{
	for (uint32_t d = 0; d < o->domains; d++)
		region_remove(o->regions[d].file);
}

/* Where it fails nothing is left: a region's file would keep its huge pages. */
static int set_up(struct path *p, const struct options *o, struct placement *placement)
{
	int nodes[DOMAINS_MAX];
	for (uint32_t d = 0; d < o->domains; d++)
		nodes[d] = o->regions[d].node;
	if (wire_init_eal(&o->wire) != 0 || placement_plan(placement, o->sysfs, o->wire.core, p->port, nodes, o->domains) != 0)
		return -1;
	p->core = o->wire.core;
	p->node = placement->own_node;
	p->flow_idle_ticks = clock_tsc_hz() * (uint64_t)o->flow_idle_s;
	p->queues = (uint16_t)o->queues;
	p->turn_left = BURST;
	p->in_flight_max = (uint32_t)o->in_flight;
	p->ticks_per_us = clock_tsc_hz() / 1000000;
	p->handover_ticks = p->ticks_per_us * NETVM_HANDOVER_US;
	if (create_regions(p, o, placement) != 0)
		return -1;
	if (telemetry_create(&p->telemetry, o->telemetry, counter_names(), counters(p->queues), 0, clock_tsc_hz()) == 0 &&
	    wire_start_port(p->port, p->region.pool, (uint16_t)(1u << o->wire.log2_ring), p->queues) == 0)
		return 0;
	remove_regions(o);
	return -1;
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	static struct path path;
	static struct placement placement;
	static struct service service = {.path = &path, .topology = &placement.topology, .stop = &stop};
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	if (set_up(&path, &o, &placement) != 0)
		return 3;
	service.flow_capacity = 1u << o.flows_log2;
	if (service_start(&service, o.control) != 0) {
		remove_regions(&o);
		return 3;
	}
	wire_settle_thread();
	path.last = rte_rdtsc();
	while (!stop) {
		if (path_round(&path) == 0)
			netvm_pause();
		order_obey(&service.order, &path);
	}
	path_stop(&path);
	service_stop(&service);
	rte_eth_dev_stop(path.port);
	remove_regions(&o);
	rte_eal_cleanup();
	return 0;
}
