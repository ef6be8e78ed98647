/* main() of every NF that runs as a process on NetVM's rings. */
#define _GNU_SOURCE
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "launch.h"

struct options {
	const char *region;
	uint32_t slot;
	int core;
	enum netvm_nf_mode mode;
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: nf-%s --region FILE --slot N [--core N] [--mode poll|adaptive|shared] [-- NF options]\n"
		"  joins the NetVM region FILE as the NF in slot N\n%s%s",
		netvm_nf.name, netvm_nf.usage ? netvm_nf.usage : "", netvm_nf.usage ? "\n" : "");
}

static struct options parse(const char *program, int argc, char **argv)
{
	static const struct option known[] = {
		{"region", required_argument, 0, 'r'}, {"slot", required_argument, 0, 's'},
		{"core", required_argument, 0, 'c'},   {"mode", required_argument, 0, 'm'},
		{"help", no_argument, 0, 'h'},	       {0},
	};
	struct options o = {.core = -1, .mode = NETVM_MODE_POLL};
	int opt;
	while ((opt = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		switch (opt) {
		case 'r': o.region = optarg; break;
		case 's': o.slot = (uint32_t)launch_number(program, "slot", optarg, NETVM_MAX_NFS - 1); break;
		case 'c': o.core = (int)launch_number(program, "core", optarg, CPU_SETSIZE - 1); break;
		case 'm': o.mode = launch_mode(program, optarg); break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	}
	if (!o.region) {
		usage(stderr);
		exit(2);
	}
	return o;
}

int main(int argc, char **argv)
{
	char program[64], error[256];
	snprintf(program, sizeof program, "nf-%s", netvm_nf.name);
	struct options o = parse(program, argc, argv);
	if (netvm_nf.start && netvm_nf.start(argc - optind, argv + optind, error, sizeof error) != 0) {
		fprintf(stderr, "%s: %s\n", program, error);
		return 2;
	}
	launch_settle(program, o.core, o.mode);
	mlockall(MCL_CURRENT | MCL_FUTURE); /* best effort: a page fault in the loop would show as a gap */
	struct netvm_attachment a;
	if (netvm_attach(&a, o.region, o.slot, netvm_nf.name, error, sizeof error) != 0) {
		fprintf(stderr, "%s: %s\n", program, error);
		return 3;
	}
	netvm_ready(&a);
	netvm_nf_loop(&a, &netvm_nf, o.mode);
	if (netvm_nf.stop)
		netvm_nf.stop();
	__atomic_store_n(&a.slot->state, NETVM_NF_GONE, __ATOMIC_RELEASE);
	return 0;
}
