#include "arrival.h"

#include <math.h>
#include <stdlib.h>

#include "random.h"

/* The fractions of so many gaps are spread over them: the mean is wanted to 1 in 10^7 and better. */
#define CONSTANT_GAPS 64u

int arrival_init(struct arrival *a)
{
	*a = (struct arrival){.gaps = calloc(ARRIVAL_GAPS_MAX, sizeof *a->gaps)};
	return a->gaps ? 0 : -1;
}

void arrival_free(struct arrival *a)
{
	free(a->gaps);
}

static uint64_t to_fixed(double ticks)
{
	return (uint64_t)llround(ticks * ARRIVAL_ONE_TICK);
}

void arrival_constant(struct arrival *a, double ticks_per_packet)
{
	a->n = CONSTANT_GAPS;
	for (uint32_t i = 0; i < a->n; i++)
		a->gaps[i] = to_fixed((i + 1) * ticks_per_packet) - to_fixed(i * ticks_per_packet);
}

/* Drawn twice from the same seed: once to know their sum, once to bring their mean to the wanted one. */
void arrival_poisson(struct arrival *a, double ticks_per_packet, uint64_t seed)
{
	uint64_t state = seed;
	double sum = 0, at = 0;
	a->n = ARRIVAL_POISSON_GAPS;
	for (uint32_t i = 0; i < a->n; i++)
		sum -= log(random_unit(&state));
	state = seed;
	for (uint32_t i = 0; i < a->n; i++) {
		double next = at - log(random_unit(&state)) * ticks_per_packet * a->n / sum;
		a->gaps[i] = to_fixed(next) - to_fixed(at);
		at = next;
	}
}

void arrival_burst(struct arrival *a, double ticks_per_packet, uint32_t burst)
{
	a->n = burst;
	for (uint32_t i = 0; i + 1 < burst; i++)
		a->gaps[i] = 0;
	a->gaps[burst - 1] = to_fixed(ticks_per_packet * burst);
}

double arrival_recorded(struct arrival *a, const uint64_t *times_ns, uint32_t n, double tsc_hz)
{
	double ticks_per_ns = tsc_hz / 1e9;
	a->n = n;
	for (uint32_t i = 0; i + 1 < n; i++) {
		double at = (double)(times_ns[i] - times_ns[0]) * ticks_per_ns;
		double next = (double)(times_ns[i + 1] - times_ns[0]) * ticks_per_ns;
		a->gaps[i] = to_fixed(next) - to_fixed(at);
	}
	double mean = (double)(times_ns[n - 1] - times_ns[0]) * ticks_per_ns / (n - 1);
	a->gaps[n - 1] = to_fixed(mean);
	return mean;
}
