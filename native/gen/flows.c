#define _GNU_SOURCE
#include "flows.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "random.h"

#define HUGE_PAGE_BYTES (2u << 20)
#define NEAR_FLOWS 4096u /* so many are in the first cache anyway */

/*
 * A flow drawn out of a million is in a page of 4 KB that no TLB knows. Huge pages are asked for, and where there are none, ordinary
 * ones do. Nothing is written yet: few flows take few pages.
 */
static void *allocate(size_t bytes)
{
	if (bytes < HUGE_PAGE_BYTES)
		return malloc(bytes);
	void *memory = aligned_alloc(HUGE_PAGE_BYTES, (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES);
	if (memory)
		madvise(memory, bytes, MADV_HUGEPAGE);
	return memory;
}

int flows_init(struct flows *f)
{
	*f = (struct flows){0};
	f->table = allocate(FLOWS_MAX * sizeof *f->table);
	f->bins = allocate(FLOWS_MAX * sizeof *f->bins);
	return f->table && f->bins ? 0 : -1;
}

void flows_free(struct flows *f)
{
	free(f->table);
	free(f->bins);
}

/* The bins below their share take what they lack from one above it (Vose's variant: linear time). */
static void fill_bins(struct flow_bin *bins, double *share, uint32_t *stack, uint32_t n)
{
	uint32_t small = 0, large = n; /* two stacks that grow towards each other */
	for (uint32_t i = 0; i < n; i++)
		stack[share[i] < 1 ? small++ : --large] = i;
	while (small > 0 && large < n) {
		uint32_t poor = stack[--small], rich = stack[large];
		bins[poor] = (struct flow_bin){.own = (uint32_t)(share[poor] * 0x1p32), .other = rich};
		share[rich] -= 1 - share[poor];
		if (share[rich] < 1) {
			large++;
			stack[small++] = rich;
		}
	}
	/* What is left has its whole share, but for rounding. */
	while (small > 0) {
		uint32_t i = stack[--small];
		bins[i] = (struct flow_bin){UINT32_MAX, i};
	}
	for (; large < n; large++)
		bins[stack[large]] = (struct flow_bin){UINT32_MAX, stack[large]};
}

/* Bins do not depend on the seed: the trials of a search have the same ones, and a million take as long as a short trial. */
static int start_zipf(struct flows *f, double s)
{
	if (f->bins_n == f->n && f->bins_s == s)
		return 0;
	double *share = allocate(f->n * sizeof *share), sum = 0;
	uint32_t *stack = allocate(f->n * sizeof *stack);
	int ok = share && stack;
	if (ok) {
		f->bins_n = f->n;
		f->bins_s = s;
		for (uint32_t i = 0; i < f->n; i++)
			sum += share[i] = pow(i + 1, -s);
		for (uint32_t i = 0; i < f->n; i++)
			share[i] *= f->n / sum;
		fill_bins(f->bins, share, stack, f->n);
	}
	free(share);
	free(stack);
	return ok ? 0 : -1;
}

int flows_start(struct flows *f, const struct frame_layout *layout, const struct flow_request *request)
{
	f->layout = *layout;
	f->model = request->model;
	f->n = request->n;
	f->next = 0;
	f->random = request->seed;
	f->births = 0;
	f->births_per_tick = request->births_per_tick;
	for (uint32_t i = 0; i < f->n; i++)
		f->table[i] = frame_flow_of(layout, i);
	return f->model == FLOWS_ZIPF ? start_zipf(f, request->zipf_s) : 0;
}

/* A new flow has the next id, and the oldest one's place. */
static void bear(struct flows *f, uint64_t elapsed_ticks)
{
	uint64_t due = (uint64_t)((double)elapsed_ticks * f->births_per_tick);
	for (uint32_t i = 0; i < FLOWS_BIRTHS_MAX && f->births < due; i++, f->births++)
		f->table[f->births % f->n] = frame_flow_of(&f->layout, (uint32_t)((f->n + f->births) % 0xc0000000u));
}

static void pick_in_turn(struct flows *f, uint32_t *picks, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		picks[i] = f->next;
		f->next = f->next + 1 == f->n ? 0 : f->next + 1;
	}
}

/* Drawn out of many, flows are neither near nor where the processor looks by itself: all of a burst are fetched at once. */
static void fetch(const struct flows *f, const uint32_t *picks, uint32_t n)
{
	for (uint32_t i = 0; i < n && f->n > NEAR_FLOWS; i++)
		__builtin_prefetch(&f->table[picks[i]]);
}

static void pick_uniform(struct flows *f, uint32_t *picks, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		picks[i] = (uint32_t)((random_next(&f->random) >> 32) * f->n >> 32);
	fetch(f, picks, n);
}

/* All draws before the first look into a bin, so that the bins come at once. */
static void pick_zipf(struct flows *f, uint32_t *picks, uint32_t n)
{
	uint32_t chances[FLOWS_BURST_MAX];
	for (uint32_t i = 0; i < n; i++) {
		uint64_t draw = random_next(&f->random);
		chances[i] = (uint32_t)draw;
		picks[i] = (uint32_t)((draw >> 32) * f->n >> 32);
		__builtin_prefetch(&f->bins[picks[i]]);
	}
	for (uint32_t i = 0; i < n; i++) {
		struct flow_bin b = f->bins[picks[i]];
		uint32_t own = 0u - (chances[i] <= b.own); /* no branch: nothing could predict it */
		picks[i] = (picks[i] & own) | (b.other & ~own);
	}
	fetch(f, picks, n);
}

void flows_pick(struct flows *f, uint64_t elapsed_ticks, uint32_t *picks, uint32_t n)
{
	switch (f->model) {
	case FLOWS_UNIFORM: pick_uniform(f, picks, n); break;
	case FLOWS_ZIPF: pick_zipf(f, picks, n); break;
	case FLOWS_CHURN: bear(f, elapsed_ticks); /* fall through */
	case FLOWS_CYCLE: pick_in_turn(f, picks, n); break;
	}
}
