/* Which flow the next packet is of: in turn, at random, by popularity, or with new flows taking the places of old ones. */
#ifndef NETVM_GEN_FLOWS_H
#define NETVM_GEN_FLOWS_H

#include <stdint.h>

#include "frame.h"

#define FLOWS_MAX 1048576u
/* So many new flows a burst at most, that no burst takes for ever; what is due then comes with the next. */
#define FLOWS_BIRTHS_MAX 64u
#define FLOWS_BURST_MAX 64u

enum flow_model {
	FLOWS_CYCLE,
	FLOWS_UNIFORM, /* each packet's flow is drawn, all alike */
	FLOWS_ZIPF,    /* flow of rank k is drawn with a chance proportional to 1 / k^s */
	FLOWS_CHURN,   /* in turn; so many times a second a new flow takes the oldest one's place */
};

/* Walker's alias method: a bin has its own flow with chance own / 2^32, else the other one. One draw, one comparison. */
struct flow_bin {
	uint32_t own;
	uint32_t other;
};

struct flows {
	struct frame_flow *table; /* FLOWS_MAX of them */
	struct flow_bin *bins;    /* as many */
	uint32_t bins_n;          /* what they were made for; 0: for nothing yet */
	double bins_s;
	struct frame_layout layout;
	enum flow_model model;
	uint32_t n;
	uint32_t next; /* in turn: the next packet's */
	uint64_t random;
	double births_per_tick;
	uint64_t births;
};

/* Allocates. Returns 0, or -1 where there is no memory. */
int flows_init(struct flows *f);
void flows_free(struct flows *f);

/*
 * Before a trial. n: 1 to FLOWS_MAX; zipf_s: exponent, above 0; births_per_tick: new flows for each tick. Returns 0, or -1
 * where there is no memory for what it works with.
 */
struct flow_request {
	enum flow_model model;
	uint32_t n;
	double zipf_s;
	double births_per_tick;
	uint64_t seed;
};
int flows_start(struct flows *f, const struct frame_layout *layout, const struct flow_request *request);

/* The flows of the next n packets, FLOWS_BURST_MAX at most, as places in `table`. elapsed_ticks: since the trial began. */
void flows_pick(struct flows *f, uint64_t elapsed_ticks, uint32_t *picks, uint32_t n);

#endif
