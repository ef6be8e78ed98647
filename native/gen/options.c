#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/number.h"

#define MEMORY_MB 64     /* for a DPDK port's buffers */
#define WIRE_MEMORY_MB 8 /* the wire's buffers are the device's */

static void usage(FILE *out)
{
	fputs("usage: netvm-gen --core N (--wire SOCKET [--vfs N] | --port DEVARGS) --control SOCKET --telemetry FILE\n"
	      "                 [--tx-cores N,N...] [--rx-cores N,N...]\n"
	      "       netvm-gen --inspect FILE [--recorded] [--tag]\n"
	      "  --core      the control socket's, and where packets are sent and received unless the next two say otherwise\n"
	      "  --vfs       emulates a NIC with N virtual functions, 1 to 16, at SOCKET.vf0 and so on, and its embedded switch; one core\n"
	      "  --tx-cores  senders, each with a queue of its own on the wire\n"
	      "  --rx-cores  receivers, no more than senders\n"
	      "  --inspect   reads a capture as a replay would and says what is in it\n"
	      "  example: netvm-gen --core 0 --wire /run/netvm/1/wire.sock --control /run/netvm/1/gen.sock --telemetry /run/netvm/1/gen.tlm\n",
	      out);
}

static int read_cores(const char *text, struct core_list *list)
{
	char *end;
	list->n = 0;
	do {
		long core = strtol(text, &end, 10);
		if (end == text || core < 0 || core > 1023 || list->n == GEN_STREAMS_MAX)
			return -1;
		for (uint32_t i = 0; i < list->n; i++) {
			if (list->cores[i] == (int)core)
				return -1; /* twice */
		}
		list->cores[list->n++] = (int)core;
		text = end + 1;
	} while (*end == ',');
	return *end == 0 ? 0 : -1;
}

static int check(const struct options *o, int rest)
{
	if (o->inspect.file)
		return rest;
	if (o->eal.core < 0 || (!o->wire == !o->eal.port) || !o->control || !o->telemetry)
		return 1;
	if (o->vfs > 0 && (!o->wire || o->tx.n > 1 || o->rx.n > 1 || o->tx.cores[0] != o->rx.cores[0]))
		return 1; /* the switch is in one loop */
	return rest || o->rx.n > o->tx.n || (o->tx.n > 1 && !o->wire);
}

struct options options_parse(int argc, char **argv)
{
	static const struct option known[] = {
		{"core", required_argument, 0, 'c'},	 {"wire", required_argument, 0, 'w'},	   {"port", required_argument, 0, 'p'},
		{"control", required_argument, 0, 's'},	 {"telemetry", required_argument, 0, 't'}, {"tx-cores", required_argument, 0, 'x'},
		{"rx-cores", required_argument, 0, 'r'}, {"inspect", required_argument, 0, 'i'},   {"recorded", no_argument, 0, 'R'},
		{"tag", no_argument, 0, 'T'},		 {"vfs", required_argument, 0, 'v'},	   {"help", no_argument, 0, 'h'},		   {0},
	};
	struct options o = {.eal = {.program = "netvm-gen", .core = -1, .memory_mb = MEMORY_MB}};
	int opt, bad = 0;
	while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (opt) {
		case 'c': bad |= read_number(optarg, 0, 1023, &o.eal.core); break;
		case 'w': o.wire = optarg; break;
		case 'p': o.eal.port = optarg; break;
		case 's': o.control = optarg; break;
		case 't': o.telemetry = optarg; break;
		case 'x': bad |= read_cores(optarg, &o.tx) != 0; break;
		case 'r': bad |= read_cores(optarg, &o.rx) != 0; break;
		case 'i': o.inspect.file = optarg; break;
		case 'R': o.inspect.recorded = 1; break;
		case 'T': o.inspect.tag = 1; break;
		case 'v': bad |= read_number(optarg, 1, (int)NETVM_VFS_MAX, &o.vfs); break;
		case 'h': usage(stdout); exit(0);
		default: bad = 1;
		}
	}
	if (o.tx.n == 0)
		o.tx = (struct core_list){1, {o.eal.core}};
	if (o.rx.n == 0)
		o.rx = (struct core_list){1, {o.eal.core}};
	if (bad || check(&o, optind != argc)) {
		usage(stderr);
		exit(2);
	}
	if (o.wire)
		o.eal.memory_mb = WIRE_MEMORY_MB;
	return o;
}
