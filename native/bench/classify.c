#include "classify.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../abi/wait.h"
#include "../gen/frame.h"
#include "../netvmd/flow_rules.h"
#include "../netvmd/flow_table.h"
#include "rules.h"

#define FLOWS 1000000u
#define TABLE (1u << 20)
#define FRAMES 4096u /* as many buffers as are under way in a full ring */
#define STRIDE 2112u
#define HEADROOM 128u
#define LENGTH 60u
#define NOW 1u
#define HUGE_PAGE_BYTES (2u << 20)
#define BUFFERS_BYTES ((FRAMES * STRIDE + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES)

static struct flow_table *table, *empty;
static struct flow_rules *rules;
static uint8_t *buffers;
static const uint8_t *frames[FRAMES];
static uint16_t lengths[FRAMES];
static uint32_t random_state = 1;

static struct frame_layout layout;
static struct frame_template template;

/* A frame of this flow as it comes from the wire. */
static uint8_t *write_frame(uint32_t buffer, uint32_t flow)
{
	struct frame_flow f = frame_flow_of(&layout, flow);
	struct frame_payload payload = {0};
	uint8_t *frame = buffers + (size_t)buffer * STRIDE + HEADROOM;
	frame_write(&layout, &template, &f, &payload, frame);
	return frame;
}

static void add_flow(uint32_t id)
{
	struct netvm_flow flow;
	netvm_flow_read(write_frame(0, id), LENGTH, &flow);
	struct flow_entry *e = flow_table_add(table, &flow, netvm_flow_hash(&flow), NOW);
	if (e)
		e->expires = NOW + 1;
}

int bench_classify_start(char *error, uint32_t error_bytes)
{
	layout = frame_layout_of(4, NULL, 0);
	template = frame_template_of(&layout, LENGTH);
	table = flow_table_create(TABLE, error, error_bytes);
	empty = flow_table_create(FLOW_TABLE_MIN, error, error_bytes);
	rules = flow_rules_build(bench_rules(), BENCH_RULES, error, error_bytes);
	if (!table || !empty || !rules)
		return -1;
	buffers = aligned_alloc(HUGE_PAGE_BYTES, BUFFERS_BYTES);
	if (!buffers) {
		snprintf(error, error_bytes, "no memory for frames");
		return -1;
	}
	madvise(buffers, BUFFERS_BYTES, MADV_HUGEPAGE); /* as the region's are */
	for (uint32_t i = 0; i < FLOWS; i++)
		add_flow(i);
	return 0;
}

/* Frames of any of so many flows, as the wire has just written them. */
static void write_frames(uint32_t flows)
{
	for (uint32_t i = 0; i < FRAMES; i++) {
		random_state = random_state * 1664525u + 1013904223u;
		frames[i] = write_frame(i, (uint32_t)((uint64_t)random_state * flows >> 32));
		lengths[i] = LENGTH;
	}
}

/* A burst's chains: what the table says, else what the rules do. */
static uint64_t classify_burst(const struct flow_table *t, uint32_t first)
{
	struct flow_batch batch;
	uint64_t sum = 0;
	flow_table_find(t, frames + first, lengths + first, FLOW_BATCH, NOW, &batch);
	for (uint32_t k = 0; k < FLOW_BATCH; k++)
		sum += batch.entry[k] ? batch.entry[k]->chain + 1u : (uint64_t)flow_rules_find(rules, &batch.flow[k]) + 2;
	return sum;
}

/* Other addresses and ports, of those that the rules are about. */
static void scatter_frames(void)
{
	for (uint32_t i = 0; i < FRAMES; i++) {
		uint8_t *frame = buffers + (size_t)i * STRIDE + HEADROOM;
		random_state = random_state * 1664525u + 1013904223u;
		netvm_put32(frame + layout.ip + 12, 0xc6000000u | random_state >> 8);
		netvm_put32(frame + layout.ip + 16, 0xc6130000u | (random_state >> 4 & 0xff));
		netvm_put16(frame + layout.l4 + 2, random_state >> 16);
	}
}

static double classify(const struct flow_table *t, uint32_t flows, uint32_t passes, uint64_t *checksum)
{
	uint64_t cycles = 0;
	for (uint32_t pass = 0; pass < passes; pass++) {
		write_frames(flows);
		if (t == empty)
			scatter_frames();
		uint64_t start = netvm_tsc();
		for (uint32_t first = 0; first < FRAMES; first += FLOW_BATCH)
			*checksum += classify_burst(t, first);
		cycles += netvm_tsc() - start;
	}
	return (double)cycles / ((double)passes * FRAMES);
}

static double one_flow(uint32_t rounds, uint64_t *checksum)
{
	return classify(table, 1, rounds / 50 + 1, checksum);
}

static double a_million_flows(uint32_t rounds, uint64_t *checksum)
{
	return classify(table, FLOWS, rounds / 50 + 1, checksum);
}

/* Flows that the table does not know: what the first packet of each costs. */
static double ten_thousand_rules(uint32_t rounds, uint64_t *checksum)
{
	return classify(empty, FLOWS, rounds / 500 + 1, checksum);
}

const struct path_step classify_steps[] = {
	{"classify, 1 flow", one_flow},
	{"classify, 1 M flows", a_million_flows},
	{"classify, 10,000 rules", ten_thousand_rules},
	{0},
};
