/* netvm-gen: traffic generator. Sends and receives, on one core or several, told over its control socket what to do. */
#include <signal.h>
#include <stdio.h>

#include <rte_eal.h>

#include "../base/clock.h"
#include "../base/control.h"
#include "account.h"
#include "answer.h"
#include "options.h"

#define FIRST_TAG 0x4e56u /* of the first trial; each has its own */

static volatile sig_atomic_t stopped;
static volatile int aborted;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
	aborted = 1;
}

static cJSON *run_trial(void *context, const cJSON *params, struct control_error *error)
{
	static struct trial_request request;
	static struct trial_result result;
	struct generator *g = context;
	if (request_read(params, &request, error) != 0)
		return NULL;
	if (!io_link_up(&g->io)) {
		control_failed(error, "the wire is down: no device is on it");
		return NULL;
	}
	return trial_run(g, &request, &result, error) == 0 ? answer_json(&result) : NULL;
}

static cJSON *say_status(void *context, const cJSON *params, struct control_error *error)
{
	(void)params, (void)error;
	struct generator *g = context;
	cJSON *o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "state", stopped ? "stopping" : "ready");
	cJSON_AddBoolToObject(o, "linkUp", io_link_up(&g->io));
	return o;
}

static cJSON *shut_down(void *context, const cJSON *params, struct control_error *error)
{
	stopped = 1;
	return say_status(context, params, error);
}

static cJSON *handle(void *context, const char *method, const cJSON *params, struct control_error *error)
{
	static const char *const none[] = {NULL};
	static const struct control_method methods[] = {
		{"status", none, say_status}, {"trial", request_params, run_trial}, {"shutdown", none, shut_down}, {0}};
	return control_dispatch(methods, context, method, params, error);
}

/* The embedded switch counts behind the generator's own counters, and works in the loop that receives. */
static int open_vfs(struct generator *g, const struct options *o)
{
	if (io_open_vfs(&g->io, o->wire, (uint32_t)o->vfs) != 0)
		return -1;
	for (uint32_t i = 0; i < g->workers_n; i++) {
		if (g->workers[i].receiver)
			eswitch_join(g->io.eswitch, g->telemetry.values + GEN_COUNTERS, &g->workers[i].watch);
	}
	return 0;
}

static int create_telemetry(struct generator *g, const struct options *o)
{
	static const char *names[GEN_COUNTERS + ESWITCH_COUNTERS_MAX];
	uint32_t n = GEN_COUNTERS + (o->vfs > 0 ? eswitch_count((uint32_t)o->vfs, 0) : 0);
	for (uint32_t i = 0; i < n; i++)
		names[i] = i < GEN_COUNTERS ? gen_counter_names[i] : eswitch_counter_names()[i - GEN_COUNTERS];
	return telemetry_create(&g->telemetry, o->telemetry, names, n, 1, g->tsc_hz);
}

static int set_up(struct generator *g, const struct options *o)
{
	if (wire_init_eal(&o->eal) != 0)
		return -1;
	g->tsc_hz = clock_tsc_hz();
	g->abort = &aborted;
	g->tag = FIRST_TAG;
	if (create_telemetry(g, o) != 0)
		return -1;
	if (trial_init(g, o->eal.core, &o->tx, &o->rx) != 0) {
		fprintf(stderr, "netvm-gen: no memory for its flows\n");
		return -1;
	}
	if (o->vfs > 0)
		return open_vfs(g, o);
	return o->wire ? io_open_wire(&g->io, o->wire) : io_open_port(&g->io);
}

/* What is in a capture, for whoever wants to know before anything starts. */
static int inspect(const struct replay_request *request)
{
	struct replay r;
	char error[256];
	double bytes = 0;
	if (replay_load(&r, request, error) != 0) {
		fprintf(stderr, "%s\n", error);
		return 2;
	}
	for (uint32_t i = 0; i < r.n; i++)
		bytes += r.frames[i].length + FRAME_CRC_BYTES;
	printf("{\"packets\":%u,\"tagged\":%u,\"meanFrameBytes\":%.3f}\n", r.n, r.tagged, bytes / r.n);
	replay_free(&r);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = options_parse(argc, argv);
	static struct generator g;
	if (o.inspect.file)
		return inspect(&o.inspect);
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
