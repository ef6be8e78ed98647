/*
 * main() of every NF of the emulated SR-IOV data plane: the same NF source as on NetVM, behind a virtual function (VF). The VF is a
 * memif of the embedded switch (gen/eswitch.c), zero-copy: the switch writes frames into this process's mbufs, as a VF's DMA does, and
 * no core of the device copies any. What is sent carries the address of whoever is next in the chain.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../abi/vf.h"
#include "../base/number.h"
#include "../base/wire.h"
#include "nf_loop.h"

/* As the wire's: a VF in the middle of a chain has to take what the one before it sends in a turn, and nothing holds that one back. */
#define LOG2_RING WIRE_LOG2_RING
#define POOL_SPARE 1023u
#define MEMORY_MB 56     /* buffers for both rings full, and what DPDK needs besides */
#define TURN_PACKETS 512u

struct options {
	int core;
	int index;
	const char *vf;
	const char *telemetry;
	uint64_t next_mac;
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: nf-%s-vf --core N --vf SOCKET --index N --next-mac MAC --telemetry FILE [-- NF options]\n"
		"  joins the embedded switch that listens on SOCKET for this virtual function, as NF number N of its chain\n"
		"  --next-mac MAC  where its packets go, for example 02:00:00:00:00:03 for virtual function 1, or 02:00:00:00:00:01 for the wire\n%s%s",
		netvm_nf.name, netvm_nf.usage ? netvm_nf.usage : "", netvm_nf.usage ? "\n" : "");
}

/* Returns 0, or -1 with a sentence on stderr. */
static int read_mac(const char *text, uint64_t *mac)
{
	unsigned b[6];
	char rest;
	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &rest) != 6) {
		fprintf(stderr, "%s: expected an Ethernet address, for example 02:00:00:00:00:03\n", text);
		return -1;
	}
	*mac = 0;
	for (uint32_t i = 0; i < 6; i++)
		*mac = *mac << 8 | b[i];
	return 0;
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {
		{"core", required_argument, 0, 'c'},	  {"vf", required_argument, 0, 'v'},
		{"index", required_argument, 0, 'i'},	  {"telemetry", required_argument, 0, 't'},
		{"next-mac", required_argument, 0, 'n'}, {"help", no_argument, 0, 'h'},
		{0},
	};
	struct options o = {.core = -1, .index = -1};
	int opt, bad = 0;
	while ((opt = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		switch (opt) {
		case 'c': bad |= read_number(optarg, 0, 1023, &o.core); break;
		case 'v': o.vf = optarg; break;
		case 'i': bad |= read_number(optarg, 0, (int)NETVM_VFS_MAX - 1, &o.index); break;
		case 't': o.telemetry = optarg; break;
		case 'n': bad |= read_mac(optarg, &o.next_mac); break;
		case 'h': usage(stdout); exit(0);
		default: bad = 1;
		}
	}
	if (bad || o.core < 0 || o.index < 0 || !o.vf || !o.telemetry || o.next_mac == 0) {
		usage(stderr);
		exit(2);
	}
	return o;
}

static int set_up(struct nf_port *p, const struct options *o, const char *program)
{
	struct wire_options wire = {
		.program = netvm_nf.name, .core = o->core, .memory_mb = MEMORY_MB, .log2_ring = LOG2_RING, .socket = o->vf};
	*p = (struct nf_port){.core = o->core, .queues = 1, .turn_packets = TURN_PACKETS, .sets_next_mac = 1};
	netvm_write_mac(p->next_mac, o->next_mac);
	if (nf_program_telemetry(&p->telemetry, o->telemetry, o->index) != 0 || wire_init_eal(&wire) != 0)
		return -1;
	struct rte_mempool *pool = nf_loop_pool(program, 2u * (1u << LOG2_RING) + POOL_SPARE);
	return pool ? wire_start_port(p->port, pool, 1u << LOG2_RING, 1) : -1;
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	static struct nf_port p;
	char program[64];
	snprintf(program, sizeof program, "nf-%s-vf", netvm_nf.name);
	int fault = nf_program_start(program, argc - optind, argv + optind);
	if (fault != 0)
		return fault;
	return set_up(&p, &o, program) == 0 ? nf_loop_run(&p) : 3;
}
