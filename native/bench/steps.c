/*
 * bench-steps: what each step of a packet's way costs, alone and hot: a ring hop, each NF (a packet), finding a packet's flow, a context
 * switch by futex, and a round trip between two cores. Goal: to see which step a change made dearer. Not a goal: throughput of the whole
 * (the harness measures that) or anything of a cold cache, but for a million flows, which fit into none.
 *
 *   bench-steps [--cores A,B] [--smoke] [--json | --out FILE] [--only STEP]
 *
 * With --only it does one step, by its name: for callgrind, which counts its instructions the same each time. Prints the median of all repeats, lowest and highest, and a checksum of the work done.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../abi/ring.h"
#include "../abi/futex.h"
#include "classify.h"
#include "figures.h"
#include "nfs.h"
#include "paths.h"

#define RING 4096u

static struct figures figures;

/* Cycles for each packet (or round trip) of one repeat. */
typedef double (*step)(void);

static double ring_hop(void)
{
	static struct netvm_ring *ring;
	struct netvm_producer p;
	struct netvm_consumer c;
	struct netvm_desc d[NETVM_NF_BURST] = {{.buffer = 1}};
	if (!ring)
		ring = aligned_alloc(64, sizeof *ring + RING * sizeof(struct netvm_desc));
	ring->head = ring->tail = 0;
	netvm_producer_open(&p, ring, RING);
	netvm_consumer_open(&c, ring, RING);
	uint64_t start = netvm_tsc();
	for (uint32_t i = 0; i < figures.rounds; i++) {
		netvm_ring_push(&p, d, NETVM_NF_BURST);
		figures.checksum += netvm_ring_pop(&c, d, NETVM_NF_BURST);
	}
	return (double)(netvm_tsc() - start) / (figures.rounds * NETVM_NF_BURST);
}

static const struct netvm_nf *nf; /* the one that is measured, */
static const struct setup *setup; /* and how it was started */

static double run_nf(void)
{
	return bench_nf_run(nf, setup, figures.rounds, &figures.checksum);
}

static double run_rules(void)
{
	return bench_rules_run(figures.rounds, &figures.checksum);
}

/* The shared page two processes or threads play on. */
static uint32_t *words;

/* Wake the other on the same core, sleep, and back: what a hop between NFs on a shared core costs once a round. */
static double switch_by_futex(void)
{
	uint32_t turns = figures.rounds;
	struct sched_param param = {0};
	words[0] = words[32] = 0;
	pid_t parent = getpid(), child = fork();
	/* A bench that is killed leaves nobody behind who waits for it. */
	if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
		_exit(3);
	figures_pin(&figures, figures.core_b);
	sched_setscheduler(0, SCHED_BATCH, &param);
	uint32_t *mine = child == 0 ? &words[32] : &words[0], *theirs = child == 0 ? &words[0] : &words[32];
	uint64_t start = netvm_tsc();
	for (uint32_t i = 0; i < turns; i++) {
		if (child == 0 || i > 0) {
			netvm_announce_sleep(mine + 16);
			while (__atomic_load_n(mine, __ATOMIC_ACQUIRE) < i + (child == 0)) {
				netvm_sleep(mine + 16, 10000000);
				netvm_announce_sleep(mine + 16);
			}
		}
		__atomic_store_n(theirs, i + 1, __ATOMIC_RELEASE);
		netvm_wake(theirs + 16);
	}
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	figures.checksum += words[0];
	return (double)(netvm_tsc() - start) / (2.0 * turns);
}

/*
 * From one process to another on the same core and on: a ring full of descriptors is put into a ring by one, and taken out of it by the other, with a switch between them. What a hop
 * in a chain on a shared core costs without the NF's own work, where there is enough to do.
 */
static struct netvm_ring *hop_rings[2]; /* there, and back */

static uint64_t pass_all(struct netvm_producer *to, struct netvm_consumer *from)
{
	struct netvm_desc d[NETVM_NF_BURST];
	uint64_t passed = 0;
	for (uint32_t n; (n = netvm_ring_pop(from, d, NETVM_NF_BURST)) > 0; passed += n)
		netvm_ring_push(to, d, n);
	return passed;
}

static void wait_for_work(uint32_t *word, struct netvm_consumer *from)
{
	while (netvm_ring_empty(from)) {
		netvm_announce_sleep(word);
		if (netvm_ring_empty(from))
			netvm_sleep(word, 10000000);
	}
}

static double process_hop(void)
{
	uint64_t total = (uint64_t)(figures.rounds / 20 + 1) * RING;
	struct sched_param param = {0};
	struct netvm_producer to;
	struct netvm_consumer from;
	hop_rings[0]->head = hop_rings[0]->tail = hop_rings[1]->head = hop_rings[1]->tail = 0;
	words[16] = words[48] = 0;
	pid_t parent = getpid(), child = fork();
	if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
		_exit(3);
	figures_pin(&figures, figures.core_b);
	sched_setscheduler(0, SCHED_BATCH, &param);
	netvm_producer_open(&to, hop_rings[child == 0], RING);
	netvm_consumer_open(&from, hop_rings[child != 0], RING);
	uint32_t *mine = child == 0 ? &words[48] : &words[16], *theirs = child == 0 ? &words[16] : &words[48];
	struct netvm_desc d[NETVM_NF_BURST] = {{.buffer = 1}};
	uint64_t start = netvm_tsc();
	for (uint32_t i = 0; child != 0 && i < RING; i += NETVM_NF_BURST)
		netvm_ring_push(&to, d, NETVM_NF_BURST);
	if (child != 0)
		netvm_wake(theirs);
	for (uint64_t passed = 0; passed < total;) {
		wait_for_work(mine, &from);
		passed += pass_all(&to, &from);
		netvm_wake(theirs);
	}
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	figures.checksum += to.head;
	return (double)(netvm_tsc() - start) / (2.0 * (double)total);
}

static void *answer(void *unused)
{
	(void)unused;
	figures_pin(&figures, figures.core_b);
	for (uint32_t turn = 1; turn <= figures.rounds; turn++) {
		while (__atomic_load_n(&words[0], __ATOMIC_ACQUIRE) != turn)
			;
		__atomic_store_n(&words[32], turn, __ATOMIC_RELEASE);
	}
	return NULL;
}

static double round_trip_between_cores(void)
{
	pthread_t thread;
	words[0] = words[32] = 0;
	if (pthread_create(&thread, NULL, answer, NULL) != 0)
		exit(3);
	figures_pin(&figures, figures.core_a);
	words[0] = 1; /* the first turn waits for the thread; not timed */
	while (__atomic_load_n(&words[32], __ATOMIC_ACQUIRE) != 1)
		;
	uint64_t start = netvm_tsc();
	for (uint32_t turn = 2; turn <= figures.rounds; turn++) {
		__atomic_store_n(&words[0], turn, __ATOMIC_RELEASE);
		while (__atomic_load_n(&words[32], __ATOMIC_ACQUIRE) != turn)
			;
	}
	double cycles = (double)(netvm_tsc() - start) / (figures.rounds - 1);
	pthread_join(thread, NULL);
	figures.checksum += figures.rounds;
	return cycles;
}

static void measure(const char *name, step run)
{
	double cycles[FIGURES_REPEATS_MAX];
	if (!figures_wanted(&figures, name))
		return;
	for (int i = 0; i < figures.repeats; i++)
		cycles[i] = run();
	figures_add(&figures, name, cycles);
}

static void measure_nfs(void)
{
	char error[256];
	for (setup = setups; setup->nf; setup++) {
		nf = bench_nf(setup);
		if (!nf || setup_start(nf, setup, error, sizeof error) != 0) {
			fprintf(stderr, "bench-steps: %s: %s\n", setup->label, nf ? error : "is not linked");
			exit(3);
		}
		setup_services(nf);
		measure(setup->label, run_nf);
	}
	if (bench_rules_start(error, sizeof error) != 0) {
		fprintf(stderr, "bench-steps: %s\n", error);
		exit(3);
	}
	measure("firewall, 10,000 rules", run_rules);
}

static const struct path_step *path_step; /* the one that is measured */

static double run_path(void)
{
	return path_step->run(figures.rounds, &figures.checksum);
}

static void measure_paths(void)
{
	if (bench_paths_start() != 0) {
		fprintf(stderr, "bench-steps: no memory for packets\n");
		exit(3);
	}
	for (path_step = path_steps; path_step->name; path_step++)
		measure(path_step->name, run_path);
}

static void measure_classify(void)
{
	char error[256];
	if (bench_classify_start(error, sizeof error) != 0) {
		fprintf(stderr, "bench-steps: %s\n", error);
		exit(3);
	}
	for (path_step = classify_steps; path_step->name; path_step++)
		measure(path_step->name, run_path);
}

int main(int argc, char **argv)
{
	figures = figures_of("bench-steps");
	for (int i = 1; i < argc; i++) {
		if (!figures_option(&figures, argc, argv, &i)) {
			fprintf(stderr, "usage: bench-steps " FIGURES_USAGE "\n");
			return 2;
		}
	}
	words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 2; i++)
		hop_rings[i] = mmap(NULL, sizeof *hop_rings[i] + RING * sizeof(struct netvm_desc), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (figures_begin(&figures) != 0)
		return 3;
	measure("ring hop, a packet", ring_hop);
	measure_nfs();
	measure_paths();
	measure_classify();
	measure("process hop, 4096 at a time", process_hop);
	measure("switch by futex, once", switch_by_futex);
	measure("round trip between cores", round_trip_between_cores);
	return figures_end(&figures) == 0 ? 0 : 3;
}
