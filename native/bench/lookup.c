/*
 * bench-lookup: the router's and the firewall's own look-ups beside those of DPDK's libraries: 10,000 routes, 10,000 rules, the same 4096 keys in bursts
 * of 64. Goal: to see what it costs that NFs are plain C without DPDK. Not a goal: what a whole NF costs (bench-steps), nor updates. Before anything is
 * measured, all must find the same for each key.
 *
 *   bench-lookup [--huge] and the options of figures.h
 *
 * With --huge DPDK takes its tables from huge pages, which must be there; ours ask the kernel for transparent ones, as the NFs do.
 */
#include <rte_eal.h>
#include <string.h>

#include "../abi/wait.h"
#include "figures.h"
#include "lookup.h"

#define SMOKE_ENTRIES 500u

static struct figures figures;
static int huge;

static int start_eal(void)
{
	char core[16];
	snprintf(core, sizeof core, "%d", figures.core_b);
	char *with_huge[] = {"bench-lookup", "-l", core, "--no-pci", "--no-telemetry", "--log-level=error", "--force-max-simd-bitwidth=512", "--in-memory", NULL};
	char *without[] = {"bench-lookup", "-l", core, "--no-pci", "--no-telemetry", "--log-level=error", "--force-max-simd-bitwidth=512", "--no-shconf",
			   "--no-huge", "-m", "1024", NULL};
	int argc = (int)(huge ? sizeof with_huge : sizeof without) / (int)sizeof(char *) - 1;
	return rte_eal_init(argc, huge ? with_huge : without) < 0 ? -1 : 0;
}

/* Where two do not find the same, their figures say nothing. */
static int check(const struct lookup *set)
{
	static uint32_t expected[LOOKUP_KEYS];
	uint32_t found = 0;
	for (const struct lookup *l = set; l->name; l++) {
		for (uint32_t k = 0; k < LOOKUP_KEYS; k++) {
			if (k % LOOKUP_BURST == 0)
				l->burst(k);
			uint32_t value = l->value(k % LOOKUP_BURST);
			if (l == set)
				found += (expected[k] = value) != 0;
			if (value == expected[k])
				continue;
			fprintf(stderr, "bench-lookup: %s: found %u for key %u, where %s found %u\n", l->name, value, k, set->name, expected[k]);
			return -1;
		}
	}
	if (figures.json != stdout)
		printf("%u of %u keys are found, by all the same\n", found, LOOKUP_KEYS);
	return 0;
}

static double run(const struct lookup *l)
{
	uint32_t passes = figures.rounds / 20 + 1;
	uint64_t start = netvm_tsc();
	for (uint32_t pass = 0; pass < passes; pass++) {
		for (uint32_t first = 0; first < LOOKUP_KEYS; first += LOOKUP_BURST)
			l->burst(first);
		figures.checksum += l->value(pass % LOOKUP_BURST);
	}
	return (double)(netvm_tsc() - start) / ((double)passes * LOOKUP_KEYS);
}

static int measure(const struct lookup *set, int (*start)(uint32_t, char *, uint32_t), uint32_t entries)
{
	char error[256];
	double cycles[FIGURES_REPEATS_MAX];
	if (start(entries, error, sizeof error) != 0) {
		fprintf(stderr, "bench-lookup: %s\n", error);
		return 3;
	}
	if (check(set) != 0)
		return 1;
	for (const struct lookup *l = set; l->name; l++) {
		for (int i = 0; figures_wanted(&figures, l->name) && i < figures.repeats; i++)
			cycles[i] = run(l);
		if (figures_wanted(&figures, l->name))
			figures_add(&figures, l->name, cycles);
	}
	return 0;
}

int main(int argc, char **argv)
{
	figures = figures_of("bench-lookup");
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--huge") == 0) {
			huge = 1;
		} else if (!figures_option(&figures, argc, argv, &i)) {
			fprintf(stderr, "usage: bench-lookup [--huge] " FIGURES_USAGE "\n");
			return 2;
		}
	}
	int smoke = figures.repeats == 1;
	if (figures_begin(&figures) != 0)
		return 3;
	if (start_eal() != 0) {
		fprintf(stderr, "bench-lookup: DPDK does not start%s\n", huge ? ": are there huge pages? Without --huge none are needed" : "");
		return 3;
	}
	int result = measure(lookup_routes, lookup_routes_start, smoke ? SMOKE_ENTRIES : LOOKUP_ROUTES);
	if (result == 0)
		result = measure(lookup_rules, lookup_rules_start, smoke ? SMOKE_ENTRIES : LOOKUP_RULES);
	rte_eal_cleanup();
	return result != 0 ? result : figures_end(&figures) == 0 ? 0 : 3;
}
