/*
 * bench-rate: how near the generator's rate comes to what was asked for, on this machine's clock, and what a packet of each kind
 * of traffic costs it to write. Goal: to see that a rate is exact where nothing disturbs it, and which kind a change made dearer.
 * Not a goal: throughput of a wire (the harness measures that): frames go into a few buffers of its own.
 *
 *   bench-rate [--core N] [--smoke]
 *
 * A core that is taken away makes the generator late, never wrong: what was missed is caught up with at the wire's rate.
 */
#define _GNU_SOURCE
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../abi/wait.h"
#include "../base/clock.h"
#include "../gen/load.h"

#define BUFFERS 512u

struct kind {
	const char *name, *size, *traffic;
	uint32_t flows;
};

static struct load load;
static uint8_t *buffers;
static uint64_t checksum;
static double tsc_hz;

static int read_request(const char *text, struct trial_request *request)
{
	struct control_error error = {.message = "it is not JSON"};
	cJSON *json = cJSON_Parse(text);
	int result = json ? request_read(json, request, &error) : -1;
	if (result == 0)
		result = load_prepare(&load, request, 1, tsc_hz, &error);
	cJSON_Delete(json);
	if (result != 0)
		fprintf(stderr, "bench-rate: %s\n", error.message);
	return result;
}

static void write_burst(const struct load_burst *b)
{
	static uint32_t next;
	for (uint32_t i = 0; i < b->n; i++, next = (next + 1) % BUFFERS)
		load_write(&load, b, i, buffers + next * FRAME_ROOM_BYTES);
	checksum += buffers[next * FRAME_ROOM_BYTES + 24];
}

static int show_rate(double pps, uint32_t duration_ms)
{
	static struct trial_request request;
	struct load_burst b;
	char text[256];
	snprintf(text, sizeof text,
		 "{\"frameSizeBytes\":64,\"pps\":%.0f,\"lineRateBps\":1e10,\"durationMs\":%u,\"drainMs\":1,\"flows\":1024,\"stampEvery\":64}", pps,
		 duration_ms);
	if (read_request(text, &request) != 0)
		return -1;
	uint64_t now = netvm_tsc(), end = now + (uint64_t)(tsc_hz * duration_ms / 1e3), late = 0;
	load_start(&load, now, end);
	for (; now < end; now = netvm_tsc()) {
		if (load_take(&load, now, LOAD_BURST, &b) == 0)
			continue;
		if (now - b.departures[0].due > late)
			late = now - b.departures[0].due;
		write_burst(&b);
	}
	if (load_take(&load, end, LOAD_BURST, &b) > 0)
		write_burst(&b);
	double wanted = pps * duration_ms / 1e3;
	printf("%10.0f pps for %4u ms: %9lu sent, %+.5f %% of what was asked for, late by %.1f us at most\n", pps, duration_ms, load.sent,
	       ((double)load.sent / wanted - 1) * 100, (double)late / tsc_hz * 1e6);
	return 0;
}

/* What a packet costs, and how long it takes to make everything ready for a trial, which is done again for each. */
static int show_cost(const struct kind *kind, uint32_t bursts)
{
	static struct trial_request request;
	struct load_burst b;
	char text[512];
	snprintf(text, sizeof text,
		 "{%s,\"pps\":1e6,\"lineRateBps\":1e12,\"durationMs\":1000,\"drainMs\":1,\"flows\":%u,\"stampEvery\":64,\"traffic\":{%s}}",
		 kind->size, kind->flows, kind->traffic);
	uint64_t before = netvm_tsc();
	if (read_request(text, &request) != 0)
		return -1;
	double ready_ms = (double)(netvm_tsc() - before) / tsc_hz * 1e3;
	/* On a clock that runs as fast as packets are wanted. */
	load_start(&load, 0, UINT64_MAX >> 16);
	uint64_t start = netvm_tsc();
	for (uint32_t i = 1; i <= bursts; i++) {
		load_take(&load, (uint64_t)((double)i * LOAD_BURST * tsc_hz / 1e6), LOAD_BURST, &b);
		write_burst(&b);
	}
	double cycles = (double)(netvm_tsc() - start) / (double)load.sent;
	printf("%-24s %7u flows %7.1f cycles %7.1f ns a packet, ready in %6.2f ms\n", kind->name, kind->flows, cycles, cycles / tsc_hz * 1e9, ready_ms);
	return 0;
}

#define SIZE_64 "\"frameSizeBytes\":64"
#define SIZE_88 "\"frameSizeBytes\":88"
#define UNIFORM "\"flowModel\":\"uniform\""
#define ZIPF "\"flowModel\":{\"zipf\":1.1}"
#define CHURN "\"flowModel\":{\"churn\":10000}"
#define IPV6_TAG "\"ip\":6,\"vlan\":[5]"
#define FEW 1024u

/* Many flows stand behind few of the same kind: what their number costs is seen at once. */
static const struct kind kinds[] = {
	{"64 B, flows in turn", SIZE_64, "", FEW},
	{"64 B, flows in turn", SIZE_64, "", FLOWS_MAX},
	{"64 B, uniform", SIZE_64, UNIFORM, FEW},
	{"64 B, uniform", SIZE_64, UNIFORM, FLOWS_MAX},
	{"64 B, Zipf", SIZE_64, ZIPF, FEW},
	{"64 B, Zipf", SIZE_64, ZIPF, FLOWS_MAX},
	{"64 B, churn", SIZE_64, CHURN, FEW},
	{"64 B, churn", SIZE_64, CHURN, FLOWS_MAX},
	{"64 B, Poisson", SIZE_64, "\"arrival\":\"poisson\"", FEW},
	{"88 B, IPv6 and a tag", SIZE_88, IPV6_TAG, FEW},
	{"88 B, IPv6 and a tag", SIZE_88, IPV6_TAG, FLOWS_MAX},
	{"IMIX of 64, 594, 1518 B", "\"imixSizesBytes\":[64,64,64,64,64,64,64,594,594,594,594,1518]", "", FEW},
	{"1518 B", "\"frameSizeBytes\":1518", "", FEW},
};

int main(int argc, char **argv)
{
	static const double rates[] = {1e3, 10e3, 100e3, 1e6, 10e6};
	uint32_t duration_ms = 1000, bursts = 50000;
	int core = 0, fault = 0;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--smoke") == 0) {
			duration_ms = 10;
			bursts = 50;
		} else if (strcmp(argv[i], "--core") != 0 || i + 1 == argc || sscanf(argv[++i], "%d", &core) != 1) {
			fprintf(stderr, "usage: bench-rate [--core N] [--smoke]\n");
			return 2;
		}
	}
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((unsigned)core, &set);
	buffers = aligned_alloc(64, BUFFERS * FRAME_ROOM_BYTES);
	if (sched_setaffinity(0, sizeof set, &set) != 0 || !buffers || load_init(&load) != 0) {
		fprintf(stderr, "bench-rate: cannot run on core %d, or there is no memory\n", core);
		return 3;
	}
	memset(buffers, 0, BUFFERS * FRAME_ROOM_BYTES);
	tsc_hz = (double)clock_tsc_hz();
	for (size_t i = 0; i < sizeof rates / sizeof rates[0] && fault == 0; i++)
		fault = show_rate(rates[i], duration_ms);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && fault == 0; i++)
		fault = show_cost(&kinds[i], bursts);
	printf("checksum %lu\n", checksum);
	return fault == 0 ? 0 : 1;
}
