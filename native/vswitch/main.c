/* netvm-vswitch: the vhost-user baseline's switch. A static chain: wire, NF 1, ..., NF n, wire. */
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../abi/wait.h"
#include "../base/clock.h"
#include "../base/control.h"
#include "../base/number.h"
#include "../base/wire.h"
#include "switch.h"

#define MEMORY_MB 96
#define QUEUE_MEMORY_MB 40 /* of each further queue */
#define POOL_SPARE 8191u   /* beyond both wire rings of each queue, for bursts on their way: vhost copies, so NFs hold none */

#define TAP_NAME_MAX 13u   /* of an interface's 15 characters two are the NF's number */

static volatile int stop;

struct options {
	struct wire_options wire;
	const char *control;
	const char *telemetry;
	const char *vhost_dir;
	const char *taps;
	int nfs;
	int queues;
};

struct service {
	struct vswitch *vswitch;
	const char *taps;
	struct control *control;
	pthread_t thread;
};

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static void usage(FILE *out)
{
	fputs("usage: netvm-vswitch --core N --wire SOCKET --control SOCKET --telemetry FILE --vhost-dir DIR|--taps NAME --nfs N [--queues N]\n"
	      "  listens on DIR/nf0.sock to DIR/nf<N-1>.sock for the NFs of the chain\n"
	      "  --taps NAME  or takes the tap devices NAME0 to NAME<N-1> for them, whenever these come to be; with one queue\n"
	      "  --queues N  of the wire and of every NF's port, each a pair of rings: 1 to 8 (default 1); the NFs are told the same number\n",
	      out);
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {
		{"core", required_argument, 0, 'c'},	 {"wire", required_argument, 0, 'w'},
		{"control", required_argument, 0, 's'},	 {"telemetry", required_argument, 0, 't'},
		{"vhost-dir", required_argument, 0, 'd'}, {"nfs", required_argument, 0, 'n'},
		{"queues", required_argument, 0, 'q'},	 {"help", no_argument, 0, 'h'},
		{"taps", required_argument, 0, 'a'},	 {0},
	};
	struct options o = {.wire = {.program = "netvm-vswitch", .core = -1, .log2_ring = WIRE_LOG2_RING}, .queues = 1};
	int opt, bad = 0;
	while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (opt) {
		case 'c': bad |= read_number(optarg, 0, 1023, &o.wire.core); break;
		case 'w': o.wire.socket = optarg; break;
		case 's': o.control = optarg; break;
		case 't': o.telemetry = optarg; break;
		case 'd': o.vhost_dir = optarg; break;
		case 'a': o.taps = optarg; break;
		case 'n': bad |= read_number(optarg, 1, NETVM_MAX_NFS, &o.nfs); break;
		case 'q': bad |= read_number(optarg, 1, SWITCH_QUEUES_MAX, &o.queues); break;
		case 'h': usage(stdout); exit(0);
		default: bad = 1;
		}
	}
	bad |= !o.vhost_dir == !o.taps || (o.taps && (o.queues > 1 || strlen(o.taps) > TAP_NAME_MAX));
	if (bad || o.wire.core < 0 || !o.wire.socket || !o.control || !o.telemetry || o.nfs < 1 || optind != argc) {
		usage(stderr);
		exit(2);
	}
	o.wire.memory_mb = MEMORY_MB + (o.queues - 1) * QUEUE_MEMORY_MB;
	return o;
}

static cJSON *say_status(void *context, const cJSON *params, struct control_error *error)
{
	(void)params, (void)error;
	struct vswitch *s = ((struct service *)context)->vswitch;
	cJSON *o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "state", "ready");
	cJSON_AddBoolToObject(o, "linkUp", switch_hop_up(&s->hops[s->nfs]));
	cJSON *ports = cJSON_AddArrayToObject(o, "ports");
	for (uint32_t i = 0; i < s->nfs; i++) {
		cJSON *port = cJSON_CreateObject();
		cJSON_AddNumberToObject(port, "index", i);
		cJSON_AddBoolToObject(port, "up", switch_hop_up(&s->hops[i]));
		cJSON_AddItemToArray(ports, port);
	}
	return o;
}

static cJSON *shut_down(void *context, const cJSON *params, struct control_error *error)
{
	stop = 1;
	return say_status(context, params, error);
}

static cJSON *handle(void *context, const char *method, const cJSON *params, struct control_error *error)
{
	static const char *const none[] = {NULL};
	static const struct control_method methods[] = {{"status", none, say_status}, {"shutdown", none, shut_down}, {0}};
	return control_dispatch(methods, context, method, params, error);
}

/* Taps come to be when their guests start, and anew when those start again. */
static void look_for_taps(const struct service *service)
{
	struct vswitch *s = service->vswitch;
	for (uint32_t i = 0; i < s->nfs && service->taps; i++) {
		char name[16];
		snprintf(name, sizeof name, "%s%u", service->taps, i);
		if (tap_look(s->hops[i].tap, name) != 0)
			stop = 1;
	}
}

static void *serve(void *context)
{
	struct service *service = context;
	while (!stop) {
		control_serve(service->control, 20);
		look_for_taps(service);
	}
	return NULL;
}

/* Returns 0, or -1 with a sentence on stderr. */
static int start_port(struct switch_hop *hop, const char *name, struct rte_mempool *pool, uint16_t queues)
{
	if (rte_eth_dev_get_port_by_name(name, &hop->port) == 0 && wire_start_port(hop->port, pool, 1u << WIRE_LOG2_RING, queues) == 0)
		return 0;
	fprintf(stderr, "netvm-vswitch: cannot start %s\n", name);
	return -1;
}

static int start_ports(struct vswitch *s, const struct options *o)
{
	static struct tap_port taps[NETVM_MAX_NFS];
	uint32_t buffers = 2u * (uint32_t)o->queues * (1u << WIRE_LOG2_RING) + POOL_SPARE;
	struct rte_mempool *pool = rte_pktmbuf_pool_create_by_ops("switch", buffers, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY, "stack");
	if (!pool) {
		fprintf(stderr, "netvm-vswitch: no memory for %u packet buffers, which %d queues need: reserve more huge pages (hugepages.pages2M of "
			"the testbed), or give --queues a lower number\n", buffers, o->queues);
		return -1;
	}
	s->queues = (uint16_t)o->queues;
	s->nfs = (uint32_t)o->nfs;
	for (uint32_t i = 0; i < s->nfs; i++) {
		char name[32];
		snprintf(name, sizeof name, "net_vhost%u", i);
		taps[i].pool = pool;
		if (o->taps)
			s->hops[i].tap = &taps[i];
		else if (start_port(&s->hops[i], name, pool, s->queues) != 0)
			return -1;
	}
	return start_port(&s->hops[s->nfs], "net_memif0", pool, s->queues);
}

static int set_up(struct vswitch *s, struct options *o)
{
	static char devices[NETVM_MAX_NFS][160];
	char *vdevs[NETVM_MAX_NFS];
	for (int i = 0; i < o->nfs && o->vhost_dir; i++) {
		snprintf(devices[i], sizeof devices[i], "net_vhost%d,iface=%s/nf%d.sock,queues=%d", i, o->vhost_dir, i, o->queues);
		vdevs[i] = devices[i];
	}
	o->wire.vdevs = vdevs;
	o->wire.vdev_count = o->vhost_dir ? o->nfs : 0;
	if (wire_init_eal(&o->wire) != 0)
		return -1;
	s->core = o->wire.core;
	s->ticks_per_us = clock_tsc_hz() / 1000000;
	if (telemetry_create(&s->telemetry, o->telemetry, switch_counter_names(), SWITCH_QUEUE_FIRST + 2u * (uint32_t)o->queues, 0, clock_tsc_hz()) != 0)
		return -1;
	return start_ports(s, o);
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	static struct vswitch vswitch;
	struct service service = {.vswitch = &vswitch, .taps = o.taps};
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	if (set_up(&vswitch, &o) != 0)
		return 3;
	service.control = control_open(o.control, handle, &service);
	if (!service.control || pthread_create(&service.thread, NULL, serve, &service) != 0)
		return 3;
	wire_settle_thread();
	vswitch.last = rte_rdtsc();
	while (!stop) {
		if (switch_round(&vswitch) == 0) {
			sched_yield(); /* the NFs share this core */
			vswitch.last = rte_rdtsc();
		}
	}
	pthread_join(service.thread, NULL);
	control_close(service.control);
	for (uint32_t i = 0; i <= vswitch.nfs; i++) {
		if (!vswitch.hops[i].tap)
			rte_eth_dev_stop(vswitch.hops[i].port);
	}
	rte_eal_cleanup();
	return 0;
}
