/*
 * main() of every NF of the vhost-user baseline: the same NF source as on NetVM, behind a virtio_user port. Packed rings in
 * order, which is what serves virtio best here.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../abi/region.h"
#include "../base/number.h"
#include "../base/wire.h"
#include "nf_loop.h"

#define MEMORY_MB 32
#define QUEUE_MEMORY_MB 6 /* of each further queue */
#define QUEUE 1024
#define POOL_SPARE 1023u  /* beyond both rings of each queue */
#define QUEUES_MAX 8     /* of a virtio_user port of DPDK 22.11 */

struct options {
	int core;
	int index;
	int queues;
	const char *vhost;
	const char *telemetry;
};

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

static int set_up(struct nf_port *p, const struct options *o, const char *program)
{
	char device[256], *vdevs[] = {device};
	/* More queues than one are switched on over a control queue. */
	snprintf(device, sizeof device, "net_virtio_user0,path=%s,queues=%d,cq=%d,queue_size=%d,packed_vq=1,in_order=1,mrg_rxbuf=0",
		 o->vhost, o->queues, o->queues > 1, QUEUE);
	struct wire_options wire = {.program = netvm_nf.name,
				    .core = o->core,
				    .memory_mb = MEMORY_MB + (o->queues - 1) * QUEUE_MEMORY_MB,
				    .vdevs = vdevs,
				    .vdev_count = 1};
	*p = (struct nf_port){.core = o->core, .queues = (uint16_t)o->queues, .copies = 1};
	/* Before the port, which the switch sees as soon as EAL is up: who waits for it may read these next. */
	if (nf_program_telemetry(&p->telemetry, o->telemetry, o->index) != 0 || wire_init_eal(&wire) != 0)
		return -1;
	struct rte_mempool *pool = nf_loop_pool(program, 2u * (uint32_t)o->queues * QUEUE + POOL_SPARE);
	return pool ? wire_start_port(p->port, pool, QUEUE, p->queues) : -1;
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	static struct nf_port p;
	char program[64];
	snprintf(program, sizeof program, "nf-%s-virtio", netvm_nf.name);
	int fault = nf_program_start(program, argc - optind, argv + optind);
	if (fault != 0)
		return fault;
	return set_up(&p, &o, program) == 0 ? nf_loop_run(&p) : 3;
}
