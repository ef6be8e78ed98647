/* netvm-gen: traffic generator. Sends and receives on one core, told over its control socket what to do. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/control.h"
#include "../base/wire.h"
#include "trial.h"

#define MEMORY_MB 64     /* for a DPDK port's buffers */
#define WIRE_MEMORY_MB 8 /* the wire's buffers are the device's */

static volatile sig_atomic_t stopped;
static volatile int aborted;

struct options {
	struct wire_options eal;
	const char *wire;
	const char *control;
	const char *telemetry;
};

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
	aborted = 1;
}

static void usage(FILE *out)
{
	fputs("usage: netvm-gen --core N (--wire SOCKET | --port DEVARGS) --control SOCKET --telemetry FILE\n"
	      "  example: netvm-gen --core 0 --wire /run/netvm/1/wire.sock --control /run/netvm/1/gen.sock --telemetry /run/netvm/1/gen.tlm\n",
	      out);
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {
		{"core", required_argument, 0, 'c'},	  {"wire", required_argument, 0, 'w'}, {"port", required_argument, 0, 'p'},
		{"control", required_argument, 0, 's'},	  {"telemetry", required_argument, 0, 't'},
		{"help", no_argument, 0, 'h'},		  {0},
	};
	struct options o = {.eal = {.program = "netvm-gen", .core = -1, .memory_mb = MEMORY_MB}};
	int opt;
	while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (opt) {
		case 'c': o.eal.core = atoi(optarg); break;
		case 'w': o.wire = optarg; break;
		case 'p': o.eal.port = optarg; break;
		case 's': o.control = optarg; break;
		case 't': o.telemetry = optarg; break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	}
	if (o.eal.core < 0 || (!o.wire == !o.eal.port) || !o.control || !o.telemetry || optind != argc) {
		usage(stderr);
		exit(2);
	}
	if (o.wire)
		o.eal.memory_mb = WIRE_MEMORY_MB;
	return o;
}

/* Reads params[name], a number within [low, high]. Returns -1 with a sentence in `error`. */
static int read_number(const cJSON *params, const char *name, double low, double high, double *value, char error[256])
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(params, name);
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high)) {
		snprintf(error, 256, "%s: expected a number from %.0f to %.0f", name, low, high);
		return -1;
	}
	*value = item->valuedouble;
	return 0;
}

/* As above; what is left out is 0. */
static int read_optional(const cJSON *params, const char *name, double low, double high, double *value, char error[256])
{
	*value = 0;
	return cJSON_HasObjectItem(params, name) ? read_number(params, name, low, high, value, error) : 0;
}

static int read_request(const cJSON *params, struct trial_request *r, char error[256])
{
	double size, duration, drain, flows, stamp, packets, then_duration;
	if (read_number(params, "frameSizeBytes", FRAME_MIN_BYTES, FRAME_MAX_BYTES, &size, error) ||
	    read_number(params, "pps", 0, 1e9, &r->pps, error) ||
	    read_number(params, "lineRateBps", 0, 1e12, &r->line_rate_bps, error) ||
	    read_number(params, "durationMs", 1, 86400000, &duration, error) ||
	    read_number(params, "drainMs", 1, 1000, &drain, error) ||
	    read_number(params, "flows", 1, FRAME_MAX_FLOWS, &flows, error) ||
	    read_number(params, "stampEvery", 1, 65536, &stamp, error) ||
	    read_optional(params, "packets", 1, 1e12, &packets, error) ||
	    read_optional(params, "thenPps", 1, 1e9, &r->then_pps, error) ||
	    read_optional(params, "thenDurationMs", 1, 86400000, &then_duration, error))
		return -1;
	r->frame_size_bytes = (uint32_t)size;
	r->duration_ms = (uint32_t)duration;
	r->drain_ms = (uint32_t)drain;
	r->flows = (uint32_t)flows;
	r->stamp_every = (uint32_t)stamp;
	r->packets = (uint64_t)packets;
	r->then_duration_ms = (uint32_t)then_duration;
	if ((r->then_pps > 0) != (then_duration > 0) || (r->then_pps > 0 && (packets > 0 || r->pps == 0 || r->line_rate_bps == 0))) {
		snprintf(error, 256, "thenPps: expected with thenDurationMs and a paced pps, and without packets");
		return -1;
	}
	if ((r->stamp_every & (r->stamp_every - 1)) != 0) {
		snprintf(error, 256, "stampEvery: expected a power of two");
		return -1;
	}
	if (r->line_rate_bps == 0)
		r->pps = 0;
	return 0;
}

static cJSON *result_json(const struct trial_result *r)
{
	cJSON *o = cJSON_CreateObject();
	cJSON_AddNumberToObject(o, "intendedPps", r->intended_pps);
	cJSON_AddNumberToObject(o, "offeredPps", r->offered_pps);
	cJSON_AddNumberToObject(o, "receivedPps", r->received_pps);
	cJSON_AddNumberToObject(o, "sent", (double)r->sent);
	cJSON_AddNumberToObject(o, "received", (double)r->received);
	cJSON_AddNumberToObject(o, "lost", (double)r->lost);
	cJSON_AddNumberToObject(o, "duplicates", (double)r->duplicates);
	cJSON_AddNumberToObject(o, "reordered", (double)r->reordered);
	cJSON_AddNumberToObject(o, "foreign", (double)r->foreign);
	cJSON_AddNumberToObject(o, "wireFull", (double)r->wire_full);
	cJSON_AddNumberToObject(o, "firstSendTsc", (double)r->first_send_tsc);
	cJSON_AddNumberToObject(o, "lastSendTsc", (double)r->last_send_tsc);
	cJSON_AddNumberToObject(o, "stepTsc", (double)r->step_tsc);
	cJSON_AddNumberToObject(o, "durationNs", (double)r->duration_ns);
	cJSON_AddNumberToObject(o, "latencySamples", (double)r->latency_samples);
	cJSON_AddNumberToObject(o, "gapNs", (double)r->gap_ns);
	cJSON_AddNumberToObject(o, "sendLateNsMax", (double)r->send_late_ns_max);
	cJSON_AddNumberToObject(o, "sendLateOver10us", (double)r->send_late);
	cJSON_AddNumberToObject(o, "sendLateOver1ms", (double)r->send_very_late);
	return o;
}

static cJSON *handle(void *context, const char *method, const cJSON *params, char error[256])
{
	struct generator *g = context;
	if (strcmp(method, "trial") == 0) {
		struct trial_request request;
		struct trial_result result;
		if (read_request(params, &request, error) != 0)
			return NULL;
		if (!io_link_up(&g->io)) {
			snprintf(error, 256, "the wire is down: no device is on it");
			return NULL;
		}
		trial_run(g, &request, &result);
		return result_json(&result);
	}
	if (strcmp(method, "status") != 0 && strcmp(method, "shutdown") != 0) {
		snprintf(error, 256, "no method %.64s: expected status, trial or shutdown", method);
		return NULL;
	}
	stopped |= strcmp(method, "shutdown") == 0;
	cJSON *o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "state", stopped ? "stopping" : "ready");
	cJSON_AddBoolToObject(o, "linkUp", io_link_up(&g->io));
	return o;
}

static int set_up(struct generator *g, const struct options *o)
{
	if (wire_init_eal(&o->eal) != 0)
		return -1;
	g->core = o->eal.core;
	g->tsc_hz = clock_tsc_hz();
	g->abort = &aborted;
	g->tag = FRAME_TAG;
	g->flows = calloc(FRAME_MAX_FLOWS, sizeof *g->flows);
	if (!g->flows || sequence_init(&g->sequence) != 0) {
		fprintf(stderr, "netvm-gen: no memory for its flows\n");
		return -1;
	}
	if (telemetry_create(&g->telemetry, o->telemetry, gen_counter_names, GEN_COUNTERS, 1, g->tsc_hz) != 0)
		return -1;
	return o->wire ? io_open_wire(&g->io, o->wire) : io_open_port(&g->io);
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	static struct generator g;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	if (set_up(&g, &o) != 0)
		return 3;
	struct control *control = control_open(o.control, handle, &g);
	if (!control)
		return 3;
	while (!stopped)
		control_serve(control, 1000);
	control_close(control);
	io_close(&g.io);
	rte_eal_cleanup();
	return 0;
}
