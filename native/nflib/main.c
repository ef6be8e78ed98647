/* main() of every NF that runs as a process on NetVM's rings. */
#define _GNU_SOURCE
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loop.h"

struct options {
	const char *region;
	uint32_t slot;
	int core;
	enum netvm_nf_mode mode;
	int nice; /* as it was started */
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: nf-%s --region FILE --slot N [--core N] [--mode poll|adaptive|shared] [-- NF options]\n"
		"  joins the NetVM region FILE as the NF in slot N\n%s%s",
		netvm_nf.name, netvm_nf.usage ? netvm_nf.usage : "", netvm_nf.usage ? "\n" : "");
}

static long number(const char *option, const char *text, long max)
{
	char *end;
	long value = strtol(text, &end, 10);
	if (*text == 0 || *end != 0 || value < 0 || value > max) {
		fprintf(stderr, "nf-%s: --%s %s: expected a number from 0 to %ld\n", netvm_nf.name, option, text, max);
		exit(2);
	}
	return value;
}

static enum netvm_nf_mode mode(const char *text)
{
	static const char *const names[] = {"poll", "adaptive", "shared"}; /* in the order of enum netvm_nf_mode */
	for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(text, names[i]) == 0)
			return (enum netvm_nf_mode)i;
	}
	fprintf(stderr, "nf-%s: --mode %s: expected poll, adaptive or shared\n", netvm_nf.name, text);
	exit(2);
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {
		{"region", required_argument, 0, 'r'}, {"slot", required_argument, 0, 's'},
		{"core", required_argument, 0, 'c'},   {"mode", required_argument, 0, 'm'},
		{"help", no_argument, 0, 'h'},	       {0},
	};
	struct options o = {.core = -1, .mode = NETVM_MODE_POLL, .nice = getpriority(PRIO_PROCESS, 0)};
	int opt;
	while ((opt = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		switch (opt) {
		case 'r': o.region = optarg; break;
		case 's': o.slot = (uint32_t)number("slot", optarg, NETVM_MAX_NFS - 1); break;
		case 'c': o.core = (int)number("core", optarg, CPU_SETSIZE - 1); break;
		case 'm':
			o.mode = mode(optarg);
			break;
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

/*
 * SCHED_BATCH: a batch task that is woken does not preempt the one that woke it, so on a shared core each NF finishes its
 * round before the next one starts: one context switch a hop instead of two.
 */
static void settle_on_core(const struct options *o)
{
	if (o->core >= 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET((unsigned)o->core, &set);
		if (sched_setaffinity(0, sizeof set, &set) != 0) {
			fprintf(stderr, "nf-%s: cannot run on core %d; see --core\n", netvm_nf.name, o->core);
			exit(3);
		}
	}
	struct sched_param param = {0};
	if (o->mode == NETVM_MODE_SHARED && sched_setscheduler(0, SCHED_BATCH, &param) != 0)
		perror("sched_setscheduler(SCHED_BATCH)");
}

/* On a shared core: an NF that makes its tables, or gives them back, takes a tenth of the core and not half of it from the chain that works there. */
#define BESIDE_NICE 10

/* Who may not come back from it does not go there. */
static int may_step_aside(const struct options *o)
{
	struct rlimit limit;
	return o->mode == NETVM_MODE_SHARED && (geteuid() == 0 || (getrlimit(RLIMIT_NICE, &limit) == 0 && limit.rlim_cur >= 20));
}

static void step_aside(const struct options *o, int aside)
{
	if (may_step_aside(o) && setpriority(PRIO_PROCESS, 0, o->nice + (aside ? BESIDE_NICE : 0)) != 0)
		perror("setpriority");
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	char error[256];
	step_aside(&o, 1);
	if (netvm_nf.start && netvm_nf.start(argc - optind, argv + optind, error, sizeof error) != 0) {
		fprintf(stderr, "nf-%s: %s\n", netvm_nf.name, error);
		return 2;
	}
	settle_on_core(&o);
	mlockall(MCL_CURRENT | MCL_FUTURE); /* best effort: a page fault in the loop would show as a gap */
	struct netvm_attachment a;
	if (netvm_attach(&a, o.region, o.slot, netvm_nf.name, error, sizeof error) != 0) {
		fprintf(stderr, "nf-%s: %s\n", netvm_nf.name, error);
		return 3;
	}
	step_aside(&o, 0);
	netvm_ready(&a);
	netvm_nf_loop(&a, &netvm_nf, o.mode);
	step_aside(&o, 1);
	if (netvm_nf.stop)
		netvm_nf.stop();
	__atomic_store_n(&a.slot->state, NETVM_NF_GONE, __ATOMIC_RELEASE);
	return 0;
}
